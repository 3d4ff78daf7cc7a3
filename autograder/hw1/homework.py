"""The whole homework in one value."""

from __future__ import annotations

from pathlib import Path

from autograder.deep_learning.setup import Setup
from autograder.home import PACKAGE, repository
from autograder.homework import Homework
from autograder.hw1.checks import CHECKS, PROOFS
from autograder.hw1.forms import DURING, FORMS, RAISED
from autograder.hw1.parts import ARCHITECTURES, DATA, LEADERBOARD, MODULES, NOTEBOOKS, QUESTIONS, STUDY, TRAININGS

ROOT = repository()  # in it solution and handout are what one sees first

HOMEWORK = Homework(
    name="hw1",
    folder=Path(__file__).parent,
    modules=MODULES,
    checks=CHECKS,
    proofs=PROOFS,
    trainings=TRAININGS,
    questions=QUESTIONS,
    leaderboard=LEADERBOARD,
    study=STUDY,
    solution=PACKAGE.parent / "solution",
    handout=PACKAGE / "handout" if ROOT is None else ROOT / "assignment",
    notebooks=NOTEBOOKS,
    documents=("report.pdf",),
    architectures=ARCHITECTURES,
    printed=r"^\W{0,6}(?:Exp\s?)?\d{1,2}\W+(?:784-|conv\()",  # the table of experiments
    data_archives=("cifar-10-", "train-images-", "train-labels-", "t10k-"),
    during=DURING,
    raised=RAISED,
    forms=FORMS,
    tools=lambda kit: Setup.of(kit, DATA),
)
