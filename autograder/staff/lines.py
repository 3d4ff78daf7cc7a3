"""What `hw1 calibrate` and `hw1 verify` say in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograder.outcome import Status
from autograder.render.text import Style
from autograder.staff.verify import Verification
from autograder.text import plain, points


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
    answers = {one.id for one in found.handout.written}
    todo = sum(line.outcome.status is Status.TODO and line.id not in answers for line in found.handout.lines)
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
