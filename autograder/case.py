"""One submission under judgement: what has been observed and decided so far, and what it is compared with."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.check import Check, Probe
from autograder.evidence import Evidence, Observation
from autograder.outcome import Outcome, Status
from autograder.rubric import Rubric
from autograder.seeds import PUBLIC_SEED, key_for
from autograder.submission import Submission

if TYPE_CHECKING:
    from autograder.data import Dataset
    from autograder.recording import KnownMistake, Recording


@dataclass
class Case:
    """What a judge may know.

    Attributes:
        recording: the reference's and the mistakes' evidence for this seed; called when it is first needed.
        digits: the data that part 1 is trained and tested on; called when it is first needed.
        train: ``"auto"``, ``"always"`` or ``"never"``.
        seen: what probes brought back, by probe id.
        outcomes: what has been decided, by check id.
    """

    submission: Submission
    rubric: Rubric
    recording: Callable[[], Recording]
    digits: Callable[[], Dataset]
    seed: bytes = PUBLIC_SEED
    train: str = "auto"
    seen: dict[str, Observation] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def key(self, probe: Probe) -> bytes:
        """The secret that *probe* draws from."""
        return key_for(self.seed, probe.id)

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
