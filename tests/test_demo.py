"""The demo's hand-ins are what they say."""

import ast

from autograder.home import handout_folder, solution_folder
from autograder.hw1.mistakes import MISTAKES
from autograder.hw1.staff.demo import HAND_INS, UNTOUCHED
from autograder.ingest.reading import read_submission
from autograder.rubric import read_rubric
from autograder.staff import demo
from autograder.staff.demo import hand_ins, one_of_each, quick_rubric

LIMITS = read_rubric().limits
SOLUTION = read_submission(solution_folder(), LIMITS)
HANDOUT = read_submission(handout_folder(), LIMITS)


def test_every_mistake_of_the_demo_is_a_known_one():
    known = {mistake.id for mistake in MISTAKES}
    assert {name for names in HAND_INS.values() for name in names} <= known


def test_there_is_a_hand_in_for_each_student_and_an_untouched_one_sorted_by_id():
    made = hand_ins(SOLUTION, HANDOUT)
    assert [one.id for one in made] == sorted([*HAND_INS, UNTOUCHED])
    assert UNTOUCHED not in HAND_INS


def test_the_hand_ins_are_the_handout_the_solution_and_the_solution_with_mistakes():
    for one in hand_ins(SOLUTION, HANDOUT):
        base = HANDOUT if one.id == UNTOUCHED else SOLUTION
        changed = {name for name, data in base.files.items() if one.files[name] != data}
        modules = {mistake.module for mistake in MISTAKES if mistake.id in HAND_INS.get(one.id, ())}
        assert changed == {f"{module}.py" for module in modules}
        for name in changed:
            ast.parse(one.files[name])


def test_a_homework_that_names_none_shows_its_solution_its_handout_and_one_mistake_each(monkeypatch):
    monkeypatch.setattr(demo, "part", lambda name: None)
    made = hand_ins(SOLUTION, HANDOUT)
    assert [one.id for one in made] == [str(20260001 + number) for number in range(2 + demo.SHOWN)]
    assert [one.files for one in made[:2]] == [SOLUTION.files, HANDOUT.files]
    assert all(one.files != SOLUTION.files for one in made[2:])
    shown = [name for names in one_of_each({one.id: one for one in MISTAKES}).values() for name in names]
    scopes = [(one.module, one.scope) for one in MISTAKES if one.id in shown]
    assert len(scopes) == len(set(scopes)) == demo.SHOWN
    assert quick_rubric() == read_rubric()
