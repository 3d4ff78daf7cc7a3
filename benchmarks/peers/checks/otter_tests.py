"""The five checks as otter-grader runs them: a test file with exceptions. Arguments are names of the notebook."""

import five_checks
from otter.test_files import test_case

OK_FORMAT = False
name = "otter_tests"


@test_case(points=1)
def exists(Exp2):  # noqa: N803 - the student's name for it
    five_checks.exists(Exp2)


@test_case(points=1)
def count(Exp2):  # noqa: N803
    five_checks.count(Exp2)


@test_case(points=1)
def shape(Exp2):  # noqa: N803
    five_checks.shape(Exp2)


@test_case(points=1)
def gradients(Exp2):  # noqa: N803
    five_checks.gradients(Exp2)


@test_case(points=1)
def learns(Exp2):  # noqa: N803
    five_checks.learns(Exp2)
