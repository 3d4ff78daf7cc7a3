"""Accuracy settled by training: as many epochs as the decision needs, and another seed before a border case costs.

The rule: an epoch at a time; as soon as the accuracy is above the floor with 99.9 % confidence, it is passed. After the
last epoch the accuracy itself is compared with the floor. If it is below by no more than chance allows (99.9 %), the
training is repeated with another seed, at most twice; the best run counts. Every run is recorded.

One worker trains and never sees a test image; another one gets the weights and unlabelled images and never sees a
label. While a network is trained, the classes' names are exchanged: what it knew before is worth nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.case import Case
from autograder.check import Probe
from autograder.deep_learning.hidden import Score, renaming, suspicion
from autograder.deep_learning.task import Task, flagged, scored
from autograder.evidence import Array, Evidence, Stopped
from autograder.failed import broken
from autograder.learnt import ACCURACY, LOSS
from autograder.outcome import Outcome, Status

RUNS = 3
SECONDS = 60.0
HINT = "Go through the loader once for each epoch, with one step for each batch."
STILL = "Trainer.train leaves the given network as it is: does it train another one?"
MORE = "Trainer.train trains for more than the one epoch that it is asked for."
WEIGHTS_CAP = 300 << 20  # bytes; VGG-19 has 80 MB


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        scores: after each epoch.
        losses: of each epoch, means of equal parts of it.
        speed: device, precision and memory format.
        remark: why it was not faster, or nothing.
        parameters: of the network.
    """

    scores: tuple[Score, ...]
    losses: tuple[tuple[float, ...], ...]
    speed: str
    remark: str
    parameters: int

    @property
    def accuracy(self) -> float:
        """The accuracy after the last epoch, in [0, 1]."""
        return self.scores[-1].accuracy

    @property
    def course(self) -> dict[str, float]:
        """Accuracy after each epoch, in [0, 1], and its mean loss where that is finite, by what they are called."""
        after = {ACCURACY.format(number): score.accuracy for number, score in enumerate(self.scores, 1)}
        means = [(number, sum(losses) / len(losses)) for number, losses in enumerate(self.losses, 1) if losses]
        return after | {LOSS.format(number): mean for number, mean in means if math.isfinite(mean)}

    def __str__(self) -> str:
        text = ", ".join(f"{100 * score.accuracy:.1f}" for score in self.scores)
        return text + (f"; loss {self.losses[-1][-1]:.3f}" if self.losses and self.losses[-1] else "")


def trained(case: Case, task: Task, own: bool, hint: str = "") -> Outcome:
    """Settle the accuracy by training.

    Args:
        case: what is known so far.
        task: the training.
        own: the submission's own loop trains, where it has one; otherwise the kit's does.
        hint: what to do where the accuracy is too low.
    """
    runs: list[Run] = []
    while len(runs) < RUNS:
        run = run_training(case, task, own, len(runs) + 1)
        if not isinstance(run, Run):
            return run
        runs.append(run)
        why = suspicion(run.scores[-1], task.limits)
        if why:
            return flagged(why)
        if run.accuracy >= task.floor or run.scores[-1].surely_below(task.floor):
            break
    return _verdict(runs, task, own, hint)


def run_training(case: Case, task: Task, own: bool, number: int) -> Run | Outcome:
    """One training with a seed of its own, or the outcome where it does not come to its end."""
    training, recipe = task.training, task.recipe
    modules = training.modules if own else (training.module,)
    name = f"{training.id}.run{number}"
    start = training_probe(case, task, name, "fit_start", modules, fit_setting(case, task, own), SECONDS, fresh=True)
    names = renaming(case.key_named(f"{name} names"))
    began = case.observe(start, fit_arrays(task, names))
    if not isinstance(began, Evidence):
        return stopped_training(began, case)
    scores: list[Score] = []
    losses: list[tuple[float, ...]] = []
    for epoch in range(1, recipe.epochs + 1):
        case.listener.trains(epoch, recipe.epochs, scores[-1].accuracy if scores else None)
        seconds = SECONDS + recipe.seconds_per_image * len(task.data.train_labels)
        fit = training_probe(case, task, f"{name}.epoch{epoch}", "fit_epoch", modules, {}, seconds, cap=WEIGHTS_CAP)
        fitted = case.observe(fit, keep=False)
        if not isinstance(fitted, Evidence):
            return stopped_training(fitted, case)
        if fitted.facts.get("moved") is False:
            return Outcome(Status.FAILED, STILL, shown=STILL)
        if more := overdone(fitted.facts, len(task.data.train_labels), recipe.batch):
            return Outcome(Status.FAILED, more, HINT, shown=MORE)
        score = scored(case, task, fit.id, fitted.arrays, names)
        if isinstance(score, str):  # the state of one construction does not fit another
            reason = f"The trained weights do not fit a new {training.network}"
            return Outcome(Status.FAILED, f"{reason}: {score}.", shown=f"{reason}.")
        if not isinstance(score, Score):
            return score
        scores.append(score)
        losses.append(losses_of(fitted.facts.get("losses")))
        if score.surely_above(task.floor) and not task.whole:
            break
    facts = began.facts
    return Run(tuple(scores), tuple(losses), str(facts["speed"]), str(facts["remark"]), int(facts["parameters"]))


def fit_setting(case: Case, task: Task, own: bool) -> dict[str, Any]:
    """What `fit_start` is told."""
    training, recipe, machine = task.training, task.recipe, case.tools.machine()
    measured = task.measured
    return {
        "module": training.module,
        "name": training.network,
        "given": training.given,
        "batch": recipe.batch,
        "lr": recipe.lr,
        "optimizer": recipe.optimizer,
        "trainer": training.trainer if own else None,
        "device": machine.device,
        "memory_share": machine.share(case.rubric.limits.training_memory_mb),
        "fast": True,
        # Only where the floor was measured with it, too.
        "bf16": recipe.bf16 and machine.bf16 and (measured is None or "bfloat16" in measured.speed),
        "images_file": str(task.data.train_file.resolve()) if task.data.train_file is not None else None,
    }


def fit_arrays(task: Task, names: Array) -> dict[str, Array]:
    """What `fit_start` is given: renamed labels, and images where they are not mapped from a file."""
    images = {} if task.data.train_file is not None else {"images": task.data.train_images}
    features = {f"given {name}": array for name, array in task.given().items()}
    return {"labels": names[task.data.train_labels], **images, **features}


def training_probe(
    case: Case,
    task: Task,
    name: str,
    call: str,
    modules: tuple[str, ...],
    params: dict[str, Any],
    seconds: float,
    cap: int = 1 << 20,
    fresh: bool = False,
) -> Probe:
    """A call of `fit_start` or `fit_epoch`, in the worker that trains."""
    memory, gpu = case.rubric.limits.training_memory_mb, case.tools.machine().gpu
    reads = tuple(file for file in (params.get("images_file"),) if file)
    return Probe(name, call, modules, "full", params, seconds, cap, "train", fresh, gpu, memory, reads)


def stopped_training(seen: Any, case: Case) -> Outcome:
    """The outcome where a training raised or was stopped; a GPU's memory is named."""
    outcome = broken(seen)
    if isinstance(seen, Stopped) and seen.reason == "memory" and case.tools.machine().gpu:
        reason = f"Stopped: training asked for more memory than the {case.tools.machine().name} has."
        return replace(outcome, reason=reason)
    return outcome


def overdone(facts: Mapping[str, Any], images: int, batch: int) -> str:
    """How ``train(1)`` has trained for more than an epoch, as a sentence; nothing if it has not.

    Going through the images again without training, for the accuracy on them, is harmless.
    """
    of = -(-images // batch)
    steps, backwards, drawn = (int(facts.get(name, 0)) for name in ("steps", "backwards", "batches"))
    if max(steps, backwards) <= of:
        return ""
    said = f"Trainer.train(1) made {steps:,} optimizer steps and {backwards:,} backward passes"
    return f"{said}, of {drawn:,} batches drawn; an epoch has {of:,}."


def losses_of(values: Any) -> tuple[float, ...]:
    """The losses of an epoch, as a worker claims them."""
    listed = values if isinstance(values, list) else []
    return tuple(float(value) for value in listed[:64] if isinstance(value, (int, float)))


def band(score: Score) -> str:
    """An accuracy as students read it where the seed is secret: repeated scores must not reveal the labels."""
    right, total = score.clean
    return f"at least {100 * right // total} %"  # rounded down, without a count


def _verdict(runs: list[Run], task: Task, own: bool, hint: str) -> Outcome:
    best = max(runs, key=lambda run: run.accuracy)
    loop = "your Trainer" if own else "the kit's own loop, since your Trainer.train did not pass"
    loop = loop if task.training.trainer is not None else "the kit's own loop"
    right, total = best.scores[-1].clean
    how = f"Trained: {100 * best.accuracy:.1f} % ({right} of {total}) after {len(best.scores)} of "
    how += f"{task.recipe.epochs} epochs with {loop} ({best.speed}), on {task.data.describe()}"
    if len(runs) > 1:
        how += f", the best of {len(runs)} runs"
    said = f"{how}; {task.wanted()}."
    shown = f"Trained: {band(best.scores[-1])} with {loop}; {task.wanted()}."
    detail = tuple(f"run {number}, after each epoch, %: {run}" for number, run in enumerate(runs, 1))
    notes = (best.remark,) if best.remark else ()
    figures = {**task.figures(best.accuracy), **best.course}
    if best.accuracy >= task.floor:
        return Outcome(Status.PASSED, remarks=(said, *notes), detail=detail, shown=shown, figures=figures)
    return Outcome(Status.FAILED, said, hint, detail=detail, remarks=notes, shown=shown, figures=figures)
