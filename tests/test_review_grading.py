"""The review page's decisions: kept at once, never over unseen ones, taken back; rubric items; second readings."""

from __future__ import annotations

import pytest
from sklearn.metrics import cohen_kappa_score
from test_review import RUBRIC, report_of, run_again

from autograder.answers.marks import PAGE, Mark
from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.journal import Journal
from autograder.cohort.tables import last_reports
from autograder.errors import MisuseError
from autograder.review.acts import Given
from autograder.review.answers import Question
from autograder.review.grading import ConflictError, Grading
from autograder.review.presence import SECONDS, Presence
from autograder.review.second import agreement, cohens_kappa, drawn, to_read

ASKED = "1.2-Q4"
ANN, BEN = "Teaching assistant 1", "Teaching assistant 2"
STUDENTS = [f"2026{number:04d}" for number in range(1, 24)]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of 23, of whom the last one has left the question empty."""
    out = tmp_path_factory.mktemp("review") / "out"
    answers = [f"It learns faster, {number}." for number in range(1, len(STUDENTS))]
    reports = [report_of(student, answer) for student, answer in zip(STUDENTS, [*answers, ""], strict=True)]
    run_again(out, *reports)
    return out


def opened(journal) -> Grading:
    questions = [Question(ASKED, "Activation", "1.2", 2.0), Question("1.2-Q5", "Three layers", "1.2", 2.0)]
    return Grading(journal, last_reports(journal), questions)


@pytest.fixture
def journal(graded, tmp_path):
    (tmp_path / JOURNAL).write_bytes((graded / JOURNAL).read_bytes())
    with Journal(tmp_path / JOURNAL) as journal:
        yield journal


@pytest.fixture
def grading(journal):
    found = opened(journal)
    found.add_first_items()
    return found


def key_of(grading, student) -> str:
    return next(key for key, one in grading.answers[ASKED].items() if one.student == student)


def said(grading, student):
    mark = grading.mark_on(grading.answers[ASKED][key_of(grading, student)])
    return mark.said if mark is not None else None


def give(grading, by, *students, items=(), points=None, comment="", seen=None):
    keys = [key_of(grading, student) for student in students]
    now = {key: grading.mark_on(grading.answers[ASKED][key]) for key in keys}
    known = {key: (mark.id if mark else 0) if seen is None else seen for key, mark in now.items()}
    return grading.give(by, ASKED, known, items, points, comment)


def items(grading):
    return {one.text: (one.id, one.points) for one in grading.acts.items(ASKED)}


def test_points_for_several_answers_are_one_decision_and_at_once_in_the_journal(grading, journal):
    right, _ = items(grading)["Right"]
    give(grading, ANN, *STUDENTS[:3], items=[right], comment="Well said.")
    assert [said(grading, one) for one in STUDENTS[:4]] == [(2.0, "Right. Well said.")] * 3 + [None]
    assert {(one.person, one.source) for one in journal.marks()} == {(ANN, PAGE)}
    assert grading.touched == set(STUDENTS[:3])
    again = opened(journal)  # as after a kill
    assert said(again, STUDENTS[0]) == (2.0, "Right. Well said.")
    mark = again.mark_on(again.answers[ASKED][key_of(again, STUDENTS[0])])
    assert again.acts.given(mark) == Given((right,), "Well said.", 0.0)
    assert again.undo(ANN)[0] == ASKED and said(again, STUDENTS[0]) == (None, "")


def test_the_first_items_are_there_once(grading, journal):
    assert items(grading) == {"Right": (1, 2.0), "Half right": (2, 1.0)}
    again = opened(journal)
    again.add_first_items()
    assert items(again) == items(grading)


def test_nobodys_decision_is_written_over_unseen_and_then_nothing_is_taken(grading):
    give(grading, ANN, STUDENTS[0], points=1.5)
    with pytest.raises(ConflictError, match="Teaching assistant 1") as error:
        give(grading, BEN, STUDENTS[0], STUDENTS[1], points=0.0, seen=0)
    assert [one.points for one in error.value.marks.values()] == [1.5]
    assert said(grading, STUDENTS[0]) == (1.5, "") and said(grading, STUDENTS[1]) is None
    give(grading, BEN, STUDENTS[0], points=0.0)  # now it is seen
    assert said(grading, STUDENTS[0]) == (0.0, "")


def test_points_are_the_items_within_the_questions_and_typed_ones_stay_an_adjustment(grading):
    right, half = (items(grading)[name][0] for name in ("Right", "Half right"))
    give(grading, ANN, STUDENTS[0], items=[right, half])
    assert said(grading, STUDENTS[0]) == (2.0, "Right; Half right")
    give(grading, ANN, STUDENTS[0], items=[half], points=1.25)
    grading.edit_item(BEN, ASKED, half, "Half right", 0.5)
    assert said(grading, STUDENTS[0]) == (0.75, "Half right")


def test_points_are_taken_back_and_a_comment_alone_decides_nothing(grading):
    give(grading, ANN, STUDENTS[0], points=2.0)
    give(grading, ANN, STUDENTS[0], comment="Who reads this?")
    assert said(grading, STUDENTS[0]) == (None, "Who reads this?")


def test_a_changed_item_changes_all_who_have_it_and_a_removed_one_leaves_them_to_a_person(grading):
    half, _ = items(grading)["Half right"]
    give(grading, ANN, *STUDENTS[:2], items=[half], comment="Why?")
    changed = grading.edit_item(BEN, ASKED, half, "The reason is missing", 1.5)
    assert changed == [key_of(grading, one) for one in sorted(STUDENTS[:2], key=lambda one: key_of(grading, one))]
    assert said(grading, STUDENTS[1]) == (1.5, "The reason is missing. Why?")
    grading.edit_item(BEN, ASKED, half, "The reason is missing", 1.5, removed=True)
    assert said(grading, STUDENTS[1]) == (None, "Why?") and "The reason is missing" not in items(grading)
    grading.undo(BEN)
    assert said(grading, STUDENTS[1]) == (1.5, "The reason is missing. Why?")
    grading.undo(BEN)
    assert said(grading, STUDENTS[1]) == (1.0, "Half right. Why?")


def test_undo_goes_back_step_by_step_and_not_over_anothers_decision(grading):
    give(grading, ANN, STUDENTS[0], points=1.0)
    give(grading, ANN, STUDENTS[0], points=2.0)
    question, keys, _ = grading.undo(ANN)
    assert (question, keys) == (ASKED, [key_of(grading, STUDENTS[0])]) and said(grading, STUDENTS[0]) == (1.0, "")
    give(grading, ANN, STUDENTS[0], points=1.75)
    grading.undo(ANN)
    grading.undo(ANN)
    assert said(grading, STUDENTS[0]) == (None, "")
    give(grading, ANN, STUDENTS[0], points=1.0)
    give(grading, BEN, STUDENTS[0], points=0.5)
    with pytest.raises(ConflictError, match="somebody has changed the same since"):
        grading.undo(ANN)
    assert said(grading, STUDENTS[0]) == (0.5, "")
    with pytest.raises(MisuseError, match="nothing of yours"):
        grading.undo("Teaching assistant 3")


def test_an_item_that_was_added_is_taken_back_unless_somebody_changed_it(grading):
    grading.edit_item(ANN, ASKED, None, "Names the gradient", 0.5)
    number, _ = items(grading)["Names the gradient"]
    grading.edit_item(BEN, ASKED, number, "Names the gradient", 1.0)
    with pytest.raises(ConflictError):
        grading.undo(ANN)
    grading.undo(BEN)
    assert items(grading)["Names the gradient"] == (number, 0.5)


def test_a_move_is_kept_with_the_answer_and_taken_back(grading, journal):
    key = key_of(grading, STUDENTS[0])
    grading.move(ANN, ASKED, [key], "another", {key: "normal"})
    assert opened(journal).acts.moves(ASKED) == {"normal": "another"}
    grading.move(ANN, ASKED, [key], "", {key: "normal"})
    assert grading.acts.moves(ASKED) == {"normal": ""}
    grading.undo(ANN)
    grading.undo(ANN)
    assert grading.acts.moves(ASKED) == {}
    with pytest.raises(MisuseError, match="can't be moved"):
        grading.move(ANN, ASKED, [key], "another", {})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda g, key: g.give(" ", ASKED, {key: 0}, [], 1.0, ""), "say who you are"),
        (lambda g, key: g.give(ANN, "1.2-Q99", {key: 0}, [], 1.0, ""), "no question 1.2-Q99"),
        (lambda g, key: g.give(ANN, ASKED, {"x": 0}, [], 1.0, ""), "not there any more"),
        (lambda g, key: g.give(ANN, ASKED, {}, [], 1.0, ""), "no answer was named"),
        (lambda g, key: g.give(ANN, ASKED, {key: 0}, [99], None, ""), "rubric item is not there"),
        (lambda g, key: g.give(ANN, ASKED, {key: 0}, [], 2.5, ""), "from 0 to 2, not 2.5"),
        (lambda g, key: g.give(ANN, ASKED, {key: 0}, [], float("nan"), ""), "from 0 to 2, not nan"),
        (lambda g, key: g.give(ANN, ASKED, {key: 0}, [], 1.0, "x" * 501), "more than 500"),
        (lambda g, key: g.edit_item(ANN, ASKED, None, " ", 1.0), "needs a text"),
        (lambda g, key: g.edit_item(ANN, ASKED, None, "x", -3.0), "from -2 to 2"),
        (lambda g, key: g.edit_item(ANN, ASKED, 99, "x", 1.0), "not there any more"),
        (lambda g, key: g.read(ANN, ASKED, key, 1.0), "not to be read a second time by you"),
    ],
)
def test_what_fits_nothing_is_refused_and_nothing_is_taken(grading, journal, call, said):
    with pytest.raises(MisuseError, match=said):
        call(grading, key_of(grading, STUDENTS[0]))
    assert journal.marks() == []


def test_a_tenth_is_read_again_by_somebody_else_who_does_not_see_the_first_points(grading):
    answers = grading.answers[ASKED].values()
    chosen = drawn(answers)
    assert len(chosen) == 3 and not any(one.written.empty for one in chosen)
    assert to_read(grading, ASKED, BEN) == []  # nobody has read them once
    give(grading, ANN, *(one.student for one in chosen), points=2.0)
    give(grading, ANN, chosen[0].student, points=1.0)
    assert to_read(grading, ASKED, BEN) == chosen and to_read(grading, ASKED, ANN) == []
    for one, points in zip(chosen, (1.0, 2.0, 1.0), strict=True):
        grading.read(BEN, ASKED, one.key, points)
    assert to_read(grading, ASKED, "Teaching assistant 3") == []
    found = agreement(grading, ASKED)
    assert (found.wanted, found.read) == (3, 3)
    assert found.kappa == pytest.approx(cohen_kappa_score([10, 20, 20], [10, 20, 10]))
    assert [(one.key, first, second) for one, first, second in found.differ] == [(chosen[2].key, 2.0, 1.0)]
    assert said(grading, chosen[2].student) == (2.0, "")  # it does not count
    give(grading, ANN, chosen[2].student, points=1.0)
    assert agreement(grading, ASKED).kappa == found.kappa  # of what was given then


def test_kappa_says_nothing_of_one_reading_or_one_category():
    assert cohens_kappa([1.0], [1.0]) is None
    assert cohens_kappa([2.0, 2.0], [2.0, 2.0]) is None
    assert cohens_kappa([2.0, 1.0], [2.0, 1.0]) == 1.0


def test_points_from_elsewhere_are_heard(grading, journal):
    answer = grading.answers[ASKED][key_of(grading, STUDENTS[0])]
    before = grading.revision
    journal.mark([Mark(*answer.about, 1.0, "", BEN, "import")])
    grading.hear()
    assert said(grading, STUDENTS[0]) == (1.0, "") and grading.revision != before


def test_who_falls_silent_is_here_no_more():
    now = [0.0]
    here = Presence(lambda: now[0])
    assert here.say(ANN, ASKED, ["a"]) == []
    (other,) = here.say(BEN, ASKED, ["b"])
    assert (other.person, other.answers) == (ANN, ("a",))
    now[0] = SECONDS + 1
    assert here.say(BEN, ASKED, ["b"]) == []


def test_only_questions_with_answers_are_asked(journal):
    asked = [Question("9-Q9", "None", "9", 1.0), *opened(journal).questions.values()]
    grading = Grading(journal, last_reports(journal), asked)
    assert list(grading.questions) == [ASKED, "1.2-Q5"]
    assert RUBRIC.by_hand[ASKED].points == 2
