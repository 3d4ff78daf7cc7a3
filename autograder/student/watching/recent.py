"""What was observed since the command began, in memory: what a save leaves as it was is not run again."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from autograder.keeping.kept import Kept
from autograder.keeping.standing import StandsOn
from autograder.sandbox.plan import python_folders

MOST = 128 << 20  # bytes; what all checks look at once are some 2 MB


def installed() -> tuple[int, ...]:
    """When something was last installed or removed, by folder of packages; nanoseconds since 1970."""
    found = []
    for folder in python_folders():
        with suppress(OSError):
            found.append(os.stat(folder).st_mtime_ns)  # noqa: PTH116  a path as the interpreter has it
    return tuple(found)


class Recent:
    """Observations of one command (``keeping.Observations``); of more than *most* bytes the oldest are forgotten.

    Several threads may use it.

    Args:
        most: bytes of frames that are kept.
        packages: tells whether others are installed than before.
    """

    def __init__(self, most: int = MOST, packages: Callable[[], object] = installed) -> None:
        self._most, self._packages = most, packages
        self._lock = threading.Lock()
        self._before = packages()
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._size = 0
        self._latest: list[bytes] = []

    def begin(self) -> None:
        """Another check begins. Forget everything if packages were installed: the names of observations lack these."""
        now = self._packages()
        if now != self._before:
            self._kept.clear()
            self._size = 0
        self._before, self._latest = now, []

    def take_back(self) -> None:
        """Forget what was observed since the check began: a file that was read where it lies has changed meanwhile."""
        for name in self._latest:
            self._drop(name)
        self._latest = []

    def observation(self, name: bytes) -> Kept | None:
        """What was observed under *name*."""
        with self._lock:
            if name not in self._kept:
                return None
            self._kept.move_to_end(name)
            return self._kept[name]

    def keep(self, name: bytes, probe: str, kept: Kept) -> None:
        """Keep what was observed under *name*."""
        with self._lock:
            self._drop(name)
            self._kept[name] = kept
            self._size += _size(kept)
            self._latest.append(name)
            while self._size > self._most and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))

    def stands_on(self, student: str) -> StandsOn:
        """Nothing: there is no report of before."""
        return {}

    def reopen_to_read(self) -> None:
        """Do nothing: memory goes along."""

    def _drop(self, name: bytes) -> None:
        kept = self._kept.pop(name, None)
        self._size -= _size(kept) if kept is not None else 0


def _size(kept: Kept) -> int:
    return len(kept.frame) + len(kept.printed)
