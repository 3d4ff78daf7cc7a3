"""Tables for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autograder.outcome import Status
from autograder.render.plain import plain, points
from autograder.render.text import Style
from autograder.report import Report
from autograder.rubric import Rubric

if TYPE_CHECKING:
    from autograder.staff.verify import Verification

REASON_WIDTH = 70  # columns of the first thing that is wrong, where there is room
LEAST_WIDTH = 24


def grades_table(reports: Iterable[Report], rubric: Rubric, style: Style, columns: int = 160) -> Iterator[str]:
    """A row a student: points by part, what is open, and of the first thing wrong what *columns* have room for."""
    rows = sorted(reports, key=lambda report: report.student)
    parts = [part for part in rubric.parts if part != "files"]
    width = max([len("student"), *(len(plain(row.student, 24)) for row in rows)])
    yield ""
    head = "".join(f"{part:>7}" for part in parts)
    yield style(f"{'student':<{width}}{head}{'earned':>9}{'open':>7}  first thing wrong", "bold")
    for row in rows:
        earned = Counter[str]()
        for line in row.lines:
            earned[line.part] += line.outcome.points  # type: ignore[assignment]
        cells = "".join(f"{points(earned[part]):>7}" for part in parts)
        totals = f"{points(row.earned):>9}{points(row.open):>7}"
        left = f"{plain(row.student, 24):<{width}}{cells}{totals}  "
        yield left + plain(_first_fault(row), min(REASON_WIDTH, max(LEAST_WIDTH, columns - len(left))))
    by_hand = points(rubric.total - rubric.automatic)
    yield f"{points(rubric.automatic)} points are automatic, {by_hand} are given by hand."


def _first_fault(report: Report) -> str:
    fine = (Status.PASSED, Status.MARKED)
    bad = [n for n in report.lines if not n.outcome.status.open and n.outcome.status not in fine and n.points]
    if not bad:
        return ""
    todo = sum(n.outcome.status is Status.TODO for n in bad)
    if todo == len(bad):
        return f"{todo} checks not started"
    first = next(n for n in bad if n.outcome.status is not Status.TODO)
    return f"{first.id}: {first.outcome.mistake or first.outcome.reason}"


def calibration_lines(rows: Mapping[str, Mapping[str, Mapping[str, Any]]], style: Style) -> Iterator[str]:
    """What `hw1 calibrate` measured: *rows* of ``floors.toml`` by training and data set."""
    yield style(
        f"{'training':<10}{'data':<9}{'seeds':>6}{'mean, %':>10}{'sd':>7}{'lowest':>9}{'floor':>8}   how", "bold"
    )
    for training, sets in rows.items():
        for data, row in sets.items():
            if not row["measured"]:
                yield f"{training:<10}{data:<9}  not measured: {plain(row['why'])}"
                continue
            figures = "".join(f"{100 * row[name]:>{w}.{d}f}" for name, w, d in _CALIBRATED)
            yield f"{training:<10}{data:<9}{row['seeds']:>6}{figures}   {row['speed']}, {row['seconds']:.0f} s a run"


_CALIBRATED = (("mean", 10, 2), ("spread", 7, 2), ("lowest", 9, 2), ("floor", 8, 1))  # with width and digits


def verification_lines(found: Verification, verbose: bool, style: Style) -> Iterator[str]:
    """What `hw1 verify` found."""
    solution = found.solution
    figures = f"{points(solution.earned)} points earned, {points(solution.lost)} lost, {points(solution.open)} open"
    yield f"solution  {figures}"
    todo = sum(line.outcome.status is Status.TODO for line in found.handout.lines)
    yield f"handout   {points(found.handout.earned)} points earned, {todo} checks not started"
    yield f"mistakes  {found.named} of {found.mistakes} fail exactly what they should, under their own name"
    yield ""
    yield style(f"{'check':<16}{'noise':>10}{'nearest mistake':>18}{'margin':>10}   in tolerances", "bold")
    for margin in found.margins:
        nearest = "a fact" if margin.signal == float("inf") else f"{margin.signal:.3g}"
        ratio = "" if margin.signal == float("inf") else f"{min(margin.ratio, 1e6):.2g}"
        where = f"{margin.noisiest}; {margin.nearest}" if verbose else ""
        yield f"{margin.check_id:<16}{margin.noise:>10.2g}{nearest:>18}{ratio:>10}   {where}".rstrip()
    yield ""
    for fault in found.faults:
        yield f"{style('wrong', 'red')}  {plain(fault.about)}: {plain(fault.text)}"
    yield style("The grader is right.", "green") if not found.faults else style(f"{len(found.faults)} faults.", "red")
