"""The text streams of a worker on its descriptors, which are reopened where a student broke them.

They are opened in the worker itself: the warm parent's are those of a regular file, and would seek in the pipe that has
taken its place. Closing one leaves its descriptor open, so that the next print of the process still arrives.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import Any

NAMES = {"stdin": 0, "stdout": 1, "stderr": 2}
_kept: list[Any] = []  # a stream that is collected closes the buffer that a student's own stream may stand on


class Streams:
    """The streams ``sys.stdin``, ``sys.stdout`` and ``sys.stderr``."""

    def __init__(self) -> None:
        self._ours: dict[str, io.TextIOWrapper] = {}
        self.put_back()

    def put_back(self) -> None:
        """Reopen those that were replaced, closed, detached or reconfigured."""
        for name, descriptor in NAMES.items():
            if getattr(sys, name, None) is not self._ours.get(name) or not self._is_sound(name):
                self._flush(name)
                _kept.extend((getattr(sys, name, None), self._ours.get(name)))
                self._ours[name] = _opened(name, descriptor)
            setattr(sys, name, self._ours[name])
            setattr(sys, f"__{name}__", self._ours[name])

    def flush(self) -> None:
        """Pass on what was printed."""
        for name in ("stdout", "stderr"):
            self._flush(name)

    def _flush(self, name: str) -> None:
        for stream in {id(each): each for each in (getattr(sys, name, None), self._ours.get(name))}.values():
            with suppress(BaseException):  # a student may have closed it, or written it
                stream.flush()  # type: ignore[union-attr]

    def _is_sound(self, name: str) -> bool:
        ours = self._ours.get(name)
        try:
            return ours is not None and not ours.closed and (ours.encoding, ours.errors) == ("utf-8", _errors(name))
        except ValueError:  # its buffer was detached
            return False


def _opened(name: str, descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "r" if name == "stdin" else "w", closefd=False)
    buffer = io.BufferedReader(raw) if name == "stdin" else io.BufferedWriter(raw)
    # Line by line, so that what was printed before a worker was stopped is there to be read.
    return io.TextIOWrapper(buffer, "utf-8", _errors(name), line_buffering=name != "stdin")


def _errors(name: str) -> str:
    return "backslashreplace" if name == "stderr" else "surrogateescape"
