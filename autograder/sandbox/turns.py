"""Who runs when: probes of several hand-ins side by side, or one alone while the others wait."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from autograder.sandbox.memory import Memory


class Turns:
    """Shared by all sessions of a run.

    Attributes:
        memory: of the machine, that they share.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self._changed = threading.Condition()
        self._running = 0
        self._begun = 0
        self._alone = False

    @contextmanager
    def beside(self) -> Iterator[Callable[[], bool]]:
        """Run beside others; the context's value tells afterwards whether there were any."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            company = self._running > 0
            self._running += 1
            self._begun += 1
            mine = self._begun
        try:
            yield lambda: company or self._begun != mine
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Run when all others have come to an end, and before the next one begins."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._alone = True
            self._changed.wait_for(lambda: not self._running)
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()


class Shares:
    """The cores that this process may use, shared out among jobs: threads of one hand-in take no other one's time.

    Args:
        jobs: how many there are, each a thread of the grader's that calls ``take`` once.
    """

    def __init__(self, jobs: int) -> None:
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        # With more jobs than cores, some have one in common.
        self._shares = [tuple(cores[number % len(cores) :: jobs]) for number in range(jobs)] if cores else [()]
        self._next = count()
        self._mine = threading.local()
        self._single = jobs == 1

    def take(self) -> None:
        """Give the calling thread its share."""
        self._mine.cores = self._shares[next(self._next) % len(self._shares)]

    @property
    def mine(self) -> tuple[int, ...]:
        """The calling thread's cores; empty: all there are."""
        return () if self._single else getattr(self._mine, "cores", ())
