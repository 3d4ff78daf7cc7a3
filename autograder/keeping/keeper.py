"""Puts a journal around each session of a run, and knows what each hand-in's verdicts stand on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.case import Listener
from autograder.check import Probe
from autograder.keeping.code import worker_digest
from autograder.keeping.kept import Observations
from autograder.keeping.pace import Pace
from autograder.keeping.session import Keeping
from autograder.keeping.standing import Noted, StandsOn
from autograder.keeping.taken import Taken
from autograder.sandbox.session import Session

if TYPE_CHECKING:
    from autograder.kit import Kit

TRAINS = "train"  # the slot of the worker that trains
NOTHING_AGAIN: frozenset[str] = frozenset()


class Keeper(Listener):
    """Puts *journal* around each session of a run over a class, and knows what each hand-in's verdicts stand on.

    Args:
        kit: of the run.
        rerun: checks for which nothing is taken from the journal; among them ``""``: nor before the first check.
        before_training: is called before each training that is run.
        taken: what is being observed, where several threads observe one hand-in; None: each has one of its own.
    """

    def __init__(
        self,
        kit: Kit,
        journal: Observations,
        rerun: frozenset[str] = NOTHING_AGAIN,
        before_training: Callable[[], None] = lambda: None,
        taken: Taken | None = None,
    ) -> None:
        self._kit, self._journal, self.rerun, self._taken = kit, journal, rerun, taken
        self.ahead: Callable[[], None] = lambda: None  # called before anything is run
        self._mine = threading.local()  # a thread grades one hand-in at a time
        self._before_training = before_training

    def __call__(self, session: Session) -> Keeping:
        """Wrap *session*."""
        keeping = Keeping(session, self._journal, self._about, self._noted, self._runs)
        taken = self._taken
        return keeping if taken is None else replace(keeping, alone=lambda name: taken.waiting(name, session.until))

    def helping(self, session: Session) -> Keeping:
        """Wrap the *session* of a thread that only makes ahead what others look at, and leaves to them what they do."""
        assert self._taken is not None  # noqa: S101  as where it is called
        return Keeping(session, self._journal, self._about, alone=self._taken.at_once)

    def begin(self, student: str, tell: Callable[[str, str], None] = lambda student, what: None) -> None:
        """This thread grades the hand-in of *student* now; *tell* is told with what it is under way."""
        self._mine.tell, self._mine.pace = lambda what: tell(student, what), Pace()
        before = self._journal.stands_on(student) if self.rerun else {}
        again = {probe for check in self.rerun for probe in before.get(check, ())}
        self._mine.noted = Noted(self.rerun, again)

    def judges(self, check: str) -> None:
        """This thread judges *check* now."""
        self._noted.check = check
        if check:
            self._mine.tell(check)

    def looks(self, probe: Probe) -> None:
        """The check looks at what *probe* has brought."""
        self._noted.looked(probe.id)

    def trains(self, epoch: int, epochs: int, accuracy: float | None) -> None:
        """An epoch of a training begins."""
        self._mine.tell(f"{self._noted.check} {self._mine.pace.at(epoch, epochs, accuracy)}")

    def _runs(self, probe: Probe) -> None:
        self.ahead()
        if probe.slot == TRAINS and probe.fresh:
            self._before_training()
            self._mine.pace = Pace(time.monotonic())

    def take(self) -> StandsOn:
        """What the verdicts on this thread's hand-in stand on."""
        return self._noted.checks

    @property
    def _noted(self) -> Noted:
        if not hasattr(self._mine, "noted"):
            self._mine.noted = Noted(self.rerun)
        noted: Noted = self._mine.noted
        return noted

    def read_alone(self) -> None:
        """Take what the journal holds in a process that was forked from the one that writes it."""
        self._journal.reopen_to_read()
        self._before_training = lambda: None  # there is none, and whoever is told of one may hold a lock

    @cached_property
    def _about(self) -> str:
        limits = self._kit.rubric.limits
        bounds = (limits.memory_mb, limits.address_mb, limits.import_seconds, limits.training_memory_mb)
        return repr((worker_digest(), bounds, self._kit.level))
