"""Files that are written whole or not at all: under another name beside their own, which they get at the end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600  # for the user alone
OPEN = 0o666  # less what the user's mask takes away


def write_whole(path: Path, *data: bytes | memoryview, private: bool = False, synced: bool = True) -> None:
    """Write *data* to *path*, as :func:`whole` does.

    Raises:
        OSError: it can't be written; what was at *path* stays.
    """
    with whole(path, private=private, synced=synced) as file:
        for one in data:
            file.write(one)


@contextlib.contextmanager
def whole(
    path: Path, *, private: bool = False, synced: bool = True, prove: Callable[[Path], None] | None = None
) -> Iterator[BinaryIO]:
    """A new file, which takes the place of *path* when the block ends without an exception; otherwise it is gone.

    Until then what was at *path* stays. A link there is replaced, not followed.

    Args:
        private: its user alone may read it, from the start.
        synced: it is on the disk before it gets its name; not needed of what can be made again.
        prove: called with where the file lies before it gets its name, which it does not if this raises.

    Raises:
        OSError: it can't be written.
    """
    part = path.with_name(f".{os.getpid()}-{threading.get_ident()}.{path.name}")  # its suffix is the same
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        part.unlink(missing_ok=True)  # of a run that was killed
        with os.fdopen(os.open(part, flags, PRIVATE if private else OPEN), "wb") as file:
            yield file
            file.flush()
            if synced:
                os.fsync(file.fileno())
        if prove:
            prove(part)
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
