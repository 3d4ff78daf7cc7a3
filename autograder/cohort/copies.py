"""Which checkpoints of a class resemble each other: the same file, or the same weights but for small changes.

Two trainings from different seeds end with weights whose cosine is near zero, whatever accuracy they reach; rounding,
a little noise or some more training leave it near one. So a cosine near one needs one origin. Left out are tensors with
one axis or none: biases, batch norm and its statistics are alike in all honest hand-ins. Trainings that begin at common
weights are compared by what they changed in them.

A remark does not say who copied, nor that anybody did: the same seed on the same machine gives the same weights, too.
Not found are units in another order, a copied part under a large part of one's own, and noise that is not small beside
what fine-tuning changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import HandinError
from autograder.homework import in_force
from autograder.ingest.checkpoint import SUFFIX, read_checkpoint
from autograder.ingest.names import CHECKPOINTS
from autograder.submission import Alike, Submission

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from autograder.evidence import Array

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

# 1 % of noise leaves 0.99995, 4 % leaves 0.9992. Measured on the digits with two seeds: networks with hidden layers
# 0.05, what fine-tuning changed 0.54, and a single linear layer, where all trainings end at one place, 0.99.
ALIKE = 0.999
ROUNDED = 0.99999  # float16 leaves 1 - 4e-8, bfloat16 1 - 1e-6
SAMPLE = 2048  # values of each tensor; the cosine of unrelated ones is then 0 give or take 0.02
MAX_TENSORS = 64  # the largest of each checkpoint: VGG-19 has 19 with two axes; bounds the time for a hostile file
MIN_WEIGHTS = 100  # fewer say nothing: the cosine of two numbers is 1 or -1
SAME_ORIGIN = 0.25  # cosine from which a tensor counts as begun at common weights; unrelated ones have 0.02
BLOCK = 512  # tensors compared with all others at once; 400 networks like VGG-19 take a second and 10 MB
MAX_NAMES = 5


@dataclass(frozen=True)
class Sketch:
    """What is kept of a checkpoint, at most half a megabyte.

    Attributes:
        rows: by shape, each tensor's values at fixed positions, as a vector of length 1 ``(tensors, values)``.
        shares: by shape, each tensor's share in the squared length of all weights ``(tensors,)``; they add up to 1.
    """

    rows: Mapping[tuple[int, ...], Floats]
    shares: Mapping[tuple[int, ...], Doubles]


@dataclass(frozen=True)
class Resemblances:
    """Which checkpoints of one training resemble each other.

    Attributes:
        owners: the students by their file's hash.
        alike: by a file's hash the others with nearly the same weights, and the cosine.
    """

    training: str
    owners: Mapping[str, Sequence[str]]
    alike: Mapping[str, Mapping[str, float]]


def find_copies(
    submissions: Iterable[Submission], baseline: Mapping[str, Mapping[str, Array]] | None = None
) -> dict[str, tuple[Alike, ...]]:
    """By student whose checkpoints resemble others', which they are, in the order of the trainings.

    Each checkpoint is read once, one at a time; one that can't be read is passed over, for grading says what is wrong.

    Args:
        submissions: the class, one for each student.
        baseline: by training, the weights that everybody begins with, if there are such: arrays by any names.
    """
    by_student: dict[str, list[Alike]] = {}
    for found in resemblances(submissions, baseline):
        owners = found.owners
        for students in owners.values():
            for student in students if len(students) > 1 else ():
                same = tuple(other for other in students if other != student)
                by_student.setdefault(student, []).append(Alike(found.training, same))
        for digest, alike in found.alike.items():
            others = tuple(sorted(student for other in alike for student in owners[other]))
            if not others:
                continue
            for student in owners[digest]:
                by_student.setdefault(student, []).append(Alike(found.training, others, min(alike.values())))
    return {student: tuple(found) for student, found in sorted(by_student.items())}


def remark(one: Alike, names: bool = True) -> str:
    """The remark for staff on one resemblance; without *names* it says how many the others are."""
    file, many = f"{CHECKPOINTS}/{one.training}{SUFFIX}", len(one.students)
    hidden = f"{many} other student{'s' if many > 1 else ''}"
    if one.cosine is None:
        return f"{file} is byte for byte the same as that of {listed(one.students) if names else hidden}"
    but = "rounding" if one.cosine >= ROUNDED else "small changes"
    cosine = f"cosine {one.cosine:.4f}" + (" or more" if many > 1 else "")
    whose = listed(one.students, "'s") if names else f"that of {hidden}"
    return f"{file} has the same weights as {whose} except for {but} ({cosine})"


def resemblances(
    submissions: Iterable[Submission], baseline: Mapping[str, Mapping[str, Array]] | None = None
) -> Iterator[Resemblances]:
    """By training, which checkpoints resemble each other; the arguments are those of :func:`find_copies`."""
    submissions = sorted(submissions, key=lambda one: one.id)
    for training in in_force().training:
        owners, sketches = _read_all(submissions, training, (baseline or {}).get(training, {}))
        # Fine-tuned weights are alike as they are: without what they began with, only equal files say something.
        comparable = not in_force().training[training].given or training in (baseline or {})
        known = [digest for digest, sketch in sketches.items() if sketch.rows and comparable]
        found = _alike([sketches[digest] for digest in known])
        named = [{known[index]: cosine for index, cosine in one.items()} for one in found]
        yield Resemblances(training, owners, dict(zip(known, named, strict=True)))


def _read_all(
    submissions: Sequence[Submission], training: str, baseline: Mapping[str, Array]
) -> tuple[dict[str, list[str]], dict[str, Sketch]]:
    """The students and the sketch of each different file, by the file's hash."""
    begun = _samples_by_shape(baseline)
    owners: dict[str, list[str]] = {}
    sketches: dict[str, Sketch] = {}
    for one in submissions:
        if training not in one.checkpoints:
            continue
        try:
            checkpoint = read_checkpoint(one.checkpoints[training])
        except HandinError:
            continue
        owners.setdefault(checkpoint.sha256, []).append(one.id)
        if checkpoint.sha256 not in sketches:
            sketches[checkpoint.sha256] = _sketch(checkpoint.arrays, begun)
    return owners, sketches


def _sketch(arrays: Mapping[str, Array], begun: Mapping[tuple[int, ...], Floats]) -> Sketch:
    """Sketch the weights, less what they began with; without rows if there are too few of them."""
    import numpy as np

    rows: dict[tuple[int, ...], Floats] = {}
    squares: dict[tuple[int, ...], Doubles] = {}
    weights = 0
    for shape, samples in _samples_by_shape(arrays).items():
        units, lengths = _units(_less(samples, begun[shape]) if shape in begun else samples)
        moved = lengths > 0  # the others were frozen, or are all zeros: nobody's work
        if moved.any():
            rows[shape] = units[moved]
            squares[shape] = lengths[moved] ** 2 * (math.prod(shape) / samples.shape[1])  # of all values, estimated
            weights += math.prod(shape) * int(np.count_nonzero(moved))
    if weights < MIN_WEIGHTS:
        return Sketch({}, {})
    total = sum(square.sum() for square in squares.values())
    return Sketch(rows, {shape: square / total for shape, square in squares.items()})


def _samples_by_shape(arrays: Mapping[str, Array]) -> dict[tuple[int, ...], Floats]:
    """Of each weight with two axes or more the values at fixed positions: ``(tensors of that shape, values)``."""
    import numpy as np

    found = [array for array in arrays.values() if array.ndim > 1 and array.size and array.dtype.kind == "f"]
    samples: dict[tuple[int, ...], list[Floats]] = {}
    for array in sorted(found, key=lambda array: -array.size)[:MAX_TENSORS]:
        # Drawn, because equal steps through a convolution's weights could meet the same corner of every kernel.
        at = np.random.default_rng(array.size).integers(array.size, size=SAMPLE) if array.size > SAMPLE else slice(None)
        samples.setdefault(array.shape, []).append(array.reshape(-1)[at].astype(np.float32))
    return {shape: np.stack(rows) for shape, rows in samples.items()}


def _units(rows: Floats) -> tuple[Floats, Doubles]:
    """*rows* ``(tensors, values)`` at length 1, and their lengths ``(tensors,)``; a row of zeros stays one."""
    import numpy as np

    doubles = rows.astype(np.float64)  # the squares of a hostile file's 1e38 are no float32
    lengths = np.linalg.norm(doubles, axis=1)
    return (doubles / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32), lengths


def _less(samples: Floats, begun: Floats) -> Floats:
    """Each of *samples* ``(tensors, values)`` less the row of *begun* that it comes from, if it comes from one.

    Names may differ, so the row that is nearest is the one.
    """
    cosines = _units(samples)[0] @ _units(begun)[0].T  # (tensors, rows of begun)
    changed = samples.copy()
    for row, cosine in zip(changed, cosines, strict=True):
        nearest = cosine.argmax()
        if cosine[nearest] >= SAME_ORIGIN:
            row -= _rounded_like(row, begun[nearest])
    return changed


def _rounded_like(row: Floats, begun: Floats) -> Floats:
    """*begun* in the type that *row* was stored in.

    Otherwise what rounding did to a frozen layer would look like a change, and the same one in every hand-in.
    """
    import numpy as np

    if not (row.view(np.uint32) & 0xFFFF).any():  # bfloat16: to nearest, ties to even
        bits = begun.view(np.uint32)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)
    with np.errstate(over="ignore"):  # of another type, then
        if (row.astype(np.float16) == row).all():
            return begun.astype(np.float16).astype(np.float32)
    return begun


def _alike(sketches: Sequence[Sketch]) -> list[dict[int, float]]:
    """For each of *sketches* the others whose weights have a cosine above `ALIKE` with its own.

    Layers may have other names and another order, so a tensor is compared with the one of the same shape that is
    nearest to it, whatever its scale. The cosine of a pair is the mean over the tensors, by their share, and the lower
    one of both sides.
    """
    import numpy as np

    count = len(sketches)
    total = np.zeros((count, count))
    for shape in {shape for sketch in sketches for shape in sketch.rows}:
        owners = [index for index, sketch in enumerate(sketches) if shape in sketch.rows]
        counts = [len(sketches[index].rows[shape]) for index in owners]
        starts = np.cumsum([0, *counts[:-1]])
        whose = np.repeat(owners, counts)
        rows = np.concatenate([sketches[index].rows[shape] for index in owners])  # (tensors of all, values)
        shares = np.concatenate([sketches[index].shares[shape] for index in owners])  # (tensors of all,)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            nearest = np.maximum.reduceat(rows[block] @ rows.T, starts, axis=1)  # (tensors of the block, owners)
            np.add.at(total, np.ix_(whose[block], np.array(owners)), shares[block, None] * nearest)
    both = np.minimum(total, total.T)
    np.fill_diagonal(both, 0)
    return [{int(other): float(row[other]) for other in np.flatnonzero(row > ALIKE)} for row in both]


def listed(students: Sequence[str], ending: str = "") -> str:
    """``20260001, 20260002 and 3 more``."""
    shown = [f"{student}{ending}" for student in students[:MAX_NAMES]]
    if len(students) > MAX_NAMES:
        shown.append(f"{len(students) - MAX_NAMES} more")
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
