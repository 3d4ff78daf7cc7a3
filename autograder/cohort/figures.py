"""The class in figures: how each check came out, how the totals lie, what is open, and who needs a person.

Pure functions of reports. Who handed in nothing is counted and stands in no other figure. A check's figures are of
those who attempted it and whose points are settled: work that is still the handout's says nothing of a check.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import StatisticsError, correlation, fmean, median, quantiles
from types import MappingProxyType

from autograder.cohort.absent import is_absent
from autograder.keeping.standing import StandsOn, seconds_by_check
from autograder.outcome import Status
from autograder.report import BY_DECISION, Line, Report
from autograder.shares import wilson

DEVIATIONS = 1.96  # of an interval: 95 %
LEAST = 10  # students: what fewer do alike says nothing of a check
BINS = 10  # of the totals' distribution


@dataclass(frozen=True)
class CheckFigures:
    """How one check or written answer came out.

    Attributes:
        points: what it is worth.
        attempted: students whose work on it has begun.
        settled: those of them whose points are decided.
        passed: those of them who have all its points.
        mean: of the points of the settled; None if there are none.
        discrimination: the correlation of its points with those of all the rest of the total (point-biserial where it
            is passed or not), in [-1, 1]; None where either is the same for all, or for fewer than three students.
        mistakes: known ones by id, each with how many made it, the commonest first.
        doubts: why it may be broken, in sentences.
        seconds: that the observations it needed took, on average and at the most, where it was the first to need
            them; None if it needed none.
    """

    id: str
    title: str
    part: str
    points: float
    attempted: int
    settled: int
    passed: int
    not_started: int
    mean: float | None
    discrimination: float | None
    mistakes: tuple[tuple[str, int], ...]
    doubts: tuple[str, ...]
    seconds: tuple[float, float] | None

    @property
    def rate(self) -> float | None:
        """The share of the settled that passed."""
        return self.passed / self.settled if self.settled else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true pass rate lies with 95 % confidence (Wilson)."""
        return wilson(self.passed, self.settled, DEVIATIONS) if self.settled else None


@dataclass(frozen=True)
class Totals:
    """How the points that the class has lie.

    Attributes:
        maximum: all points there are.
        quartiles: the first, the second and the third, by linear interpolation.
        bins: how many students have points in each tenth of the maximum; all points are in the last one.
    """

    maximum: float
    mean: float
    median: float
    quartiles: tuple[float, float, float]
    lowest: float
    highest: float
    bins: tuple[int, ...]


@dataclass(frozen=True)
class Unsettled:
    """Why points of a check are open, and whose."""

    check: str
    status: Status
    why: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class ClassFigures:
    """All figures of a class.

    Attributes:
        absent: who handed in nothing.
        totals: None if nobody handed in.
        people: students whom a person has to look at, each with why, in sentences.
    """

    students: int
    absent: tuple[str, ...]
    totals: Totals | None
    checks: tuple[CheckFigures, ...]
    unsettled: tuple[Unsettled, ...]
    people: tuple[tuple[str, tuple[str, ...]], ...]


def class_figures(reports: Iterable[Report], stand_on: Mapping[str, StandsOn] = MappingProxyType({})) -> ClassFigures:
    """The figures of a class; checks stand in the reports' order.

    Args:
        stand_on: by student, what the verdicts stand on.
    """
    everybody = sorted(reports, key=lambda report: report.student)
    there = [report for report in everybody if not is_absent(report)]
    tallies: dict[str, _Tally] = {}
    totals = []
    for report in there:  # once through each: thousands of them do not fit into a processor's cache
        totals.append(report.total)
        lines = [line for line in report.lines if line.part != BY_DECISION]
        earned = sum(line.outcome.points for line in lines)  # no check's are a late hand-in's loss, and a bonus
        empty = {one.id for one in report.written if not (one.answer or one.elsewhere)}
        spent = dict(seconds_by_check(stand_on.get(report.student, {})))
        for line in lines:
            if line.id not in tallies:
                tallies[line.id] = _Tally(line)
            if line.id in spent:
                tallies[line.id].spent.append(spent[line.id])
            tallies[line.id].take(report.student, line, earned - line.outcome.points, line.id in empty)
    people = ((report.student, tuple(_for_a_person(report))) for report in there)
    return ClassFigures(
        len(everybody),
        tuple(report.student for report in everybody if is_absent(report)),
        _totals(totals, max(report.maximum for report in there)) if there else None,
        tuple(tally.figures() for tally in tallies.values()),
        tuple(each for tally in tallies.values() for each in tally.unsettled()),
        tuple((student, why) for student, why in people if why),
    )


def has_passed(line: Line) -> bool:
    """Whether all points of a check are earned."""
    outcome = line.outcome
    return outcome.status is Status.PASSED or (outcome.status is Status.MARKED and outcome.points >= line.points)


@dataclass
class _Tally:
    """What is counted of one check.

    Attributes:
        line: the first student's.
        judged: settled without a person.
        points, shares, rest: of each who is settled, what was earned of it, that in [0, 1], and of all other checks.
        open: by why, whose points are open.
        spent: seconds that its observations took, of each who has any.
    """

    line: Line
    attempted: int = 0
    passed: int = 0
    not_started: int = 0
    judged: int = 0
    points: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    rest: list[float] = field(default_factory=list)
    mistakes: Counter[str] = field(default_factory=Counter)
    open: dict[tuple[Status, str], list[str]] = field(default_factory=dict)
    spent: list[float] = field(default_factory=list)

    def take(self, student: str, line: Line, rest: float, empty: bool) -> None:
        """Count one student's line; *empty*: it is a written answer that there is none of."""
        outcome = line.outcome
        if outcome.status.open:
            self.open.setdefault((outcome.status, outcome.reason), []).append(student)
        self.not_started += outcome.status is Status.TODO
        if outcome.status in (Status.TODO, Status.SKIPPED) or (outcome.status is Status.BY_HAND and empty):
            return
        self.attempted += 1
        if outcome.status.open:
            return
        passed = has_passed(line)
        self.passed += passed
        self.judged += outcome.status is not Status.MARKED
        self.points.append(outcome.points)
        self.shares.append(outcome.points / line.points if line.points else float(passed))
        self.rest.append(rest)
        if outcome.mistake and not passed:
            self.mistakes[outcome.mistake] += 1

    def figures(self) -> CheckFigures:
        """The figures of all that was counted."""
        line, settled = self.line, len(self.points)
        apart = _discrimination(self.shares, self.rest)
        return CheckFigures(
            line.id,
            line.title,
            line.part,
            line.points,
            self.attempted,
            settled,
            self.passed,
            self.not_started,
            fmean(self.points) if settled else None,
            apart,
            tuple(sorted(self.mistakes.items(), key=lambda item: (-item[1], item[0]))),
            tuple(_doubts(self.passed, settled, apart, line.points > 0 and self.judged > 0)),
            (fmean(self.spent), max(self.spent)) if self.spent else None,
        )

    def unsettled(self) -> Iterator[Unsettled]:
        """Why points are open, the most frequent reason first."""
        for (status, why), students in sorted(self.open.items(), key=lambda item: (-len(item[1]), item[0])):
            yield Unsettled(self.line.id, status, why, tuple(students))


def _discrimination(shares: Sequence[float], rest: Sequence[float]) -> float | None:
    if len(shares) < 3:
        return None
    try:
        return correlation(shares, rest)
    except StatisticsError:  # one of them is the same for all
        return None


def _doubts(passed: int, settled: int, apart: float | None, judged: bool) -> Iterator[str]:
    """Why a check may be broken; what a small class may show by chance is no reason.

    Args:
        judged: it decides points, and no person gave them.
    """
    if settled < LEAST:
        return
    if judged and passed == 0:
        yield f"none of the {settled} who attempted it passes"
    if judged and passed == settled:
        yield f"all {settled} who attempted it pass: it tells nobody apart"
    # Fisher's interval: below 0 with 97.5 % confidence
    if apart is not None and math.atanh(min(max(apart, -0.999999), 0.999999)) + DEVIATIONS / math.sqrt(settled - 3) < 0:
        yield f"who passes it has fewer points elsewhere (discrimination {apart:.2f})"


def _totals(points: list[float], maximum: float) -> Totals:
    bins = [0] * BINS
    for value in points:
        place = int(BINS * value / maximum) if maximum else 0
        bins[min(max(place, 0), BINS - 1)] += 1
    low, middle, high = quantiles(points, n=4, method="inclusive") if len(points) > 1 else points * 3
    return Totals(maximum, fmean(points), median(points), (low, middle, high), min(points), max(points), tuple(bins))


def _for_a_person(report: Report) -> Iterator[str]:
    """What a person has to look at in a report, beside the written answers, which all have to be read."""
    listed = {one.id for one in report.written}  # an automatic check among them is one that could not be read
    found: dict[str, list[str]] = {}
    for line in report.lines:
        outcome = line.outcome
        unread = outcome.status is Status.UNSETTLED and line.id in listed
        if outcome.flag or outcome.suspected or unread or outcome.status is Status.UNGRADED:
            found.setdefault(outcome.flag or outcome.reason, []).append(line.id)
    for why, checks in found.items():
        yield f"{', '.join(checks)}: {why}"
