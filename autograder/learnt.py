"""What a training showed, epoch by epoch, and which classes the network confuses: as its checkpoint says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACCURACY, LOSS = "accuracy after epoch {}", "loss in epoch {}"  # figures of an outcome, where it was trained


@dataclass(frozen=True)
class Learnt:
    """One training.

    Attributes:
        training: its id.
        on: the data in words.
        accuracies: on the test images after each epoch, in [0, 1].
        losses: of each epoch, means of equal parts of it; None where one is not finite. Empty if nobody knows.
        confusion: of the test images after the last epoch, rows the true class; empty if nobody knows.
        classes: their names.
        parameters: of the network; 0 if nobody knows.
        stand_in: the data are embedded, not those that the homework means.
        expected: mean and standard deviation of the reference's accuracy on such data, in [0, 1]; None where nobody
            measured it.
    """

    training: str
    on: str
    accuracies: tuple[float, ...]
    losses: tuple[tuple[float | None, ...], ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    classes: tuple[str, ...] = ()
    parameters: int = 0
    stand_in: bool = False
    expected: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Learnt:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: they are not a training's.
        """
        expected = data["expected"]
        mean, spread = expected if expected is not None else (0.0, 0.0)
        made = cls(
            training=str(data["training"]),
            on=str(data["on"]),
            accuracies=tuple(float(one) for one in data["accuracies"]),
            losses=tuple(tuple(None if n is None else float(n) for n in epoch) for epoch in data["losses"]),
            confusion=tuple(tuple(int(count) for count in row) for row in data["confusion"]),
            classes=tuple(str(name) for name in data["classes"]),
            parameters=int(data["parameters"]),
            stand_in=data["stand_in"] is True,
            expected=(float(mean), float(spread)) if expected is not None else None,
        )
        square = all(len(row) == len(made.confusion) > 1 and min(row) >= 0 for row in made.confusion)
        if not (made.accuracies and all(0 <= one <= 1 for one in made.accuracies) and square):
            raise ValueError("no training")
        return made


def most_confused(matrix: Sequence[Sequence[int]] | Any) -> tuple[int, int, int]:
    """The true class, the predicted class and the count of the largest cell off the diagonal.

    Args:
        matrix: (10, 10) counts, rows the true class. Of equal cells it is the first, row by row; the count is 0 where
            nothing was confused.
    """
    cells = [(int(n), true, predicted) for true, row in enumerate(matrix) for predicted, n in enumerate(row)]
    count, true, predicted = max((cell for cell in cells if cell[1] != cell[2]), key=lambda cell: cell[0])
    return true, predicted, count
