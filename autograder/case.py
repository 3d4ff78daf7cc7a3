"""One submission under judgement: what has been observed and decided so far, and what it is compared with."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograder.check import Check, Probe
from autograder.evidence import Array, Evidence, Observation
from autograder.homework import Homework, in_force
from autograder.outcome import Outcome, Status
from autograder.rubric import Rubric
from autograder.seeds import PUBLIC_SEED, key_for
from autograder.submission import Submission

if TYPE_CHECKING:
    from autograder.ingest.checkpoint import Checkpoint
    from autograder.recording import KnownMistake, Recording


NO_ARRAYS: Mapping[str, Array] = {}


Run = Callable[[Probe, bytes, Mapping[str, Array]], Observation]
"""Runs a probe with its key beside the submission's code, and gives it the arrays."""


def nowhere(probe: Probe, key: bytes, arrays: Mapping[str, Array]) -> Observation:
    """Refuse *probe*: nothing of the submission may be run here."""
    raise LookupError(f"probe {probe.id} can't be run here")


class Listener:
    """Is told how the judging goes; this one ignores it."""

    def looks(self, probe: Probe) -> None:
        """A check looks at what *probe* has brought."""

    def trains(self, epoch: int, epochs: int, accuracy: float | None) -> None:
        """Epoch number *epoch* of *epochs* begins; the accuracy after the last one is in [0, 1], None before it."""


@dataclass
class Case:
    """What a judge may know, and find out.

    Attributes:
        recording: the reference's and the mistakes' evidence for this seed; called when it is first needed.
        tools: what the homework's toolbox shares in a run.
        checkpoint: a training's id to the checkpoint that was handed in for it, None if there is none; HandinError if
            it can't be read.
        run: runs a probe.
        seen: what probes brought back, by probe id.
        outcomes: what has been decided, by check id.
        listener: is told how it goes.
    """

    submission: Submission
    rubric: Rubric
    recording: Callable[[], Recording]
    tools: Any
    seed: bytes = PUBLIC_SEED
    homework: Homework = field(default_factory=in_force)
    checkpoint: Callable[[str], Checkpoint | None] = lambda training: None
    run: Run = nowhere
    seen: dict[str, Observation] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    listener: Listener = field(default_factory=Listener)

    def observe(self, probe: Probe, arrays: Mapping[str, Array] = NO_ARRAYS, keep: bool = True) -> Observation:
        """What *probe* brings back; it is run once.

        Args:
            arrays: what it is given.
            keep: remember the arrays that it brings, too, not only the facts: trained weights have 80 MB.
        """
        seen = self.seen.get(probe.id)
        if seen is None:
            seen = self.run(probe, self.key(probe), arrays)
            self.seen[probe.id] = seen if keep or not isinstance(seen, Evidence) else Evidence(seen.facts)
        self.listener.looks(probe)
        return seen

    def key(self, probe: Probe) -> bytes:
        """The secret that *probe* draws from."""
        return self.key_named(probe.draws or probe.id)

    def key_named(self, name: str) -> bytes:
        """The secret that is drawn from under *name*; it never enters a worker unless a probe has this id."""
        return key_for(self.seed, name)

    def reference(self, probe: Probe) -> Evidence:
        """What *probe* sees of the reference."""
        return self.recording().reference[probe.id]

    def mistakes(self, check_id: str) -> list[KnownMistake]:
        """The known mistakes that fail this check."""
        return [mistake for mistake in self.recording().mistakes if check_id in mistake.fails]

    def passed(self, check_id: str) -> bool:
        """Whether that check has been judged and passed."""
        outcome = self.outcomes.get(check_id)
        return outcome is not None and outcome.status is Status.PASSED

    def in_turn(self, checks: tuple[Check, ...]) -> list[Check]:
        """*checks* in the order in which they are judged: what is cheap first, and with a secret seed drawn from it."""
        if self.seed == PUBLIC_SEED:
            return sorted(checks, key=lambda check: check.turn)
        return sorted(checks, key=lambda check: (check.turn, hmac.digest(self.seed, check.id.encode(), "sha256")))
