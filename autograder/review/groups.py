"""The groups in which the answers to a question are shown: empty ones, like ones, and those that stand alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograder.review.answers import Answer
from autograder.review.own import named

EMPTY, SINGLE = "empty", "single"
REMEMBERED = 64  # sets of groups: each question at a few thresholds

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """Answers that are shown together.

    Attributes:
        kind: ``"empty"``, ``"identical"``, ``"similar"`` or ``"single"``.
        tightest: the threshold at which the group would just hold together; None for one text.
        keys: of the answers, the most central one first.
        moved: whether a person moved any of them.
    """

    id: str
    kind: str
    tightest: float | None
    keys: tuple[str, ...]
    moved: bool = False


class Groups:
    """The groups of all questions, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, float, tuple[tuple[str, str], ...]], list[Shown]] = {}
        self._lock = threading.Lock()

    def of(
        self, question: str, answers: Mapping[str, Answer], threshold: float, moved: Mapping[str, str], texts: Texts
    ) -> list[Shown]:
        """The groups of *answers*, the empty ones first, then the largest.

        Args:
            moved: by normalised answer, the group that a person moved it to.
            texts: by key, those that can be compared (``comparable``).
        """
        name = question, threshold, tuple(sorted(moved.items()))
        with self._lock:
            if name not in self._made:
                while len(self._made) >= REMEMBERED:
                    del self._made[next(iter(self._made))]
                self._made[name] = _grouped(answers, threshold, moved, texts)
            return self._made[name]


def comparable(answers: Mapping[str, Answer], own: Callable[[Answer], Mapping[str, float]]) -> dict[str, str]:
    """By key, the answers that can be compared by their texts.

    Args:
        own: the percentages that were measured of a student's networks: they have names in the place of figures.
    """
    whole = {key: one for key, one in answers.items() if not (one.empty or one.elsewhere)}
    return {key: named(one.written.answer, own(one)) for key, one in whole.items()}


def _grouped(answers: Mapping[str, Answer], threshold: float, moved: Mapping[str, str], texts: Texts) -> list[Shown]:
    from autograder.review.grouping import grouped  # only now: scikit-learn takes a second

    empty = tuple(key for key, one in answers.items() if one.empty)
    alone = [key for key, one in answers.items() if one.elsewhere and not one.empty]
    found = [Shown(one.id, one.kind, one.tightest, one.members, one.moved) for one in grouped(texts, threshold, moved)]
    found += [Shown(key, SINGLE, None, (key,)) for key in alone]
    found.sort(key=lambda one: (-len(one.keys), one.id))
    return [*([Shown(EMPTY, EMPTY, None, empty)] if empty else []), *found]
