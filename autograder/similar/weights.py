"""Hand-ins whose networks have the same weights, or nearly: ``cohort/copies.py`` finds them."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cohort.copies import ROUNDED, Resemblances, resemblances
from autograder.errors import HandinError
from autograder.ingest.checkpoint import read_checkpoint
from autograder.similar.compare import Match, compared, most_pairs
from autograder.similar.pieces import WEIGHTS, Work
from autograder.submission import Submission

if TYPE_CHECKING:
    from autograder.evidence import Array

SAME_FILE, SAME_TENSORS = "the same file", "the same tensors in another file"


def alike_weights(
    works: Sequence[Work], submissions: Sequence[Submission], begun: Mapping[str, Mapping[str, Array]]
) -> Iterator[Match]:
    """Each two of *works* with the same weights, or nearly, in one training.

    Args:
        submissions: those that *works* are made of, in their order.
        begun: by training, the pre-trained weights, which make nobody alike.
    """
    named = [replace(one, id=work.name) for one, work in zip(submissions, works, strict=True)]
    for found in resemblances(named, begun):
        yield from _of_training(works, named, found)


def _of_training(works: Sequence[Work], named: Sequence[Submission], found: Resemblances) -> Iterator[Match]:
    import numpy as np

    file_of = {name: digest for digest, owners in found.owners.items() for name in owners}
    numbers = np.array([number for number, work in enumerate(works) if work.name in file_of], np.int64)
    if len(numbers) < 2:
        return
    pairs = {
        (int(numbers[first]), int(numbers[second])) for first, second in np.argwhere(compared(works, numbers)).tolist()
    }
    digests = cache(_tensors)
    alike: list[tuple[tuple[int, int], float, str]] = []
    for first, second in sorted(pairs):
        one, other = (file_of[works[number].name] for number in (first, second))
        cosine = 1.0 if one == other else min(1.0, found.alike.get(one, {}).get(other, 0.0))
        if not cosine:
            continue
        paths = [named[number].checkpoints[found.training] for number in (first, second)]
        same = one != other and cosine >= ROUNDED and digests(paths[0]) == digests(paths[1])
        said = SAME_FILE if one == other else SAME_TENSORS if same else f"cosine {cosine:.5f}"
        alike.append(((first, second), 1.0 if same else cosine, said))
    ordered = sorted(cosine for _, cosine, _ in alike)
    for both, cosine, said in alike:
        as_alike = len(ordered) - bisect_left(ordered, cosine)
        if as_alike <= most_pairs(len(pairs)):
            yield Match(*both, WEIGHTS, found.training, cosine, 0.0, as_alike, len(pairs), None, said)


def _tensors(path: Path) -> frozenset[tuple[tuple[int, ...], str]]:
    """The tensors of a checkpoint by shape and digest, whatever they are called; one that went away has none."""
    try:
        arrays = read_checkpoint(path).arrays
    except HandinError:
        return frozenset({((), str(path))})
    return frozenset((one.shape, hashlib.sha256(one.tobytes()).hexdigest()) for one in arrays.values())
