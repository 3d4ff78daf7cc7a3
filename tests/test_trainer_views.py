"""What decides about a Trainer: the figures that came back, returned or printed; and what form they should have."""

import math
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest

from autograder.evidence import Evidence, Raised
from autograder.expect import same
from autograder.hw1 import returned as forms
from autograder.hw1 import trainer as checks
from autograder.hw1.returned import SENTENCES, accuracy_of, confusion_slips, test_slips, train_slips
from autograder.hw1.trainer import (
    confusion_view,
    explain_confusion,
    explain_test,
    explain_train,
    remarks,
    train_view,
)
from autograder.hw1.trainer import test_view as view_of_test
from autograder.outcome import Status
from autograder.recording import load_recording
from autograder.rubric import read_rubric

test_slips.__test__ = False  # pytest takes it for a test of its own
RECORDING = load_recording()


def call(returned=None, fractions=(), percents=(), kind="", images=37, line=True) -> dict:
    printed = {"fractions": [list(pair) for pair in fractions], "percents": list(percents), "line": line}
    kind = kind or ("NoneType" if returned is None else "float")
    return {"images": images, "returned": returned, "type": kind, "float": kind == "float", **printed}


def tested(first: dict, second: dict | None = None, many: dict | None = None, changed: bool = False) -> Evidence:
    calls = [first, second or call(3 / 37), many or call(2231 / 3839, images=3839)]
    return Evidence({"calls": calls, "changed": changed, "redirected": 0})


@pytest.mark.parametrize(
    ("seen", "accuracy", "slip"),
    [
        (call(22 / 37), 22 / 37, ""),
        (call(0.0), 0, ""),
        (call(1.0, [(22, 37)]), 1, ""),  # what is returned counts
        (call(22 / 37, kind="float32"), 22 / 37, ""),
        (call(1, kind="int"), 1, ""),
        (call(22 / 37, kind="Tensor"), 22 / 37, forms.NO_FLOAT),
        (call(None, [(22, 37)]), 22 / 37, forms.PRINTS_ONLY),
        (call(None, [(1, 37), (22, 37)]), 22 / 37, forms.PRINTS_ONLY),  # the last one
        (call(None, [(22, 37), (3, 5)]), 22 / 37, forms.PRINTS_ONLY),  # the one over all images
        (call(None, [(3, 5)], [59]), 22 / 37, forms.PRINTS_ONLY),
        (call(None, (), [59]), 22 / 37, forms.PRINTS_ONLY),  # a whole percent stands for the nearest count
        (call(None, (), [59.46]), 22 / 37, forms.PRINTS_ONLY),
        (call(None, (), [10, 59.459459]), 22 / 37, forms.PRINTS_ONLY),
        (call(None, (), [61]), 0.61, forms.PRINTS_ONLY),  # no count rounds to it
        (call(None, [(22, 37)], kind="tuple"), 22 / 37, forms.OTHER_RETURN),
        (call(59.46), 22 / 37, forms.PERCENTAGE),
        (call(59.459459, [(22, 37)], kind="Tensor"), 22 / 37, forms.PERCENTAGE),
        (call(59, [(22, 37)], kind="int"), 22 / 37, forms.PERCENTAGE),
        (call(22, [(22, 37)], kind="int"), 22 / 37, forms.COUNT),
        (call(1, [(1, 37)], kind="int"), 1 / 37, forms.COUNT),
        (call(0.59, [(22, 37)]), 22 / 37, forms.ROUNDED),
        (call(4.4, [(22, 37)]), 4.4, ""),  # divided by the batches
        (call(59.46, [(21, 37)]), 59.46, ""),  # what is printed is another one
        (call(22, kind="int"), 8 / 37, forms.PERCENTAGE),  # nothing says that it is a count
        (call(222.0), 222, ""),
    ],
)
def test_the_accuracy_is_what_was_returned_or_else_what_was_printed(seen, accuracy, slip):
    found, said = accuracy_of(seen)
    assert math.isclose(found, accuracy)
    assert said == slip


@pytest.mark.parametrize(("seen", "word"), [(call(kind="tuple"), "a tuple"), (call(), "nothing")])
def test_what_is_no_accuracy_is_told_as_what_it_is(seen, word):
    assert accuracy_of(seen) == (word, "")
    outcome = explain_test(tested(seen), tested(call(22 / 37)))
    assert outcome.reason.startswith(f"test returned {word}, wanted the accuracy")


def deciding(view: dict) -> dict:
    return {name: value for name, value in view.items() if name != "printed"}


RIGHT_TEST = tested(call(22 / 37, [(22, 37)]))


def test_printing_and_returning_the_same_accuracy_is_the_same():
    for seen in (call(None, [(22, 37)]), call(None, (), [59]), call(22 / 37), call(59.46)):
        assert same(deciding(view_of_test(tested(seen))), deciding(view_of_test(RIGHT_TEST)))


@pytest.mark.parametrize("value", [21 / 37, math.nan, math.inf, -1.0, 222.0])
def test_another_accuracy_fails_and_is_told(value):
    seen = tested(call(value))
    assert not same(deciding(view_of_test(seen)), deciding(view_of_test(RIGHT_TEST)))
    outcome = explain_test(seen, RIGHT_TEST)
    assert outcome.status is Status.FAILED
    assert outcome.reason == f"test found {value:.4g}, the right count gives 0.5946."
    assert bool(outcome.hint) == (not 0 <= value <= 1)


RIGHT_CALL = call(22 / 37, [(22, 37)])


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (tested(RIGHT_CALL, changed=True), "changes the network"),
        (tested(RIGHT_CALL, call(25 / 74)), "when it is called again after more training: 0.337838, wanted 0.08108"),
        (
            tested(RIGHT_CALL, None, call(0.9, images=3839)),
            "of five batches, but a wrong one of 120: 90.0 %, wanted 58 %",
        ),
        (tested(call(22 / 40, [(22, 40)])), "does not divide by the number of images: by 40, wanted 37"),
    ],
)
def test_an_accuracy_that_is_right_once_is_told_by_where_it_goes_wrong(seen, words):
    assert not same(deciding(view_of_test(seen)), deciding(view_of_test(RIGHT_TEST)))
    assert words in explain_test(seen, RIGHT_TEST).reason


def test_a_whole_percent_of_many_images_is_enough():
    printed = tested(RIGHT_CALL, None, call(None, (), [58], images=3839))
    assert same(deciding(view_of_test(printed)), deciding(view_of_test(RIGHT_TEST)))


def test_a_line_of_another_form_is_remarked_on():
    assert test_slips(RIGHT_TEST, RIGHT_TEST) == ()
    other = tested(RIGHT_CALL | {"line": False})
    assert test_slips(other, RIGHT_TEST) == (forms.OTHER_LINE,)


# train


REFERENCE = RECORDING.reference["trainer.train"]


def trained(once=1.0, twice=1.0, two=1.0, long=1.0, calls=MappingProxyType({})) -> Evidence:
    """The reference's evidence with weights multiplied, and counts changed in the calls that are named."""
    scales = {"once": once, "twice": twice, "two": two, "long": long}
    arrays = {**REFERENCE.arrays, **{name: REFERENCE.arrays[name] * scale for name, scale in scales.items()}}
    counts = {name: {**call, **calls.get(name, {})} for name, call in REFERENCE.facts["calls"].items()}
    return Evidence({**REFERENCE.facts, "calls": counts}, arrays)


def view_of_train(seen: Evidence) -> dict:
    return checks.TRAINS.judge.deciding(train_view(seen))


def test_training_is_judged_by_the_final_weights_of_both_ways_and_of_the_long_one_and_by_no_count():
    assert same(view_of_train(trained(once=9, two=1.00001, calls={"again": {"steps": 1}})), view_of_train(REFERENCE))
    for wrong in ({"twice": 2}, {"two": 1.01}, {"long": 1.01}):
        assert not same(view_of_train(trained(**wrong)), view_of_train(REFERENCE))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (trained(1, 1, 2), "train(1) is right, train(2)"),
        (trained(1, 2, 1), "train(1) and train(2) are right; train(1), test(), train(1)"),
        (trained(5, 6, 7), "are not those of the loop"),
        (trained(long=2), "but not all of 1,004"),
        (trained(math.nan, math.nan, math.nan), "are not those of the loop"),
    ],
)
def test_wrong_training_without_a_fact_is_told_by_where_it_goes_wrong(seen, words):
    outcome = explain_train(seen, REFERENCE)
    assert words in outcome.reason
    assert outcome.hint
    assert len(outcome.detail) == 4


@pytest.mark.parametrize(
    ("calls", "words"),
    [
        ({"again": {"batches": 0, "forwards": 0, "passes": 0}}, "A second call of Trainer.train trains nothing."),
        ({"again": {"fresh": True}}, "The optimizer's state, like its momentum, is lost between two calls"),
        (
            {"once": {"steps": 0, "moved": False}, "long": {"steps": 0}},
            "The weights never move: optimizer.step() is not called.",
        ),
        ({"once": {"steps": 0}, "long": {"steps": 0}}, "moved by something other than the optimizer"),
        ({"long": {"batches": 202}}, "train(1) over 1,004 batches takes 202 of 1,004."),
        ({"long": {"steps": 502}}, "it ran 502 times for 1,004 batches"),
        ({"two": {"rates": [0.05, 0.0005]}}, "it was 0.0005 at the end of train(2), 0.05 was given"),
        ({"long": {"evals": 904, "first": {"evals": 101}}}, "904 of 1,004 batches, the first is batch 101"),
        ({"once": {"labels": 5, "kinds": ["", "raised", ""]}}, "labels that are not the loader's"),
    ],
)
def test_a_count_that_is_not_the_references_is_the_sentence_and_its_figures_are_not_shown(calls, words):
    outcome = explain_train(trained(1, 2, 2, 2, calls), REFERENCE)
    assert words in outcome.reason
    assert outcome.shown
    assert not any(letter.isdigit() for letter in outcome.shown)


def test_the_name_of_a_mistake_needs_the_same_counts_and_the_long_weights_only_where_the_short_ones_are_right():
    judge = checks.TRAINS.judge
    view = train_view(trained(2, 2, 2, math.nan))
    assert judge.is_that(train_view(trained(2, 2, 2, 5)), view, train_view(REFERENCE))
    assert not judge.is_that(train_view(trained(2, 2, 2, 5, {"long": {"steps": 3}})), view, train_view(REFERENCE))
    late = train_view(trained(long=2))
    assert judge.is_that(train_view(trained(long=2)), late, train_view(REFERENCE))
    assert not judge.is_that(train_view(trained(long=3)), late, train_view(REFERENCE))


def test_an_exception_is_that_of_a_mistake_only_if_it_was_raised_in_the_same_call():
    judge = checks.TRAINS.judge
    first, later = (judge.decides(Raised("RuntimeError", "no", during=name)) for name in ("train(1)", "train(2)"))
    assert judge.is_that(first, first, train_view(REFERENCE))
    assert not judge.is_that(later, first, train_view(REFERENCE))


MEANS = REFERENCE.facts["means"]


def told(returned=MEANS, lines=MEANS, places=((1, 500), (1, 1000)), kind="list", entries="float", **facts) -> Evidence:
    listed = {"type": kind, "length": len(returned), "entries": entries, "numbers": list(returned)}
    printed = [[*place, round(value, 3)] for place, value in zip(places, lines, strict=False)]
    return Evidence({**REFERENCE.facts, "returned": listed, "lines": printed, **facts}, REFERENCE.arrays)


BRIEF = REFERENCE.facts["briefly"]
BOTH = "prints and returns"


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (told(), []),
        (told([], kind="NoneType"), [forms.NO_LIST]),
        (told(kind="ndarray"), [forms.OTHER_LIST]),
        (told(MEANS[:1]), [forms.OTHER_LENGTH]),
        (told(briefly=BRIEF | {"returned": BRIEF["returned"] | {"length": 2}}), [forms.OTHER_LENGTH]),
        (told(entries="Tensor"), [forms.NO_FLOATS]),
        (told([500 * m for m in MEANS]), [forms.SLIPS["sums"].format(who="returns")]),
        (told(*[[MEANS[0], sum(MEANS)]] * 2), [forms.SLIPS["not reset"].format(who=BOTH)]),
        (told(*[[500 * MEANS[0], 500 * sum(MEANS)]] * 2), [forms.SLIPS["not reset"].format(who=BOTH)]),
        (told(lines=REFERENCE.facts["lasts"]), [forms.SLIPS["lasts"].format(who="prints")]),
        (told([round(m, 3) for m in MEANS]), [forms.SLIPS["rounded"].format(who="returns")]),
        (told([0.1, 0.2]), [forms.SLIPS["others"].format(who="returns")]),
        (told(lines=[]), [forms.NO_LINES]),
        (told(places=((0, 500), (0, 1000))), [forms.OTHER_LINES]),
        (told(places=((1, 499), (1, 999))), [forms.OTHER_LINES]),
        (told(more=True), [forms.OTHER_LINES]),
        (told(finished=0), [forms.NOT_FINISHED]),
        (told(briefly=BRIEF | {"finished": 2}), [forms.FINISHED_OFTEN]),
    ],
)
def test_what_train_returns_and_prints_otherwise_is_said(seen, said):
    assert list(train_slips(seen, REFERENCE)) == said
    assert set(said) <= SENTENCES


def judged(cost: str, seen: Evidence):
    case = SimpleNamespace(observe=lambda _: seen, reference=lambda _: REFERENCE, mistakes=lambda check: [])
    case.recording = lambda: None
    case.rubric = replace(read_rubric(), forms=cost)
    return checks.TRAINS.judge(case)


def test_a_slip_is_a_remark_or_costs_the_check_as_the_rubric_says():
    slip = told([], kind="NoneType")
    outcome = judged("remark", slip)
    assert (outcome.status, outcome.remarks) == (Status.PASSED, (forms.NO_LIST,))
    outcome = judged("points", slip)
    assert (outcome.status, outcome.reason, outcome.shown) == (Status.FAILED, forms.NO_LIST, forms.NO_LIST)
    assert judged("points", told()).status is Status.PASSED


# compute_conf


MATRIX = np.diag(np.arange(10.0)) + 1


def counted(matrix=MATRIX, returned="ndarray", changed=False, again=MATRIX, many=MATRIX, dtype="int") -> Evidence:
    facts = {"returned": returned, "dtype": dtype, "changed": changed, "redirected": 0}
    arrays = {"matrix": matrix, "again": again, "many": many}
    return Evidence(facts, {name: array for name, array in arrays.items() if array is not None})


MOVED = MATRIX.copy()
MOVED[0, 1], MOVED[0, 2] = 2, 0


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (counted(None, "NoneType"), "returned nothing and printed no 10 x 10 matrix"),
        (counted(None, "str"), "returned a str"),
        (counted(np.zeros((2, 5))), "The matrix is 2 x 5, wanted 10 x 10."),
        (counted(MATRIX * 2), "counts 290 images and 110 right ones, wanted 145 and 55"),
        (counted(MOVED), "2 of the 100 counts are wrong, the total and the diagonal are right"),
        (counted(again=2 * MATRIX), "is called a second time. It counts 290 images, wanted 145."),
        (counted(again=None), "is called a second time."),
        (counted(many=MATRIX % 4), "counts 120 batches."),
        (counted(MATRIX, changed=True), "changes the network"),
    ],
)
def test_a_wrong_matrix_is_told_by_what_it_counts(seen, words):
    assert not same(confusion_view(seen), confusion_view(counted()))
    outcome = explain_confusion(seen, counted())
    assert outcome.status is Status.FAILED
    assert words in outcome.reason


def test_a_matrix_of_another_shape_or_with_nan_never_passes_and_raises_nothing():
    for matrix in (np.zeros(()), np.zeros(100), np.zeros((0, 10)), np.full((10, 10), math.nan)):
        for seen in (counted(matrix), counted(again=matrix), counted(many=matrix)):
            assert not same(confusion_view(seen), confusion_view(counted()))
            assert explain_confusion(seen, counted()).status is Status.FAILED


def test_a_matrix_that_is_only_printed_or_of_floats_is_remarked_on():
    assert confusion_slips(counted(), counted()) == ()
    assert confusion_slips(counted(returned="NoneType"), counted()) == (forms.NO_MATRIX,)
    assert confusion_slips(counted(dtype="float"), counted()) == (forms.NO_INTEGERS,)


def test_a_gpu_that_is_asked_for_is_remarked_on():
    assert remarks(Evidence({"redirected": 0})) == ()
    assert "GPU" in remarks(Evidence({"redirected": 2}))[0]
