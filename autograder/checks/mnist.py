"""Part 1.1: the structure of a network of the student's own design, and its accuracy by training."""

from __future__ import annotations

from dataclasses import replace

from autograder.case import Case
from autograder.check import Ask, Check, Probe
from autograder.checks.broken import broken
from autograder.checks.compare import Compare
from autograder.checks.networks import explain_structure, network_remarks, structure_view
from autograder.evidence import Array, Evidence
from autograder.outcome import Outcome, Status
from autograder.rubric import Recipe

STRUCTURE_CHECK = "1.1-structure"
NET = {"module": "mnist", "name": "MNIST_Net"}
STRUCTURE = Probe("mnist.structure", "network", ("mnist",), "torch", {**NET, "shape": [1, 28, 28]})
FIT = Probe("mnist.fit", "fit", ("mnist", "trainer"), "full", NET, reply_bytes=200 << 20, fresh=True)
INFER = Probe("mnist.infer", "infer", ("mnist",), "torch", NET, seconds=300, fresh=True)
SECONDS = 60.0
SECONDS_PER_IMAGE = 0.005  # the solution takes 0.00025 on one core


def accuracy(case: Case) -> Outcome | Ask:
    """Train with the kit's recipe and the student's ``Trainer``, run on unlabelled images, count here."""
    built = case.outcomes.get(STRUCTURE_CHECK)
    runs = isinstance(case.seen.get(STRUCTURE.id), Evidence)
    if built is not None and built.status is Status.TODO:
        return built
    if case.train == "never":
        return Outcome(Status.UNSETTLED, "Not settled: nothing was trained; `hw1 check --train` does.")
    if built is not None and not runs:
        return built  # what does not run can't be trained: the same sentence
    data = case.digits()
    recipe = case.rubric.recipes["1.1"][data.name]
    fitted = case.seen.get(FIT.id)
    if fitted is None:
        own = case.passed("1.2a")
        training: dict[str, Array] = {"images": data.train_images, "labels": data.train_labels}
        return Ask(_fit(recipe, len(data.train_labels), own), training)
    if not isinstance(fitted, Evidence):
        return broken(fitted)
    scored = case.seen.get(INFER.id)
    order = data.secret_order(case.key(INFER))
    if scored is None:
        return Ask(INFER, {**fitted.arrays, "images": data.test_images[order]})
    if not isinstance(scored, Evidence):
        return broken(scored)
    return _count(scored, data.test_labels[order], recipe, data.describe(), own=case.passed("1.2a"))


def _fit(recipe: Recipe, images: int, own: bool) -> Probe:
    params = {**NET, "epochs": recipe.epochs, "batch": recipe.batch, "lr": recipe.lr, "own_trainer": own}
    modules = FIT.modules if own else ("mnist",)
    return replace(FIT, modules=modules, params=params, seconds=SECONDS + SECONDS_PER_IMAGE * images * recipe.epochs)


def _count(scored: Evidence, labels: object, recipe: Recipe, data: str, own: bool) -> Outcome:
    import numpy as np

    logits = scored.arrays.get("logits")
    wanted = np.asarray(labels)
    if logits is None or logits.shape != (len(wanted), 10):
        return Outcome(Status.FAILED, "The trained network's outputs are not (N, 10).")
    if not np.isfinite(logits.astype(np.float64)).all():
        return Outcome(Status.FAILED, "The trained network's outputs contain NaN: the training diverged.")
    right = int((logits.astype(np.float64).argmax(1) == wanted).sum())
    accuracy = right / len(wanted)
    loop = "your Trainer" if own else "the kit's own loop, since your Trainer.train did not pass"
    how = f"{100 * accuracy:.1f} % ({right} of {len(wanted)}) after {recipe.epochs} epochs with {loop}, on {data}"
    if accuracy >= recipe.floor:
        return Outcome(Status.PASSED, remarks=(f"{how}; wanted {100 * recipe.floor:g} %.",))
    hint = "More channels, a hidden layer or batch norm help; dropout above 0.5 hurts in so few epochs."
    return Outcome(Status.FAILED, f"{how}; wanted {100 * recipe.floor:g} %.", hint)


CHECKS = (
    Check(
        STRUCTURE_CHECK,
        "MNIST_Net: (N, 1, 28, 28) to logits (N, 10), every parameter trained",
        "1.1",
        Compare(STRUCTURE_CHECK, STRUCTURE, structure_view, explain_structure, network_remarks),
    ),
    Check("1.1-accuracy", "MNIST_Net: accuracy after training", "1.1", accuracy, turn=4),
)
