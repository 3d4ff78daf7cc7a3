"""The class's figures as JSON values, as CSV and as lines, and the lists of students that stand behind them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograder.cohort.absent import NO_HAND_IN, is_absent
from autograder.cohort.figures import CheckFigures, ClassFigures, Totals, has_passed
from autograder.errors import MisuseError
from autograder.outcome import Status
from autograder.render.table import cell, csv_text
from autograder.report import Line, Report
from autograder.submission import Owner
from autograder.text import plain, points, shown

FORMAT = 1
DIGITS = 4  # behind the point: more are noise in any class
COLUMNS = (
    *("check", "title", "part", "points", "attempted", "settled", "passed", "pass rate", "at least", "at most"),
    *("mean", "discrimination", "not started", "open", "mistakes", "look at it", "seconds", "most seconds"),
)


def class_json(figures: ClassFigures) -> dict[str, Any]:
    """All figures as JSON values."""
    return {
        "format": FORMAT,
        "students": figures.students,
        "handed in": figures.students - len(figures.absent),
        "no hand-in": list(figures.absent),
        "totals": _totals(figures.totals) if figures.totals else None,
        "checks": [_check(one) for one in figures.checks],
        "look at": [{"check": one.id, "why": list(one.doubts)} for one in figures.checks if one.doubts],
        "not settled": [
            {
                "check": one.check,
                "status": one.status.value,
                "why": plain(one.why),
                "count": len(one.students),
                "students": list(one.students),
            }
            for one in figures.unsettled
        ],
        "needs a person": [{"student": name, "why": [plain(text) for text in why]} for name, why in figures.people],
    }


def class_csv(figures: ClassFigures) -> str:
    """A row a check, in the order of the reports."""
    rows: list[Sequence[object]] = [COLUMNS]
    for one in figures.checks:
        values = _check(one)
        low, high = values["interval"] or (None, None)
        numbers = (values["pass rate"], low, high, values["mean"], values["discrimination"])
        mistakes = "; ".join(f"{cell(plain(name))} ({count})" for name, count in one.mistakes)
        counts = (one.attempted, one.settled, one.passed)
        rest = (one.not_started, one.attempted - one.settled, mistakes, "; ".join(one.doubts))
        spent = values["seconds"] or {"mean": "", "most": ""}
        head = (cell(one.id), cell(plain(one.title)), one.part, points(one.points))
        rows.append([*head, *counts, *("" if value is None else value for value in numbers), *rest, *spent.values()])
    return csv_text(rows)


def class_lines(figures: ClassFigures) -> Iterator[str]:
    """What staff should see at the end of a run: how the points lie, and what may be broken."""
    there = figures.students - len(figures.absent)
    if figures.totals is not None and there > 1:
        totals = figures.totals
        low, _, high = totals.quartiles
        middle = f"mean {totals.mean:.1f}, median {points(round(totals.median, 1))}"
        yield f"Class: {there} hand-ins, {middle}, half of them from {low:g} to {high:g}."
    for one in figures.checks:
        for doubt in one.doubts:
            yield f"Look at {one.id}: {doubt}."
    if figures.people:
        yield f"A person has to look at {len(figures.people)} of the hand-ins; index.html says why."
    waiting = sum(len(one.students) for one in figures.unsettled if one.status is Status.BY_HAND)
    if waiting:
        yield f"{waiting} written answer{'s wait' if waiting > 1 else ' waits'} for points: grade with hw1 review."


def who(
    reports: Iterable[Report], wanted: str, known: Mapping[str, Collection[str]], people: Mapping[str, Owner]
) -> Iterator[str]:
    """A line for each student who made a mistake (``1.2a=train-no-zero-grad``), or did not pass a check (``1.2a``).

    Args:
        known: the checks that fail, by the id of each known mistake.
        people: by student, the name that stands beside the id.

    Raises:
        MisuseError: there is no such check, or no such mistake; the text lists what there is.
    """
    reports = list(reports)
    check, _, mistake = (text.strip() for text in wanted.partition("="))
    rows = [(report, line) for report in reports for line in report.lines if line.id == check]
    if not rows:
        there = dict.fromkeys(line.id for report in reports for line in report.lines)
        raise MisuseError(f"there is no check {shown(check)}; there are {', '.join(there)}")
    made = {line.outcome.mistake for _, line in rows} - {""}
    if mistake and mistake not in made and check not in known.get(mistake, ()):
        seen = f"made there: {', '.join(sorted(made))}" if made else "none is made there"
        raise MisuseError(f"there is no mistake {shown(mistake)} in {check}; {seen}")
    return _named(rows, mistake, people)


def _named(rows: Sequence[tuple[Report, Line]], mistake: str, people: Mapping[str, Owner]) -> Iterator[str]:
    for report, line in rows:
        missing = is_absent(report)
        if line.outcome.mistake == mistake if mistake else missing or not has_passed(line):
            owner = people.get(report.student, Owner())
            texts = (report.student, owner.name, NO_HAND_IN if missing else _word(line))
            yield "  ".join(plain(text) for text in texts if text)


def _word(line: Line) -> str:
    status = {Status.TODO: "not started", Status.UNSETTLED: "open", Status.UNGRADED: "open"}
    said = status.get(line.outcome.status, line.outcome.status.value)
    return f"{said}, {line.outcome.mistake}" if line.outcome.mistake else said


def _check(one: CheckFigures) -> dict[str, Any]:
    bounds = one.interval
    return {
        "id": one.id,
        "title": one.title,
        "part": one.part,
        "points": one.points,
        "attempted": one.attempted,
        "settled": one.settled,
        "passed": one.passed,
        "pass rate": _rounded(one.rate),
        "interval": [_rounded(bound) for bound in bounds] if bounds else None,
        "mean": _rounded(one.mean),
        "discrimination": _rounded(one.discrimination),
        "not started": one.not_started,
        "open": one.attempted - one.settled,
        "mistakes": dict(one.mistakes),
        "look at": list(one.doubts),
        "seconds": dict(zip(("mean", "most"), map(_rounded, one.seconds), strict=True)) if one.seconds else None,
    }


def _totals(totals: Totals) -> dict[str, Any]:
    width = totals.maximum / len(totals.bins)
    return {
        "maximum": totals.maximum,
        "mean": _rounded(totals.mean),
        "median": _rounded(totals.median),
        "quartiles": [_rounded(value) for value in totals.quartiles],
        "lowest": totals.lowest,
        "highest": totals.highest,
        "distribution": [
            {"from": _rounded(n * width), "to": _rounded((n + 1) * width), "students": count}
            for n, count in enumerate(totals.bins)
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
