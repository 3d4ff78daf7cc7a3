"""How long a worker has been at a request: the limit is CPU time, and the clock on the wall only ends what sleeps.

So a neighbour that takes the processor away costs nobody a point: waiting for a core uses no CPU time, and the kernel
tells how long a thread stood in the queue. Where it does not (macOS, Windows), wall time is all there is.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

WAITS = 3.0  # times its limit that a request may sleep: nothing in the homework sleeps, a cold disk may take seconds
QUEUES = 30.0  # times its limit on the wall, whatever the kernel tells: then it is tried again alone
STEPS = (0.02, 0.25)  # seconds between two looks, the shortest and the longest
ASLEEP, QUEUED = "asleep", "queued"


@dataclass(frozen=True)
class Late:
    """Why a request was stopped.

    Attributes:
        detail: the limit in words.
        waited: empty if its CPU time was used up; ASLEEP if it slept; QUEUED if it got no core, or if that is unknown.
    """

    detail: str
    waited: str = ""


@dataclass
class Clock:
    """Runs from the moment at which it is made, for one request.

    Attributes:
        pid: the worker's process number.
        seconds: of CPU time that it may take, all threads together.
        waits: how many times as long it may sleep.
        most: seconds on the wall after which it is stopped in any case; None: no such limit.
    """

    pid: int
    seconds: float
    waits: float = WAITS
    most: float | None = None
    _queued: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._step = STEPS[0]
        self._began = time.monotonic()
        # Both are read at the first look, for which most requests are too short; what is missed is less than a step.
        self._cpu: float | None = None
        self._before: dict[str, float] | None = None

    def step(self) -> float:
        """How long to wait before the next look: a short part of a short limit."""
        self._step = min(2 * self._step, STEPS[1], max(STEPS[0], self.seconds / 4))
        return self._step

    def late(self) -> Late | None:
        """Why it has to be stopped now, or None."""
        wall = time.monotonic() - self._began
        cpu = cpu_seconds(self.pid)
        if self._cpu is None:
            self._cpu, self._before = cpu, queue_seconds(self.pid)
        if cpu is None or self._cpu is None:
            return Late(f"{self.seconds:g} s") if wall >= min(self.seconds, self.most or self.seconds) else None
        if cpu - self._cpu >= self.seconds:
            return Late(f"{self.seconds:g} s")
        if self.most is not None and wall >= self.most:
            return Late(f"{self.most:g} s")
        queued = self._in_the_queue()
        slept = wall - (queued or 0.0) - (cpu - self._cpu)
        if slept >= self.waits * self.seconds:
            return Late(f"{self.waits * self.seconds:g} s without computing", QUEUED if queued is None else ASLEEP)
        if wall >= QUEUES * self.seconds:
            return Late(f"{QUEUES * self.seconds:g} s", QUEUED)
        return None

    def _in_the_queue(self) -> float | None:
        """Seconds that its threads, those that have ended included, waited for a core; None where nobody tells."""
        now = queue_seconds(self.pid)
        if now is None or self._before is None:
            return None
        for thread, seconds in now.items():
            self._queued[thread] = max(self._queued.get(thread, 0.0), seconds - self._before.get(thread, 0.0))
        return sum(self._queued.values())


def cpu_seconds(pid: int) -> float | None:
    """CPU time of the process and of all threads that it had; None where it is unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def queue_seconds(pid: int) -> dict[str, float] | None:
    """By thread, how long it was ready to run and had no core; None where the kernel does not count it."""
    found: dict[str, float] = {}
    counted = False
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError, ValueError, IndexError):
                ran, waited, *_ = Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()
                found[thread] = int(waited) / 1e9
                counted = counted or int(ran) > 0
    return found if counted else None
