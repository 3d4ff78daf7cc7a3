"""Which hand-in is graded first, and how long what is left will take: by what the journal knows of the last run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean
from typing import TYPE_CHECKING

from autograder.homework import Training
from autograder.ingest.handout import is_handouts
from autograder.keeping.standing import StandsOn
from autograder.submission import Submission

if TYPE_CHECKING:
    from autograder.kit import Kit


@dataclass(frozen=True)
class Work:
    """What is known of a hand-in before it is graded.

    Attributes:
        seconds: that it took the last time; None if there was none.
        trainings: ids of those that it may need.
        hangs: a time limit ended something of it the last time.
    """

    student: str
    seconds: float | None = None
    trainings: tuple[str, ...] = ()
    hangs: bool = False


def works_of(submissions: Iterable[Submission], kit: Kit, stand_on: Mapping[str, StandsOn]) -> dict[str, Work]:
    """What is known of *submissions*, by student.

    Args:
        stand_on: by student, what the verdicts of the last run stand on.
    """
    trainings = trained_here(kit)
    found = {}
    for one in submissions:
        stands = [stand for probes in stand_on.get(one.id, {}).items() for stand in probes[1].items()]
        last = dict(stands).values()
        seconds = 0.0 if one.absent else sum(stand.seconds for stand in last) if one.id in stand_on else None
        needed = tuple(training.id for training in trainings if may_need(one, training))
        found[one.id] = Work(one.id, seconds, needed, any(stand.late for stand in last))
    return found


def trained_here(kit: Kit) -> list[Training]:
    """The trainings that settle an accuracy where nothing else does."""
    settled = [kit.homework.training[check.training] for check in kit.homework.checks if check.training]
    return [one for one in settled if kit.train != "never" and "trained" in kit.rubric.ways[one.id]]


def may_need(submission: Submission, training: Training) -> bool:
    """Whether there is something to train: its network is there, and is not the handout's."""
    file = f"{training.module}.py"
    data = submission.files.get(file)
    return bool(submission.documents) if data is None else not is_handouts(file, data)  # a notebook may hold it


def in_order(works: Iterable[Work]) -> list[str]:
    """The students in the order in which they are graded: long work first, so that the last one to end is a short one.

    What may be trained for the first time comes before all that is known. What hung the last time comes last: it holds
    nobody up.
    """
    works = list(works)
    known = [work.seconds for work in works if work.seconds is not None]
    usual = fmean(known) if known else 0.0

    def weight(work: Work) -> float:
        unknown = inf if work.trainings else usual
        return unknown if work.seconds is None else work.seconds

    return [work.student for work in sorted(works, key=lambda work: (work.hangs, -weight(work), work.student))]


def seconds_left(
    waiting: Iterable[float | None],
    running: Iterable[tuple[float | None, float]],
    done: Sequence[tuple[float | None, float]],
    jobs: int,
) -> float | None:
    """About how many seconds it takes until all is done; None as long as nobody can tell.

    Args:
        waiting: seconds that each was expected to take; None where that is not known.
        running: the same, and for how many seconds it has been under way.
        done: the same, and how many it took.
        jobs: how many are graded side by side.
    """
    took = [seconds for _, seconds in done]
    expected = sum(seconds for seconds, _ in done if seconds is not None)
    faster = sum(seconds for guess, seconds in done if guess is not None) / expected if expected else 1.0
    new = [seconds for guess, seconds in done if guess is None] or took
    rest: list[float] = []
    for guess, so_far in (*running, *((guess, 0.0) for guess in waiting)):
        if guess is None and not new:
            return None
        whole = fmean(new) if guess is None else guess * faster
        rest.append(whole - so_far if so_far <= whole else so_far)  # longer than expected: nobody knows how much
    return max(sum(rest) / jobs, max(rest, default=0.0))


def training_seconds(stand_on: Iterable[StandsOn], training: str) -> float | None:
    """How long a *training* took on average, the scores of its epochs included; None if none was ever run."""
    begins = re.compile(rf"{re.escape(training)}\.run\d+")
    runs: dict[tuple[int, str], dict[str, float]] = {}
    for student, checks in enumerate(stand_on):
        for probes in checks.values():
            for probe, stand in probes.items():
                if run := begins.match(probe):
                    runs.setdefault((student, run[0]), {})[probe] = stand.seconds
    return fmean(sum(run.values()) for run in runs.values()) if runs else None
