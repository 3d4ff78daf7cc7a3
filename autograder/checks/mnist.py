"""Part 1.1: the structure of a network of the student's own design, and its accuracy by training."""

from __future__ import annotations

from autograder.case import Case
from autograder.check import Ask, Check, Probe
from autograder.checks.compare import Compare
from autograder.checks.networks import explain_structure, network_remarks, structure_view
from autograder.checks.training import Training
from autograder.evidence import Evidence
from autograder.outcome import Outcome, Status

STRUCTURE_CHECK = "1.1-structure"
STRUCTURE = Probe(
    "mnist.structure", "network", ("mnist",), "torch", {"module": "mnist", "name": "MNIST_Net", "shape": [1, 28, 28]}
)
TRAINING = Training("mnist.fit", "mnist", "MNIST_Net")


def accuracy(case: Case) -> Outcome | Ask:
    """By training with the kit's recipe and, if it is right, the student's ``Trainer``."""
    built = case.outcomes.get(STRUCTURE_CHECK)
    if built is not None and built.status is Status.TODO:
        return built
    if case.train == "never":
        return Outcome(Status.UNSETTLED, "Not settled: nothing was trained; `hw1 check --train` does.")
    if built is not None and not isinstance(case.seen.get(STRUCTURE.id), Evidence):
        return built  # what does not run can't be trained: the same sentence
    data = case.digits()
    return TRAINING.settle(case, data, case.rubric.recipes["1.1"][data.name], own=case.passed("1.2a"))


CHECKS = (
    Check(
        STRUCTURE_CHECK,
        "MNIST_Net: (N, 1, 28, 28) to logits (N, 10), every parameter trained",
        "1.1",
        Compare(STRUCTURE_CHECK, STRUCTURE, structure_view, explain_structure, network_remarks),
    ),
    Check("1.1-accuracy", "MNIST_Net: accuracy after training", "1.1", accuracy, turn=5),
)
