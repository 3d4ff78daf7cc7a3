"""A training's parts, and the way from weights to a score: for checkpoints and for networks that are trained here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.case import Case
from autograder.check import Probe
from autograder.deep_learning.floors import DEFAULT_LIMITS, GuardLimits, Measured
from autograder.deep_learning.hidden import Score, count, hidden_batches
from autograder.evidence import Array, Evidence
from autograder.failed import broken
from autograder.homework import Training
from autograder.outcome import STAND_IN, Outcome, Status
from autograder.rubric import Recipe

if TYPE_CHECKING:
    from autograder.deep_learning.data import Dataset
    from autograder.deep_learning.setup import Setup

SCORE_SECONDS = 300.0  # VGG-19 takes 45 s for 10,000 images on one core
NOT_LOGITS = "The trained network's outputs are not (N, 10)."
FLAG = "remembered-answers"  # the name under which staff find what looks remembered


@dataclass(frozen=True)
class Task:
    """One training with the data and the recipe that it has here.

    Attributes:
        data_name: ``"mnist"``, ``"digits"``, ``"cifar10"`` or ``"shapes"``.
        load: brings the data, when they are first needed: a proof needs none.
        measured: the reference's accuracy with the same recipe and data, if it was measured.
        limits: by how much honest networks' accuracies may differ.
        given: brings the pre-trained features by name, where the network stands on them: a training needs them, a
            checkpoint has them; MisuseError if they are not available.
        whole: all epochs are trained and all test images scored, whatever is decided.
    """

    training: Training
    data_name: str
    load: Callable[[], Dataset]
    recipe: Recipe
    measured: Measured | None
    limits: GuardLimits
    given: Callable[[], Mapping[str, Array]]
    whole: bool = False

    @property
    def data(self) -> Dataset:
        """The images that are trained and tested on."""
        return self.load()

    @property
    def floor(self) -> float:
        """The floor in force, in [0, 1]."""
        return self.measured.floor(self.recipe.floor) if self.measured is not None else self.recipe.floor

    def wanted(self) -> str:
        """The floor for a sentence; with the handout's, where it is lower."""
        lowered = f" (the handout's {100 * self.recipe.floor:g} %, lowered)" if self.floor < self.recipe.floor else ""
        return f"wanted {100 * self.floor:.3g} %{lowered}"

    def figures(self, accuracy: float) -> dict[str, float]:
        """What an outcome says of a measured *accuracy*."""
        return {"accuracy": accuracy, **({} if self.data_name == self.training.data else {STAND_IN: 1.0})}


def task_of(case: Case, training: Training) -> Task:
    """The task of a training.

    Raises:
        MisuseError: its data are not available.
    """
    setup: Setup = case.tools
    floors = setup.floors
    name = setup.data_name(training.data)
    measured = floors.measured(training.id, name)
    # What is embedded is the same everywhere, and slow to draw; a folder may hold anything.
    if name == training.data and measured is not None and measured.data != setup.data(training.data).identity:
        measured = None
    recipe = case.rubric.recipes[training.recipe][name]
    limits = floors.guards.get(name, DEFAULT_LIMITS)
    if training.given:
        limits = replace(limits, best=limits.best_given)
    given = setup.pretrained if training.given else dict
    return Task(training, name, lambda: setup.data(training.data), recipe, measured, limits, given)


def score_probe(case: Case, task: Task, name: str, fresh: bool) -> Probe:
    """Runs weights on images, in a worker that does not train; if it is not *fresh*, with the weights it has had."""
    training, machine = task.training, case.tools.machine()
    return Probe(
        name,
        "infer",
        (training.module,),
        "full",
        {
            "module": training.module,
            "name": training.network,
            "given": training.given,
            "device": machine.device,
            "trace": name.endswith(".checkpoint.0"),
        },
        SCORE_SECONDS,
        reply_bytes=1 << 22,  # 10,000 rows of ten float32 have 400 kB
        slot="score",
        fresh=fresh,
        gpu=machine.gpu,
        memory_mb=case.rubric.limits.training_memory_mb,
    )


def scored(
    case: Case, task: Task, name: str, weights: Mapping[str, Array], names: Array | None = None
) -> Score | Outcome | str:
    """The score of *weights* on hidden images, on as many as the decision about the floor needs.

    Args:
        case: what is known so far.
        task: the network and its data.
        name: the beginning of the probes' ids.
        weights: parameters and buffers by name, each after ``"weights "``.
        names: how the classes were renamed for the training, if they were.

    Returns:
        The score; the outcome if the network does not run; or, as text, why the weights do not fit the network.
    """
    total = Score()
    given = weights
    batches = hidden_batches(task.data, case.key_named(name), task.recipe.guard)
    for number, batch in enumerate(batches):
        probe = score_probe(case, task, f"{name}.{number}", fresh=number == 0)
        seen = case.observe(probe, {**given, "images": batch.images})
        given = {}  # the worker has them
        if not isinstance(seen, Evidence):
            return broken(seen)
        if seen.facts.get("unfit"):
            return str(seen.facts["unfit"])[:200]
        wrong = _wrong(seen.arrays.get("logits"), len(batch.labels))
        if wrong:
            return Outcome(Status.FAILED, wrong, shown=wrong)
        total = total + count(batch, seen.arrays["logits"], names)
        decided = total.surely_above(task.floor) or total.surely_below(task.floor)
        if decided and not task.whole:
            break
    return total


def _wrong(logits: Array | None, images: int) -> str:
    """Why the outputs can't be counted, or nothing."""
    import numpy as np

    if logits is None or logits.shape != (images, 10):
        return NOT_LOGITS
    if not np.isfinite(logits.astype(np.float64)).all():
        return "The trained network's outputs contain NaN or infinity: the training diverged."
    return ""


def flagged(why: str) -> Outcome:
    """The outcome where answers look remembered: nothing is lost or earned, and staff are told."""
    return Outcome(
        Status.UNSETTLED,
        "Not settled: the answers look remembered rather than learnt, so a person has to look at them.",
        mistake=FLAG,
        detail=(why,),
    )
