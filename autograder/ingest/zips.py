"""Lists a zip's members: the list is capped before it is parsed, and only stored and deflated files are read."""

from __future__ import annotations

import contextlib
import datetime
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from autograder.ingest.member import FILE, FOLDER, PIECE, ArchiveError, Member, Meter, UnreadableError, kind_of
from autograder.ingest.names import decoded, slashed
from autograder.rubric import Limits

LISTED = 256  # bytes a member in a zip's list: 46, the name, the times; 10,000 members need 2 MB
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # bzip2 and lzma make 80 MB of one piece
ENCRYPTED = 0x1 | 0x40
UTF8 = 0x800  # the flag of a name that says its encoding
# What zipfile raises on damaged bytes; most are in its code, some were found by flipping bits.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # NotImplementedError, too
    OverflowError,
    LookupError,
)


class _Capped(io.RawIOBase):
    """A file from which at most *most* bytes are read at a time: zipfile reads a zip's list in one piece."""

    def __init__(self, file: BinaryIO, most: int):
        super().__init__()
        self._file = file
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size if 0 <= size <= self._most else self._most + 1)
        if len(data) > self._most:
            raise ArchiveError("lists too many members")
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def zip_members(file: BinaryIO, meter: Meter, limits: Limits) -> Iterator[Member]:
    """The zip's members, in its order.

    Raises:
        ArchiveError: it is damaged, or lists too much.
    """
    with opened_zip(file, limits.archive_members) as archive:
        for info in archive.infolist():
            yield member_of(archive, info, meter, name_in_zip(info))


def opened_zip(file: BinaryIO, members: int) -> zipfile.ZipFile:
    """The zip's list, of at most so many *members*; *file* has to stay open as long as they are read.

    Raises:
        ArchiveError: it is damaged, or lists too much.
    """
    most = max(PIECE * 2, LISTED * members)  # a zip's comment has 64 KiB at the most
    try:
        archive = zipfile.ZipFile(_Capped(file, most))
    except DAMAGE as error:
        raise ArchiveError("is damaged or cut off") from error
    found = len(archive.infolist())
    if found > members:
        archive.close()
        raise ArchiveError(f"has {found:,} members; at most {members:,} are allowed")
    return archive


def name_in_zip(info: zipfile.ZipInfo) -> str:
    """The member's name, from whichever encoding and with whichever separator."""
    name = info.orig_filename  # the library cuts its own at a NUL
    if not info.flag_bits & UTF8:
        with contextlib.suppress(UnicodeEncodeError):  # the library took its bytes for this code page's
            name = decoded(name.encode("cp437"))
    return slashed(name)


def member_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: Meter, name: str) -> Member:
    """One of the zip's members, called *name*."""
    pieces = partial(_pieces, archive, info, meter)
    return Member(name, kind_in_zip(info), info.file_size, pieces, time_in_zip(info), meter=meter)


def kind_in_zip(info: zipfile.ZipInfo) -> str:
    """The kind that the member claims to be."""
    mode = info.external_attr >> 16
    if name_in_zip(info).endswith("/"):
        return FOLDER
    return kind_of(mode) if mode & 0o170000 else FILE  # zips from Windows have no mode


def time_in_zip(info: zipfile.ZipInfo) -> float:
    """The member's time, in seconds since the epoch; 0 for nonsense."""
    try:
        return datetime.datetime(*info.date_time, tzinfo=datetime.UTC).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, meter: Meter) -> Iterator[bytes]:
    if info.flag_bits & ENCRYPTED:
        raise UnreadableError("is encrypted and was not read")
    if info.compress_type not in METHODS:
        raise UnreadableError("is not compressed in zip's usual way and was not read")
    try:
        with archive.open(info) as file:
            while piece := file.read(PIECE):
                meter.add(len(piece))
                yield piece
    except DAMAGE as error:
        raise UnreadableError("is damaged and was not read") from error
