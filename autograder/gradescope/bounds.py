"""The bounds of a small machine: what is cut off by them, and not by the rubric's own limits, costs nobody a point."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.check import Probe
from autograder.errors import UnsettledError
from autograder.evidence import Array, Observation, Stopped
from autograder.sandbox.session import Session

LEAST = 1.0  # seconds that are left, below which nothing new is begun
SLOTS = ("train", "score")  # where time depends on the machine more than on the code


@dataclass
class BoundedSession:
    """A session of which no probe goes on after the deadline.

    Attributes:
        session: what runs the probes.
        ends: the deadline, in seconds of the monotonic clock.
        memory_is_less: whether a worker may have less memory here than the rubric gives it.
        minutes: all of the time, for sentences.
    """

    session: Session
    ends: float
    memory_is_less: bool
    minutes: float
    clock: Callable[[], float] = time.monotonic

    @property
    def environment(self) -> dict[str, Any]:
        """Of its workers."""
        return self.session.environment

    @property
    def layers(self) -> tuple[str, ...]:
        """Of its workers."""
        return self.session.layers

    @property
    def printed(self) -> int:
        """How many bytes the submission has printed."""
        return self.session.printed

    def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
        """Run *probe* as ``Session.observe`` does.

        Raises:
            UnsettledError: this place, and not the submission alone, kept it from an answer.
        """
        left = self.ends - self.clock()
        if left < LEAST:
            raise UnsettledError(f"the {self.minutes:g} minutes that there are here were over before its turn")
        self.session.import_seconds = min(self.session.import_seconds, left)
        seen = self.session.observe(replace(probe, seconds=min(probe.seconds, left)), key, arrays)
        if isinstance(seen, Stopped):
            self._weigh(seen, probe)
        return seen

    def _weigh(self, seen: Stopped, probe: Probe) -> None:
        if seen.reason == "time" and self.ends - self.clock() < LEAST:
            raise UnsettledError(f"the {self.minutes:g} minutes that there are here were over")
        if probe.slot in SLOTS and seen.reason == "time":
            raise UnsettledError("training takes longer than there is time for here")
        if self.memory_is_less and (seen.reason == "memory" or "SIGKILL" in seen.detail):
            raise UnsettledError("it asks for more memory than there is here")
