"""What the kit knows of a written answer beside what stands in its report: figures that differ, and copies.

Facts for people to weigh, in sentences: a student may have trained again, copied a figure from a friend, or mean
something else by it. No answer gets points by them, and none loses any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from autograder.cohort.copies import listed, remark
from autograder.homework import Training, in_force
from autograder.outcome import STAND_IN
from autograder.report import Report
from autograder.review.normal import normal
from autograder.submission import Claimed
from autograder.text import plain

# Of an accuracy, in [0, 1]: the same weights on the same images differ by rounding, another training by 0.002 (digits)
# to 0.05 (photos, few epochs); who reads it sees both figures.
APART = 0.02
LEAST_COUNT = 1_000  # parameters: "20 million parameters" is read as 20
MOST = 4  # figures that are told beside one answer
LEAST = 30  # characters of an answer that two write alike by copying; shorter ones are equal by chance, like a number
WORDS = 160  # characters around a figure


class Beside(Protocol):
    """Gives what is known of one answer."""

    def __call__(self, student: str, item: str, names: bool = False) -> tuple[str, ...]:
        """Sentences without a full stop on *student*'s answer to *item*, the rubric's id of a question.

        Args:
            names: whether other students are named; otherwise it is said how many they are.
        """


@dataclass(frozen=True)
class _Known:
    reports: Mapping[str, Report]
    same: Mapping[tuple[str, str], tuple[str, ...]]  # by student and question, who else wrote that

    def __call__(self, student: str, item: str, names: bool = False) -> tuple[str, ...]:
        report = self.reports.get(student)
        if report is None:
            return ()
        about = {one.item: one.beside for one in in_force().questions}.get(item, ())
        figures = [said for name in about for said in differing(report, in_force().training[name])]
        more = [f"{len(figures) - MOST} more figures in the hand-in differ"] if len(figures) > MOST else []
        alike = (remark(one, names) for one in report.alike if one.training in about)
        return (*figures[:MOST], *more, *self._copied(student, item, names), *alike)

    def _copied(self, student: str, item: str, names: bool) -> Iterator[str]:
        if others := self.same.get((student, item), ()):
            ending = "s" if len(others) > 1 else ""
            whose = listed(others) if names else f"{len(others)} other student{ending}"
            yield f"word for word the same as the answer{ending} of {whose}"


def evidence(reports: Mapping[str, Report]) -> Beside:
    """What the kit knows of each answer in *reports*, by student."""
    return _Known(reports, same_answers(reports))


def own_figures(report: Report, item: str) -> dict[str, float]:
    """By network, the accuracies that were measured of those that a question is about, in percent."""
    about = {one.item: one.beside for one in in_force().questions}.get(item, ())
    found = {name: _measured(report, in_force().training[name]).get("accuracy") for name in about}
    return {name: 100 * value for name, value in found.items() if value is not None}


def same_answers(reports: Mapping[str, Report]) -> dict[tuple[str, str], tuple[str, ...]]:
    """By student and question, the other students whose answer has the same words; without very short ones."""
    found: dict[tuple[str, str], list[str]] = {}
    for student, report in sorted(reports.items()):
        for one in report.written:
            words = normal(one.answer)
            if len(words) >= LEAST and not one.empty:
                found.setdefault((one.id, words), []).append(student)
    return {
        (student, item): tuple(other for other in students if other != student)
        for (item, _), students in found.items()
        if len(students) > 1
        for student in students
    }


def differing(report: Report, training: Training) -> Iterator[str]:
    """The figures of *report*'s hand-in for the network of *training* that are not what was measured of it."""
    measured = _measured(report, training)
    told = set()
    for one in report.claimed:
        wanted = measured.get(one.what) if one.training == training.id else None
        if wanted is None or not _differ(one, wanted):
            continue
        here = f"{_figure(one.what, wanted)} {'were counted' if one.what == 'parameters' else 'was measured'} here"
        said = f"{plain(one.place)} says {_figure(one.what, one.value)} of {training.network}; {here}"
        if one.words:
            said += f" (“{plain(one.words, WORDS)}”)"
        if said not in told:
            told.add(said)
            yield said


def _measured(report: Report, training: Training) -> dict[str, float]:
    """Accuracy and parameters of a network, as far as they were measured, the former on the homework's own data."""
    outcomes = {line.id: line.outcome for line in report.lines}
    outcomes |= {one.id: one.before for one in report.decisions if one.before is not None}  # the kit's own verdict
    found: dict[str, float] = {}
    for check in in_force().checks:
        figures = outcomes[check.id].figures if check.id in outcomes else {}
        if check.about == f"{training.module}.{training.network}" and "parameters" in figures:
            found.setdefault("parameters", figures["parameters"])
        if check.training == training.id and "accuracy" in figures and not figures.get(STAND_IN):
            found["accuracy"] = figures["accuracy"]
    return found


def _differ(one: Claimed, wanted: float) -> bool:
    if one.what == "parameters":
        return one.value != wanted and one.value >= LEAST_COUNT
    return round(abs(one.value - wanted), 6) > APART


def _figure(what: str, value: float) -> str:
    return f"{value:,.0f} parameters" if what == "parameters" else f"{100 * value:.4g} %"
