"""The kit's tools for the walk-through notebooks: data, recipes, and pictures that Jupyter shows.

The notebooks build tensors, loaders and networks themselves; nothing here imports torch.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from autograder.deep_learning.data import Dataset, load_dataset
from autograder.deep_learning.floors import read_floors
from autograder.deep_learning.pictures import Epoch, confusion_matrix, learning_curve, study_chart
from autograder.deep_learning.table import StudyRow, study_markdown
from autograder.home import data_folder
from autograder.hw1.parts import STUDY, TRAINING
from autograder.rubric import Recipe, read_rubric

if TYPE_CHECKING:
    from autograder.deep_learning.pictures import Matrix

QUICK = "HW1_QUICK"  # set by the tests: a few images and one epoch show that everything runs
QUICK_TRAIN, QUICK_TEST = 320, 100  # images; VGG-19 takes 0.015 s for each on one core
SLICES = 8  # of an epoch, for the learning curve
SHOWN_WIDTH = 720  # pixels; the pictures have more, for screens that have more


@dataclass(frozen=True)
class Picture:
    """A PNG that Jupyter shows."""

    png: bytes

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return self.png, {"width": SHOWN_WIDTH}


@dataclass(frozen=True)
class Table:
    """Markdown that Jupyter shows."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown


@dataclass(frozen=True)
class Result:
    """The result of training one network.

    Attributes:
        parameters: how many the network has.
        epochs: for each, the losses of its batches, and the accuracy after it, in [0, 1].
    """

    parameters: int
    epochs: Sequence[tuple[Sequence[float], float]]

    @property
    def accuracy(self) -> float:
        """The accuracy after the last epoch, in [0, 1]."""
        return self.epochs[-1][1]


def load(kind: str, folder: str | Path | None = None) -> Dataset:
    """The data that `hw1 train` uses: from *folder*, from ``$HW1_DATA``, or what is embedded if neither is given.

    Args:
        kind: ``"mnist"`` or ``"cifar10"``.
        folder: what `hw1 data` filled.

    Raises:
        MisuseError: a folder was given and the data set is not in it.
    """
    data = load_dataset(kind, Path(folder) if folder is not None else None)
    if not _is_quick():
        return data
    return replace(
        data,
        train_images=data.train_images[:QUICK_TRAIN],
        train_labels=data.train_labels[:QUICK_TRAIN],
        test_images=data.test_images[:QUICK_TEST],
        test_labels=data.test_labels[:QUICK_TEST],
        train_file=None,
    )


def recipe_for(training: str, data: Dataset) -> Recipe:
    """Epochs, batch size, optimizer and learning rate of ``"1.1"``, ``"1.2.3"``, ``"2.2a"`` ... on *data*."""
    recipe = read_rubric().recipes[TRAINING[training].recipe][data.name]
    return replace(recipe, epochs=1) if _is_quick() else recipe


def weights_file(folder: str | Path | None = None) -> Path | None:
    """VGG-19's pre-trained features, a safetensors file, where `hw1 data --weights` has put them; None without them.

    Raises:
        MisuseError: they are damaged.
    """
    from autograder.deep_learning.data.weights import FILE, open_weights

    place = Path(folder) if folder is not None else data_folder()
    return open_weights(place) if (place / FILE).is_file() else None


def curve(training: str, result: Result, data: Dataset) -> Picture:
    """The losses of a training, and the accuracy after each epoch."""
    floor = read_rubric().recipes[TRAINING[training].recipe][data.name].floor or None
    title = f"{training}: {TRAINING[training].network}"
    epochs = [Epoch(_slices(losses), accuracy) for losses, accuracy in result.epochs]
    return _picture(lambda path: learning_curve(path, title, epochs, floor=floor, label=data.describe()))


def confusion(training: str, matrix: Matrix, data: Dataset) -> Picture:
    """A confusion matrix, ``(10, 10)``, rows the true class, with the names of the classes."""
    title = f"{training}: {TRAINING[training].network}"
    return _picture(lambda path: confusion_matrix(path, title, matrix, data.classes, label=data.describe()))


def experiments_table(results: Mapping[int, Result], data: Dataset) -> Table:
    """The experiments by number, as a table."""
    return Table(study_markdown(_ablations(results, data)))


def experiments_chart(results: Mapping[int, Result], data: Dataset) -> Picture:
    """The experiments by number, as bars."""
    return _picture(lambda path: study_chart(path, _ablations(results, data), label=data.describe()))


def _ablations(results: Mapping[int, Result], data: Dataset) -> Sequence[StudyRow]:
    """The ten experiments, those that are not trained yet included."""
    floors, rows = read_floors(), []
    for number, (network, optimizer, parameters) in enumerate(STUDY.rows.values(), 1):
        measured = floors.measured(f"1.2.{number}", data.name)
        expected = (measured.mean, measured.spread) if measured and measured.data == data.identity else None
        result = results.get(number)
        count, accuracy = (result.parameters, result.accuracy) if result else (parameters, None)
        rows.append(StudyRow(number, network, optimizer, count, accuracy, expected))
    return rows


def _slices(losses: Sequence[float]) -> tuple[float, ...]:
    """The means of equal parts of an epoch's losses."""
    count = min(SLICES, len(losses))
    ends = [len(losses) * number // count for number in range(count + 1)] if count else []
    return tuple(fmean(losses[begin:end]) for begin, end in pairwise(ends))


def _picture(draw: Callable[[Path], None]) -> Picture:
    """What *draw* writes to a path."""
    with tempfile.TemporaryDirectory(prefix="hw1-") as folder:
        path = Path(folder) / "picture.png"
        draw(path)
        return Picture(path.read_bytes())


def _is_quick() -> bool:
    return bool(os.environ.get(QUICK))
