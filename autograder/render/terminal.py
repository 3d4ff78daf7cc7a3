"""Tables for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from autograder.outcome import Status
from autograder.render.text import Style
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.text import plain, points

REASON_WIDTH = 70  # columns of the first thing that is wrong, where there is room
LEAST_WIDTH = 24
MOST_IDS = 4  # of what was decided for one of them
MOST_NAMED = 10  # students for whom people have decided something


def grades_table(reports: Iterable[Report], rubric: Rubric, style: Style, columns: int = 160) -> Iterator[str]:
    """A row for each student: points by part, open points, and as much of the first fault as *columns* can show."""
    rows = sorted(reports, key=lambda report: report.student)
    parts = [part for part in rubric.parts if part != "files"]
    width = max([len("student"), *(len(plain(row.student, 24)) for row in rows)])
    dated = any(row.late is not None for row in rows)
    yield ""
    head = "".join(f"{part:>7}" for part in parts)
    sums = f"{'earned':>9}" + (f"{'late':>7}{'total':>7}" if dated else "") + f"{'open':>7}"
    yield style(f"{'student':<{width}}{head}{sums}  first thing wrong", "bold")
    for row in rows:
        earned = Counter[str]()
        for line in row.lines:
            earned[line.part] += line.outcome.points  # type: ignore[assignment]
        cells = "".join(f"{points(earned[part]):>7}" for part in parts)
        taken = f"{points(0.0 - row.deduction.points):>7}{points(row.total):>7}" if dated else ""
        totals = f"{points(row.earned):>9}{taken}{points(row.open):>7}"
        left = f"{plain(row.student, 24):<{width}}{cells}{totals}  "
        yield left + plain(_first_fault(row, rubric), min(REASON_WIDTH, max(LEAST_WIDTH, columns - len(left))))
    by_hand = points(rubric.total - rubric.automatic)
    yield f"{points(rubric.automatic)} points are automatic, {by_hand} are given by hand."
    unsure = sum(bool(row.late is not None and row.late.remark) for row in rows)
    if unsure:
        yield f"{unsure} may be late, and nobody says when they were handed in: see the remarks in grades.csv."
    decided = [f"{plain(row.student, 24)} ({_decided_on(row)})" for row in rows if row.decisions]
    if decided:
        more = f" and {len(decided) - MOST_NAMED} more" if len(decided) > MOST_NAMED else ""
        yield f"By the staff's decision: {', '.join(decided[:MOST_NAMED])}{more}."


def _decided_on(report: Report) -> str:
    ids = [one.id for one in report.decisions]
    return ", ".join(ids) if len(ids) <= MOST_IDS else f"{len(ids)} checks and answers"


def _first_fault(report: Report, rubric: Rubric) -> str:
    fine = (Status.PASSED, Status.MARKED)
    checks = [line for line in report.lines if line.points and line.id in rubric.points]
    bad = [n for n in checks if not n.outcome.status.open and n.outcome.status not in fine]
    if not bad:
        return ""
    todo = sum(n.outcome.status is Status.TODO for n in bad)
    if todo == len(bad):
        return f"{todo} checks not started"
    first = next(n for n in bad if n.outcome.status is not Status.TODO)
    return f"{first.id}: {first.outcome.mistake or first.outcome.reason}"
