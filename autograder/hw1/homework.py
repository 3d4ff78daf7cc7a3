"""The whole homework in one value."""

from __future__ import annotations

from pathlib import Path

from autograder.deep_learning.setup import Setup
from autograder.homework import Homework
from autograder.hw1.checks import CHECKS, PROOFS
from autograder.hw1.forms import DURING, FORMS, RAISED
from autograder.hw1.parts import DATA, MODULES, QUESTIONS, TRAININGS

HOMEWORK = Homework(
    name="hw1",
    folder=Path(__file__).parent,
    modules=MODULES,
    checks=CHECKS,
    proofs=PROOFS,
    trainings=TRAININGS,
    questions=QUESTIONS,
    during=DURING,
    raised=RAISED,
    forms=FORMS,
    tools=lambda kit: Setup.of(kit, DATA),
)
