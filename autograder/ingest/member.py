"""One member of a hand-in, the same for a folder, a zip and a tar; and what an archive may cost."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

from autograder.errors import HandinError
from autograder.rubric import Limits

# What a member is, as it is said after its name.
FILE, FOLDER = "is a file", "is a folder, not a file"
LINK, HARD_LINK = "is a symbolic link, which is not followed", "is a hard link, which is not followed"
SPECIAL = "is not a regular file"
PIECE = 1 << 16
BEGIN = 512  # bytes that tell of which kind a file is: a tar begins with a header of as many
FREE_BYTES = 10_000_000  # a small archive may be packed as well as it likes: two notebooks of zeros harm nobody


class ArchiveError(HandinError):
    """Nothing more can be read of the archive: damaged, cut off, or over a limit. The text goes after "the archive"."""


class UnreadableError(HandinError):
    """A file may be right, but can't be read here: it is locked, damaged, or packed in another way."""


@dataclass(frozen=True)
class Member:
    """A name and its content.

    Attributes:
        name: as it stands in the archive, or below the folder; hostile.
        kind: ``FILE``, ``FOLDER``, or what it is instead; the text goes after the name.
        size: in bytes, as the archive claims.
        pieces: reads it, piece by piece; raises HandinError, whose text goes after the name.
        modified: seconds since the epoch.
        path: where it lies as a file already, if it does.
        meter: counts what is read of it, if it lies in an archive; an archive in it is counted there, too.
    """

    name: str
    kind: str
    size: int
    pieces: Callable[[], Iterator[bytes]]
    modified: float = 0.0
    path: Path | None = None
    meter: Meter | None = None


def begun(member: Member) -> tuple[Member, bytes]:
    """*member* to be read from its beginning once more, and its first 512 bytes or more, if it has so many.

    Raises:
        HandinError: it can't be read; ArchiveError: neither can the rest of what it lies in.
    """
    pieces = member.pieces()
    begin = b""
    while len(begin) < BEGIN and (piece := next(pieces, b"")):
        begin += piece
    again = member.pieces if member.path is not None else partial(chain, (begin,), pieces)
    return replace(member, pieces=again), begin


class Meter:
    """Counts the bytes that really come out of an archive.

    Args:
        packed: the archive's own size in bytes.
    """

    def __init__(self, packed: int, limits: Limits):
        self.expanded = 0
        self.spent = False
        self._most = limits.archive_bytes
        self._ratio = limits.archive_ratio
        self._for_its_size = max(FREE_BYTES, packed * limits.archive_ratio)
        if packed > self._most:
            raise ArchiveError(f"has {packed / 1e6:,.0f} MB; at most {self._most / 1e6:,.0f} MB are allowed")

    def allow(self, packed: int) -> None:
        """Count another archive, of *packed* bytes, with this one."""
        self._for_its_size = max(self._for_its_size, FREE_BYTES + packed * self._ratio)

    def add(self, count: int) -> None:
        """Note *count* more bytes.

        Raises:
            ArchiveError: these are too many.
        """
        self.expanded += count
        self.spent = self.expanded > min(self._most, self._for_its_size)
        if self.expanded > self._most:
            raise ArchiveError(f"expands to more than {self._most / 1e6:,.0f} MB")
        if self.expanded > self._for_its_size:
            raise ArchiveError(f"expands to more than {self._ratio} times its size")


def kind_of(mode: int) -> str:
    """The kind of a member from a file's mode."""
    kinds = {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}
    return kinds.get(stat.S_IFMT(mode), SPECIAL)
