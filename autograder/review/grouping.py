"""Like answers to one question stand together, so that one decision may be about all of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from autograder.answers.marks import digest_of
from autograder.review.normal import normal
from autograder.review.telling import APART, APART_ROUNDED, Telling, telling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["identical", "similar", "single"]

# Below SAME the telling words are the same, and a distance is half the cosine distance of the phrasings. From SAME
# on they are not, and it is SAME and half that distance. So only a threshold from SAME on can bring answers of other
# worth together, and whoever sets one has asked for it. NEVER is beyond any threshold.
SAME = 0.5
NEVER = 2.0
THRESHOLD = 0.4
MOST = 2_000  # different texts whose distances are known at once: some 100 MB

LONGEST = 3_000  # characters of an answer whose phrasing is compared
NOTHING = "-"  # in the place of an empty text
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Group:
    """Answers that stand together.

    Attributes:
        id: the digest of the most central text in its normal form, whatever other groups there are.
        kind: ``identical``, ``similar``, or ``single`` for one answer.
        members: the keys of the answers, the most central text's first.
        tightest: the threshold at which the group would just hold together, from 0 to 1; None if it is one text.
        moved: whether a person has put one of them here.
    """

    id: str
    kind: Kind
    members: tuple[str, ...]
    tightest: float | None
    moved: bool


@dataclass(frozen=True)
class _Texts:
    """Texts that stand together, the most central one first, each by its digest."""

    id: str
    digests: tuple[str, ...]
    largest: float = 0.0  # distance
    moved: bool = False


def grouped(answers: Mapping[str, str], threshold: float = THRESHOLD, moved: Mapping[str, str] = NONE) -> list[Group]:
    """Put *answers* to one question into groups, the largest one first.

    Below a threshold of 0.5 two answers stand together only if they have the same telling words in the same order, the
    same negations and the same numbers (``telling``); percentages with a decimal point may differ as measurements do.
    From 0.5 on other words may differ, but not negations, directions, numbers, nor the order of what both name.

    Args:
        answers: texts by any key. Empty ones are the caller's.
        threshold: the largest distance within a group, from 0 (identical ones only) to 1.
        moved: to which group a person has moved a text, by the digest of its normal form (``text_id``); ``""``: it
            stands alone. Where no group has this id any more, all that were moved to it stand together under it.

    Of more than ``MOST`` different texts that could stand together, so many are compared at a time, in the order of
    their digests: groups may be smaller than they could be, never looser.
    """
    keys: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, str] = {}
    for key, answer in answers.items():
        text = normal(answer)
        digest = digest_of(text)
        keys[digest].append(key)
        texts[digest] = text
    tells = {digest: telling(texts[digest]) for digest in sorted(texts)}
    found = _moved(list(_clusters(texts, tells, threshold)), texts, tells, moved)
    return sorted((_group(one, keys) for one in found), key=lambda one: (-len(one.members), one.id))


def text_id(answer: str) -> str:
    """What stands for all answers that are identical with *answer*."""
    return digest_of(normal(answer))


def _group(one: _Texts, keys: Mapping[str, list[str]]) -> Group:
    members = tuple(key for digest in one.digests for key in sorted(keys[digest]))
    if len(one.digests) == 1:
        return Group(one.id, "identical" if len(members) > 1 else "single", members, None, one.moved)
    return Group(one.id, "similar", members, min(1.0, one.largest), one.moved)


def _clusters(texts: Mapping[str, str], tells: Mapping[str, Telling], threshold: float) -> Iterator[_Texts]:
    """All texts, in groups whose largest distance is *threshold* or less."""
    blocks: dict[object, list[str]] = defaultdict(list)
    for digest, tell in tells.items():  # in the order of digests
        alike = tell.exact if threshold < SAME else tell.polar
        blocks[alike if tell.words else digest].append(digest)  # a text without a telling word is like no other one
    for block in blocks.values():
        for first in range(0, len(block), MOST):
            yield from _of_block(block[first : first + MOST], texts, tells, threshold)


def _of_block(
    digests: Sequence[str], texts: Mapping[str, str], tells: Mapping[str, Telling], threshold: float
) -> Iterator[_Texts]:
    if len(digests) == 1:
        yield _Texts(digests[0], tuple(digests))
        return
    import numpy as np
    from sklearn.cluster import AgglomerativeClustering

    distances = _distances(digests, texts, tells, threshold)
    beyond = float(np.nextafter(min(max(threshold, 0.0), 1.0), NEVER))  # scikit-learn's is exclusive
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="complete", distance_threshold=beyond
    )
    labels = model.fit_predict(distances)
    for label in range(int(labels.max()) + 1):
        places = np.flatnonzero(labels == label)
        inner = distances[np.ix_(places, places)]
        members = (digests[place] for place in places.tolist())
        ordered = [digest for _, digest in sorted(zip(inner.sum(axis=1).round(4).tolist(), members, strict=True))]
        yield _Texts(ordered[0], tuple(ordered), _rounded_up(float(inner.max())))


def _rounded_up(distance: float) -> float:
    """As it is shown, so that the group does hold together at what is shown."""
    return math.ceil(distance * 1e4) / 1e4


def _moved(
    found: Sequence[_Texts], texts: Mapping[str, str], tells: Mapping[str, Telling], moved: Mapping[str, str]
) -> list[_Texts]:
    """*found* with each text where a person has put it."""
    home = {digest: one.id for one in found for digest in one.digests}
    alone = {digest_of(f"{digest} alone"): digest for digest in home}  # the ids of those that were moved out
    target: dict[str, str] = {}
    for digest, group in moved.items():
        if digest in home:
            wanted = group or digest_of(f"{digest} alone")
            target[digest] = wanted if wanted in alone else home.get(wanted, wanted)
    target = {digest: group for digest, group in target.items() if group != home[digest]}
    members = {one.id: [digest for digest in one.digests if digest not in target] for one in found}
    for digest in sorted(target):
        members.setdefault(target[digest], []).append(digest)
    before = {one.id: one for one in found}
    changed = {*target.values(), *(home[digest] for digest in target)}
    return [
        _Texts(group, tuple(kept), _largest(kept, texts, tells), group in target.values())
        if group in changed
        else before[group]
        for group, kept in members.items()
        if kept
    ]


def _largest(digests: Sequence[str], texts: Mapping[str, str], tells: Mapping[str, Telling]) -> float:
    if len(digests) == 1:
        return 0.0
    return _rounded_up(float(_distances(digests, texts, tells, 1.0).max()))


def _distances(
    digests: Sequence[str], texts: Mapping[str, str], tells: Mapping[str, Telling], threshold: float
) -> NDArray[np.float32]:
    """The distances of these texts, (N, N), exact up to *threshold*. They depend on these texts alone."""
    import numpy as np

    told = [tells[digest] for digest in digests]
    distances = SAME * _phrasing(
        [texts[digest][:LONGEST] or NOTHING for digest in digests], [one.words for one in told]
    )
    numbers = {exact: number for number, exact in enumerate(dict.fromkeys(one.exact for one in told))}
    said = [numbers[one.exact] for one in told]
    kinds = np.array(said)
    distances += SAME * (kinds[:, None] != kinds[None, :])
    other = np.triu((distances >= SAME) & (distances <= threshold), 1)
    met: dict[tuple[int, int], bool] = {}  # the same words often come in many phrasings
    for place, further in np.argwhere(other).tolist():
        pair = said[place], said[further]
        if pair not in met:
            met[pair] = told[place].may_meet(told[further])
        if not met[pair]:
            distances[place, further] = distances[further, place] = NEVER
    distances[_measured_apart(told)] = NEVER
    return distances


def _measured_apart(told: Sequence[Telling]) -> NDArray[np.bool_]:
    """Whose measurements are no longer those of one experiment, (N, N)."""
    import numpy as np

    apart = np.zeros((len(told), len(told)), bool)
    for number in range(max(len(one.figures) for one in told)):
        there = [one.figures[number : number + 1] for one in told]
        odds = np.array([figures[0].log_odds if figures else np.nan for figures in there])
        rounded = np.array([bool(figures) and figures[0].rounded for figures in there])
        limits = np.where(rounded[:, None] | rounded[None, :], APART_ROUNDED, APART)
        apart |= np.abs(odds[:, None] - odds[None, :]) > limits  # False where one has none
    return apart


def _phrasing(texts: Sequence[str], told: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """The cosine distances of *texts*, (N, N), by runs of letters, and by telling words and pairs of them."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), dtype=np.float32).fit_transform(texts)
    words = TfidfVectorizer(analyzer=_runs, dtype=np.float32).fit_transform(told)
    likeness = ((letters @ letters.T) + (words @ words.T)).toarray() / 2
    distances: NDArray[np.float32] = np.clip(1 - likeness, 0, 1)
    np.fill_diagonal(distances, 0)
    return distances


def _runs(words: Sequence[str]) -> list[str]:
    return [*words, *map(" ".join, pairwise(words))] or [""]  # a person may have put texts together that tell nothing
