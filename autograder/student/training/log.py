"""The log of a training: what it was done with, and what each epoch showed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.deep_learning.pictures import Epoch
from autograder.homework import Training, in_force
from autograder.outcome import Outcome


@dataclass(frozen=True)
class TrainedEpoch(Epoch):
    """What one epoch showed, and how long its training took."""

    seconds: float


@dataclass(frozen=True)
class Setting:
    """All that decides a training beside chance.

    Attributes:
        training: its id.
        data: the data set's name; digest: its hash; on: it in words.
        stand_in: the data are embedded, not those that the homework means.
        recipe: epochs, batch, optimizer and so on.
        sources: hashes of the student's files by name.
    """

    training: str
    data: str
    digest: str
    on: str
    stand_in: bool
    recipe: Mapping[str, Any]
    sources: Mapping[str, str]

    def changes(self, now: Setting) -> str:
        """What is different *now*, for a sentence; empty if nothing is."""
        changed = sorted({name for name, _ in set(self.sources.items()) ^ set(now.sources.items())})
        if self.digest != now.digest:
            changed.append("the data")
        elif dict(self.recipe) != dict(now.recipe):  # each data set has its own
            changed.append("the recipe")
        return ", ".join(changed)


@dataclass(frozen=True)
class Log:
    """A training, finished or not.

    Attributes:
        seed: the student's own; all that is drawn is drawn from it.
        floor: the accuracy asked for, in [0, 1]; 0 where none is.
        speed: device, precision and memory format; remark: why it was not faster, or nothing.
        parameters: of the network.
        made: versions and machine, by name.
        epochs: as many as are trained.
        confusion: of the test images after the last epoch, (10, 10): row the true class, column the predicted one.
        checkpoint: the file's SHA-256 when it was written; empty as long as the training is not finished.
        half: the checkpoint's floats are float16.
    """

    setting: Setting
    seed: int
    floor: float
    speed: str = ""
    remark: str = ""
    parameters: int = 0
    made: Mapping[str, str] = field(default_factory=dict)
    epochs: tuple[TrainedEpoch, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    checkpoint: str = ""
    half: bool = False

    @property
    def training(self) -> Training:
        """The id of the training."""
        return in_force().training[self.setting.training]

    @property
    def accuracy(self) -> float:
        """The accuracy after the last epoch, in [0, 1]."""
        return self.epochs[-1].accuracy

    @property
    def lost_in(self) -> int | None:
        """The first epoch whose loss was not finite, counted from 1."""
        lost = (n for n, e in enumerate(self.epochs, 1) if not all(map(math.isfinite, e.losses)))
        return next(lost, None)

    def to_json(self) -> str:
        """The log as a JSON document; a loss that is not finite is null."""
        document = asdict(self)
        for epoch in document["epochs"]:
            epoch["losses"] = [loss if math.isfinite(loss) else None for loss in epoch["losses"]]
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Log:
        """Read :meth:`to_json`'s document.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is not such a document.
        """
        document = json.loads(text)
        epochs = tuple(
            TrainedEpoch(
                losses=tuple(math.nan if loss is None else float(loss) for loss in epoch["losses"]),
                accuracy=float(epoch["accuracy"]),
                seconds=float(epoch["seconds"]),
            )
            for epoch in document["epochs"]
        )
        confusion = tuple(tuple(int(count) for count in row) for row in document["confusion"])
        setting = Setting(**document["setting"])
        if setting.training not in in_force().training or not epochs:
            raise ValueError("no training of the homework's, or an empty one")
        return cls(**{**document, "setting": setting, "epochs": epochs, "confusion": confusion})


@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes:
        files: what it left: checkpoint, log and pictures.
        remark: why it was not trained now, or nothing.
    """

    log: Log
    files: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True)
class Untrained:
    """A training that could not be done; the outcome says why."""

    training: Training
    outcome: Outcome


def title_of(training: Training) -> str:
    """The training's title, like ``"1.2.6 Exp6"``."""
    return f"{training.id} {training.network}"
