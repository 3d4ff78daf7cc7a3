"""The course of a training as line charts for the page: pure, in numbers that its template draws as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 340.0, 210.0  # of a chart, in its own units: one is a pixel on a phone
LEFT, RIGHT, TOP, BOTTOM = 44.0, 14.0, 26.0, 34.0  # around the lines
TICKS = 5  # at most, on an axis
NAMED = 6  # epochs whose accuracy is written at its point; of more, the last one's
HUGE = 1e30  # a loss beyond it is as good as infinite
STEEP = 200.0  # largest loss by median loss: on a linear axis nothing else would be seen

Point = tuple[float, float]


@dataclass(frozen=True)
class Tick:
    """A place on an axis, in the chart's units, and what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        title: what it shows, with its unit.
        told: all that it shows, in words.
        lines: each a list of points; between two of them something is missing.
        dots: points with what is written above each; often nothing.
        lost: where a value is not finite.
        across, up: the ticks of the axes.
        floor: the height of a dashed line, and what is written at it.
    """

    title: str
    told: str
    lines: tuple[tuple[Point, ...], ...]
    dots: tuple[tuple[float, float, str], ...]
    lost: tuple[float, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    floor: Tick | None = None


def accuracy_chart(accuracies: Sequence[float], floor: float = 0.0) -> Chart:
    """The accuracy after each epoch.

    Args:
        accuracies: in [0, 1], one for each epoch; at least one.
        floor: the accuracy that is asked for, in [0, 1]; 0 where none is.
    """
    values = [100 * one for one in accuracies]
    wanted = [100 * floor] if floor else []
    span = max(max(*values, *wanted, 0.0) - min(*values, *wanted, 100.0), 5.0)
    low = max(0.0, min(*values, *wanted, 100.0) - 0.3 * span)
    high = max(*values, *wanted, 0.0) + 0.25 * span
    places = [(_across(n, len(values)), _up(value, low, high)) for n, value in enumerate(values, 1)]
    named = range(len(values)) if len(values) <= NAMED else (len(values) - 1,)
    dots = tuple((x, y, f"{values[n]:.1f}" if n in named else "") for n, (x, y) in enumerate(places))
    told = f"Test accuracy in percent after each epoch: {_listed(f'{value:.1f}' for value in values)}."
    told += f" The handout asks for {100 * floor:g}." if floor else ""
    return Chart(
        "Test accuracy, %",
        told,
        (tuple(places),),
        dots,
        (),
        _epochs(len(values)),
        tuple(Tick(_up(tick, low, high), f"{tick:g}") for tick in ticks(low, min(high, 100.0))),
        Tick(_up(100 * floor, low, high), f"handout: {100 * floor:g}") if floor else None,
    )


def loss_chart(losses: Sequence[Sequence[float | None]]) -> Chart | None:
    """The training loss, means of equal parts of each epoch; None if none is finite.

    Args:
        losses: by epoch; None where one is not finite.
    """
    course = [
        (n + (part + 0.5) / len(epoch), loss if loss is not None and abs(loss) < HUGE else None)
        for n, epoch in enumerate(losses)
        for part, loss in enumerate(epoch)
    ]
    finite = sorted(loss for _, loss in course if loss is not None)
    if not finite:
        return None
    steep = finite[0] > 0 and finite[-1] > STEEP * finite[len(finite) // 2]
    scale: Callable[[float], float] = math.log10 if steep else float
    low = scale(finite[0]) if steep else min(0.0, finite[0])
    high = max(scale(finite[-1]), low + 1e-9)
    high += 0.08 * (high - low)
    if steep:
        up = [Tick(_up(tick, low, high), f"{10.0**tick:g}") for tick in range(math.ceil(low), math.floor(high) + 1)]
        up = up[:: math.ceil(len(up) / TICKS)] if up else []
    else:
        up = [Tick(_up(tick, low, high), f"{tick:g}") for tick in ticks(low, high)]
    points = [(_across(x, len(losses)), None if y is None else _up(scale(y), low, high)) for x, y in course]
    lost = tuple(x for x, y in points if y is None)
    seen = [loss for _, loss in course if loss is not None]
    told = f"Training loss, from {seen[0]:.3g} at first to {seen[-1]:.3g} at the end."
    told += f" {len(lost)} parts of the epochs have no finite loss." if lost else ""
    return Chart("Training loss", told, tuple(_runs(points)), (), lost, _epochs(len(losses)), tuple(up))


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from *low* to *high*, at most TICKS + 1 of them."""
    rough = max(high - low, 1e-12) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) + 0.0 for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _across(epoch: float, epochs: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * epoch / max(epochs, 1), 1)


def _up(value: float, low: float, high: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low), 1)


def _epochs(count: int) -> tuple[Tick, ...]:
    step = math.ceil(count / 8)
    return tuple(Tick(_across(n, count), f"{n}") for n in range(0, count + 1, step))


def _runs(points: Sequence[tuple[float, float | None]]) -> Iterator[tuple[Point, ...]]:
    """The stretches in which nothing is missing."""
    run: list[Point] = []
    for x, y in points:
        if y is not None:
            run.append((x, y))
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _listed(texts: Iterator[str]) -> str:
    return ", ".join(texts)
