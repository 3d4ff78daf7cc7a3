"""The automatic checks, in the order of a report."""

from __future__ import annotations

from autograder.check import Check
from autograder.files import file_checks

from . import attention, mlp
from .parts import MODULES

CHECKS: tuple[Check, ...] = (*file_checks(MODULES, questions=True), *mlp.CHECKS, *attention.CHECKS)
