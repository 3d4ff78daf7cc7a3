"""An archive's members, whichever kind it is; the kind is told by its first bytes, not by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from autograder.ingest.folder import OPEN
from autograder.ingest.member import FILE, ArchiveError, Member, Meter, kind_of
from autograder.ingest.packings import Bzip2, Gzip, Packing, Plain, Xz
from autograder.ingest.tars import is_tar_header, tar_members
from autograder.ingest.zips import zip_members
from autograder.rubric import Limits

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is an empty one
PACKINGS: tuple[tuple[bytes, Packing], ...] = ((b"\x1f\x8b", Gzip), (b"BZh", Bzip2), (b"\xfd7zXZ\x00", Xz))
OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"ALZ\x01": "an ALZ archive",
    b"EGGA": "an EGG archive",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"\x1f\x9d": "packed with compress",
    b"MSCF": "a CAB archive",
}
PACK_AGAIN = "pack the files as a zip or a tar.gz and hand that in"
BLOCK = 512  # bytes: a tar begins with a header of one block


def archive_members(path: Path, limits: Limits, meter: Meter | None = None) -> Iterator[Member]:
    """What is in the zip or tar at *path*; each member has to be read before the next one is asked for.

    Args:
        meter: of the archive that it came out of, which goes on counting; None: it has one of its own.

    Raises:
        ArchiveError: it can't be read, or not to its end; the members before that are good.
    """
    try:
        descriptor = os.open(path, OPEN)
    except OSError as error:
        raise ArchiveError(f"can't be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if kind_of(status.st_mode) != FILE:
            raise ArchiveError("is not a regular file")
        meter = meter or Meter(status.st_size, limits)
        try:
            yield from _members(file, meter, limits)
        except OSError as error:
            raise ArchiveError(f"can't be read: {error.strerror}") from error


def looks_packed(start: bytes) -> bool:
    """Whether a file that begins with *start*, 512 bytes of it, is an archive of any kind, to be read here or not."""
    known = (*ZIP, *(magic for magic, _ in PACKINGS), *OTHERS)
    return start.startswith(known) or is_tar_header(start[:BLOCK])


def _members(file: BinaryIO, meter: Meter, limits: Limits) -> Iterator[Member]:
    start = file.read(BLOCK)
    file.seek(0)
    if start.startswith(ZIP):
        return zip_members(file, meter, limits)
    packing = next((packing for magic, packing in PACKINGS if start.startswith(magic)), None)
    if packing is not None:
        return tar_members(file, meter, limits, packing)
    if is_tar_header(start):
        return tar_members(file, meter, limits, Plain)
    other = next((name for magic, name in OTHERS.items() if start.startswith(magic)), "neither a zip nor a tar")
    raise ArchiveError(f"is {other}, which can't be read here: {PACK_AGAIN}" if start else "is empty")
