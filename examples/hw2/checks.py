"""The automatic checks, in the order of a report."""

from __future__ import annotations

from autograder import files
from autograder.check import Check

from . import attention, mlp
from .parts import MODULES

CHECKS: tuple[Check, ...] = (*files.checks(MODULES), *mlp.CHECKS, *attention.CHECKS)
