"""What people have decided, put in the place of the kit's verdicts: a person has the last word.

Decisions stand in the journal and only ever grow in number; of those about one thing the last one counts, and one that
is taken back lets the one before it count again. The kit's own verdict stays in the journal as it came, so that a
hand-in that is graded again keeps what was decided, and staff hear when the verdict under it is another one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder.answers.marks import digest_of
from autograder.cohort.journal import Decision, Journal
from autograder.outcome import Outcome, Status
from autograder.report import BY_DECISION, Decided, Line, Report, Written
from autograder.text import moment, points

POINTS, BONUS, PENALTY, LATE, EMPTY, UNDO = "points", "bonus", "penalty", "late", "empty", "undo"
KINDS = (POINTS, BONUS, PENALTY, LATE, EMPTY)
WORDS = (BONUS, PENALTY, LATE)  # that stand where a check's id could
SIGNS = {BONUS: 1.0, PENALTY: -1.0}

Thing = tuple[str, str]
"""What a decision about a student is about, kind and item; of two about one thing the last one counts."""


@dataclass(frozen=True)
class Decisions:
    """Those decisions that count.

    Attributes:
        counting: by student and thing; what is about all stands under no student's name.
    """

    counting: Mapping[str, Mapping[Thing, Decision]] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Journal, until: float = math.inf) -> Decisions:
        """Those of a class, as they were at the time *until*, in seconds since 1970."""
        found: dict[str, dict[Thing, Decision]] = {}
        for one in standing([one for one in journal.decisions() if one.made <= until]):
            found.setdefault(one.student, {})[one.kind, one.item] = one
        return cls(found)

    @property
    def empty(self) -> Decision | None:
        """The decision on all answers that were left empty."""
        return self.counting.get("", {}).get((EMPTY, ""))

    def about(self, student: str) -> Mapping[Thing, Decision]:
        """What was decided of *student* alone."""
        return self.counting.get(student, {})

    def on(self, line: Line, student: str, answer: Written | None) -> Decision | None:
        """What was decided of *line*: of itself, or since its answer was left empty."""
        own = self.about(student).get((POINTS, line.id))
        if own is not None or answer is None or not answer.empty or not line.outcome.status.open:
            return own
        return self.empty


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """Those that were not taken back, the first one first."""
    undone = {one.undoes for one in decisions if one.kind == UNDO}
    return [one for one in decisions if one.kind != UNDO and one.id not in undone]


def verdict_of(line: Line, answer: Written | None) -> str:
    """What a decision on *line* stands in the place of; another text if anything of it has changed."""
    said = line.outcome
    about = digest_of(answer.answer, answer.documents) if answer is not None else ""
    return json.dumps([said.status.value, said.points, said.mistake, about])


def undecided(report: Report) -> Report:
    """*report* as it was before anything was decided."""
    if not report.decisions:
        return report
    before = {one.id: one.before for one in report.decisions}
    lines = tuple(
        replace(line, outcome=before.get(line.id) or line.outcome) for line in report.lines if line.part != BY_DECISION
    )
    return replace(report, lines=lines, decisions=())


def decided(report: Report, decisions: Decisions) -> Report:
    """*report*, of which nothing was decided yet, with what was decided of it."""
    if not decisions.counting:
        return report
    answers = {one.id: one for one in report.written}
    lines, told = [], []
    for line in report.lines:
        one = decisions.on(line, report.student, answers.get(line.id))
        if one is not None:
            changed = one.kind == POINTS and one.verdict != verdict_of(line, answers.get(line.id))
            told.append(_told(line.id, one, one.points, line.outcome, changed))
            line = replace(line, outcome=_outcome(one.points, one.why))
        lines.append(line)
    there = {line.id for line in lines}
    for (kind, item), one in decisions.about(report.student).items():
        given = SIGNS.get(kind, 0.0) * one.points
        if kind == PENALTY:
            given = -min(one.points, max(0.0, sum(line.outcome.points for line in lines)))  # nobody has less than 0
        if kind in SIGNS:
            lines.append(Line(kind, "beside the checks", BY_DECISION, 0.0, _outcome(given, one.why)))
        if item not in there:  # otherwise it stands on its line
            told.append(_told(item or kind, one, given, None, kind == POINTS))
    waived = any(kind == LATE for kind, _ in decisions.about(report.student))
    return replace(report, lines=tuple(lines), decisions=tuple(told), late=None if waived else report.late)


def _outcome(given: float, why: str) -> Outcome:
    return Outcome(
        Status.MARKED, f"{points(given)} point{'' if given == 1 else 's'} by the staff's decision: {why}", points=given
    )


def _told(name: str, decision: Decision, given: float, before: Outcome | None, changed: bool) -> Decided:
    return Decided(name, given, decision.why, decision.person, moment(decision.made), before, changed)
