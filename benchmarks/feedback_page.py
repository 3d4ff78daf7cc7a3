"""What the page with a student's feedback costs: python benchmarks/feedback_page.py [--write].

Core-milliseconds and bytes a page, for reports that are drawn by hand or by program; nothing is written to the disk.
--write puts the table into feedback_page.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]
from bench_page import machine, put
from made_class import drawn_report
from made_feedback import MOTIVATION, RUBRIC, learnt, made_report

from autograder.discretion import for_students
from autograder.homework import in_force
from autograder.render.feedback_page import feedback_page
from autograder.render.text import feedback_text
from autograder.report import Report

PAGE = Path(__file__).with_name("feedback_page.md")
STUDENTS = 200
ROUNDS = 3
SEED = 17


def drawn() -> list[Report]:
    """A class drawn by program: most pass, some have mistakes, all wrote a line to each question."""
    draw = random.Random(SEED)  # noqa: S311  no secret
    worst = {check.id: draw.gauss(0.9, 0.7) for check in in_force().checks}
    return [drawn_report(f"{20260001 + number}", worst, RUBRIC, draw)[0] for number in range(STUDENTS)]


def full() -> list[Report]:
    """The same class: each has half a page with three formulas to each question, and thirteen trained networks."""
    courses = tuple(learnt(training.id) for training in in_force().trainings)
    reports = []
    for number, report in enumerate(drawn()):
        written = tuple(replace(one, answer=f"{MOTIVATION}\n\n{number}") for one in report.written)
        reports.append(replace(report, written=written, learnt=courses, passages=made_report().passages))
    return reports


def cost(reports: Sequence[Report], make: Callable[[Report], str]) -> tuple[float, float]:
    """Milliseconds of a core and kilobytes a report, the least of some rounds."""
    seen = [for_students(report) for report in reports]
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        texts = [make(report) for report in seen]
        spent.append(time.process_time() - began)
    return 1e3 * min(spent) / len(reports), sum(len(text.encode()) for text in texts) / len(reports) / 1e3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    where = machine()
    rows = []
    for name, reports in (("a line to each question, no checkpoint", drawn()), ("answers, thirteen trainings", full())):
        for what, make in (("feedback.html", feedback_page), ("feedback.txt", feedback_text)):
            spent, size = cost(reports, lambda report, make=make: make(report, RUBRIC))
            rows.append(f"| {name} | {what} | {spent:.1f} ms | {size:.0f} kB | {spent:.0f} s |")
    head = [f"Machine: {where}.", ""]
    head += ["| the hand-in | what | of a core, each | size, each | a class of 1,000 |", "|---|---|---|---|---|"]
    text = "\n".join([*head, *rows])
    print(text)
    if given.write:
        put(PAGE, text, "feedback_page.py")


if __name__ == "__main__":
    main()
