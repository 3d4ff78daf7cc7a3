"""The one idea: a submission's evidence is compared with the reference's, then with each known mistake's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from autograder.case import Case
from autograder.check import Ask, Probe
from autograder.checks.broken import broken
from autograder.evidence import Evidence, Observation, Raised, Stopped
from autograder.expect import same
from autograder.outcome import Outcome, Status

View = dict[str, Any]
STAND_INS_NOTE = "Graded with blocks of the kit's in the place of yours, which are judged by their own checks."


def on_stand_ins(outcome: Outcome) -> bool:
    """Whether a verdict is about a network with the kit's blocks in the place of its own."""
    return STAND_INS_NOTE in outcome.remarks


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
    """

    check_id: str
    probe: Probe
    view: Callable[[Evidence], View]
    explain: Callable[[Evidence, Evidence], Outcome]
    remarks: Callable[[Evidence], tuple[str, ...]] = lambda seen: ()
    instead: Probe | None = None
    blocks: tuple[str, ...] = ()

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
        if used or isinstance(seen, Raised):
            return _with_note(second, outcome, seen)
        return outcome

    def decides(self, seen: Observation) -> View:
        """What of an observation is compared, exceptions included."""
        match seen:
            case Evidence():
                return self.view(seen)
            case Raised(kind=kind, message=message):
                return {"raised": [kind, message]}
            case Stopped(reason=reason):
                return {"stopped": reason}

    def _compared(self, case: Case, probe: Probe) -> Outcome:
        seen = case.seen[probe.id]
        if isinstance(seen, Stopped) or (isinstance(seen, Raised) and seen.todo):
            return broken(seen)
        mine = self.decides(seen)
        reference = case.reference(probe)
        remarks = self.remarks(seen) if isinstance(seen, Evidence) else ()
        if same(mine, self.view(reference)):
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
            if view is not None and same(mine, view):
                return Outcome(Status.FAILED, mistake.says, "", mistake.id, detail, remarks, table=other.table)
        return replace(other, remarks=remarks)


def _with_note(second: Outcome, own: Outcome, seen: Observation) -> Outcome:
    """A verdict on stand-ins, said to be one. No figure of theirs is quoted as the student's.

    Args:
        second: the verdict with the kit's blocks.
        own: the one with the submission's.
        seen: what *second* is about.
    """
    if second.status is own.status is Status.FAILED and second.reason == own.reason:
        return own
    remarks = (*second.remarks, STAND_INS_NOTE)
    if second.status is not Status.FAILED or second.mistake:
        return replace(second, remarks=remarks)
    if isinstance(seen, Evidence) and own.status is Status.FAILED and own.table:
        return replace(own, remarks=(*own.remarks, STAND_INS_NOTE))  # the figures of its own layers
    said = broken(replace(seen, message="")).reason if isinstance(seen, Raised) else _without_figures(second.reason)
    reason = f"With blocks of the kit's in the place of yours: {said}"
    return Outcome(Status.FAILED, reason, second.hint, remarks=remarks, shown=second.shown)


def _without_figures(text: str) -> str:
    """The sentences of *text* in which there is no number."""
    kept = [sentence.strip(". ") for sentence in text.split(". ") if not any(c.isdigit() for c in sentence)]
    return ". ".join([*kept, ""]).strip() if kept else "it is another network than the handout's."
