"""The whole homework in one value."""

from __future__ import annotations

from pathlib import Path

from autograder.homework import Homework
from autograder.hw1.checks import CHECKS, PROOFS
from autograder.hw1.parts import ARCHITECTURES, MODULES, NOTEBOOKS, QUESTIONS, TRAININGS

HOMEWORK = Homework(
    name="hw1",
    folder=Path(__file__).parent,
    modules=MODULES,
    checks=CHECKS,
    proofs=PROOFS,
    trainings=TRAININGS,
    questions=QUESTIONS,
    notebooks=NOTEBOOKS,
    documents=("report.pdf",),
    architectures=ARCHITECTURES,
    printed=r"^\W{0,6}(?:Exp\s?)?\d{1,2}\W+(?:784-|conv\()",  # the table of experiments
    data_archives=("cifar-10-", "train-images-", "train-labels-", "t10k-"),
)
