"""Runs single statements of a notebook at an import: one that fails or takes too long leaves its names undefined.

They stand in a ``with`` that the kit has written around them (``probes/notebook/needs.py``). Jupyter has run them with
the data at hand; here there is none, and whatever a statement raises, the module goes on.
"""

from __future__ import annotations

import builtins
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any

from autograder.sandbox.clock import WAITS

ATTEMPT = "__hw1_attempt__"
SECONDS = 5.0  # of CPU time: what sets up a device or a list of sizes takes a millisecond
IN_ALL = 12.0  # for all of a worker's: an import may take 20 (rubric.toml)
TICK = 0.1  # seconds between two looks at the clock
WHY_LENGTH = 200
MOST_FAILURES = 100

_used = [0.0]  # seconds that were spent
_failures: dict[str, str] = {}


class _TooLongError(BaseException):
    """The time is over; no ``except Exception`` of the statement's keeps it."""


class Attempt:
    """The ``with`` around one statement.

    Args:
        names: what it gives a value; after a point what it puts into a class that is asked for, after an @ what it puts
            into other objects.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self._before: Any = None

    def __enter__(self) -> None:
        self._globals = sys._getframe(1).f_globals
        self._left = min(SECONDS, IN_ALL - _used[0])  # with nothing left it is ended at the first tick
        self._began = time.monotonic(), time.process_time()
        if hasattr(signal, "setitimer"):  # elsewhere the limit of the import is all there is
            self._before = signal.signal(signal.SIGALRM, self._look)
            signal.setitimer(signal.ITIMER_REAL, TICK, TICK)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before or signal.SIG_DFL)
        _used[0] += max(self._spent())
        if error is None:
            return False
        for name in self._names:
            self._globals.pop(name, None)
            if len(_failures) < MOST_FAILURES:
                _failures[name] = self._why(error)
        return True

    def _spent(self) -> tuple[float, float]:
        """Seconds of CPU time, and seconds on the wall in which it may have slept, as far as a busy machine tells."""
        wall, cpu = time.monotonic() - self._began[0], time.process_time() - self._began[1]
        return cpu, (wall - cpu) / WAITS

    def _look(self, number: int, frame: FrameType | None) -> None:
        ending = frame is not None and frame.f_code is Attempt.__exit__.__code__
        if not ending and max(self._spent()) >= self._left:
            raise _TooLongError

    def _why(self, error: BaseException) -> str:
        if isinstance(error, _TooLongError):
            return f"took more than {max(self._left, 0):.2g} s"
        try:
            said = f"{type(error).__name__}: {error}"
        except BaseException:  # noqa: BLE001  a hostile __str__ must not end the worker
            said = str(type(error).__name__)
        return f"failed: {said}"[:WHY_LENGTH] + because(error)[:WHY_LENGTH]


def offer() -> None:
    """Let the submission's modules find :class:`Attempt` under a name that no student uses."""
    setattr(builtins, ATTEMPT, Attempt)
    _failures.clear()
    _used[0] = 0.0


def because(error: BaseException) -> str:
    """After a semicolon, the statement that failed and should have set the name that *error* misses.

    Any other error may come from what a statement should have put into a class or an object.
    """
    name = getattr(error, "name", None)
    if isinstance(error, KeyError) and error.args:
        name = error.args[0]
    known = [one for one in (name, f".{name}", f"@{name}") if isinstance(name, str) and one in _failures]
    if not isinstance(error, NameError):  # which says what it misses
        known += [one for one in _failures if one.startswith(".")]
    return f"; {known[0]}: {_failures[known[0]]}" if known else ""
