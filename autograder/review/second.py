"""The second reading: a second person grades a random tenth of the answers without seeing the first one's points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.review.answers import Answer
from autograder.review.grading import Grading

SHARE = 0.1
FEWEST = 2  # readings that say anything of agreement


@dataclass(frozen=True)
class Agreement:
    """How far two people agree on a question.

    Attributes:
        wanted: how many answers are to be read again.
        read: how many were.
        kappa: Cohen's, of points as categories (Cohen, 1960); None where it is not defined, as with one category alone.
        differ: the answers on which they do not agree, with the points of the first and of the second.
    """

    wanted: int
    read: int
    kappa: float | None
    differ: tuple[tuple[Answer, float, float], ...]


def drawn(answers: Iterable[Answer]) -> list[Answer]:
    """The tenth that is read again, rounded up; empty answers are not drawn.

    Chance decides, by the keys, which are digests: the same answers are drawn each time.
    """
    whole = sorted((one for one in answers if not one.empty), key=lambda one: one.key[::-1])
    return whole[: math.ceil(SHARE * len(whole))]


def to_read(grading: Grading, question: str, person: str) -> list[Answer]:
    """The answers that *person* is to read now: drawn, graded by somebody else, and not yet read a second time."""
    with grading.lock:
        read = {(one.student, one.question, one.answer) for one in grading.acts.readings}
        found = []
        for answer in drawn(grading.answers.get(question, {}).values()):
            mark = grading.mark_on(answer)
            if mark is not None and mark.points is not None and mark.person != person and answer.about not in read:
                found.append(answer)
        return found


def agreement(grading: Grading, question: str) -> Agreement:
    """How far those who graded a question and those who read it again agree."""
    with grading.lock:
        answers = grading.answers.get(question, {}).values()
        here = {one.about: one for one in answers}
        pairs = []
        for one in grading.acts.readings:
            answer, mark = here.get((one.student, one.question, one.answer)), grading.marks.by_id.get(one.mark)
            if answer is not None and mark is not None and mark.points is not None:
                pairs.append((answer, mark.points, one.points))
        differ = tuple(pair for pair in pairs if pair[1] != pair[2])
        kappa = cohens_kappa([first for _, first, _ in pairs], [second for _, _, second in pairs])
        return Agreement(len(drawn(answers)), len(pairs), kappa, differ)


def cohens_kappa(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Cohen's kappa of two people's points; None where it is not defined."""
    if len(first) < FEWEST or len({*first, *second}) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score  # only now: its import takes a second

    found = float(cohen_kappa_score([f"{one:g}" for one in first], [f"{one:g}" for one in second]))
    return None if math.isnan(found) else found
