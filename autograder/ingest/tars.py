"""The members of a tar, packed or not, read once from front to end; nothing is kept of it but the piece at hand."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, cast

from autograder.ingest.member import (
    FILE,
    FOLDER,
    HARD_LINK,
    LINK,
    PIECE,
    SPECIAL,
    ArchiveError,
    Member,
    Meter,
    UnreadableError,
)
from autograder.ingest.names import decoded
from autograder.ingest.packings import DAMAGED, Packing
from autograder.rubric import Limits

HEADER_BYTES = 1 << 18  # one member's headers: 512 bytes, long names, attributes
PARTS = 10_000  # packed files may be put one behind the other; bgzip does so every 64 KiB
KINDS = {
    tarfile.DIRTYPE: FOLDER,
    tarfile.SYMTYPE: LINK,
    tarfile.LNKTYPE: HARD_LINK,
    tarfile.CHRTYPE: SPECIAL,
    tarfile.BLKTYPE: SPECIAL,
    tarfile.FIFOTYPE: SPECIAL,
    tarfile.REGTYPE: FILE,
    tarfile.AREGTYPE: FILE,
    tarfile.CONTTYPE: FILE,
}
# What tarfile raises on damaged headers; RuntimeError for headers in headers, without end.
DAMAGE = (tarfile.TarError, OSError, ValueError, RuntimeError, OverflowError, LookupError, TypeError, AttributeError)


class _Stream:
    """The expanded bytes of a packed file, forward only, with the methods that tarfile needs to read headers."""

    def __init__(self, file: BinaryIO, meter: Meter, packing: Packing):
        self.headers_left = HEADER_BYTES
        self.zeros = False  # whether the last header was all zeros, as a tar ends
        self._file = file
        self._meter = meter
        self._packing = packing
        self._unpacker = packing()
        self._parts = 1
        self._position = 0
        self._waiting = b""  # packed
        self.whole = False  # whether the packed file has come to its end

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        """Skip to *position*."""
        if position < self._position:
            raise ArchiveError("is damaged: it points backwards")
        while self._position < position:
            if not self.piece(min(PIECE, position - self._position)):
                raise ArchiveError("is cut off")

    def read(self, size: int) -> bytes:
        """Read exactly *size* bytes of headers, or fewer at the end."""
        if not 0 <= size <= self.headers_left:
            raise ArchiveError("is damaged, or a member has too many headers")
        self.headers_left -= size
        data = b""
        while len(data) < size and (piece := self.piece(size - len(data))):
            data += piece
        self.zeros = not any(data)
        return data

    def piece(self, size: int) -> bytes:
        """Read at most *size* bytes; none at the end.

        Raises:
            ArchiveError: it is damaged, cut off, or more than the meter allows.
        """
        while not self.whole:
            full = self._unpacker.full
            packed = b"" if full else self._waiting or self._file.read(PIECE)
            try:
                data = self._unpacker.unpack(packed, size)
            except DAMAGED as error:
                raise ArchiveError("is damaged") from error
            self._waiting = self._unpacker.rest
            if self._unpacker.eof:
                self._next_part(self._unpacker.rest)
            elif not packed and not data and not full:
                raise ArchiveError("is cut off")
            if data:
                self._position += len(data)
                self._meter.add(len(data))
                return data
        return b""

    def _next_part(self, rest: bytes) -> None:
        self._waiting = (rest or self._file.read(PIECE)).lstrip(b"\0")  # tapes are filled up with zeros
        self._parts += 1
        self.whole = not self._waiting
        if self._parts > PARTS:
            raise ArchiveError(f"has more than {PARTS:,} parts")
        self._unpacker = self._packing()


def tar_members(file: BinaryIO, meter: Meter, limits: Limits, packing: Packing) -> Iterator[Member]:
    """The members of the tar, in its order; each has to be read before the next one is asked for.

    Args:
        packing: what the tar is packed with.

    Raises:
        ArchiveError: it is damaged, cut off or too large; the members before that are good.
    """
    stream = _Stream(file, meter, packing)
    archive: tarfile.TarFile | None = None
    for count in range(limits.archive_members + 1):
        stream.headers_left = HEADER_BYTES
        try:
            if archive is None:
                archive = tarfile.TarFile(fileobj=cast(Any, stream), mode="r", encoding="utf-8")
            info = archive.next()
        except DAMAGE as error:
            raise ArchiveError("is damaged") from error
        archive.members.clear()  # type: ignore[attr-defined]  # it would remember every one
        archive.pax_headers = {}
        if info is None:
            break
        if count == limits.archive_members:
            raise ArchiveError(f"has more than {limits.archive_members:,} members")
        pieces = partial(_pieces, stream, info)
        yield Member(_name(info), _kind(info), info.size, pieces, _time(info), meter=meter)
    if not stream.zeros:
        raise ArchiveError("is damaged")
    while stream.piece(PIECE):  # so that the packing's checksum is compared
        pass


def is_tar_header(block: bytes) -> bool:
    """Whether *block*, the first 512 bytes of a file, is a tar header: its checksum is right."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except DAMAGE:
        return False
    return True


def _name(info: tarfile.TarInfo) -> str:
    """Its name, from whichever encoding."""
    try:
        return decoded(info.name.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # a surrogate that no byte stands for
        return info.name


def _kind(info: tarfile.TarInfo) -> str:
    return "is a sparse file and was not read" if info.issparse() else KINDS.get(info.type, SPECIAL)


def _time(info: tarfile.TarInfo) -> float:
    return float(info.mtime) if isinstance(info.mtime, int | float) and 0 <= info.mtime < 1 << 40 else 0.0


def _pieces(stream: _Stream, info: tarfile.TarInfo) -> Iterator[bytes]:
    left = info.size
    if left < 0 or stream.tell() != info.offset_data:
        raise UnreadableError("is damaged and was not read")
    while left:
        piece = stream.piece(min(PIECE, left))
        if not piece:
            raise ArchiveError("is cut off")
        left -= len(piece)
        yield piece
