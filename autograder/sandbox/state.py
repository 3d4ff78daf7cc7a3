"""The state of a process that all files of a hand-in share: noted before student code runs, restored around requests.

So what one probe leaves behind, the next one does not find. What only adds something stays (a variable of the
environment, a folder in ``sys.path``, a higher recursion limit): the file that wanted it may rely on it, and no other
file's probes run in this worker.
"""

from __future__ import annotations

import builtins
import decimal
import gc
import locale
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any

from autograder.sandbox.streams import Streams

Step = Callable[[], object]

_TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")
_HOOKS = ("excepthook", "displayhook", "unraisablehook", "breakpointhook")


class State:
    """This process as it was before student code.

    Args:
        settings: the module ``probes.settings``, where torch is there.
    """

    def __init__(self, settings: ModuleType | None) -> None:
        random.seed(0)  # a fork seeds it anew, and what a probe finds must not depend on that
        self.streams = Streams()
        self._limit = _recursion_limit(sys.getrecursionlimit())
        self._steps = list(_steps())
        self._generators = list(_generators())
        self._torch: Callable[[bool], None] | None = settings.noted() if settings is not None else None

    def put_back(self, goes_on: bool = False) -> None:
        """Restore the process as it was.

        Args:
            goes_on: what comes next goes on where the last call stopped: the random generators are left alone.
        """
        self.calm()
        for step in self._steps if goes_on else (*self._steps, *self._generators):
            with suppress(Exception):  # what can't be put back is the student's own loss, not the kit's failure
                step()
        if self._torch is not None:
            self._torch(not goes_on)

    def calm(self) -> None:
        """Prepare for an answer: no timer, no tracing, a stack that is deep enough, prints passed on."""
        _disarm()
        sys.settrace(None)
        sys.setprofile(None)
        self._limit()
        self.streams.flush()
        self.streams.put_back()


def _disarm() -> None:
    for timer in _TIMERS:
        if hasattr(signal, timer):
            signal.setitimer(getattr(signal, timer), 0)


def _untrace() -> None:
    """Threads that begin from now on are not traced either."""
    threading.settrace(None)
    threading.setprofile(None)


def _steps() -> Iterator[Step]:
    """What puts back one thing each."""
    yield _names_of(builtins)
    yield _untrace
    yield _kept(os.getcwd, os.chdir)
    yield _variables(dict(os.environ))
    yield _kept(_mask, os.umask)
    yield from _signals()
    yield from _interpreter()
    yield _warnings(list(warnings.filters), warnings.showwarning, warnings.formatwarning)
    yield _locale(locale.setlocale(locale.LC_ALL))
    yield _kept(decimal.getcontext().copy, lambda context: decimal.setcontext(context.copy()))
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        yield _kept(numpy.geterr, lambda errors: numpy.seterr(**errors))
        yield _kept(numpy.geterrcall, numpy.seterrcall)
        yield _kept(numpy.get_printoptions, lambda options: numpy.set_printoptions(**options))


def _generators() -> Iterator[Step]:
    yield _kept(random.getstate, random.setstate)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        yield _kept(numpy.random.get_state, numpy.random.set_state)


def _kept(get: Callable[[], Any], put: Callable[[Any], object]) -> Step:
    """Puts what *get* gives now."""
    value = get()
    return lambda: put(value)


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _names_of(module: ModuleType) -> Step:
    """Names of *module* that were bound to something else; new ones stay."""
    before = dict(vars(module))

    def step() -> None:
        now = vars(module)
        for name, value in before.items():
            if now.get(name) is not value and name != "_":
                now[name] = value

    return step


def _recursion_limit(limit: int) -> Step:
    def step() -> None:
        if sys.getrecursionlimit() < limit:
            sys.setrecursionlimit(limit)

    return step


def _variables(before: dict[str, str]) -> Step:
    def step() -> None:
        for name, value in before.items():
            if os.environ.get(name) != value:
                os.environ[name] = value

    return step


def _signals() -> Iterator[Step]:
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}

    def step() -> None:
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:
                with suppress(OSError, ValueError):
                    signal.signal(number, handler)

    yield step
    if hasattr(signal, "pthread_sigmask"):
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        yield lambda: signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _interpreter() -> Iterator[Step]:
    yield _kept(sys.getswitchinterval, sys.setswitchinterval)
    yield _kept(sys.get_int_max_str_digits, sys.set_int_max_str_digits)
    yield _kept(lambda: {name: getattr(sys, name) for name in _HOOKS}, vars(sys).update)
    yield _kept(lambda: threading.excepthook, partial(setattr, threading, "excepthook"))
    yield _kept(lambda: list(sys.argv), lambda arguments: setattr(sys, "argv", list(arguments)))
    yield _kept(gc.isenabled, lambda on: gc.enable() if on else gc.disable())
    yield _kept(gc.get_threshold, lambda limits: gc.set_threshold(*limits))
    yield gc.callbacks.clear


def _warnings(filters: list[Any], *functions: Any) -> Step:
    def step() -> None:
        warnings.showwarning, warnings.formatwarning = functions
        if warnings.filters != filters:
            warnings.filters[:] = filters  # type: ignore[index]
            warnings._filters_mutated()  # type: ignore[attr-defined]

    return step


def _locale(name: str) -> Step:
    def step() -> None:
        if locale.setlocale(locale.LC_ALL) != name:
            locale.setlocale(locale.LC_ALL, name)

    return step
