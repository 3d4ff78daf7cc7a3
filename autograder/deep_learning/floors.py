"""Reads ``floors.toml``: the reference's accuracy, measured over seeds, and the floor that follows from it.

`hw1 calibrate` writes it. What could not be measured says so, and nothing is proven from it.
"""

from __future__ import annotations

import statistics
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.errors import GraderError
from autograder.homework import homework_folder

MISSES = 3.09  # standard deviations: a normal run falls farther below the mean once in 1,000


@dataclass(frozen=True)
class Measured:
    """The reference's accuracy with one recipe on one data set.

    Attributes:
        accuracies: in [0, 1], one for each seed, in the order of the seeds.
        speed: device, precision and memory format of the training.
        data: the data set's digest.
        on: the data set in words.
        test_images: how many images each accuracy is of.
        parameters: how many the network has.
        made: how, where, with which versions.
        seconds: that one training took on average; 0 if nobody knows.
    """

    accuracies: tuple[float, ...]
    speed: str
    data: str
    on: str
    test_images: int
    parameters: int = 0
    made: str = ""
    seconds: float = 0.0

    @property
    def mean(self) -> float:
        """The mean of the accuracies."""
        return statistics.fmean(self.accuracies)

    @cached_property
    def spread(self) -> float:
        """The standard deviation of the accuracies; 0 for a single one."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else 0.0

    def floor(self, handout: float) -> float:
        """The floor in force: *handout*, or lower where honest runs would miss it more often than once in 1,000."""
        return min(handout, self.mean - MISSES * self.spread)


@dataclass(frozen=True)
class GuardLimits:
    """The largest differences between honest networks' accuracies, measured on several architectures.

    Attributes:
        jittered: the accuracy on test images less that on their jittered copies.
        trained: the accuracy on test images less that on training images.
        best: an accuracy in [0, 1] that no network learns with the recipe: a better one knows all images.
        best_given: the same for a network on pre-trained features.
    """

    jittered: float
    trained: float
    best: float = 1.0
    best_given: float = 1.0


DEFAULT_LIMITS = GuardLimits(jittered=0.15, trained=0.01)  # for data on which nobody has measured them


@dataclass(frozen=True)
class Floors:
    """All that was measured, by training and data set; and the guards' limits by data set."""

    rows: Mapping[tuple[str, str], Measured] = field(default_factory=dict)
    guards: Mapping[str, GuardLimits] = field(default_factory=dict)
    digest: str = ""

    def measured(self, training: str, data: str) -> Measured | None:
        """The row of *training* on *data*, or None where it could not be measured."""
        return self.rows.get((training, data))


def floors_file() -> Path:
    """The floors of the homework in force."""
    return homework_folder() / "floors.toml"


def read_floors(path: Path | None = None) -> Floors:
    """The floors in *path*, or those of the homework in force.

    Raises:
        GraderError: it can't be read or is damaged.
    """
    import hashlib

    path = path or floors_file()
    try:
        data = path.read_bytes()
        table: dict[str, Any] = tomllib.loads(data.decode())
        rows = {
            (training, name): Measured(
                accuracies=tuple(row["accuracies"]),
                speed=row["speed"],
                data=row["data"],
                on=row["on"],
                test_images=row["test_images"],
                parameters=row["parameters"],
                made=row["made"],
                seconds=row.get("seconds", 0.0),
            )
            for training, sets in table.get("floors", {}).items()
            for name, row in sets.items()
            if row["measured"]
        }
        guards = {
            n: GuardLimits(g["jittered"], g["trained"], g.get("best", 1.0), g.get("best_given", 1.0))
            for n, g in table.get("guards", {}).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GraderError(f"the floors {path} can't be read: {error}; `hw1 calibrate` writes them") from error
    return Floors(rows, guards, hashlib.sha256(data).hexdigest()[:16])
