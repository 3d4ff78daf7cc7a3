"""The bounds of a small machine: what is cut off by them, and not by the rubric's own limits, costs nobody a point."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.check import Probe
from autograder.errors import UnsettledError
from autograder.evidence import Array, Observation, Stopped
from autograder.outcome import MEMORY, TIME
from autograder.sandbox.session import Session

LEAST = 1.0  # seconds that are left, below which nothing new is begun
COUNTERS = (Path("/sys/fs/cgroup/memory.events"), Path("/sys/fs/cgroup/memory/memory.oom_control"))  # version 2, 1
SLOTS = ("train", "score")  # where time depends on the machine more than on the code


@dataclass
class BoundedSession:
    """A session of which no probe goes on after the deadline.

    Attributes:
        session: what runs the probes.
        ends: the deadline, in seconds of the monotonic clock.
        memory_is_less: whether a worker may have less memory here than the rubric gives it.
        minutes: all of the time, for sentences.
        killed: how many processes the container's memory limit has ended; None where nobody tells.
    """

    session: Session
    ends: float
    memory_is_less: bool
    minutes: float
    clock: Callable[[], float] = time.monotonic
    killed: Callable[[], int | None] = lambda: oom_kills()

    @property
    def environment(self) -> dict[str, Any]:
        """Of its workers."""
        return self.session.environment

    @property
    def layers(self) -> dict[str, str]:
        """Of its workers."""
        return self.session.layers

    @property
    def printed(self) -> int:
        """How many bytes the submission has printed."""
        return self.session.printed

    @property
    def printed_text(self) -> str:
        """The beginning of what it has printed."""
        return self.session.printed_text

    @property
    def pressed(self) -> int:
        """How many probes the machine was too busy for."""
        return self.session.pressed

    def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
        """Run *probe* as ``Session.observe`` does.

        Raises:
            UnsettledError: this place, and not the submission alone, kept it from an answer.
        """
        left = self.ends - self.clock()
        if left < LEAST:
            raise UnsettledError(
                f"the {self.minutes:g} minutes that there are here were over before its turn", cut_short=TIME
            )
        self.session.import_seconds = min(self.session.import_seconds, left)
        self.session.left = left
        before = self.killed()
        seen = self.session.observe(replace(probe, seconds=min(probe.seconds, left)), key, arrays)
        if isinstance(seen, Stopped):
            self._weigh(seen, probe, by_the_kernel=before is None or before != self.killed())
        return seen

    def _weigh(self, seen: Stopped, probe: Probe, by_the_kernel: bool) -> None:
        if seen.reason == "time" and self.ends - self.clock() < LEAST:
            raise UnsettledError(f"the {self.minutes:g} minutes that there are here were over", cut_short=TIME)
        if probe.slot in SLOTS and seen.reason == "time":
            raise UnsettledError("training takes longer than there is time for here", cut_short=TIME)
        if self.memory_is_less and (seen.reason == "memory" or ("SIGKILL" in seen.detail and by_the_kernel)):
            raise UnsettledError("it asks for more memory than there is here", cut_short=MEMORY)


def oom_kills(counters: Sequence[Path] = COUNTERS) -> int | None:
    """How many processes of this container were killed when its memory ran out, as the kernel counts them."""
    for path in counters:
        with suppress(OSError, ValueError, IndexError):
            lines = dict(line.split()[:2] for line in path.read_text(encoding="ascii").splitlines())
            if "oom_kill" in lines:
                return int(lines["oom_kill"])
    return None
