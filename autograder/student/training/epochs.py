"""The epochs of a student's training: trained in one worker, tested in another, with the true labels."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.case import Case
from autograder.deep_learning.hidden import CLASSES
from autograder.deep_learning.task import NOT_LOGITS, Task, score_probe
from autograder.deep_learning.trained import (
    HINT,
    SECONDS,
    STILL,
    WEIGHTS_CAP,
    fit_arrays,
    fit_setting,
    losses_of,
    overdone,
    stopped_training,
    training_probe,
)
from autograder.evidence import Array, Evidence
from autograder.outcome import Outcome, Status
from autograder.student.training.folder import WEIGHTS
from autograder.student.training.log import TrainedEpoch

PROGRESS = "progress.json"  # in the workers' scratch folder
STATE_CAP = 3 * WEIGHTS_CAP  # bytes: the weights, and Adam's two moments of each


@dataclass(frozen=True)
class Batch:
    """The batch under way: its number from 0, how many there are, and the latest loss."""

    number: int
    of: int
    loss: float | None


@dataclass(frozen=True)
class Begun:
    """A training that has been set up: how it runs, why it does not run faster, how many parameters there are."""

    speed: str
    remark: str
    parameters: int


@dataclass(frozen=True)
class Shown:
    """The result of an epoch.

    Attributes:
        state: weights by name, each after ``"weights "``; except for the last epoch, with what a later worker needs to
            go on.
        logits: of the test images, (N, 10).
    """

    epoch: TrainedEpoch
    state: Mapping[str, Array]
    logits: Array

    @property
    def can_go_on(self) -> bool:
        """Whether the state is one from which the training can go on."""
        return any(not name.startswith(WEIGHTS) for name in self.state)


@dataclass(frozen=True)
class Epochs:
    """Trains *task* an epoch at a time, with the submission's own ``Trainer``."""

    case: Case
    scratch: Path
    task: Task

    def begin(self, seed: int, state: Mapping[str, Array]) -> Begun | Outcome:
        """Build what is trained, and go on from *state* if there is one; the outcome if that fails."""
        import numpy as np

        case = replace(self.case, seed=b"%d" % seed)
        progress = str(self.scratch / PROGRESS)
        params = {**fit_setting(case, self.task, own=True), "progress": progress, "threads": self._threads}
        seconds = SECONDS * self._threads  # of CPU time, all threads together
        start = training_probe(
            case, self.task, self.task.training.id, "fit_start", self._modules, params, seconds, fresh=True
        )
        seen = case.run(start, case.key(start), {**fit_arrays(self.task, np.arange(CLASSES)), **state})
        if not isinstance(seen, Evidence):
            return stopped_training(seen, case)
        return Begun(str(seen.facts["speed"]), str(seen.facts["remark"]), int(seen.facts["parameters"]))

    def train(self, number: int, testing: Callable[[], None]) -> Shown | Outcome:
        """Train and test epoch *number*; *testing* is called in between. The outcome if that fails."""
        task, case = self.task, self.case
        seconds = (SECONDS + task.recipe.seconds_per_image * len(task.data.train_labels)) * self._threads
        name, params = f"{task.training.id}.epoch{number}", {"keep": number < task.recipe.epochs}
        fit = training_probe(case, task, name, "fit_epoch", self._modules, params, seconds, cap=STATE_CAP)
        (self.scratch / PROGRESS).unlink(missing_ok=True)
        begun = time.monotonic()
        fitted = case.run(fit, case.key(fit), {})
        took = round(time.monotonic() - begun, 1)
        if not isinstance(fitted, Evidence):
            return stopped_training(fitted, case)
        if fitted.facts.get("moved") is False:
            return Outcome(Status.FAILED, STILL)
        if more := overdone(fitted.facts, len(task.data.train_labels), task.recipe.batch):
            return Outcome(Status.FAILED, more, HINT)
        testing()
        logits = self._logits(number, fitted.arrays)
        if isinstance(logits, Outcome):
            return logits
        accuracy = float((logits.argmax(1) == task.data.test_labels).mean())
        epoch = TrainedEpoch(losses_of(fitted.facts.get("losses")), accuracy, took)
        return Shown(epoch, fitted.arrays, logits)

    def _logits(self, number: int, state: Mapping[str, Array]) -> Array | Outcome:
        """The logits of all test images, (N, 10), from a worker that does not train; they may be NaN."""
        training, data = self.task.training, self.task.data
        probe = score_probe(self.case, self.task, f"{training.id}.epoch{number}.test", fresh=number == 1)
        weights = {name: array for name, array in state.items() if name.startswith(WEIGHTS)}
        seen = self.case.run(probe, self.case.key(probe), {**weights, "images": data.test_images})
        if not isinstance(seen, Evidence):
            return stopped_training(seen, self.case)
        if seen.facts.get("unfit"):
            unfit = str(seen.facts["unfit"])[:200]
            return Outcome(Status.FAILED, f"The trained weights do not fit a new {training.network}: {unfit}.")
        logits = seen.arrays.get("logits")
        if logits is None or logits.shape != (len(data.test_labels), CLASSES):
            return Outcome(Status.FAILED, NOT_LOGITS)
        return logits

    @property
    def _threads(self) -> int:
        """All cores for a large network; the small ones are no faster for more than one thread."""
        return (os.cpu_count() or 1) if self.task.training.large else 1

    @property
    def _modules(self) -> tuple[str, ...]:
        return self.task.training.modules

    def batch(self) -> Batch | None:
        """The batch under way, as the worker tells it; None if it tells nothing that makes sense."""
        try:
            match json.loads((self.scratch / PROGRESS).read_bytes()):
                case {"batch": int(batch), "of": int(of), "loss": float() | int() | None as loss}:
                    return Batch(batch, of, loss)
        except (OSError, ValueError):
            pass
        return None


def confusion_of(logits: Array, labels: Array) -> tuple[tuple[int, ...], ...]:
    """Counts (10, 10) from logits (N, 10) and labels (N,): row the true class, column the predicted one."""
    import numpy as np

    pairs = labels.astype(np.int64) * CLASSES + logits.argmax(1)
    counts = np.bincount(pairs, minlength=CLASSES * CLASSES).reshape(CLASSES, CLASSES)
    return tuple(tuple(row) for row in counts.tolist())
