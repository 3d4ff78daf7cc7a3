"""The one idea: a submission's evidence is compared with the reference's, then with each known mistake's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.case import Case
from autograder.check import Probe
from autograder.evidence import Evidence, Observation, Raised, Stopped
from autograder.expect import same
from autograder.failed import broken
from autograder.outcome import Outcome, Status
from autograder.recording import KnownMistake

View = dict[str, Any]
Pair = Callable[[Case, Probe, Evidence, list[KnownMistake]], "Evidence | Outcome | None"]
Closer = Callable[[Case, Probe, Evidence, Evidence], "Outcome | None"]
# Remarks that hold nothing of a worker's.
ON_THE_CPU = "The code asks for a GPU without checking whether there is one; it was graded on the CPU all the same."
STAND_INS_NOTE = "Your blocks did not pass their own checks, so this was graded with replacement blocks."


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
        pair: for evidence that is not the reference's: the same in a form that can be compared, or open.
        closer: for evidence that equals neither, a closer look than *explain*'s.
        confirm: what else must hold where the comparison passes.
        tells: what of the view only tells mistakes apart, and decides nothing.
        figures: what is measured of it, by name.
    """

    check_id: str
    probe: Probe
    view: Callable[[Evidence], View]
    explain: Callable[[Evidence, Evidence], Outcome]
    remarks: Callable[[Evidence], tuple[str, ...]] = lambda seen: ()
    instead: Probe | None = None
    blocks: tuple[str, ...] = ()
    pair: Pair | None = None
    closer: Closer | None = None
    confirm: Callable[[Case, Outcome], Outcome] | None = None
    tells: tuple[str, ...] = ()
    figures: Callable[[Evidence], Mapping[str, float]] = lambda seen: {}

    def __call__(self, case: Case) -> Outcome:
        """Judge the case by the comparison."""
        outcome = self._with_blocks(case)
        if self.confirm is None or outcome.status is not Status.PASSED:
            return outcome
        return self.confirm(case, outcome)

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

    def _with_blocks(self, case: Case) -> Outcome:
        """Judge with the submission's own blocks, or with the kit's if one of its own is wrong or can't be compared."""
        outcome = self._compared(case, self.probe)
        if self.instead is None or outcome.status is Status.PASSED:
            return outcome
        if outcome.status is not Status.UNSETTLED and all(case.passed(block) for block in self.blocks):
            return outcome
        second = self._compared(case, self.instead)
        seen = case.observe(self.instead)
        used = isinstance(seen, Evidence) and seen.facts.get("stand_ins")
        return _with_note(second, outcome, seen) if used or isinstance(seen, Raised) else outcome

    def _compared(self, case: Case, probe: Probe) -> Outcome:
        case.recording()  # read while the warm parent imports what the worker needs
        seen = case.observe(probe)
        if isinstance(seen, Stopped) or (isinstance(seen, Raised) and seen.todo):
            return broken(seen)
        outcome = self._judged(case, probe, seen)
        return replace(outcome, figures=self.figures(seen)) if isinstance(seen, Evidence) else outcome

    def _judged(self, case: Case, probe: Probe, seen: Evidence | Raised) -> Outcome:
        reference = case.reference(probe)
        wanted = self.view(reference)
        remarks = self.remarks(seen) if isinstance(seen, Evidence) else ()
        if same(self.deciding(self.decides(seen)), self.deciding(wanted)):
            return Outcome(Status.PASSED, remarks=remarks)
        mistakes = case.mistakes(self.check_id)
        if isinstance(seen, Evidence) and self.pair is not None:
            found = self.pair(case, probe, seen, mistakes)
            if isinstance(found, Outcome):
                return replace(found, remarks=remarks)
            seen = found or seen
            if found is not None and same(self.deciding(self.view(seen)), self.deciding(wanted)):
                return Outcome(Status.PASSED, remarks=remarks)
        return self._failed(case, probe, seen, reference, remarks)

    def _failed(
        self, case: Case, probe: Probe, seen: Evidence | Raised, reference: Evidence, remarks: tuple[str, ...]
    ) -> Outcome:
        """The failure, by a mistake's name if all that decides is the mistake's; otherwise by what was seen."""
        other = self.explain(seen, reference) if isinstance(seen, Evidence) else broken(seen)
        detail = (*((other.reason,) if other.reason else ()), *other.detail)
        mine, wanted = self.decides(seen), self.view(reference)
        for mistake in case.mistakes(self.check_id):
            view = mistake.views.get(f"{self.check_id}/{probe.id}")
            if view is not None and self.is_that(mine, view, wanted):
                return Outcome(Status.FAILED, mistake.says, "", mistake.id, detail, remarks, table=other.table)
        closer = self.closer(case, probe, seen, reference) if self.closer and isinstance(seen, Evidence) else None
        if closer is not None:
            return replace(closer, detail=(*closer.detail, *detail), remarks=remarks, table=other.table)
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
    if second.status is Status.TODO:
        return replace(second, replaced=True)  # a stub: nothing has been judged with other blocks
    remarks = (*second.remarks, STAND_INS_NOTE)
    if second.status is not Status.FAILED or second.mistake:
        return replace(second, remarks=remarks, replaced=True)
    if isinstance(seen, Evidence) and own.status is Status.FAILED and own.table:
        return replace(own, remarks=(*own.remarks, STAND_INS_NOTE), replaced=True)  # the figures of its own layers
    said = broken(replace(seen, message="")).reason if isinstance(seen, Raised) else _without_figures(second.reason)
    reason = f"With replacement blocks in place of yours: {said}"
    return Outcome(Status.FAILED, reason, second.hint, remarks=remarks, shown=second.shown, replaced=True)


def _without_figures(text: str) -> str:
    """The sentences of *text* in which there is no number."""
    kept = [sentence.strip(". ") for sentence in text.split(". ") if not any(c.isdigit() for c in sentence)]
    return ". ".join([*kept, ""]).strip() if kept else "the network is not the handout's."
