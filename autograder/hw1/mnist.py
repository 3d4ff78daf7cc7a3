"""Part 1.1: the structure of a network of the student's own design, and its accuracy."""

from __future__ import annotations

from autograder.check import Check, Probe
from autograder.compare import Compare
from autograder.deep_learning.accuracy import Accuracy, accuracy_check
from autograder.deep_learning.networks import explain_structure, figures_of, network_remarks, structure_view
from autograder.hw1.parts import TRAINING
from autograder.hw1.trainer import TRAINS

STRUCTURE = Probe(
    "mnist.structure", "network", ("mnist",), "torch", {"module": "mnist", "name": "MNIST_Net", "shape": [1, 28, 28]}
)
BUILT = Check(
    "1.1-structure",
    "MNIST_Net: (N, 1, 28, 28) to logits (N, 10), every parameter trained",
    "1.1",
    Compare("1.1-structure", STRUCTURE, structure_view, explain_structure, network_remarks, figures=figures_of),
    about="mnist.MNIST_Net",
    unknown="MNIST_Net does not make logits (N, 10) of images (N, 1, 28, 28), or not all of it is trained.",
)
HINT = "More channels, a hidden layer or batch norm help; strong dropout hurts in so few epochs."
ACCURACY = Accuracy(TRAINING["1.1"], BUILT, STRUCTURE, TRAINS, HINT)

CHECKS = (BUILT, accuracy_check("1.1-accuracy", "MNIST_Net: accuracy after training", ACCURACY))
