"""The one idea: a submission's evidence is compared with the reference's, then with each known mistake's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.case import Case
from autograder.check import Ask, Probe
from autograder.checks.broken import broken
from autograder.evidence import Evidence, Observation, Raised, Stopped
from autograder.expect import same
from autograder.outcome import Outcome, Status

View = dict[str, Any]


@dataclass(frozen=True)
class Compare:
    """Judges by comparison.

    Attributes:
        check_id: the check's.
        probe: what is observed.
        view: what of the evidence decides: facts are compared exactly, arrays within their tolerance.
        explain: for evidence that equals neither: what was seen against what was wanted.
        remarks: what is worth saying even if it passes.
        instead: the same probe with the kit's blocks, asked for where one of *blocks* did not pass.
        blocks: the checks of the blocks.
        tells: what of the view only tells mistakes apart, and decides nothing.
    """

    check_id: str
    probe: Probe
    view: Callable[[Evidence], View]
    explain: Callable[[Evidence, Evidence], Outcome]
    remarks: Callable[[Evidence], tuple[str, ...]] = lambda seen: ()
    instead: Probe | None = None
    blocks: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()

    def __call__(self, case: Case) -> Outcome | Ask:
        """The outcome, or the probe that is needed first."""
        if self.probe.id not in case.seen:
            return Ask(self.probe)
        outcome = self._compared(case, self.probe)
        if self.instead is None or outcome.status is Status.PASSED or all(case.passed(block) for block in self.blocks):
            return outcome
        if self.instead.id not in case.seen:
            return Ask(self.instead)
        second = self._compared(case, self.instead)
        seen = case.seen[self.instead.id]
        used = isinstance(seen, Evidence) and seen.facts.get("stand_ins")
        if second.status is Status.PASSED and used:
            note = "Graded with blocks of the kit's in the place of yours, which are judged by their own checks."
            return Outcome(Status.PASSED, remarks=(*second.remarks, note))
        return second if used or isinstance(seen, Raised) else outcome

    def decides(self, seen: Observation) -> View:
        """What of an observation is compared, exceptions included."""
        match seen:
            case Evidence():
                return self.view(seen)
            case Raised(kind=kind, message=message):
                return {"raised": [kind, message]}
            case Stopped(reason=reason):
                return {"stopped": reason}

    def deciding(self, view: View) -> View:
        """What of a view decides whether the check passes."""
        return {name: value for name, value in view.items() if name not in self.tells}

    def is_that(self, mine: View, mistake: Mapping[str, Any], reference: View) -> bool:
        """Whether what was seen is that mistake."""
        return same(mine, mistake)

    def _compared(self, case: Case, probe: Probe) -> Outcome:
        seen = case.seen[probe.id]
        if isinstance(seen, Stopped) or (isinstance(seen, Raised) and seen.todo):
            return broken(seen)
        mine = self.decides(seen)
        reference = case.reference(probe)
        wanted = self.view(reference)
        remarks = self.remarks(seen) if isinstance(seen, Evidence) else ()
        if same(self.deciding(mine), self.deciding(wanted)):
            return Outcome(Status.PASSED, remarks=remarks)
        detail: tuple[str, ...] = ()
        if isinstance(seen, Evidence):
            other = self.explain(seen, reference)
            detail = (*((other.reason,) if other.reason else ()), *other.detail)
        else:
            other = broken(seen)
            detail = (other.reason, *other.detail)
        for mistake in case.mistakes(self.check_id):
            view = mistake.views.get(f"{self.check_id}/{probe.id}")
            if view is not None and self.is_that(mine, view, wanted):
                return Outcome(Status.FAILED, mistake.says, "", mistake.id, detail, remarks, table=other.table)
        return replace(other, remarks=remarks)
