"""The grades of a class as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from autograder.render.text import decision_lines
from autograder.report import BY_DECISION, Report
from autograder.rubric import Rubric
from autograder.submission import Owner
from autograder.text import plain, points

FORMULA = "=+@＝﹦＋﹢＠﹫－﹣-"  # what begins one, in full width and small forms, too; the hyphen last: a set's
LMS = ("canvas", "moodle", "gradescope")  # whose numbers have a column
NONE = ("",) * len(LMS)
CELL = 8_000  # characters; spreadsheets cut at 32,767


def grades_csv(reports: Iterable[Report], rubric: Rubric, people: Mapping[str, Owner] = MappingProxyType({})) -> str:
    """A row for each student, a column for each check; the first row has the maximum points.

    An open check's cell is empty: nothing was lost there. Where late hand-ins cost points, two columns say how many and
    what is left of those that were earned.

    Args:
        people: by student, how the roster and the learning management systems (LMS) call them.
    """
    reports = list(reports)
    dated = rubric.late is not None or any(report.late is not None for report in reports)
    checks = [*rubric.points, *rubric.by_hand]
    worth = rubric.all_points
    columns = ["adjusted", "earned", *(["late", "total"] if dated else []), "lost", "not started", "open", "by hand"]
    rows = [["student", "name", "email", *checks, *columns, "complete", "remarks", *LMS]]
    by_hand = sum(item.points for item in rubric.by_hand.values())
    maximum = [points(worth[name]) for name in checks]
    most = {"earned": rubric.automatic, "total": rubric.automatic, "by hand": by_hand}
    totals = [points(most[name]) if name in most else "" for name in columns]
    rows.append(["maximum", "", "", *maximum, *totals, "", "", *NONE])
    for report in reports:
        cells = {n.id: "" if n.outcome.status.open else points(n.outcome.points) for n in report.lines}
        sums = {"earned": report.earned, "lost": report.lost, "not started": report.not_started, "open": report.open}
        sums |= {"by hand": report.by_hand, "late": 0.0 - report.deduction.points, "total": report.total}
        sums["adjusted"] = sum(line.outcome.points for line in report.lines if line.part == BY_DECISION)
        totals = [points(sums[name]) for name in columns]
        complete = "yes" if report.complete else "no"
        said = (*decision_lines(report), *report.noted)
        remarks = "; ".join(cell(plain(remark)) for remark in said)[:CELL]
        owner = people.get(report.student, Owner())
        who = [cell(plain(text)) for text in (report.student, owner.name, owner.email)]
        numbers = [cell(plain(owner.numbers.get(lms, ""))) for lms in LMS]
        rows.append([*who, *(cells.get(n, "") for n in checks), *totals, complete, remarks, *numbers])
    return csv_text(rows)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """*rows* as CSV with lines that end as Unix's do; texts of others' go through :func:`cell` before."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def cell(text: str) -> str:
    """*text* such that no spreadsheet takes it for a formula, even one that splits cells at semicolons."""
    return re.sub(rf"(^|[;,|])(\s*)(?=[{FORMULA}])", r"\1'\2", text)


def uncelled(text: str) -> str:
    """What :func:`cell` has made *text* of."""
    return re.sub(rf"(^|[;,|])(\s*)'(?=[{FORMULA}])", r"\1\2", text)
