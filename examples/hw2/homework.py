"""The whole homework in one value."""

from __future__ import annotations

from pathlib import Path

from autograder.deep_learning.setup import Setup
from autograder.homework import Homework

from .checks import CHECKS
from .forms import FORMS
from .parts import MODULES, QUESTIONS

HOMEWORK = Homework(
    name="hw2",
    folder=Path(__file__).parent,
    modules=MODULES,
    checks=CHECKS,
    questions=QUESTIONS,
    forms=FORMS,
    tools=lambda kit: Setup.of(kit, {}),  # no data sets
)
