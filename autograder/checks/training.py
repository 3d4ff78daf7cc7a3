"""Accuracy settled by training: as many epochs as the decision needs, and another seed before a border case costs.

The rule: an epoch at a time; as soon as the accuracy is above the floor with 99.9 % confidence, it is passed. After the
last epoch the accuracy itself is compared with the floor. If it is below, but by less than chance may do (99.9 %), the
training is done again with another seed, at most twice; the best run counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.case import Case
from autograder.check import Ask, Probe
from autograder.checks.broken import broken
from autograder.evidence import Array, Evidence
from autograder.outcome import Outcome, Status
from autograder.rubric import Recipe

if TYPE_CHECKING:
    from autograder.data import Dataset

CONFIDENCE = 3.09  # standard deviations: 99.9 %, one-sided
RUNS = 3
SECONDS = 60.0
SECONDS_PER_IMAGE = 0.005  # of an epoch; the solution takes 0.00025 on one core
SCORE_SECONDS = 300.0
WEIGHTS_CAP = 300 << 20  # bytes; VGG-19 has 80 MB


@dataclass(frozen=True)
class Run:
    """One training: the images that were right after each epoch, of how many."""

    right: tuple[int, ...]
    total: int

    @property
    def accuracy(self) -> float:
        """After the last epoch, in [0, 1]."""
        return self.right[-1] / self.total

    def __str__(self) -> str:
        return ", ".join(f"{100 * right / self.total:.1f}" for right in self.right)


def lower_bound(right: int, total: int) -> float:
    """What the true accuracy is above with 99.9 % confidence (Wilson's bound, JASA 1927)."""
    return _wilson(right, total, -1)


def upper_bound(right: int, total: int) -> float:
    """What the true accuracy is below with 99.9 % confidence."""
    return _wilson(right, total, 1)


def _wilson(right: int, total: int, side: int) -> float:
    share, z = right / total, CONFIDENCE
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (share + z * z / (2 * total) + side * spread) / (1 + z * z / total)


@dataclass(frozen=True)
class Training:
    """Trains and scores one network.

    Attributes:
        name: the beginning of its probes' ids.
        module: where the network is.
        network: its class.
    """

    name: str
    module: str
    network: str

    def settle(self, case: Case, data: Dataset, recipe: Recipe, own: bool) -> Outcome | Ask:
        """The verdict, or the next probe: *own* says whether the submission's ``Trainer`` trains or the kit's loop."""
        runs: list[Run] = []
        while len(runs) < RUNS:
            run = self.run(case, data, recipe, own, len(runs) + 1)
            if not isinstance(run, Run):
                return run
            runs.append(run)
            if run.accuracy >= recipe.floor or upper_bound(run.right[-1], run.total) < recipe.floor:
                break
        return _verdict(runs, recipe, data.describe(), own)

    def run(self, case: Case, data: Dataset, recipe: Recipe, own: bool, number: int) -> Run | Outcome | Ask:
        """One training with a seed of its own, or what is needed to go on with it."""
        modules = (self.module, "trainer") if own else (self.module,)
        params = {"module": self.module, "name": self.network}
        setting = {**params, "batch": recipe.batch, "lr": recipe.lr, "own_trainer": own}
        start = Probe(f"{self.name}.run{number}", "fit_start", modules, "full", setting, slot="train", fresh=True)
        began = case.seen.get(start.id)
        if began is None:
            return Ask(start, {"images": data.train_images, "labels": data.train_labels})
        if not isinstance(began, Evidence):
            return broken(began)
        seconds = SECONDS + SECONDS_PER_IMAGE * len(data.train_labels)
        right: list[int] = []
        for epoch in range(1, recipe.epochs + 1):
            name = f"{start.id}.epoch{epoch}"
            fit = Probe(name, "fit_epoch", modules, "full", {}, seconds, WEIGHTS_CAP, slot="train")
            score = Probe(
                f"{name}.score", "infer", (self.module,), "torch", params, SCORE_SECONDS, slot="score", fresh=True
            )
            counted = self._count(case, data, fit, score)
            if not isinstance(counted, int):
                return counted
            right.append(counted)
            if lower_bound(counted, len(data.test_labels)) > recipe.floor:
                break
        return Run(tuple(right), len(data.test_labels))

    def _count(self, case: Case, data: Dataset, fit: Probe, score: Probe) -> int | Outcome | Ask:
        """How many of the test images are right after an epoch; the images go out in a secret order, without labels."""
        fitted = case.seen.get(fit.id)
        if fitted is None:
            return Ask(fit)
        if not isinstance(fitted, Evidence):
            return broken(fitted)
        order = data.secret_order(case.key(score))
        scored = case.seen.get(score.id)
        if scored is None:
            return Ask(score, {**fitted.arrays, "images": data.test_images[order]})
        if not isinstance(scored, Evidence):
            return broken(scored)
        return _right(scored.arrays.get("logits"), data.test_labels[order])


def _right(logits: Array | None, labels: Array) -> int | Outcome:
    import numpy as np

    if logits is None or logits.shape != (len(labels), 10):
        return Outcome(Status.FAILED, "The trained network's outputs are not (N, 10).")
    values = logits.astype(np.float64)
    if not np.isfinite(values).all():
        return Outcome(Status.FAILED, "The trained network's outputs contain NaN or infinity: the training diverged.")
    return int((values.argmax(1) == labels).sum())


def _verdict(runs: list[Run], recipe: Recipe, data: str, own: bool) -> Outcome:
    best = max(runs, key=lambda run: run.accuracy)
    loop = "your Trainer" if own else "the kit's own loop, since your Trainer.train did not pass"
    figures = f"{100 * best.accuracy:.1f} % ({best.right[-1]} of {best.total})"
    how = f"{figures} after {len(best.right)} of {recipe.epochs} epochs with {loop}, on {data}"
    if len(runs) > 1:
        how += f", the best of {len(runs)} runs"
    said = f"{how}; wanted {100 * recipe.floor:g} %."
    detail = tuple(f"run {number}, after each epoch, %: {run}" for number, run in enumerate(runs, 1))
    if best.accuracy >= recipe.floor:
        return Outcome(Status.PASSED, remarks=(said,), detail=detail)
    hint = "More channels, a hidden layer or batch norm help; strong dropout hurts in so few epochs."
    return Outcome(Status.FAILED, said, hint, detail=detail)
