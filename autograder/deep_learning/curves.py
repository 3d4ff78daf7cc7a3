"""The course of a training as facts in its checkpoint: `hw1 train` writes them, and feedback shows them again.

Facts are short texts (``ingest/checkpoint.py``). What stands in a hand-in's is its student's own claim: nothing is
decided by it, and what has another form is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from autograder.deep_learning.data import classes_of
from autograder.deep_learning.hidden import CLASSES
from autograder.errors import HandinError
from autograder.homework import Training
from autograder.ingest.checkpoint import FACT_LENGTH
from autograder.learnt import Learnt

if TYPE_CHECKING:
    from autograder.case import Case
    from autograder.deep_learning.pictures import Epoch

PARTS = (8, 4, 2, 1)  # of an epoch's losses: as many as have room
LOST = "x"  # a loss that is not finite
MOST_EPOCHS = 64
MOST_IMAGES = 10**9
DIGITS = 12  # of a number of parameters


def curve_facts(on: str, epochs: Sequence[Epoch], confusion: Sequence[Sequence[int]]) -> dict[str, str]:
    """What the epochs of a training showed, as a checkpoint's facts.

    Args:
        on: the data in words.
        confusion: of the test images after the last one, rows the true class.
    """
    facts = {"on": on, "accuracies": " ".join(f"{epoch.accuracy:.4f}" for epoch in epochs)}
    told = ("/".join(_grouped(epoch.losses, parts) for epoch in epochs) for parts in PARTS)
    facts["losses"] = next((text for text in told if len(text) <= FACT_LENGTH), "")
    rows = {f"confusion {true}": " ".join(map(str, row)) for true, row in enumerate(confusion)}
    return {name: text for name, text in {**facts, **rows}.items() if 0 < len(text) <= FACT_LENGTH}


def learnt_of(case: Case) -> tuple[Learnt, ...]:
    """What the checkpoints of a hand-in say of their trainings, in the homework's order."""
    found = []
    for training in case.homework.trainings:
        try:
            checkpoint = case.checkpoint(training.id)
        except HandinError:
            continue
        if checkpoint is None or checkpoint.facts.get("training") != training.id:
            continue
        measured = case.tools.floors.measured(training.id, checkpoint.facts.get("data", ""))
        expected = (measured.mean, measured.spread) if measured is not None else None
        one = read_facts(training, checkpoint.facts, expected)
        if one is not None:
            found.append(one)
    return tuple(found)


def read_facts(
    training: Training, facts: Mapping[str, str], expected: tuple[float, float] | None = None
) -> Learnt | None:
    """What *facts* say of a training; None if there is no accuracy among them.

    Args:
        expected: mean and standard deviation of the reference's accuracy, in [0, 1].
    """
    accuracies = _accuracies(facts.get("accuracies", ""))
    if not accuracies:
        return None
    data, parameters = facts.get("data", ""), facts.get("parameters", "")
    return Learnt(
        training.id,
        facts.get("on", ""),
        accuracies,
        _losses(facts.get("losses", ""), len(accuracies)),
        _confusion(facts),
        classes_of(data),
        int(parameters) if parameters.isascii() and parameters.isdecimal() and len(parameters) < DIGITS else 0,
        data != training.data,
        expected,
    )


def _grouped(losses: Sequence[float], parts: int) -> str:
    """The means of at most *parts* equal parts of an epoch's losses."""
    count = min(parts, len(losses))
    ends = [len(losses) * number // count for number in range(count + 1)] if count else []
    means = (sum(losses[begin:end]) / (end - begin) for begin, end in pairwise(ends))
    return " ".join(f"{mean:.3g}" if math.isfinite(mean) else LOST for mean in means)


def _accuracies(text: str) -> tuple[float, ...]:
    words = text.split()
    try:
        found = tuple(float(word) for word in words)
    except ValueError:
        return ()
    return found if len(found) <= MOST_EPOCHS and all(0 <= one <= 1 for one in found) else ()


def _losses(text: str, epochs: int) -> tuple[tuple[float | None, ...], ...]:
    listed = [part.split() for part in text.split("/")]
    if not text or len(listed) != epochs:
        return ()
    try:
        values = [[None if word == LOST else float(word) for word in part] for part in listed]
    except ValueError:
        return ()
    return tuple(tuple(one if one is None or math.isfinite(one) else None for one in part) for part in values)


def _confusion(facts: Mapping[str, str]) -> tuple[tuple[int, ...], ...]:
    rows = [facts.get(f"confusion {true}", "").split() for true in range(CLASSES)]
    words = [word for row in rows for word in row]
    if any(len(row) != CLASSES for row in rows) or not all(word.isascii() and word.isdecimal() for word in words):
        return ()
    matrix = tuple(tuple(int(word) for word in row) for row in rows)
    return matrix if 0 < sum(map(sum, matrix)) <= MOST_IMAGES else ()
