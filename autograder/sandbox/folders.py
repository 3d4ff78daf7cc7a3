"""A session's folders: made for the one user who may enter them, removed whatever was put into them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path


class Folders:
    """Where a session's workers find the submission, and where each of them works.

    Args:
        files: the submission's sources, path by path.
        user: the only user beside this one who may enter; None: nobody else.
        base: where they are made; the temporary folder if not said.

    Attributes:
        submission: holds *files*; a worker may read it.
    """

    def __init__(self, files: Mapping[str, bytes], user: int | None = None, base: Path | None = None) -> None:
        self._base = Path(tempfile.mkdtemp(prefix="hw1-", dir=base))
        self.submission = self._base / "submission"
        self._user = user
        self.submission.mkdir()
        for name, data in files.items():
            path = self.submission / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if user is not None:
            self._hand_over(user)

    def new_scratch(self) -> Path:
        """A folder that one worker may write to: what it fills counts against no other. ``remove`` takes it away."""
        made = Path(tempfile.mkdtemp(prefix="scratch-", dir=self._base))
        if self._user is not None:
            os.chown(made, self._user, self._user)
        return made

    def remove(self) -> None:
        """Remove all of them, however deep, closed or full they are. What can't be removed is left there."""
        for folder in (*self._base.glob("scratch-*"), self.submission, self._base):
            remove(folder)

    def _hand_over(self, user: int) -> None:
        """The submission stays ours; the group of *user* may read it."""
        self._base.chmod(0o711)
        for path in (self.submission, *self.submission.rglob("*")):
            os.chown(path, -1, user)
            path.chmod(0o750 if path.is_dir() else 0o640)


def remove(folder: Path) -> None:
    """Remove a folder and all in it.

    It never goes deeper than two levels, for a hostile program nests folders deeper than a path or a recursion may be:
    what lies deeper is moved up first.
    """
    names = (f".removed-{number}" for number in count())
    with suppress(OSError):
        while entries := list(_entries(folder)):
            before = len(entries)
            moved = sum(_take_away(entry, folder, names) for entry in entries)
            if not moved and len(list(_entries(folder))) >= before:
                break  # nothing gets less: not ours
        folder.rmdir()


def _take_away(entry: os.DirEntry[str], top: Path, names: Iterator[str]) -> int:
    """Remove what is at *entry*, its folders moved up into *top*; how many were moved."""
    moved = 0
    with suppress(OSError):
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)
            return moved
        os.chmod(entry.path, 0o700)
        for child in _entries(Path(entry.path)):
            if child.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    os.chmod(child.path, 0o700)  # only who may write to a folder may move it
                os.rename(child.path, top / next(names))
                moved += 1
            else:
                os.unlink(child.path)
        Path(entry.path).rmdir()
    return moved


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        yield from list(found)
