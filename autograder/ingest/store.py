"""Where the large files of archives go: a private folder, under names of our own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from autograder.errors import HandinError


class Store:
    """Files of one hand-in, in a folder (mode 0700) that is made when the first one comes.

    Args:
        base: the folder to make it in, cleared up by whoever made it; None for one that is gone when the process ends.
    """

    def __init__(self, base: Path | None):
        self._base = base
        self._folder: Path | None = None
        self._count = 0

    def write(self, pieces: Iterable[bytes], suffix: str) -> Path:
        """Write *pieces* to a new file (mode 0600), whole or not at all; its path.

        Raises:
            HandinError: a piece can't be read, or the disk is full; the text goes after the file's name.
        """
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="intake-", dir=self._base or _of_this_process()))
            self._count += 1
            path = self._folder / f"{self._count}{suffix}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise HandinError(f"can't be kept: {error.strerror}") from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise HandinError(f"can't be kept: {error.strerror}") from error
            raise
        return path

    def holds(self, path: Path) -> bool:
        """Whether *path* was written here."""
        return self._folder is not None and path.parent == self._folder

    def drop(self, path: Path) -> None:
        """Remove *path* if it was written here; other files are not touched."""
        if self.holds(path):
            path.unlink(missing_ok=True)


@cache
def _of_this_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hw1-intake-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
