"""Takes a hand-in's members one by one, within the limits, and notes why the others are not kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.errors import HandinError
from autograder.homework import in_force
from autograder.ingest.archive import PACK_AGAIN, looks_packed
from autograder.ingest.beside import Beside, is_beside
from autograder.ingest.checkpoint import CHECKPOINT_BYTES, SUFFIX, too_large
from autograder.ingest.member import FILE, FOLDER, ArchiveError, Member, UnreadableError, begun
from autograder.ingest.names import (
    CHECKPOINTS,
    HELP,
    PICKLED,
    REPORT,
    is_archive,
    is_data,
    is_document,
    is_known,
    is_left_over,
    is_source,
    is_work_left_over,
    may_be_archive,
    notebook_number,
    refusal,
    shown,
    slashed,
    training_of,
)
from autograder.ingest.store import Store
from autograder.rubric import Limits

Rank = tuple[int, float]
"""In how many archives a file lies, and the negative time of the innermost: the lower rank comes first."""

MOST_NESTED = 3  # archives in archives: an LMS's, the student's, and one that was in the student's folder
MOST_ARCHIVES = 20  # in one hand-in that are kept to be opened
MOST_TRIED = 200  # files whose first bytes are looked at: a data set has thousands
INCOMPLETE = "is incomplete and was not read"


@dataclass(frozen=True)
class Inner:
    """An archive in a hand-in: where it lies, what it was there, how deep, and why it was not read, if it was not."""

    path: Path | None
    member: Member
    rank: Rank
    problem: str = ""


@dataclass
class Taken:
    """What was taken so far, by its full path: only at the end is it known which folder holds the known files.

    Attributes:
        store: where large files go that do not lie on the disk yet.
        members: how many were seen.
        seen: every file that may count, in its order, with its rank: how deep in archives it lies, and in which one.
        files: sources and answers, small enough for memory.
        beside: small data files.
        large: checkpoints and documents, where they lie.
        times: the times of both, in seconds since the epoch.
        notes: what is said after a name, like "is a symbolic link, which is not followed".
        refused: sentences on names that are not taken.
        unsure: those of the notes' paths at which something right may lie that can't be read here.
        holders: folders in which a known name was seen, or a notebook's, or a report's, the best kind first.
        archives: those in the hand-in, kept until it is known whether they are needed.
        passed_over: those of them that were not opened, since nothing was missing.
        set_aside: known files and notebooks in folders that are not looked through.
        tried: how many files' first bytes were looked at.
        unnamed: files with another remark than that they are not used.
        full, full_documents, full_archives: why no more of them are taken.
    """

    limits: Limits
    store: Store
    members: int = 0
    within: PurePosixPath = field(default_factory=PurePosixPath)
    rank: Rank = (0, 0)
    seen: dict[PurePosixPath, Rank] = field(default_factory=dict)
    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)
    large: dict[PurePosixPath, Path] = field(default_factory=dict)
    times: dict[PurePosixPath, float] = field(default_factory=dict)
    notes: dict[PurePosixPath, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    pickled: list[PurePosixPath] = field(default_factory=list)
    archives: dict[PurePosixPath, Inner] = field(default_factory=dict)
    passed_over: list[PurePosixPath] = field(default_factory=list)
    set_aside: list[PurePosixPath] = field(default_factory=list)
    tried: int = 0
    unsure: set[PurePosixPath] = field(default_factory=set)
    unnamed: set[PurePosixPath] = field(default_factory=set)
    twice: dict[PurePosixPath, None] = field(default_factory=dict)  # a set in order
    holders: tuple[set[PurePosixPath], ...] = field(default_factory=lambda: (set(), set(), set()))
    counts: dict[str, int] = field(default_factory=lambda: {"source": 0, "document": 0})
    source_bytes: int = 0
    full: str = ""
    full_documents: str = ""
    full_archives: str = ""

    def take(self, member: Member) -> None:
        """Keep *member*, note why it is not kept, or skip it.

        Raises:
            ArchiveError: nothing more can be read.
        """
        self.members += 1
        name = slashed(member.name)
        wrong = refusal(name)
        if wrong:
            self.refused.append(f"{shown(name)} has {wrong} and was not read")
            return
        path = self.within / name
        if path.name.startswith("._") or path.name == in_force().tests:  # which are the kit's: nobody runs them
            return
        if any(is_left_over(part) for part in path.parts[:-1]):
            if member.kind == FILE and is_work_left_over(path):
                self.set_aside.append(path)
            return
        as_folder = next((parent for parent in reversed(path.parents) if is_known(parent.name)), None)
        if as_folder is not None:
            self._note_folder(as_folder)
            return
        self._see(path)
        if member.kind == FOLDER:
            if is_known(path.name) or training_of(path):
                self._note_folder(path)
        elif member.kind != FILE:
            self._forget(path)
            self.notes[path] = member.kind
        elif path.parent.name == CHECKPOINTS and path.suffix.lower() in PICKLED:
            self.pickled.append(path)
        elif is_archive(path.name) and not is_data(path):
            self._take_archive(path, member)
        elif not is_known(path.name) and may_be_archive(path.name) and not is_data(path) and self.tried < MOST_TRIED:
            self._try(path, member)
        else:
            self._take_other(path, member)

    def _try(self, path: PurePosixPath, member: Member) -> None:
        """Take it for an archive if it begins like one, whatever it is called."""
        self.tried += 1
        try:
            member, begin = begun(member)
        except ArchiveError:
            self.notes[path] = INCOMPLETE
            self.unsure.add(path)
            raise
        except HandinError:
            begin = b""  # reading it says why
        if looks_packed(begin):
            self._take_archive(path, member)
        else:
            self._take_other(path, member)

    def _take_other(self, path: PurePosixPath, member: Member) -> None:
        self.seen[path] = self.rank
        if CHECKPOINTS in path.parts[:-1] and is_work_left_over(path):
            self.set_aside.append(path)
        self._take_file(path, member)

    def _take_archive(self, path: PurePosixPath, member: Member) -> None:
        """Keep it, to be opened if what is known is not found beside it."""
        problem, where = "", member.path
        if len(self.archives) == MOST_ARCHIVES:
            self.full_archives = f"more than {MOST_ARCHIVES} archives"
            return
        try:
            if self.rank[0] >= MOST_NESTED:
                problem = f"lies more than {MOST_NESTED} archives deep and was not read: {PACK_AGAIN}"
            elif where is None:
                where = self.store.write(member.pieces(), ".archive")
        except ArchiveError:
            self.archives[path] = Inner(None, member, self.rank, INCOMPLETE)
            raise
        except HandinError as error:
            problem = str(error)
        self.archives[path] = Inner(where, member, self.rank, problem)

    def _note_folder(self, path: PurePosixPath) -> None:
        self._see(path)
        if self.notes.get(path) != FOLDER:  # many files may lie in it
            self._forget(path)
            self.notes[path] = FOLDER

    def _see(self, path: PurePosixPath) -> None:
        if CHECKPOINTS in path.parts:
            return
        if is_known(path.name):
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
            self.notes[path] = INCOMPLETE
            self.unsure.add(path)
            raise
        except HandinError as error:
            self.notes[path] = str(error)
            if isinstance(error, UnreadableError):
                self.unsure.add(path)

    def _forget(self, path: PurePosixPath) -> None:
        """If two members have the same name, the last one counts, as for anyone who unpacks the archive."""
        if path in self.files or path in self.large or path in self.notes:
            self.twice[path] = None
            self.files.pop(path, None)
            self.notes.pop(path, None)
            self.times.pop(path, None)
            if path in self.large:
                self.store.drop(self.large.pop(path))

    def _read(self, path: PurePosixPath, member: Member) -> None:
        most, limits = self.limits.source_bytes, self.limits
        says = f"has {member.size / 1e6:,.1f} MB; a source may have at most {most / 1e6:g} MB"
        self.unnamed.add(path)  # until it is read
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
        self.unnamed.discard(path)
        self.files[path] = data
        self.times[path] = member.modified

    def _keep_document(self, path: PurePosixPath, member: Member) -> None:
        self.counts["document"] += 1
        if self.counts["document"] > self.limits.hand_in_files:
            self.full_documents = f"more than {self.limits.hand_in_files} notebooks and PDFs"
            self.unnamed.add(path)
            return
        most = self.limits.document_bytes
        says = f"has {member.size / 1e6:,.1f} MB; a document may have at most {most / 1e6:g} MB"
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
