"""One worker that waits for the next save: it has imported torch, and no code of the student's has run in it."""

from __future__ import annotations

import threading
from contextlib import suppress

from autograder.errors import GraderError
from autograder.sandbox.host import Launcher, Worker
from autograder.sandbox.plan import STAGES


class WithSpare:
    """A launcher that starts a worker ahead (``sandbox.host.Launcher``): where nothing can be forked, it saves seconds.

    Args:
        launcher: starts the workers.
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._lock = threading.Lock()
        self._spare: tuple[str, Worker] | None = None

    def refill(self, stage: str) -> None:
        """Start a worker that has imported what *stage* needs, unless one waits; do not wait for it.

        Raises:
            GraderError: it can't be started.
        """
        with self._lock:
            if self._spare is None:
                self._spare = stage, self._launcher.start(stage)

    def warm(self, stage: str, extras: tuple[str, ...] = ()) -> None:
        """Begin to import what workers of *stage* need; returns at once."""
        self._launcher.warm(stage, extras)

    def start(self, stage: str) -> Worker:
        """The one that waits, if it is still there and has imported enough; otherwise a new one."""
        with self._lock:
            waiting = self._spare
            if waiting is None or STAGES.index(waiting[0]) < STAGES.index(stage):
                return self._launcher.start(stage)
            self._spare = None
        with suppress(GraderError):  # it ended while it waited, for want of memory for example
            waiting[1].greet()
            if not waiting[1].unasked:
                return waiting[1]
            waiting[1].close()
        return self._launcher.start(stage)

    def close(self) -> None:
        """End the one that waits, and all that the launcher has started."""
        if self._spare is not None:
            with suppress(GraderError):
                self._spare[1].close()
        self._launcher.close()
