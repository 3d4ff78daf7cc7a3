"""What of a process every file of a hand-in shares: noted before student code runs, put back around each request.

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
        self.streams = Streams()
        self._limit = _recursion_limit(sys.getrecursionlimit())
        self._steps = list(_steps())
        self._generators = list(_generators())
        self._torch: Callable[[bool], None] | None = settings.noted() if settings is not None else None

    def put_back(self, goes_on: bool = False) -> None:
        """As it was.

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
        """What an answer needs: prints are passed on, nothing looks on, and the stack is deep enough."""
        sys.settrace(None)
        sys.setprofile(None)
        self._limit()
        self.streams.flush()
        self.streams.put_back()


def _untrace() -> None:
    """Threads that begin from now on are not traced either."""
    threading.settrace(None)  # type: ignore[arg-type]
    threading.setprofile(None)  # type: ignore[arg-type]


def _steps() -> Iterator[Step]:
    """What puts back one thing each."""
    yield _names_of(builtins)
    yield _untrace
    yield lambda here=os.getcwd(): os.chdir(here)
    yield _variables(dict(os.environ))
    mask = os.umask(0o077)
    os.umask(mask)
    yield lambda: os.umask(mask)
    yield from _signals()
    yield from _interpreter()
    yield _warnings(list(warnings.filters), warnings.showwarning, warnings.formatwarning)
    yield _locale(locale.setlocale(locale.LC_ALL))
    yield lambda context=decimal.getcontext().copy(): decimal.setcontext(context.copy())
    yield from _numpy()


def _generators() -> Iterator[Step]:
    yield lambda state=random.getstate(): random.setstate(state)
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        yield lambda state=numpy.random.get_state(): numpy.random.set_state(state)


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
        for timer in _TIMERS:
            if hasattr(signal, timer):
                signal.setitimer(getattr(signal, timer), 0)
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler and handler is not None:
                with suppress(OSError, ValueError):
                    signal.signal(number, handler)

    yield step
    if hasattr(signal, "pthread_sigmask"):
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        yield lambda: signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _interpreter() -> Iterator[Step]:
    yield lambda seconds=sys.getswitchinterval(): sys.setswitchinterval(seconds)
    yield lambda digits=sys.get_int_max_str_digits(): sys.set_int_max_str_digits(digits)
    yield lambda hooks={name: getattr(sys, name) for name in _HOOKS}: vars(sys).update(hooks)
    yield lambda hook=threading.excepthook: setattr(threading, "excepthook", hook)
    yield lambda arguments=list(sys.argv): sys.argv.__setitem__(slice(None), arguments)
    yield lambda on=gc.isenabled(): gc.enable() if on else gc.disable()
    yield lambda limits=gc.get_threshold(): gc.set_threshold(*limits)
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


def _numpy() -> Iterator[Step]:
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        yield lambda errors=numpy.geterr(), call=numpy.geterrcall(): (numpy.seterr(**errors), numpy.seterrcall(call))
        yield lambda options=numpy.get_printoptions(): numpy.set_printoptions(**options)
