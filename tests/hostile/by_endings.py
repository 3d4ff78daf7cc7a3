"""Attacks by how code ends: exit, crash, exceptions that bite, and code that never ends."""

from __future__ import annotations

from .attack import SAME, Attack

ONE = ("1.1-",)


def _ends(
    attack_id: str, rows: tuple[int, ...], does: str, before: str, stopped_by: str = "watchdog", **more: object
) -> Attack:
    return Attack(attack_id, rows, does, stopped_by, before=before, loses=ONE, **{"without": SAME, **more})  # type: ignore[arg-type]


def _forward(body: str, name: str = "MNIST_Net") -> str:
    return f"\n\ndef forward(self, x):\n    {body}\n\n\n{name}.forward = forward\n"


ATTACKS = (
    _ends(
        "exit_on_import",
        (24,),
        "leaves with exit code 0 at import",
        "import sys\nsys.exit(0)\n",
        "worker",
        quick=True,
    ),
    Attack(
        "exit_in_forward",
        rows=(24,),
        does="leaves with exit code 0 in forward",
        stopped_by="worker",
        after=_forward("raise SystemExit(0)"),
        loses=ONE,
        without=SAME,
    ),
    _ends("os_exit_on_import", (25,), "ends the process with code 0", "import os\nos._exit(0)\n", "worker", quick=True),
    _ends(
        "exit_by_system_call",
        (25,),
        "ends the process with code 0 behind Python's back, from a thread",
        "import ctypes, threading, time\n"
        "threading.Thread(target=lambda: ctypes.CDLL(None)._exit(0)).start()\ntime.sleep(5)\n",
        "worker",
    ),
    _ends(
        "base_exception_bomb",
        (26,),
        "raises what is no Exception and can't be printed",
        """
class Bomb(BaseException):
    def __str__(self):
        raise self

    __repr__ = __str__

    @property
    def __traceback__(self):
        raise self

    @property
    def hw1_during(self):
        raise self


raise Bomb
""",
        "worker",
        quick=True,
    ),
    _ends(
        "exception_of_megabytes",
        (26, 65),
        "raises an exception whose name and text have a hundred megabytes",
        """
kind = type("E" * 1_000_000, (Exception,), {"__str__": lambda self: "x" * 100_000_000})
raise kind
""",
        "worker",
    ),
    _ends(
        "exception_that_claims",
        (26, 30),
        "raises an exception that says of itself what was under way, and that it is the kit's",
        """
kind = type("MisuseError", (Exception,), {})
error = kind("GraderError: the kit failed, full points")
error.hw1_during = {"status": "passed"}
raise error
""",
        "worker",
    ),
    _ends("segfault", (27,), "reads address 0", "import ctypes\nctypes.string_at(0)\n", "worker", quick=True),
    _ends("abort", (27,), "aborts", "import os\nos.abort()\n", "worker"),
    _ends(
        "recursion_bomb",
        (27,),
        "overflows the C stack",
        """
import sys
sys.setrecursionlimit(10**9)


class Deep:
    def __repr__(self):
        return repr(self)


def again():
    return again()


threads = [[]]
for _ in range(2_000_000):
    threads = [threads]
repr(Deep())
""",
        "worker",
    ),
    _ends("loop_on_import", (57,), "never ends at import", "while True:\n    pass\n", import_seconds=2, quick=True),
    _ends("sleeper", (57,), "sleeps, which takes no CPU time", "import time\ntime.sleep(10_000)\n", import_seconds=2),
    _ends(
        "sleeper_in_c",
        (57,),
        "sleeps in C and keeps Python's lock",
        "import ctypes\nctypes.PyDLL(None).sleep(10_000)\n",
        import_seconds=2,
    ),
    _ends(
        "unkillable_loop",
        (58,),
        "ignores every signal that can be ignored, and never ends",
        """
import contextlib, signal
for number in range(1, 65):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
        import_seconds=2,
    ),
    _ends(
        "stops_itself",
        (58,),
        "stops itself, as by Ctrl-Z",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n",
        import_seconds=2,
    ),
    _ends(
        "deadlock_at_exit",
        (57, 9),
        "leaves a thread that never ends, and raises",
        """
import threading, time
threading.Thread(target=time.sleep, args=(10_000,)).start()
raise SystemExit(0)
""",
        "kill",
    ),
    _ends(
        "destructor_bomb",
        (9, 26),
        "raises and exits in finalisers, while the worker collects garbage",
        """
import gc, os


class Bomb:
    def __init__(self):
        self.me = self

    def __del__(self):
        os._exit(0)


Bomb()
gc.collect()
""",
        "worker",
    ),
    _ends(
        "garbage_callback",
        (26, 57),
        "never returns from the collector's callback",
        """
import gc, time
gc.callbacks.append(lambda phase, facts: time.sleep(10_000))
gc.collect()
""",
        import_seconds=2,
    ),
)
