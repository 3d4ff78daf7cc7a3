"""The class's students as the class's page lists them: a letter for each check, and the texts that stand behind it.

Pure. What many have in common stands once: a class of 1,000 fails in a hundred sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.cohort.absent import is_absent
from autograder.cohort.figures import ClassFigures, has_passed
from autograder.keeping.standing import StandsOn, seconds_by_check
from autograder.outcome import Status
from autograder.render.text import decision_lines
from autograder.report import BY_DECISION, Line, Report
from autograder.submission import Owner
from autograder.text import plain, shown

TEXT = 240  # characters of one text
TEXTS = 12  # remarks, decisions or reasons of one student
NONE = "-"  # the student has no such check, or handed in nothing
LETTERS = {
    Status.PASSED: "p",
    Status.FAILED: "f",
    Status.STOPPED: "s",
    Status.TODO: "t",
    Status.UNSETTLED: "u",
    Status.UNGRADED: "g",
    Status.SKIPPED: "k",
    Status.BY_HAND: "h",
    Status.MARKED: "m",
}
ALL = "a"  # all points of it, given by a person
ALWAYS = ("total", "letters")  # of a row; what is empty of the rest is left out
WORDLESS = (Status.PASSED, Status.BY_HAND)  # they need no reason


@dataclass
class Texts:
    """Texts of others as one line each, by number."""

    all: list[str] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """The number of *text* as it is shown."""
        if text not in self._known:
            line = plain(text, TEXT)
            self._known[text] = self._lines.setdefault(line, len(self.all))
            if self._known[text] == len(self.all):
                self.all.append(line)
        return self._known[text]

    def numbers(self, texts: Iterable[str]) -> list[int]:
        """The numbers of the first of *texts*."""
        return [self.number(text) for text, _ in zip(texts, range(TEXTS), strict=False)]


def page_rows(
    reports: Iterable[Report],
    figures: ClassFigures,
    stand_on: Mapping[str, StandsOn],
    people: Mapping[str, Owner],
    links: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """What the page shows beside the class's figures, as JSON values: a row for each student, and what is open.

    Args:
        stand_on: by student, what the verdicts stand on.
        people: by student, name and e-mail.
        links: by student, the files that may be opened, where they lie by what they are called.
    """
    texts = Texts()
    columns = {one.id: place for place, one in enumerate(figures.checks)}
    looked_at = dict(figures.people)
    rows = []
    for report in sorted(reports, key=lambda one: one.student):
        row = _row(report, columns, texts)
        owner = people.get(report.student, Owner())
        row |= {
            "name": plain(owner.name, TEXT),
            "email": plain(owner.email, TEXT),
            "person": texts.numbers(looked_at.get(report.student, ())),
            "seconds": round(sum(spent for _, spent in seconds_by_check(stand_on.get(report.student, {}))), 1),
            "files": [[shown(name), where] for name, where in links.get(report.student, {}).items()],
        }
        rows.append({name: value for name, value in row.items() if value or name in ALWAYS})
    waiting = [
        {"check": one.check, "status": one.status.value, "why": texts.number(one.why), "count": len(one.students)}
        for one in figures.unsettled
    ]
    return {"waiting": waiting, "texts": texts.all, "rows": rows}


def _row(report: Report, columns: Mapping[str, int], texts: Texts) -> dict[str, Any]:
    """What a report says; a check's mistake, points and reason stand under its column, where it has any."""
    row: dict[str, Any] = {"id": shown(report.student)}
    if is_absent(report):
        return {**row, "absent": True, "letters": NONE * len(columns), "total": report.total}
    letters = [NONE] * len(columns)
    given: dict[int, float] = {}
    mistakes: dict[int, str] = {}
    why: dict[int, int] = {}
    for line in report.lines:
        place, outcome = columns.get(line.id), line.outcome
        if place is None or line.part == BY_DECISION:
            continue
        letters[place] = _letter(line)
        if outcome.status is Status.MARKED:
            given[place] = outcome.points
        if outcome.mistake:
            mistakes[place] = plain(outcome.mistake, TEXT)
        if outcome.reason and outcome.status not in WORDLESS:
            why[place] = texts.number(outcome.reason)
    taken, late = report.deduction, report.late
    return {
        **row,
        "total": round(report.total, 2),
        "open": round(report.open + report.by_hand, 2),
        "letters": "".join(letters),
        "points": given,
        "mistakes": mistakes,
        "why": why,
        "late": texts.numbers(filter(None, (taken.why, late.remark))) if late is not None else [],
        "taken": taken.points,
        "decided": texts.numbers(decision_lines(report)),
        "remarks": texts.numbers(report.remarks),
    }


def _letter(line: Line) -> str:
    status = line.outcome.status
    return ALL if status is Status.MARKED and has_passed(line) else LETTERS[status]
