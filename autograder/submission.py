"""What was handed in, as bytes: found, read with caps, never run, never followed through a link."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.checkpoint import CHECKPOINT_BYTES, SUFFIX, hash_checkpoint, plain, too_large
from autograder.errors import HandinError, MisuseError
from autograder.rubric import Limits
from autograder.trainings import BY_ID

MODULES = ("mnist", "ablations", "trainer", "vgg")
ANSWERS = "answers.md"
KNOWN = {f"{name}.py" for name in MODULES} | {ANSWERS}
CHECKPOINTS = "checkpoints"  # beside the known files; no source is looked for in it
PICKLED = (".pt", ".pth", ".pkl", ".ckpt")
IGNORED_FOLDERS = {"__pycache__", "__MACOSX", "node_modules", "venv", "env", CHECKPOINTS}
MAX_DEPTH = 6
MAX_REMARKS = 5  # on one hand-in's checkpoints: a folder may hold one for every epoch


@dataclass(frozen=True)
class Submission:
    """One hand-in.

    Attributes:
        id: the student's, from the folder's name.
        files: sources and answers by path, POSIX style.
        problems: by path, why a file that is there was not read.
        remarks: what staff should know, like links that were not followed.
        modified: the newest file's time, seconds since the epoch.
        origin: where it was found.
        checkpoints: by training (``"2.2a"``), the path of the trained weights; not read yet.
    """

    id: str
    files: Mapping[str, bytes]
    problems: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    modified: float = 0.0
    origin: str = ""
    checkpoints: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def checkpoint_hashes(self) -> Mapping[str, str]:
        """By training, the SHA-256 of the checkpoint, or why it has none; read once, 80 MB take 0.1 s."""
        return {training: _hash_or_reason(path) for training, path in sorted(self.checkpoints.items())}

    @property
    def digest(self) -> str:
        """Of all that was handed in, checkpoints included; equal for equal hand-ins."""
        digest = hashlib.sha256()
        for name, data in sorted(self.files.items()):
            digest.update(f"{name}\0{len(data)}\0".encode(errors="surrogateescape") + data)
        digest.update(repr(sorted(self.problems.items())).encode())
        if self.checkpoints:
            digest.update(repr(self.checkpoint_hashes).encode())
        return digest.hexdigest()

    def mentions(self, words: Iterable[bytes]) -> set[bytes]:
        """Those of *words* that stand anywhere in the sources."""
        return {
            word for word in words if any(word in data for name, data in self.files.items() if name.endswith(".py"))
        }


def find_hand_ins(paths: Iterable[Path], exclude: Path | None = None) -> tuple[list[Path], list[str]]:
    """The folders of the hand-ins below *paths*, and remarks on what was passed over.

    A folder that directly holds a known file is one hand-in; otherwise each of its children is one.

    Raises:
        MisuseError: a path is not a folder, or there is no hand-in.
    """
    found: list[Path] = []
    remarks: list[str] = []
    for path in paths:
        if not path.exists():
            raise MisuseError(f"{path} does not exist")
        if not path.is_dir():
            raise MisuseError(f"{path} is a file; name the folder of a hand-in, or a folder of such folders")
        if any((path / name).exists() for name in KNOWN):
            found.append(path)
            continue
        for child in sorted(path.iterdir()):
            if child.name.startswith(".") or child.name in IGNORED_FOLDERS:
                continue
            if exclude is not None and child.resolve() == exclude.resolve():
                continue  # the reports of an earlier run
            if child.is_symlink():
                remarks.append(f"{child}: a symbolic link, not followed")
            elif child.is_dir():
                found.append(child)
            else:
                remarks.append(f"{child}: a file where a hand-in's folder was expected, passed over")
    if not found:
        raise MisuseError(f"there is no hand-in in {', '.join(str(p) for p in paths)}")
    return found, remarks


def read_submission(folder: Path, limits: Limits) -> Submission:
    """Read a hand-in's folder. Only regular files: sources (``.py``) and ``answers.md``; checkpoints are only listed.

    Problems of single files are recorded, never raised.
    """
    base = _only_folder(folder)
    files: dict[str, bytes] = {}
    problems: dict[str, str] = {}
    remarks: list[str] = []
    newest, count, total = 0.0, 0, 0
    for path in _walk(base, 0):
        name = path.relative_to(base).as_posix()
        status = path.lstat()
        wanted = name in KNOWN or name.endswith(".py")
        if not wanted:
            if stat.S_ISLNK(status.st_mode):
                remarks.append(f"{name} is a symbolic link, which is not followed")
            continue
        if not stat.S_ISREG(status.st_mode):
            problems[name] = f"{name} is {_kind(status.st_mode)}"
            continue
        newest = max(newest, status.st_mtime)
        count, total = count + 1, total + status.st_size
        if status.st_size > limits.source_bytes:
            size, limit = status.st_size / 1e6, limits.source_bytes / 1e6
            problems[name] = f"{name} has {size:,.1f} MB; a source may have {limit:g} MB"
            total -= status.st_size
        elif count > limits.hand_in_files or total > limits.hand_in_bytes:
            remarks.append(
                f"more than {limits.hand_in_files} files or {limits.hand_in_bytes / 1e6:g} MB; the rest was not read"
            )
            break
        else:
            try:
                files[name] = _read(path)
            except OSError as error:
                problems[name] = f"{name} can't be read: {error.strerror}"
    checkpoints, saved = _find_checkpoints(base / CHECKPOINTS, problems, remarks)
    name, modified = folder.resolve().name, max(newest, saved)
    return Submission(name, files, problems, tuple(remarks), modified, str(folder), checkpoints)


def newest_of_each(submissions: Iterable[Submission]) -> tuple[list[Submission], list[str]]:
    """Of two hand-ins with one id the newest; and remarks that list the others. Sorted by id."""
    kept: dict[str, Submission] = {}
    remarks = []
    for one in sorted(submissions, key=lambda s: s.modified):
        if one.id in kept:
            remarks.append(f"{one.id}: two hand-ins; {one.origin} is newer and counts, {kept[one.id].origin} does not")
        kept[one.id] = one
    return [kept[name] for name in sorted(kept)], remarks


def _only_folder(folder: Path) -> Path:
    """*folder*, or the one folder in it that holds the files: some zip with a top folder, some without."""
    base = folder
    for _ in range(2):
        if any((base / name).exists() for name in KNOWN):
            return base
        children = [c for c in base.iterdir() if c.is_dir() and not c.is_symlink() and not _is_left_over(c.name)]
        if len(children) != 1:
            break
        base = children[0]
    return base if any((base / name).exists() for name in KNOWN) else folder


def _is_left_over(name: str) -> bool:
    return name.startswith((".", "__")) or name in IGNORED_FOLDERS


def _find_checkpoints(folder: Path, problems: dict[str, str], remarks: list[str]) -> tuple[dict[str, Path], float]:
    """The checkpoints in *folder* by training, and the newest one's time; adds to *problems* and *remarks*."""
    found: dict[str, Path] = {}
    pickled: list[str] = []
    newest = 0.0
    if folder.is_symlink() or not folder.is_dir():
        return found, newest  # a link was remarked upon when the folders were walked through
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        remarks.append(f"{CHECKPOINTS} can't be read: {error.strerror}")
        return found, newest
    for path in paths:
        name = f"{CHECKPOINTS}/{path.name}"
        training = path.name.removesuffix(SUFFIX)
        if path.suffix.lower() in PICKLED:
            pickled.append(f"{plain(name)} was not read: only {SUFFIX} files are")
        elif path.name.endswith(SUFFIX) and training in BY_ID:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                problems[name] = f"{name} is {_kind(status.st_mode)}"
                continue
            newest = max(newest, status.st_mtime)
            if status.st_size > CHECKPOINT_BYTES:
                problems[name] = too_large(name, status.st_size)
            else:
                found[training] = path
    remarks += pickled[:MAX_REMARKS]
    if len(pickled) > MAX_REMARKS:
        remarks.append(f"{len(pickled) - MAX_REMARKS:,} more files in {CHECKPOINTS} were not read for the same reason")
    return found, newest


def _hash_or_reason(path: Path) -> str:
    try:
        return hash_checkpoint(path)
    except HandinError as error:
        return str(error)


def _kind(mode: int) -> str:
    """What it is that is there instead of a regular file."""
    kinds = {stat.S_IFLNK: "a symbolic link, which is not followed", stat.S_IFDIR: "a folder, not a file"}
    return kinds.get(stat.S_IFMT(mode), "not a regular file")


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Files, links and folders with a source's name, in order; links are not followed."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path.name in KNOWN:
                yield path
            elif depth < MAX_DEPTH and not path.name.startswith(".") and path.name not in IGNORED_FOLDERS:
                yield from _walk(path, depth + 1)
        elif not path.name.startswith("._"):
            yield path


def _read(path: Path) -> bytes:
    """The bytes of a regular file, even if it was replaced by a link since it was looked at."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
