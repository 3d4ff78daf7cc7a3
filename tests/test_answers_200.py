"""A class of 200 answers to one question is graded in far fewer decisions, and no group mixes different worth."""

from __future__ import annotations

import pytest
from answers_200 import CLASS, NARROW, QUESTIONS, USUAL, WIDE, drawn, graded, right_answers, slips_in

from autograder.review.normal import normal
from autograder.review.telling import telling

CLASSES = [*((USUAL, seed) for seed in (1, 2, 3)), (WIDE, 4), (NARROW, 5)]
# Of 200 answers, at the most. The third that one would like is reached in classes that phrase alike.
MOST = {WIDE: 120, USUAL: 105, NARROW: 85}


@pytest.mark.parametrize(("spread", "seed"), CLASSES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_group_mixes_answers_of_different_worth(question, spread, seed):
    answers = drawn(QUESTIONS[question], seed, spread=spread)
    assert len(answers) == CLASS
    found = graded(answers)
    assert not found.mixed
    assert found.decisions <= MOST[spread]
    assert found.decisions < found.different  # more than the identical ones stand together


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_slip_in_any_right_answer_says_what_a_right_answer_says(question):
    right = right_answers(QUESTIONS[question], 1, 150)
    said = {telling(normal(one.text)).exact for one in right}
    slips = [slip for one in right for slip in slips_in(one, QUESTIONS[question])]
    assert len(slips) > len(right)
    assert not [slip.text for slip in slips if telling(normal(slip.text)).exact in said]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_class_has_all_that_graders_meet(question):
    answers = drawn(QUESTIONS[question], 1)
    ways = [one.way for one in answers]
    assert ways.count("empty") > 10
    assert ways.count("slip") >= 20
    wrong = {name for name, way in QUESTIONS[question].ways.items() if way.points < 1}
    assert len(wrong) == 5
    assert len({one.points for one in answers}) >= 3
    assert any("가" <= letter <= "힣" for one in answers for letter in one.text)
    assert {one.way for one in answers} >= {"right", "half"}
    assert drawn(QUESTIONS[question], 1) == answers


@pytest.mark.parametrize("seed", [1, 2])
def test_what_the_students_measured_themselves_brings_more_together(seed):
    answers = drawn(QUESTIONS["compared"], seed)
    found = graded(answers, own=True)
    assert not found.mixed
    assert found.decisions < graded(answers).decisions


def test_a_threshold_that_lets_other_words_in_does_mix():
    """The slips are like enough: it is the telling words that keep them apart."""
    assert any(graded(drawn(question, 1), threshold=1.0).mixed for question in QUESTIONS.values())
