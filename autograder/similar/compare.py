"""How alike the parts of each two hand-ins are, and how often two of this class are as alike.

A fragment weighs the less the more hand-ins have it: one that two have weighs 1, one that all have next to nothing. Two
hand-ins are as alike as the share of the fragments' weight that they have in common, of the one that has less of it.
What the handout or the solution has is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.similar.fingerprints import fragments_of
from autograder.similar.pieces import ALL, ANSWERS, CODE, Piece, Work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from autograder.similar.fingerprints import Hashes

    Floats = NDArray[np.float32]

# Fragments, weighed, that two must share: 75 tokens in a row that nobody else has, nine lines of code; or 15 words.
LEAST = {CODE: 60.0, ANSWERS: 10.0}
ALIKE = 0.5  # of the smaller one: less is how people write who have read the same pages
RARE = 0.02  # of all pairs; what more of them are is how this class writes
FEW = 10  # pairs are not too many, however few there are in all
COMMON = 0.25  # weight of a fragment below which it is not marked: a quarter of 400 hand-ins have it
STEPS = 256  # weights are multiples of 1/256: sums of 60,000 are exact in 32 bits, in whatever order
BLOCK = 1 << 22  # numbers of a matrix at once, 16 MB

Progress = Callable[[str, int, int], None]
"""Is told what is under way, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Match:
    """Two hand-ins that are alike in one part.

    Attributes:
        first, second: the hand-ins by number, the lower one first.
        kind: ``CODE``, ``ANSWERS`` or ``WEIGHTS``.
        alike: 0 to 1.
        shared: the fragments in common, by weight; of weights of networks none.
        as_alike: how many pairs are at least as alike in this part, this one among them.
        pairs: how many were compared in it.
        median: how alike the pair in the middle is; None where that is not known.
        said: more on it, in words.
    """

    first: int
    second: int
    kind: str
    part: str
    alike: float
    shared: float
    as_alike: int
    pairs: int
    median: float | None
    said: str = ""


@dataclass(frozen=True)
class Known:
    """The fragments of one kind in a class.

    Attributes:
        parts: by part, by hand-in's number, its fragments without those of handout and solution.
        values: all fragments that any of them has, in order ``(fragments,)``.
        weights: of each of these ``(fragments,)``.
    """

    parts: dict[str, dict[int, Hashes]]
    values: Hashes
    weights: Floats

    def weigh(self, fragments: Hashes) -> Floats:
        """The weights of *fragments*, which are among the values."""
        import numpy as np

        return self.weights[np.searchsorted(self.values, fragments)]

    def telling(self, part: str, first: int, second: int, least: float) -> set[int]:
        """The fragments that two hand-ins share in *part* and that weigh *least* or more."""
        import numpy as np

        common = np.intersect1d(self.parts[part][first], self.parts[part][second], assume_unique=True)
        return set(common[self.weigh(common) >= least].tolist())


def known_of(works: Sequence[Work], kind: str, given: Sequence[Piece], tell: Progress) -> Known:
    """The fragments of *works*.

    Args:
        given: pieces of the handout and the solution.
    """
    import numpy as np

    nobodys = _union([fragments_of(piece) for piece in given if piece.kind == kind])
    parts: dict[str, dict[int, Hashes]] = {}
    for number, work in enumerate(works):
        tell(work.name, number + 1, len(works))
        own: dict[str, list[Hashes]] = {}
        for piece in work.pieces:
            if piece.kind == kind:
                own.setdefault(piece.part, []).append(fragments_of(piece))
        if kind == CODE and own:
            own[ALL] = [one for found in own.values() for one in found]
        for part, found in own.items():
            parts.setdefault(part, {})[number] = np.setdiff1d(_union(found), nobodys, assume_unique=True)
    whole = [np.unique(np.concatenate(list(found))) for found in _by_work(parts)]
    values, counts = np.unique(np.concatenate([*whole, np.empty(0, np.int64)]), return_counts=True)
    return Known(parts, values, _weights(counts, len(whole)))


def matches(works: Sequence[Work], known: Known, kind: str) -> Iterator[Match]:
    """Each two of *works* that are alike in a part as few others are."""
    import numpy as np

    for part, found in known.parts.items():
        numbers = np.array(sorted(found))
        first, second = np.nonzero(compared(works, numbers))
        if not len(first):
            continue
        shared, weights = _shared([found[number] for number in numbers], known)
        least = np.minimum.outer(weights, weights)[first, second]
        common = shared[first, second]
        share = common / np.maximum(least, 1)
        alike = np.where(common >= LEAST[kind], share, 0)  # a short text is no evidence, however alike
        ordered = np.sort(alike)
        as_alike = len(ordered) - np.searchsorted(ordered, alike)
        median = float(np.median(share))
        for at in np.flatnonzero((alike >= ALIKE) & (as_alike <= most_pairs(len(ordered)))):
            yield Match(
                int(numbers[first[at]]),
                int(numbers[second[at]]),
                kind,
                part,
                float(alike[at]),
                float(common[at]),
                int(as_alike[at]),
                len(ordered),
                median,
            )


def most_pairs(pairs: int) -> float:
    """How many of *pairs* may be as alike as one that is worth a look."""
    return max(RARE * pairs, FEW)


def compared(works: Sequence[Work], numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the hand-ins with these *numbers* are compared ``(hand-ins, hand-ins)``, each pair once.

    Those of earlier years are not compared with each other, nor anybody with what is his own.
    """
    import numpy as np

    archived = np.array([works[number].archived for number in numbers])
    students = np.array([works[number].student for number in numbers])
    pairs = ~(archived[:, None] & archived[None, :]) & (students[:, None] != students[None, :])
    return np.triu(pairs, 1)


def _shared(found: Sequence[Hashes], known: Known) -> tuple[Floats, Floats]:
    """By weight, the fragments that each two of *found* share ``(n, n)``, and those of each ``(n,)``."""
    import numpy as np

    count = len(found)
    whole = np.array([known.weigh(one).sum(dtype=np.float64) for one in found], np.float32)
    whose = np.repeat(np.arange(count), [len(one) for one in found])
    values, column, owners = np.unique(np.concatenate(found), return_inverse=True, return_counts=True)
    several = owners > 1  # the others are shared by nobody
    place = np.cumsum(several) - 1
    kept = several[column]
    whose, column, weights = whose[kept], place[column[kept]], known.weigh(values[several])
    order = np.argsort(column, kind="stable")
    whose, column = whose[order], column[order]
    shared = np.zeros((count, count), np.float32)
    width = max(1, BLOCK // max(1, count))
    for start in range(0, len(weights), width):
        these = slice(*np.searchsorted(column, (start, start + width)))
        rows = np.zeros((count, min(width, len(weights) - start)), np.float32)
        rows[whose[these], column[these] - start] = 1
        shared += (rows * weights[start : start + width]) @ rows.T
    return shared, whole


def _weights(counts: NDArray[np.int64], works: int) -> Floats:
    """The weights of fragments which so many of so many *works* have: 1 for two or fewer, near 0 for all."""
    import numpy as np

    if works < 2:
        return np.ones(len(counts), np.float32)
    weights = np.clip(np.log((works + 1) / counts) / np.log((works + 1) / 2), 0, 1)
    return np.asarray(np.round(weights * STEPS) / STEPS, np.float32)


def _by_work(parts: dict[str, dict[int, Hashes]]) -> Iterator[Iterator[Hashes]]:
    for number in sorted({number for found in parts.values() for number in found}):
        yield (found[number] for found in parts.values() if number in found)


def _union(found: Sequence[Hashes]) -> Hashes:
    import numpy as np

    return np.unique(np.concatenate([*found, np.empty(0, np.int64)]))
