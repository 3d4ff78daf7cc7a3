"""Files that were handed in, opened and hashed without following a link."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from io import BufferedReader
from pathlib import Path

from autograder.errors import HandinError

TICK = 3_000_000_000  # nanoseconds: FAT counts in 2 s, all others in less


def open_regular(path: Path) -> BufferedReader:
    """The regular file at *path*, open for reading, even if a link was put there since it was looked at.

    Raises:
        HandinError: it is a link, a pipe or a folder, or can't be opened.
    """
    try:
        flags = sum(getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK")) | os.O_RDONLY
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):  # Linux and macOS; FreeBSD
            raise HandinError("it is a symbolic link, which is not followed") from error
        raise HandinError(f"it can't be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise HandinError("it is not a regular file")
    return os.fdopen(descriptor, "rb")


def hash_of(path: Path) -> str:
    """The SHA-256 of the file, read piece by piece.

    Raises:
        HandinError: it can't be read.
    """
    with open_regular(path) as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise HandinError(f"it can't be read: {error.strerror}") from error


_known: dict[tuple[str, int, int, int, int, int], str] = {}


def known_hash(path: Path) -> str:
    """As :func:`hash_of`; a file that is still the same by its number, size and times is not read again.

    What was written just now may be written again within a tick of the file system's clock, and nothing would tell:
    its hash is not remembered.

    Raises:
        HandinError: it can't be read.
    """
    try:
        found = path.lstat()
    except OSError:
        return hash_of(path)  # it says why
    times = found.st_mtime_ns, found.st_ctime_ns  # the first one can be set back
    named = (os.fspath(path), found.st_dev, found.st_ino, found.st_size, *times)
    if named in _known:
        return _known[named]
    made = hash_of(path)
    if time.time_ns() - max(times) > TICK:
        _known[named] = made
    return made
