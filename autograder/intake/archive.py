"""An archive's members, whichever kind it is; the kind is told by its first bytes, not by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from autograder.intake.folder import OPEN
from autograder.intake.member import FILE, ArchiveError, Member, Meter, kind_of
from autograder.intake.tars import tar_members
from autograder.intake.zips import zip_members
from autograder.rubric import Limits

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is an empty one
GZIP = b"\x1f\x8b"


def archive_members(path: Path, limits: Limits) -> Iterator[Member]:
    """What is in the zip or tar.gz at *path*; each member has to be read before the next one is asked for.

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
        meter = Meter(status.st_size, limits)
        try:
            yield from _members(file, meter, limits)
        except OSError as error:
            raise ArchiveError(f"can't be read: {error.strerror}") from error


def _members(file: BinaryIO, meter: Meter, limits: Limits) -> Iterator[Member]:
    start = file.read(4)
    file.seek(0)
    if start in ZIP:
        return zip_members(file, meter, limits)
    if start.startswith(GZIP):
        return tar_members(file, meter, limits)
    raise ArchiveError("is neither a zip nor a tar.gz" if start else "is empty")
