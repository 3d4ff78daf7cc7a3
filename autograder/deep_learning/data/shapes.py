"""The embedded stand-in for CIFAR-10: ten classes of shapes and textures, drawn by code.

Every number comes from the raw output of one generator and from integer arithmetic, so that the images are the same,
bit for bit, on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from autograder.deep_learning.data import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]

SEED = 20_365_002  # any will do; this is the number of VGG-19's parameters
TRAIN, TEST = 4000, 1000
SIZE = 32  # pixels a side
UNIT = 32  # lengths are in 1/32 pixel
TRIG_BITS = 10  # sines are whole numbers of 1/1024
ANGLES = 512  # in a full turn
SINES = np.array([round(math.sin(2 * math.pi * k / ANGLES) * (1 << TRIG_BITS)) for k in range(ANGLES)], np.int32)
DOTS = 5
COLUMNS = 40  # of random numbers for each image: the dots take 18, the paint the last 11
PAINT_COLUMNS = 11
# How hard it is, set so that a linear model fails and a small CNN does not (benchmarks/shapes.py).
SHIFT = 5 * UNIT  # of a figure's centre
TILT = ANGLES * 20 // 360  # of a figure
TEXTURE_TILT = ANGLES * 10 // 360  # stripes stay horizontal, vertical or diagonal
RADIUS = (7 * UNIT, 11 * UNIT)
PERIOD = (5 * UNIT, 9 * UNIT)
CONTRAST = (40, 90)  # of figure and background in each colour channel, of 255
GRADIENT = 30  # of 255, from the image's middle to a side
NOISE = 15  # standard deviation, of 255


def embedded_shapes() -> Dataset:
    """4,000 training and 1,000 test images, (N, 32, 32, 3) uint8, as many of each class; drawn in a second.

    Measured (benchmarks/shapes.py): logistic regression on the pixels gets 20.9 % of the test set; a CNN of two
    convolutions gets 94.3 to 96.5 % after six epochs (three seeds). numpy 1.26 and 2.4, with AVX-512 or without, draw
    the same images.
    """
    images, labels = draw_shapes(TRAIN + TEST, SEED)
    split = images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]
    return Dataset("shapes", "the embedded shapes", *split, classes=CLASSES, stand_in=True)


def draw_shapes(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw *count* images, (count, 32, 32, 3) uint8 RGB, and their labels, (count,) int64, which index ``CLASSES``.

    Any ten that follow each other, beginning at a multiple of ten, hold each class once.
    """
    generator = np.random.SFC64(seed)
    tens = -(-count // len(CLASSES))
    order = generator.random_raw(tens * len(CLASSES)).reshape(tens, len(CLASSES))
    labels = order.argsort(axis=1, kind="stable").reshape(-1)[:count]
    raw = generator.random_raw(count * COLUMNS).reshape(count, COLUMNS)
    noise = generator.random_raw(count * SIZE * SIZE * 3 // 2)  # 4 bytes for each value
    coverage = np.empty((count, SIZE, SIZE), np.int32)
    for label, distance in enumerate(DISTANCES.values()):
        chosen = labels == label
        coverage[chosen] = np.clip(distance(_Draws(raw[chosen])) + UNIT // 2, 0, UNIT)  # of the pixel, in 1/32
    return _painted(coverage, _Draws(raw), noise), labels


class _Draws:
    """Random whole numbers for N images, (N, 1, 1) int32 each, one column of *raw* after the other."""

    def __init__(self, raw: NDArray[np.uint64]) -> None:
        self._raw = raw
        self.column = 0

    def __call__(self, low: int, high: int) -> Ints:
        """Uniform in low to high, both included."""
        values = self._raw[:, self.column] % np.uint64(high - low + 1)
        self.column += 1
        return (values.astype(np.int32) + np.int32(low)).reshape(-1, 1, 1)


# Each returns the signed distance to the figure's edge, (N, 32, 32), in 1/32 pixel, positive inside.


def _grid(draws: _Draws, shift: int, tilt: int) -> tuple[Ints, Ints]:
    """Coordinates (N, 32, 32) about a centre up to *shift* off the image's, turned by up to *tilt* either way."""
    centres = (2 * np.arange(SIZE, dtype=np.int32) + 1 - SIZE) * np.int32(UNIT // 2)
    x = centres[None, None, :] - draws(-shift, shift)
    y = centres[None, :, None] - draws(-shift, shift)
    angle = draws(-tilt, tilt)
    sine, cosine = SINES[angle % ANGLES], SINES[(angle + ANGLES // 4) % ANGLES]
    along: Ints = (cosine * x + sine * y) >> TRIG_BITS
    across: Ints = (cosine * y - sine * x) >> TRIG_BITS
    return along, across


def _radius(draws: _Draws) -> Ints:
    return draws(RADIUS[0], RADIUS[1])


def _round(x: Ints, y: Ints, radius: Ints) -> Ints:
    distance: Ints = (radius * radius - x * x - y * y) // (2 * radius)  # exact on the edge, good enough beside it
    return distance


def _disc(draws: _Draws) -> Ints:
    x, y = _grid(draws, SHIFT, TILT)
    return _round(x, y, _radius(draws))


def _ring(draws: _Draws) -> Ints:
    x, y = _grid(draws, SHIFT, TILT)
    radius = _radius(draws)
    return np.minimum(_round(x, y, radius), -_round(x, y, radius * 9 // 16))


def _square(draws: _Draws) -> Ints:
    x, y = _grid(draws, SHIFT, TILT)
    distance: Ints = _radius(draws) * 7 // 8 - np.maximum(abs(x), abs(y))
    return distance


def _triangle(draws: _Draws) -> Ints:
    x, y = _grid(draws, SHIFT, TILT)
    slanted = (887 * abs(x) - 512 * y) >> TRIG_BITS  # along the normals of the two upper sides: 887 = 1024 cos 30°
    distance: Ints = _radius(draws) * 5 // 8 - np.maximum(y, slanted)
    return distance


def _cross(draws: _Draws) -> Ints:
    x, y = _grid(draws, SHIFT, TILT)
    x, y, radius = abs(x), abs(y), _radius(draws)
    width = radius // 3
    distance: Ints = np.maximum(np.minimum(radius - x, width - y), np.minimum(radius - y, width - x))
    return distance


def _wave(along: Ints, period: Ints, phase: Ints) -> Ints:
    """Stripes across *along*, half of them inside."""
    distance: Ints = period // 4 - abs((along + phase) % period - period // 2)
    return distance


def _period(draws: _Draws) -> tuple[Ints, Ints]:
    period = draws(PERIOD[0], PERIOD[1])
    return period, draws(0, 1 << 20) % period


def _horizontal(draws: _Draws) -> Ints:
    return _wave(_grid(draws, 0, TEXTURE_TILT)[1], *_period(draws))


def _vertical(draws: _Draws) -> Ints:
    return _wave(_grid(draws, 0, TEXTURE_TILT)[0], *_period(draws))


def _diagonal(draws: _Draws) -> Ints:
    x, y = _grid(draws, 0, TEXTURE_TILT)
    sign = 2 * draws(0, 1) - 1
    return _wave((724 * (x + sign * y)) >> TRIG_BITS, *_period(draws))  # 724 = 1024 sin 45°


def _checkerboard(draws: _Draws) -> Ints:
    x, y = _grid(draws, 0, TEXTURE_TILT)
    period, phase = _period(draws)
    across, down = _wave(x, period, phase), _wave(y, period, draws(0, 1 << 20) % period)
    distance: Ints = np.sign(across) * np.sign(down) * np.minimum(abs(across), abs(down))
    return distance


def _dots(draws: _Draws) -> Ints:
    """Small discs, strewn; some cover each other."""
    x, y = _grid(draws, 0, TILT)
    spots = [
        _round(x - draws(-11 * UNIT, 11 * UNIT), y - draws(-11 * UNIT, 11 * UNIT), draws(2 * UNIT, 7 * UNIT // 2))
        for _ in range(DOTS)
    ]
    distance: Ints = np.maximum.reduce(spots)
    return distance


DISTANCES: dict[str, Callable[[_Draws], Ints]] = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "triangle": _triangle,
    "cross": _cross,
    "horizontal stripes": _horizontal,
    "vertical stripes": _vertical,
    "diagonal stripes": _diagonal,
    "checkerboard": _checkerboard,
    "dots": _dots,
}
CLASSES = tuple(DISTANCES)


def _painted(coverage: Ints, draws: _Draws, noise: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Figure over background, each of a random colour, a gradient over both, and noise: (N, 32, 32, 3)."""
    draws.column = COLUMNS - PAINT_COLUMNS
    centres = 2 * np.arange(SIZE, dtype=np.int32) + 1 - SIZE  # -31 to 31
    rows, columns = centres[None, :, None], centres[None, None, :]
    light = (draws(-GRADIENT, GRADIENT) * rows + draws(-GRADIENT, GRADIENT) * columns) // SIZE
    # Four bytes have a mean of 510 and a standard deviation of 147.8: nearly normal.
    fours = noise.astype("<u8", copy=False).view(np.uint8).reshape(len(coverage), SIZE, SIZE, 3, 4)
    painted = (fours.sum(axis=-1, dtype=np.int32) - 510) * NOISE // 148
    for channel in range(3):
        back, apart, lighter = draws(40, 215), draws(CONTRAST[0], CONTRAST[1]), draws(0, 1)
        sign = np.where(back < 40 + CONTRAST[1], 1, np.where(back > 215 - CONTRAST[1], -1, 2 * lighter - 1))
        painted[..., channel] += back + sign * apart * coverage // UNIT + light
    images: NDArray[np.uint8] = np.clip(painted, 0, 255).astype(np.uint8)
    return images
