"""What a run over a class is at: who is done, who is under way, and how long the rest will take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from autograder.cohort.order import Work, seconds_left
from autograder.report import Report

EACH = 0.5  # seconds after which the time that is left is computed again: there may be thousands of hand-ins


class Screen(Protocol):
    """Shows it."""

    def show(self, done: int, running: list[tuple[str, str]], left: float | None) -> None:
        """Show how many are done, who is under way with what, and about how many seconds are left."""

    def tell(self, number: int, report: Report, earlier: bool, left: float | None) -> None:
        """Show that a report is there, which is the one with this *number*."""

    def say(self, text: str) -> None:
        """Show a remark."""


class Silent:
    """A screen that shows nothing."""

    def show(self, done: int, running: list[tuple[str, str]], left: float | None) -> None:
        """Show nothing."""

    def tell(self, number: int, report: Report, earlier: bool, left: float | None) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Show nothing."""


@dataclass
class UnderWay:
    """Is told what happens, and shows it.

    Attributes:
        clock: tells seconds.
    """

    screen: Screen = field(default_factory=Silent)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._turn, self._told = threading.Lock(), threading.Lock()
        self._training: Callable[[], str] | None = None
        self._jobs = 1
        self._done = 0
        self._waiting: dict[str, float | None] = {}
        self._running: dict[str, tuple[str, float]] = {}  # by student, with what and since when
        self._counted: tuple[float, float | None] = -inf, None
        self._took: list[tuple[float | None, float]] = []

    def plan(self, works: Iterable[Work], jobs: int, training: Callable[[], str] = str) -> None:
        """*works* are to be done, *jobs* at a time; *training* brings what is said before anything is trained."""
        with self._turn:
            self._waiting, self._jobs = {work.student: work.seconds for work in works}, jobs
            self._training = training

    def __call__(self, student: str, what: str) -> None:
        """*student* is under way with *what*."""
        with self._turn:
            _, since = self._running.get(student, ("", self.clock()))
            self._running[student] = what, since
            self.screen.show(self._done, [(name, what) for name, (what, _) in self._running.items()], self._left())

    def done(self, report: Report, earlier: bool) -> None:
        """The report of a student is there; *earlier*: an earlier run has made it."""
        with self._turn:
            self._done += 1
            expected = self._waiting.pop(report.student, None)
            _, since = self._running.pop(report.student, ("", self.clock()))
            if not earlier:
                self._took.append((expected, self.clock() - since))
            self.screen.tell(self._done, report, earlier, self._left())
            self.screen.show(self._done, [(name, what) for name, (what, _) in self._running.items()], self._left())

    def before_training(self) -> None:
        """Somebody's training is about to begin; with the first one all of them are told of."""
        with self._told:  # nobody trains before it is said
            training, self._training = self._training, None
            text = training() if training is not None else ""
            if text:
                with self._turn:
                    self.screen.say(text)

    def _left(self) -> float | None:
        if not self._waiting:
            return None
        now = self.clock()
        if now - self._counted[0] < EACH:
            return self._counted[1]
        running = [(self._waiting.get(name), now - since) for name, (_, since) in self._running.items()]
        waiting = [seconds for name, seconds in self._waiting.items() if name not in self._running]
        left = seconds_left(waiting, running, self._took, self._jobs)
        self._counted = now, left
        return left
