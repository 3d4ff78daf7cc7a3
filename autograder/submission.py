"""What was handed in: found, read as bytes with caps on everything, never run, never followed through a link."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.checkpoint import hash_checkpoint
from autograder.errors import HandinError, MisuseError
from autograder.intake.archive import archive_members
from autograder.intake.folder import folder_members
from autograder.intake.gather import gather
from autograder.intake.names import (
    ANSWERS,
    ARCHIVES,
    CHECKPOINTS,
    KNOWN,
    MODULES,
    is_archive,
    is_left_over,
    shown,
    student_id,
    without_suffix,
)
from autograder.intake.store import Store
from autograder.rubric import Limits

__all__ = [
    "ANSWERS",
    "CHECKPOINTS",
    "KNOWN",
    "MODULES",
    "Submission",
    "find_hand_ins",
    "newest_of_each",
    "read_submission",
]
PATH_SHOWN = 300


@dataclass(frozen=True)
class Submission:
    """One hand-in.

    Attributes:
        id: the student's, from the folder's or the archive's name; safe as a folder's name and in a table.
        files: sources and answers by path, POSIX style: all that a worker gets.
        problems: by path, why a file that is there was not read.
        remarks: what staff and its student should know, like links that were not followed.
        modified: the newest file's time, an archive's own; seconds since the epoch.
        origin: where it was found.
        checkpoints: by training (``"2.2a"``), the path of the trained weights; not read yet.
        documents: notebooks and PDFs by path, where they lie; not read yet.
        flags: what staff should know and its student should not, like another hand-in that it resembles.
        claims: figures in its documents and stored outputs, each with where it stands; never credited.
    """

    id: str
    files: Mapping[str, bytes]
    problems: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    modified: float = 0.0
    origin: str = ""
    checkpoints: Mapping[str, Path] = field(default_factory=dict)
    documents: Mapping[str, Path] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    @cached_property
    def checkpoint_hashes(self) -> Mapping[str, str]:
        """By training, the SHA-256 of the checkpoint, or why it has none; read once, 80 MB take 0.1 s."""
        return {training: _hash_or_reason(path) for training, path in sorted(self.checkpoints.items())}

    @cached_property
    def document_hashes(self) -> Mapping[str, str]:
        """By document, its SHA-256, or why it has none; read once."""
        return {name: _hash_or_reason(path) for name, path in sorted(self.documents.items())}

    @property
    def about_files(self) -> tuple[str, ...]:
        """What is to be said of its files, to staff and to its student; a missing answer is a check of its own."""
        problems = (text for name, text in self.problems.items() if name != ANSWERS)
        return (*self.remarks, *problems)

    @property
    def digest(self) -> str:
        """Of all that was handed in, checkpoints and documents included; equal for equal hand-ins."""
        digest = hashlib.sha256()
        for name, data in sorted(self.files.items()):
            digest.update(f"{name}\0{len(data)}\0".encode(errors="surrogateescape") + data)
        digest.update(repr(sorted(self.problems.items())).encode())
        if self.checkpoints:
            digest.update(repr(self.checkpoint_hashes).encode())
        if self.documents:
            digest.update(repr(self.document_hashes).encode())
        return digest.hexdigest()

    def mentions(self, words: Iterable[bytes]) -> set[bytes]:
        """Those of *words* that stand anywhere in the sources."""
        return {
            word for word in words if any(word in data for name, data in self.files.items() if name.endswith(".py"))
        }


def find_hand_ins(paths: Iterable[Path], exclude: Path | None = None) -> tuple[list[Path], list[str]]:
    """The folders and archives of the hand-ins below *paths*, and remarks on what was passed over.

    An archive is one hand-in, and so is a folder that directly holds a known file; of another folder each child is one.

    Raises:
        MisuseError: a path is neither a folder nor an archive, or there is no hand-in.
    """
    found: list[Path] = []
    remarks: list[str] = []
    for path in paths:
        if not path.exists():
            raise MisuseError(f"{path} does not exist")
        if not path.is_dir():
            if not is_archive(path.name):
                raise MisuseError(
                    f"{path} is a file; name the folder of a hand-in, an archive ({', '.join(ARCHIVES)}), "
                    "or a folder of such folders and archives"
                )
            found.append(path.resolve())  # whoever names a link means what it leads to
            continue
        if any((path / name).exists() for name in KNOWN):
            found.append(path)
            continue
        for child in sorted(path.iterdir()):
            if is_left_over(child.name) or child.name == CHECKPOINTS:
                continue
            if exclude is not None and child.resolve() == exclude.resolve():
                continue  # the reports of an earlier run
            if child.is_symlink():
                remarks.append(f"{shown(str(child), PATH_SHOWN)}: a symbolic link, not followed")
            elif child.is_dir() or (child.is_file() and is_archive(child.name)):
                found.append(child)
            else:
                remarks.append(
                    f"{shown(str(child), PATH_SHOWN)}: a file where a hand-in's folder was expected, passed over"
                )
    if not found:
        raise MisuseError(f"there is no hand-in in {', '.join(str(p) for p in paths)}")
    return found, remarks


def read_submission(path: Path, limits: Limits, scratch: Path | None = None) -> Submission:
    """Read a hand-in's folder or archive; nothing is raised, what can't be read is a problem or a remark.

    Args:
        path: a folder, a zip or a tar.gz.
        scratch: where an archive's checkpoints and documents are copied to, into a private folder; the caller clears it
            up. Without it they are gone when the process ends. A folder's are only listed, where they lie.
    """
    is_folder = path.is_dir()
    name = path.resolve().name if is_folder else without_suffix(path.name)
    members = folder_members(path) if is_folder else archive_members(path, limits)
    found = gather(members, limits, Store(scratch), "the folder" if is_folder else "the archive")
    remarks, student = found.remarks, student_id(name)
    if student != name:
        remarks = (f"the hand-in is called {shown(name)}, which is written as {student} here", *remarks)
    return Submission(
        student,
        found.files,
        found.problems,
        remarks,
        found.modified if is_folder else _time(path),  # times within an archive are whatever its maker wanted
        str(path),
        found.checkpoints,
        found.documents,
    )


def newest_of_each(submissions: Iterable[Submission]) -> tuple[list[Submission], list[str]]:
    """Of two hand-ins with one id the newest; and remarks that list the others. Sorted by id."""
    kept: dict[str, Submission] = {}
    remarks = []
    for one in sorted(submissions, key=lambda s: s.modified):
        if one.id in kept:
            new, old = (shown(each.origin, PATH_SHOWN) for each in (one, kept[one.id]))
            remarks.append(f"{one.id}: two hand-ins; {new} is newer and counts, {old} does not")
        kept[one.id] = one
    return [kept[name] for name in sorted(kept)], remarks


def _hash_or_reason(path: Path) -> str:
    try:
        return hash_checkpoint(path)
    except HandinError as error:
        return str(error)


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:  # it went away
        return 0.0
