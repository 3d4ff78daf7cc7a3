"""Watches one worker: keeps the beginning of what it prints, and ends it when it takes more than it may.

The deadline of each request is the caller's; the kernel's own limits (``layers/limits.py``) come before these where
there are some, but they know neither resident memory nor the sum of many files.
"""

from __future__ import annotations

import os
import select
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from autograder.sandbox.layers.limits import most_threads

OUTPUT_KEPT = 64 << 10  # bytes of what a submission prints that are kept
OUTPUT_CAP = 64 << 20  # bytes after which a worker is stopped: 100,000 lines are 10 MB at most
SCRATCH_BYTES = 512 << 20  # in all of its files; the homework writes none
SCRATCH_FILES = 10_000
SCRATCH_DEPTH = 32  # folders in folders
EACH = 0.1  # seconds


@dataclass(frozen=True)
class Exceeded:
    """The limit that a worker exceeded.

    Attributes:
        reason: ``"output"``, ``"memory"``, ``"disk"`` or ``"threads"``.
        limit: the limit in words.
    """

    reason: str
    limit: str


class Watch:
    """The watch over one worker, in a thread of its own.

    Args:
        output: what the worker prints.
        pid: its process number.
        kill: ends it at once.

    Attributes:
        total: bytes that were printed.
        exceeded: what it took too much of.
        rests: the worker is held, so that nothing about it changes.
    """

    def __init__(self, output: BinaryIO, pid: int, kill: Callable[[], None]) -> None:
        self._output, self._pid, self._kill = output, pid, kill
        self._printed = bytearray()
        self._memory = 0
        self._scratch = ""
        self.rests = False
        self.total = 0
        self.exceeded: Exceeded | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def limit(self, memory: int, scratch: str) -> None:
        """Allow it, from now on, *memory* bytes more than it has, and only so much in the folder *scratch*."""
        self._memory = _resident(self._pid) + memory
        self._scratch = scratch

    @property
    def printed(self) -> str:
        """The first OUTPUT_KEPT bytes of what was printed."""
        return self._printed.decode(errors="replace")

    def join(self, seconds: float) -> None:
        """Wait until the worker's end of the output is closed."""
        self._thread.join(seconds)

    def _run(self) -> None:
        looked = time.monotonic()
        with suppress(OSError, ValueError):  # closed by the one who asked for it
            while self._wait():
                now = time.monotonic()
                if now - looked >= EACH:
                    looked = now
                    self._look()

    def _wait(self) -> bool:
        """Take what is printed, for EACH seconds at the most; whether more may come."""
        if sys.platform != "win32" and not select.select([self._output], [], [], EACH)[0]:
            return True
        chunk = os.read(self._output.fileno(), 1 << 16)
        self.total += len(chunk)
        self._printed += chunk[: OUTPUT_KEPT - len(self._printed)]
        if self.total > OUTPUT_CAP:
            self._end("output", f"{OUTPUT_CAP >> 20} MiB")
        return bool(chunk)

    def _look(self) -> None:
        if not self._scratch or self.rests:
            return
        if _resident(self._pid) > self._memory:
            self._end("memory", "")
        most = most_threads()
        if _threads(self._pid) > most:
            self._end("threads", f"{most}")
        if _too_much([*_deleted(self._pid)], self._scratch):
            self._end("disk", f"{SCRATCH_BYTES >> 20} MiB or {SCRATCH_FILES:,} files")

    def _end(self, reason: str, limit: str) -> None:
        if self.exceeded is None:
            self.exceeded = Exceeded(reason, limit)
            with suppress(ProcessLookupError):  # it may just have been ended
                self._kill()


def _resident(pid: int) -> int:
    """Bytes of memory that the process has, those shared with its parent included; 0 where nobody tells."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _threads(pid: int) -> int:
    """How many threads the process has; 0 where nobody tells."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[17])
    except (OSError, ValueError, IndexError):
        return 0


def _too_much(deleted: list[os.stat_result], folder: str) -> bool:
    """Whether these files and all below *folder* are more than a worker may have."""
    size = files = 0
    try:
        for status, depth in chain(((status, 0) for status in deleted), _below(folder)):
            size += status.st_blocks * 512 if hasattr(status, "st_blocks") else status.st_size  # without on Windows
            files += 1
            if size > SCRATCH_BYTES or files > SCRATCH_FILES or depth > SCRATCH_DEPTH:
                return True
    except OSError:  # a folder that can't be listed, or whose path is too long, hides something
        return True
    return False


def _below(folder: str) -> Iterator[tuple[os.stat_result, int]]:
    """All below *folder* and how deep it lies; no link is followed, and what is gone by now is left out."""
    waiting = [(folder, 0)]
    while waiting:
        path, depth = waiting.pop()
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(path) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False), depth
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))


def _deleted(pid: int) -> Iterator[os.stat_result]:
    """Files that the process has open and nobody sees any more; none where the kernel does not let us look."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            status = os.stat(f"/proc/{pid}/fd/{name}")
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                yield status
