"""The rubric's automatic checks, in the order of a report. Listed, not registered."""

from __future__ import annotations

from autograder.check import Check, Probe
from autograder.deep_learning.proven import initial_probe
from autograder.files import file_checks
from autograder.hw1 import ablations, mnist, q11, trainer, vgg
from autograder.hw1.parts import MODULES

CHECKS: tuple[Check, ...] = (
    *file_checks(MODULES, questions=True),
    *mnist.CHECKS,
    *trainer.CHECKS,
    *ablations.CHECKS,
    *q11.CHECKS,
    *vgg.CHECKS,
)

PROOFS: tuple[Probe, ...] = tuple(initial_probe(probe) for probe in (mnist.STRUCTURE, vgg.VGG19, vgg.PRETRAINED))
"""What is observed of the reference beside what its checks compare: what an accuracy is proven from."""
