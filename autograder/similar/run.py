"""From hand-ins to pairs and groups: the straight line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.evidence import Array
from autograder.similar.compare import COMMON, Known, Match, Progress, compared, known_of, matches
from autograder.similar.pairs import Group, Pair, groups_of, pairs_of
from autograder.similar.pieces import ANSWERS, CODE, Piece, Work
from autograder.similar.weights import alike_weights
from autograder.submission import Submission

MOST_PAIRS = 50  # of a class, to read: an evening


@dataclass(frozen=True)
class Resembling:
    """What was found.

    Attributes:
        known: the class's fragments by kind.
        pairs: those that are listed, the most unusual first.
        unlisted: how many more there are.
        compared: how many pairs of hand-ins were compared.
        groups: of the listed pairs.
    """

    works: Sequence[Work]
    known: Mapping[str, Known]
    pairs: Sequence[Pair]
    unlisted: int
    compared: int
    groups: Sequence[Group]

    @property
    def common(self) -> dict[str, int]:
        """How many fragments of code there are, and how many of them so many hand-ins have that they say little."""
        weights = self.known[CODE].weights
        return {"fragments": len(weights), "common": int((weights < COMMON).sum())}


def resembling(
    works: Sequence[Work],
    submissions: Sequence[Submission],
    given: Sequence[Piece],
    begun: Mapping[str, Mapping[str, Array]],
    tell: Progress,
    most: int = MOST_PAIRS,
) -> Resembling:
    """Compare *works* with each other.

    Args:
        submissions: those that *works* are made of, in their order.
        given: pieces of the handout and of the solution: nobody's.
        begun: by training, the pre-trained weights, which make nobody alike.
        most: how many pairs are listed.
    """
    import numpy as np

    known = {kind: known_of(works, kind, given, tell) for kind in (CODE, ANSWERS)}
    found: list[Match] = [one for kind in known for one in matches(works, known[kind], kind)]
    found += alike_weights(works, submissions, begun)
    pairs = pairs_of(found)
    count = int(np.count_nonzero(compared(works, np.arange(len(works)))))
    return Resembling(works, known, pairs[:most], max(0, len(pairs) - most), count, groups_of(pairs[:most]))
