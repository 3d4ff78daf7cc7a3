"""A report as the page shows it: its parts, their checks and answers, with all that is said of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from autograder.homework import Homework
from autograder.learnt import Learnt
from autograder.outcome import Outcome, Status, Table
from autograder.render.feedback_page.prose import prose
from autograder.render.feedback_page.training import Course, Experiment, course_claimed, course_here, experiments
from autograder.render.text import MARKS
from autograder.report import AS_WANTED, BY_DECISION, MISSING, Line, Passage, Report
from autograder.rubric import Rubric
from autograder.text import points

WORDS = {
    Status.PASSED: "passed",
    Status.FAILED: "not passed",
    Status.STOPPED: "stopped",
    Status.TODO: "not started",
    Status.UNSETTLED: "open",
    Status.UNGRADED: "open",
    Status.SKIPPED: "not asked for",
    Status.BY_HAND: "a person will grade it",
    Status.MARKED: "graded by a person",
}
DECIDED = "decided by a person"
SHOWN_LINES = (Status.FAILED, Status.STOPPED, Status.TODO)  # of these checks
TOO_MANY = "one layer too many"
UNNUMBERED = ("files", BY_DECISION)


@dataclass(frozen=True)
class LayerRow:
    """A layer as it is wanted, as it is, and how it differs; empty if it does not."""

    name: str
    wanted: str
    mine: str
    differs: str


@dataclass(frozen=True)
class Entry:
    """One check or one written answer.

    Attributes:
        kind: its status, as a word for the style sheet.
        mark: the sign before it; word: the same in words.
        earned: points of points.
        passage: the student's own lines that it is about.
        answer: what was written, as HTML.
        courses: how the training went whose accuracy it settles.
    """

    line: Line
    kind: str
    mark: str
    word: str
    earned: str
    layers: tuple[LayerRow, ...] = ()
    passage: Passage | None = None
    answer: Markup | None = None
    courses: tuple[Course, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return self.line.outcome


@dataclass(frozen=True)
class Part:
    """A part of the homework.

    Attributes:
        number: as it is called beside its title; empty where it has none.
        earned, of: its points, empty where there are none; rest: what the others are, in words.
        study: trainings side by side, and *about* them a title.
        courses: how those trainings went that no check is about.
    """

    number: str
    title: str
    earned: str
    of: str
    rest: str
    entries: tuple[Entry, ...]
    about: str = ""
    study: tuple[Experiment, ...] = ()
    courses: tuple[Course, ...] = ()


def parts_of(report: Report, rubric: Rubric, homework: Homework) -> tuple[Part, ...]:
    """The parts that were asked for, in the rubric's order; what people added at the end."""
    report = report.asked_for
    order = [*rubric.parts, *(line.part for line in report.lines if line.part not in rubric.parts)]
    there = {line.part for line in report.lines}
    return tuple(_part(name, report, rubric, homework) for name in dict.fromkeys(order) if name in there)


def _part(name: str, report: Report, rubric: Rubric, homework: Homework) -> Part:
    alone = replace(report, lines=tuple(line for line in report.lines if line.part == name))
    learnt = {one.training: one for one in report.learnt}
    entries = tuple(_entry(line, report, rubric, homework, learnt) for line in alone.lines)
    settled = {homework.check[line.id].training for line in alone.lines if line.id in homework.check}
    others = [one for one in homework.trainings if one.part == name and one.id in learnt and one.id not in settled]
    study = homework.study if homework.study is not None and homework.study.part == name else None
    title = "By the staff's decision" if name == BY_DECISION else rubric.parts.get(name, "")
    return Part(
        "" if name in UNNUMBERED else name,
        title,
        points(alone.earned) if alone.maximum or alone.earned else "",
        points(alone.maximum) if alone.maximum else "",
        ", ".join(_rest(alone)),
        entries,
        study.title if study is not None else "",
        experiments(study, learnt) if study is not None else (),
        tuple(course_claimed(one, learnt[one.id], rubric) for one in others),
    )


def _rest(part: Report) -> Iterator[str]:
    """What the points are that were not earned."""
    rest = {"lost": part.lost, "not started": part.not_started, "open": part.open, "graded by hand": part.by_hand}
    yield from (f"{points(value)} {name}" for name, value in rest.items() if value)


def _entry(line: Line, report: Report, rubric: Rubric, homework: Homework, learnt: dict[str, Learnt]) -> Entry:
    outcome, check = line.outcome, homework.check.get(line.id)
    answer = next((one for one in report.written if one.id == line.id), None)
    by_decision = outcome.status is Status.MARKED and answer is None
    written = prose(answer.answer) if answer is not None and answer.answer and not answer.empty else None
    return Entry(
        line,
        outcome.status.name.lower().replace("_", "-"),
        MARKS[outcome.status][0],
        DECIDED if by_decision else WORDS[outcome.status],
        _earned(line),
        tuple(_layers(outcome.table)),
        report.passages.get(check.about) if check is not None and outcome.status in SHOWN_LINES else None,
        written,
        tuple(_courses(line, rubric, homework, learnt)),
    )


def _earned(line: Line) -> str:
    if not line.points:
        return points(line.outcome.points) if line.part == BY_DECISION else ""
    earned = "–" if line.outcome.status.open else points(line.outcome.points)
    return f"{earned} of {points(line.points)}"


def _layers(table: Table) -> Iterator[LayerRow]:
    for name, wanted, mine in table:
        if not wanted:
            yield LayerRow(name, "", mine, TOO_MANY)
        elif mine in (wanted, AS_WANTED):
            yield LayerRow(name, wanted, mine, "")
        else:
            yield LayerRow(name, wanted, mine, "missing" if mine in ("", MISSING) else "differs")


def _courses(line: Line, rubric: Rubric, homework: Homework, learnt: dict[str, Learnt]) -> Iterator[Course]:
    check = homework.check.get(line.id)
    training = homework.training.get(check.training) if check is not None and check.training else None
    if training is None:
        return
    here = course_here(training, line.outcome, rubric)
    if here is not None:
        yield here
    if training.id in learnt:
        yield course_claimed(training, learnt[training.id], rubric)
