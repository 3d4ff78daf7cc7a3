"""What a student does next: one thing, and the command to run then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.check import Check
from autograder.homework import Homework
from autograder.outcome import Outcome, Status
from autograder.render.page_lines import WRONG
from autograder.report import Line, Report
from autograder.student.working_copy import folder_words


@dataclass(frozen=True)
class Step:
    """The next step.

    Attributes:
        said: what to do, as the middle of "Next: ...:", behind which the command stands.
        words: the command, without ``hw1``.
    """

    said: str
    words: tuple[str, ...]


def next_step(report: Report, homework: Homework, folder: Path, options: tuple[str, ...] = ()) -> Step:
    """What comes first: what is wrong, what is to do, what is to be trained, the written answers, the rest, handing in.

    Args:
        report: of the checks that were asked for.
        folder: the working copy, as it was named.
        options: what else was given to the command, like ``("--data", "DIR")``.
    """
    where = folder_words(folder)
    asked = report.asked_for
    lines = [line for line in asked.lines if line.id in homework.check]
    checks = {line.id: homework.check[line.id] for line in lines}

    def again(line: Line) -> tuple[str, ...]:
        return ("check", *where, "--part", name_of(checks[line.id]), *options)

    wrong = _first(line for line in lines if line.outcome.status in WRONG and (line.points or checks[line.id].about))
    if wrong is not None:
        place = _place(checks[wrong.id], report)
        what = f"put {wrong.id} right in {place}" if wrong.points else f"put {place} right"
        return Step(f"{what}, then run", again(wrong))
    code = (line for line in lines if line.points and checks[line.id].about)
    to_do = _first(line for line in code if line.outcome.status is Status.TODO)
    if to_do is not None:
        said = f"in {_place(checks[to_do.id], report)}, {to_do.outcome.reason.rstrip('.')}. Then run"
        return Step(said, again(to_do))
    trainings = [checks[line.id].training for line in lines if _can_be_trained(checks[line.id], line.outcome)]
    if trainings:
        whose = "the network whose accuracy is" if len(trainings) == 1 else "the networks whose accuracies are"
        return Step(f"train {whose} not settled", ("train", *where, "--part", ",".join(trainings), *options))
    rest = _first(line for line in lines if line.outcome.status in (*WRONG, Status.TODO))
    if rest is not None:
        return Step(f"finish {_place(checks[rest.id], report)}, then run", again(rest))
    if asked is not report:
        return Step("these checks pass; check all of your work", ("check", *where, *options))
    return Step("pack what you hand in", ("pack", *where))


def name_of(check: Check) -> str:
    """The short name by which ``--part`` knows *check*: its TODO's, or its file's."""
    if check.informs:
        return f"{check.about}.py" if check.about else check.part
    todo = check.id.partition("-")[0]
    return check.id if todo == check.part else todo


def _place(check: Check, report: Report) -> str:
    """Where what *check* judges stands: a notebook's cell, a source, or the file of the answers."""
    origin = report.places.get(check.id)
    if origin is not None:
        return f"{origin.notebook}, cell {origin.cell}"
    return f"{check.about.partition('.')[0]}.py" if check.about else "the written answers"


def _can_be_trained(check: Check, outcome: Outcome) -> bool:
    return bool(check.training) and outcome.status is Status.UNSETTLED and bool(outcome.hint)


def _first(lines: Iterable[Line]) -> Line | None:
    return next(iter(lines), None)
