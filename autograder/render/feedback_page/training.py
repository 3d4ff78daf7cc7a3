"""What is known of trainings as the page shows it: learning curves, confusion matrices, the study of several."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.homework import Study, Training
from autograder.learnt import ACCURACY, LOSS, Learnt, most_confused
from autograder.outcome import STAND_IN, Outcome
from autograder.render.feedback_page.curve import Chart, accuracy_chart, loss_chart
from autograder.rubric import Rubric
from autograder.text import plain

LEVELS = 10  # of the colour of a matrix's cells, beside none
GAMMA = 0.4  # of these colours: 1 % is seen beside 99 %
NAME = 16  # characters of a class's name
HERE = "As it was trained here."
CLAIMED = "As the checkpoint in your hand-in says; nobody has checked these figures."


@dataclass(frozen=True)
class Cell:
    """A count, its colour from 0 to LEVELS, and whether the network confuses no pair more often."""

    count: int
    level: int
    worst: bool


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: the classes' names, a row of cells for each, and in words what it shows."""

    classes: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    told: str


@dataclass(frozen=True)
class Course:
    """How one training went.

    Attributes:
        title: of the training.
        said: who says so, and on which data.
    """

    title: str
    said: str
    charts: tuple[Chart, ...]
    matrix: Matrix | None = None


@dataclass(frozen=True)
class Experiment:
    """One training of a study; accuracies in percent.

    Attributes:
        accuracy: None where none is known.
        expected: mean and standard deviation of the reference's; None where nobody measured it.
    """

    number: int
    network: str
    optimizer: str
    parameters: int
    accuracy: float | None
    expected: tuple[float, float] | None

    @property
    def range(self) -> tuple[float, float, float]:
        """The reference's mean, and two standard deviations below and above it, as far as there are such accuracies."""
        mean, deviation = self.expected or (0.0, 0.0)
        low, high = max(mean - 2 * deviation, 0.0), min(mean + 2 * deviation, 100.0)
        return round(mean, 1), round(low, 1), round(high, 1)


def course_here(training: Training, outcome: Outcome, rubric: Rubric) -> Course | None:
    """How the kit's own training went, where the outcome says it."""
    accuracies = tuple(_numbered(ACCURACY, outcome.figures))
    if not accuracies or not all(0 <= one <= 1 for one in accuracies):
        return None
    losses = [[loss] for loss in _numbered(LOSS, outcome.figures)]
    floor = 0.0 if outcome.figures.get(STAND_IN) else _floor(training, rubric)
    loss = loss_chart(losses) if len(losses) == len(accuracies) else None
    return Course(_title(training), HERE, (accuracy_chart(accuracies, floor), *([loss] if loss else [])))


def course_claimed(training: Training, learnt: Learnt, rubric: Rubric) -> Course:
    """How the student's own training went, as the checkpoint says it."""
    on = f" On {plain(learnt.on)}." if learnt.on else ""
    floor = 0.0 if learnt.stand_in else _floor(training, rubric)
    loss = loss_chart(learnt.losses) if learnt.losses else None
    charts = (accuracy_chart(learnt.accuracies, floor), *([loss] if loss else []))
    matrix = matrix_of(learnt.confusion, learnt.classes) if learnt.confusion else None
    return Course(_title(training), f"{CLAIMED}{on}", charts, matrix)


def matrix_of(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Matrix:
    """The confusion matrix *counts*, rows the true class."""
    named = classes if len(classes) == len(counts) else [f"{n}" for n in range(len(counts))]
    names = tuple(plain(name, NAME) for name in named)
    true, predicted, times = most_confused(counts)
    rows = []
    for row, line in enumerate(counts):
        total = max(sum(line), 1)
        levels = [math.ceil(LEVELS * (count / total) ** GAMMA) for count in line]
        worst = [times > 0 and (row, column) == (true, predicted) for column in range(len(line))]
        rows.append(tuple(Cell(*one) for one in zip(line, levels, worst, strict=True)))
    right, of = sum(line[n] for n, line in enumerate(counts)), sum(map(sum, counts))
    told = f"{right:,} of {of:,} test images are right ({100 * right / max(of, 1):.2f} %). "
    pair = f"{names[true]} is taken for {names[predicted]} most often, {times:,} time{'s' * (times != 1)}."
    return Matrix(names, tuple(rows), told + (pair if times else "Nothing was confused."))


def experiments(study: Study, learnt: Mapping[str, Learnt]) -> tuple[Experiment, ...]:
    """The trainings of *study* side by side; none if nothing is known of any."""
    if not any(name in learnt for name in study.rows):
        return ()
    rows = []
    for number, (name, (network, optimizer, parameters)) in enumerate(study.rows.items(), 1):
        one = learnt.get(name)
        if one is None:
            rows.append(Experiment(number, network, optimizer, parameters, None, None))
            continue
        expected = (100 * one.expected[0], 100 * one.expected[1]) if one.expected is not None else None
        count = one.parameters or parameters
        rows.append(Experiment(number, network, optimizer, count, 100 * one.accuracies[-1], expected))
    return tuple(rows)


def _title(training: Training) -> str:
    return f"{training.id} {training.network}"


def _floor(training: Training, rubric: Rubric) -> float:
    """The handout's, on the data that the homework names; 0 where none is asked for."""
    recipe = rubric.recipes.get(training.recipe, {}).get(training.data)
    return recipe.floor if recipe is not None else 0.0


def _numbered(name: str, figures: Mapping[str, float]) -> Iterator[float]:
    number = 1
    while name.format(number) in figures:
        yield figures[name.format(number)]
        number += 1
