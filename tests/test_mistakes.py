"""The known mistakes: each is one edit of the solution, names what it fails, and says a sentence."""

import ast

import pytest

from autograder.home import solution_folder
from autograder.hw1.checks import CHECKS
from autograder.hw1.mistakes import MISTAKES
from autograder.recording import load_recording
from autograder.rubric import read_rubric
from autograder.staff.mistake import Mistake

SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in solution_folder().glob("*.py")}
POINTS = read_rubric().points


def named(mistake: Mistake) -> str:
    return mistake.id


def test_there_are_many_and_no_two_have_one_id():
    assert len(MISTAKES) >= 60
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES)


def test_no_two_edit_the_solution_in_the_same_way():
    made = {(mistake.module, mistake.apply(SOURCES[mistake.module])) for mistake in MISTAKES}
    assert len(made) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_each_applies_to_the_solution_and_leaves_python_that_parses(mistake):
    source = SOURCES[mistake.module]
    made = mistake.apply(source)
    assert made != source
    assert ast.dump(ast.parse(made)) != ast.dump(ast.parse(source))


@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_each_fails_checks_of_the_rubric_and_says_so_in_a_sentence(mistake):
    assert mistake.fails
    assert len(set(mistake.fails)) == len(mistake.fails)
    assert set(mistake.fails) <= set(POINTS)
    assert 20 <= len(mistake.says) <= 250
    assert mistake.says == mistake.says.strip()
    assert mistake.says.endswith((".", "?", "`"))
    assert mistake.id == mistake.id.lower().replace(" ", "-").replace("_", "-")


def test_every_check_that_compares_has_mistakes():
    failed = {check_id for mistake in MISTAKES for check_id in mistake.fails}
    comparing = {check.id for check in CHECKS if hasattr(check.judge, "probe") and check.id in POINTS}
    assert failed == comparing


def test_the_recording_that_ships_has_every_mistake_with_its_sentence():
    recorded = [(mistake.id, mistake.says, mistake.fails) for mistake in load_recording().mistakes]
    assert recorded == [(mistake.id, mistake.says, mistake.fails) for mistake in MISTAKES]


def test_an_old_text_that_does_not_stand_there_exactly_once_is_refused():
    source = "class A:\n    x = 1\n\n\nclass B:\n    x = 1\n    x = 1\n"
    for scope, count in (("", 3), ("B", 2)):
        with pytest.raises(ValueError, match=f"occurs {count} times"):
            Mistake("m", "vgg", scope, (("x = 1", "x = 2"),), (), "").apply(source)
    with pytest.raises(ValueError, match="occurs 0 times"):
        Mistake("m", "vgg", "A", (("y = 1", "x = 2"),), (), "").apply(source)


def test_an_edit_touches_its_scope_alone():
    source = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 1\n"
    made = Mistake("m", "vgg", "A.g", (("return 1", "return 2"),), (), "").apply(source)
    assert made == source[: source.rindex("1")] + "2\n"


@pytest.mark.parametrize("scope", ["C", "A.h", "A.f.x"])
def test_a_scope_that_is_not_there_is_refused(scope):
    source = "class A:\n    def f(self):\n        return 1\n"
    with pytest.raises(ValueError, match="0 times"):
        Mistake("m", "vgg", scope, (), (), "").apply(source)
