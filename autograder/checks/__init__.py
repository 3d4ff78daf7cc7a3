"""The rubric's automatic checks, in the order of a report. Listed, not registered."""

from __future__ import annotations

from autograder.check import Check
from autograder.checks import ablations, files, mnist, trainer, vgg

CHECKS: tuple[Check, ...] = (
    *files.CHECKS,
    *mnist.CHECKS,
    *trainer.CHECKS,
    *ablations.CHECKS,
    files.FORMULA,
    *vgg.CHECKS,
)
