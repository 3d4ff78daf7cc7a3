"""The images that an accuracy is measured on, and how remembered answers are detected.

The clean test set in a secret order decides. Strewn among its first images are jittered copies of them, and training
images: a network that answers the public test set from a table knows the images but not their copies; one that stores
their neighbours knows the copies, but is better on test images than on those it was trained on, which no honest one is.
And while it is trained, the names of the ten classes are exchanged: what was known before is then worth nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.deep_learning.bounds import lower_bound, surely_apart, upper_bound
from autograder.deep_learning.floors import GuardLimits

if TYPE_CHECKING:
    from autograder.deep_learning.data import Dataset
    from autograder.evidence import Array

CLASSES = 10
FIRST = 1000  # clean images that are scored first; the others follow if these leave a doubt
CLEAN, COPY, SEEN = 0, 1, 2  # test image, jittered copy of one, training image
# How far a copy is from its image (data/jitter.py): enough that its hash is another one, even that of 14 x 14 black and
# white pixels (in 88 of 100), and no more. Twice as far, with ten times the noise, costs an honest network with global
# average pooling 30 points on the digits, where this costs 1 to 5 (benchmarks/guards.md).
GENTLY: dict[str, Any] = {"shift": 0.25, "rotation": 2.0, "contrast": (0.95, 1.05), "noise": 0.005}
# Photographs are mirrored and stay on their pixels: between two of them all is smooth, and a batch norm minds. VGG-19
# loses or gains up to 17 points by that, and 2 by this.
ON_THE_PIXELS: dict[str, Any] = {**GENTLY, "shift": 0.0, "rotation": 0.0}
REMEMBERED = 0.5  # of the answers: an honest network gives the old names to a few images in a hundred


@dataclass(frozen=True)
class Batch:
    """Images that are run at once.

    Attributes:
        images: (n, H, W[, C]) uint8.
        labels: (n,) int64.
        kinds: (n,): CLEAN, COPY or SEEN.
        paired: (n,): whether it is a clean image that has a copy.
    """

    images: Array
    labels: Array
    kinds: Array
    paired: Array


@dataclass(frozen=True)
class Score:
    """Right answers and images of each kind; ``(right, total)``.

    Attributes:
        clean: test images: what decides.
        originals, copies: of the test images that were copied, and of their jittered copies.
        seen: training images.
        remembered: answers to test images with the name that the class had before the training renamed it.
    """

    clean: tuple[int, int] = (0, 0)
    originals: tuple[int, int] = (0, 0)
    copies: tuple[int, int] = (0, 0)
    seen: tuple[int, int] = (0, 0)
    remembered: tuple[int, int] = (0, 0)

    @property
    def accuracy(self) -> float:
        """The accuracy on the clean test images, in [0, 1]."""
        return self.clean[0] / self.clean[1]

    def surely_above(self, floor: float) -> bool:
        """Whether the true accuracy is above *floor* with 99.9 % confidence."""
        return lower_bound(*self.clean) > floor

    def surely_below(self, floor: float) -> bool:
        """Whether the true accuracy is below *floor* with 99.9 % confidence."""
        return upper_bound(*self.clean) < floor

    def __add__(self, other: Score) -> Score:
        return Score(*((a[0] + b[0], a[1] + b[1]) for a, b in zip(_pairs(self), _pairs(other), strict=True)))


def _pairs(score: Score) -> tuple[tuple[int, int], ...]:
    return score.clean, score.originals, score.copies, score.seen, score.remembered


def renaming(key: bytes) -> Array:
    """Another name for each of the ten classes, none its own: (10,) int64, drawn from *key*."""
    import numpy as np

    circle = _permutation(key, "renaming", CLASSES)
    names = np.empty(CLASSES, np.int64)
    names[circle] = np.roll(circle, 1)
    return names


def hidden_batches(data: Dataset, key: bytes, guard: int) -> tuple[Batch, ...]:
    """The first clean images with *guard* jittered copies of them and as many training images, then the other clean.

    All in an order drawn from *key*; it depends on nothing else.
    """
    import numpy as np

    from autograder.deep_learning.data.jitter import Jitter, jitter

    order = data.secret_order(key)
    guard = min(guard, len(order), len(data.train_labels))
    first, rest = np.split(order, [min(len(order), max(FIRST, guard))])
    colours = data.test_images.ndim == 4
    limits = Jitter(**(ON_THE_PIXELS if colours else GENTLY))
    copies = jitter(data.test_images[first[:guard]], key, flips=colours, limits=limits)
    seen = np.sort(_permutation(key, "seen", len(data.train_labels))[:guard])  # sorted: memory-mapped pages in turn
    mixed = _permutation(key, "mixed", len(first) + 2 * guard)
    begin = Batch(
        np.concatenate([data.test_images[first], copies, data.train_images[seen]])[mixed],
        np.concatenate([data.test_labels[first], data.test_labels[first[:guard]], data.train_labels[seen]])[mixed],
        np.repeat([CLEAN, COPY, SEEN], [len(first), guard, guard])[mixed],
        (np.arange(len(mixed)) < guard)[mixed],
    )
    if not len(rest):
        return (begin,)
    clean, alone = np.full(len(rest), CLEAN), np.zeros(len(rest), bool)
    return begin, Batch(data.test_images[rest], data.test_labels[rest], clean, alone)


def count(batch: Batch, logits: Array, names: Array | None = None) -> Score:
    """The right answers among *logits* (n, 10); *names*: how the classes were renamed for the training."""
    guesses: Any = logits.argmax(1)
    right = guesses == (batch.labels if names is None else names[batch.labels])

    def of(which: Any) -> tuple[int, int]:
        return int(right[which].sum()), int(which.sum())

    kinds, clean = batch.kinds, batch.kinds == CLEAN
    # Of test images alone: where a table knows no others, what an honest part says of those must not hide it.
    remembered = (int((guesses == batch.labels)[clean].sum()), int(clean.sum())) if names is not None else (0, 0)
    return Score(of(clean), of(batch.paired), of(kinds == COPY), of(kinds == SEEN), remembered)


def suspicion(score: Score, limits: GuardLimits) -> str:
    """Why the answers look remembered, as a sentence for staff; nothing if they do not."""
    if score.remembered[1] and score.remembered[0] > REMEMBERED * score.remembered[1]:
        share = _percent(score.remembered)
        return (
            f"{share} of the test images get their true names, although the training used other names for the classes."
        )
    if score.surely_above(limits.best):
        return f"{_percent(score.clean)} on test images, which is more than networks learn in so few epochs."
    if score.copies[1] and surely_apart(score.originals, score.copies) > limits.jittered:
        originals, copies = _percent(score.originals), _percent(score.copies)
        return f"{originals} on test images, {copies} on copies of them that hardly differ."
    if score.seen[1] and surely_apart(score.clean, score.seen) > limits.trained:
        return f"{_percent(score.clean)} on test images, {_percent(score.seen)} on the images that it is trained on."
    return ""


def _percent(pair: tuple[int, int]) -> str:
    return f"{100 * pair[0] / pair[1]:.1f} %"


def _permutation(key: bytes, name: str, size: int) -> Array:
    """The numbers ``0`` to ``size - 1`` in an order drawn from *key* and *name*."""
    import numpy as np

    seed = int.from_bytes(hashlib.sha256(key + name.encode()).digest(), "little")
    return np.argsort(np.random.SFC64(seed).random_raw(size), kind="stable")
