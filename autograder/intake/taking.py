"""Takes from a hand-in's members, one by one, what may be kept, within the limits, and notes why the rest is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.checkpoint import CHECKPOINT_BYTES, SUFFIX, too_large
from autograder.errors import HandinError
from autograder.intake.beside import Beside, is_beside
from autograder.intake.member import FILE, FOLDER, ArchiveError, Member
from autograder.intake.names import (
    CHECKPOINTS,
    HELP,
    KNOWN,
    NESTED,
    PICKLED,
    REPORT,
    is_document,
    is_left_over,
    is_source,
    notebook_number,
    refusal,
    shown,
    training_of,
)
from autograder.intake.store import Store
from autograder.rubric import Limits


@dataclass
class Taken:
    """What was taken so far, by its whole path: which folder holds the known files is known at the end only.

    Attributes:
        store: where large files go that do not lie on the disk yet.
        members: how many were seen.
        files: sources and answers, small enough for memory.
        beside: small data files.
        large: checkpoints and documents, where they lie.
        times: of both, seconds since the epoch.
        notes: what is said after a name, like "is a symbolic link, which is not followed".
        refused: sentences on names that are not taken.
        holders: folders in which a known name was seen, or a notebook's, or a report's, the best kind first.
        full, full_documents: why no more of them are taken.
    """

    limits: Limits
    store: Store
    members: int = 0
    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)
    large: dict[PurePosixPath, Path] = field(default_factory=dict)
    times: dict[PurePosixPath, float] = field(default_factory=dict)
    notes: dict[PurePosixPath, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    pickled: list[PurePosixPath] = field(default_factory=list)
    nested: list[PurePosixPath] = field(default_factory=list)
    twice: dict[PurePosixPath, None] = field(default_factory=dict)  # a set in order
    holders: tuple[set[PurePosixPath], ...] = field(default_factory=lambda: (set(), set(), set()))
    counts: dict[str, int] = field(default_factory=lambda: {"source": 0, "document": 0})
    source_bytes: int = 0
    full: str = ""
    full_documents: str = ""

    def take(self, member: Member) -> None:
        """Keep *member*, note why not, or pass it over.

        Raises:
            ArchiveError: nothing more can be read.
        """
        self.members += 1
        wrong = refusal(member.name)
        if wrong:
            self.refused.append(f"{shown(member.name)} has {wrong} and was not read")
            return
        path = PurePosixPath(member.name)
        if any(is_left_over(part) for part in path.parts[:-1]) or path.name.startswith("._"):
            return
        as_folder = next((parent for parent in reversed(path.parents) if parent.name in KNOWN), None)
        if as_folder is not None:
            self._note_folder(as_folder)
            return
        self._see(path)
        if member.kind == FOLDER:
            if path.name in KNOWN or training_of(path):
                self._note_folder(path)
        elif member.kind != FILE:
            self._forget(path)
            self.notes[path] = member.kind
        elif path.parent.name == CHECKPOINTS and path.suffix.lower() in PICKLED:
            self.pickled.append(path)
        elif path.name.lower().endswith(NESTED):
            self.nested.append(path)
        else:
            self._take_file(path, member)

    def _note_folder(self, path: PurePosixPath) -> None:
        self._see(path)
        if self.notes.get(path) != FOLDER:  # many files may lie in it
            self._forget(path)
            self.notes[path] = FOLDER

    def _see(self, path: PurePosixPath) -> None:
        if CHECKPOINTS in path.parts:
            return
        if path.name in KNOWN:
            self.holders[0].add(path.parent)
        elif notebook_number(path.name):
            self.holders[1].add(path.parent)
        elif path.name.lower() in (REPORT, HELP):
            self.holders[2].add(path.parent)

    def _take_file(self, path: PurePosixPath, member: Member) -> None:
        beside = CHECKPOINTS not in path.parts[:-1]
        try:
            if training_of(path):
                self._forget(path)
                self._keep(path, member, SUFFIX, CHECKPOINT_BYTES, too_large("", member.size).strip())
            elif beside and is_source(path):
                self._forget(path)
                self._read(path, member)
            elif beside and is_document(path.name):
                self._forget(path)
                self._keep_document(path, member)
            elif is_beside(path):
                self.beside.take(path, member)
        except ArchiveError:
            self.notes[path] = "is not complete and was not read"
            raise
        except HandinError as error:
            self.notes[path] = str(error)

    def _forget(self, path: PurePosixPath) -> None:
        """The last of two members with one name counts, as it does for whoever unpacks the archive."""
        if path in self.files or path in self.large or path in self.notes:
            self.twice[path] = None
            self.files.pop(path, None)
            self.notes.pop(path, None)
            self.times.pop(path, None)
            if path in self.large:
                self.store.drop(self.large.pop(path))

    def _read(self, path: PurePosixPath, member: Member) -> None:
        most, limits = self.limits.source_bytes, self.limits
        says = f"has {member.size / 1e6:,.1f} MB; a source may have {most / 1e6:g} MB"
        if self.full:
            return
        if member.size > most:
            raise HandinError(says)
        self.counts["source"] += 1
        if (
            self.counts["source"] > limits.hand_in_files
            or self.source_bytes + max(member.size, 0) > limits.hand_in_bytes
        ):
            self.full = f"more than {limits.hand_in_files} files or {limits.hand_in_bytes / 1e6:g} MB"
            return
        data = b"".join(_at_most(member, most, says))
        self.source_bytes += len(data)
        self.files[path] = data
        self.times[path] = member.modified

    def _keep_document(self, path: PurePosixPath, member: Member) -> None:
        self.counts["document"] += 1
        if self.counts["document"] > self.limits.hand_in_files:
            self.full_documents = f"more than {self.limits.hand_in_files} notebooks and PDFs"
            return
        most = self.limits.document_bytes
        says = f"has {member.size / 1e6:,.1f} MB; a document may have {most / 1e6:g} MB"
        self._keep(path, member, path.suffix.lower(), most, says)

    def _keep(self, path: PurePosixPath, member: Member, suffix: str, most: int, says: str) -> None:
        if member.size > most:
            raise HandinError(says)
        self.large[path] = member.path or self.store.write(_at_most(member, most, says), suffix)
        self.times[path] = member.modified


def _at_most(member: Member, most: int, says: str) -> Iterator[bytes]:
    """The member's pieces.

    Raises:
        HandinError: there are more than *most* bytes, whatever the archive claimed: *says*.
    """
    count = 0
    for piece in member.pieces():
        count += len(piece)
        if count > most:
            raise HandinError(says)
        yield piece
