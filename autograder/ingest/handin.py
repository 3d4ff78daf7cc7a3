"""Where a hand-in is and whose it may be, before any of it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.ingest.member import Member
from autograder.ingest.store import Store

ARCHIVE, FOLDER_OF = "the archive", "the folder"


@dataclass(frozen=True)
class Person:
    """The person who handed in, according to a learning management system (LMS).

    Attributes:
        lms: ``"moodle"``, ``"canvas"`` or ``"gradescope"``.
        number: the system's own, which is not a student id.
        name: as the system writes it; hostile text.
        sid, email: where the system knows them (Gradescope).
    """

    lms: str
    number: str
    name: str = ""
    sid: str = ""
    email: str = ""

    @property
    def key(self) -> str:
        """A key that is equal for everything that one person handed in."""
        return f"{self.lms} {self.number} {self.sid}".rstrip()


@dataclass(frozen=True)
class HandIn:
    """One hand-in that was found.

    Attributes:
        name: what it is called where it was found, without an archive's suffix.
        origin: where that is, for people.
        members: lists what is in it, each to be read before the next; copies go to the store.
        what: what sentences call it: ``ARCHIVE`` with its name, or ``FOLDER_OF``.
        names: names that may have a student id, the best first; without what the LMS added.
        hints: names of files in it, which may have an id if an LMS's folder has none.
        person: who handed it in, if an LMS says so.
        modified: when, seconds since the epoch; None: the time of its newest file.
        version: the number that Canvas gives to a file that was handed in again.
        handed_in: when, where a learning management system says so; *modified* may be a file's time.
        marked_late: whether one says that it was late, without a time; None: this one says nothing of it.
        remarks: what was noted when it was found.
        flags: the same, for staff alone.
        files: what its files are called in the LMS's download.
    """

    name: str
    origin: str
    members: Callable[[Store], Iterator[Member]]
    what: str
    names: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    person: Person | None = None
    modified: float | None = None
    version: int = 0
    handed_in: float | None = None
    marked_late: bool | None = None
    remarks: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
