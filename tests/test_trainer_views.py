"""What decides about a Trainer: the figures that came back, returned or printed."""

import math

import numpy as np
import pytest

from autograder.checks.trainer import (
    accuracy_of,
    confusion_view,
    explain_confusion,
    explain_test,
    explain_train,
    remarks,
    train_view,
)
from autograder.checks.trainer import test_view as view_of_test
from autograder.evidence import Evidence
from autograder.expect import same
from autograder.outcome import Status


def tested(returned: object = None, fractions: tuple = (), percents: tuple = (), changed: bool = False) -> Evidence:
    printed = {"fractions": [list(pair) for pair in fractions], "percents": list(percents)}
    return Evidence({"images": 37, "returned": returned, "changed": changed, "redirected": 0, **printed})


@pytest.mark.parametrize(
    ("seen", "accuracy"),
    [
        (tested(22 / 37), 22 / 37),
        (tested(0.0), 0),
        (tested(1.0, fractions=[(22, 37)]), 1),  # what is returned counts
        (tested(fractions=[(22, 37)]), 22 / 37),
        (tested(fractions=[(1, 37), (22, 37)]), 22 / 37),  # the last one
        (tested(fractions=[(22, 37), (3, 5)]), 22 / 37),  # the one over all images
        (tested(fractions=[(3, 5)], percents=[59]), 22 / 37),
        (tested(percents=[59]), 22 / 37),  # a whole percent stands for the nearest count
        (tested(percents=[59.46]), 22 / 37),
        (tested(percents=[10, 59.459459]), 22 / 37),
        (tested(percents=[61]), 0.61),  # no count rounds to it
        (tested(59.46), 59.46),
    ],
)
def test_the_accuracy_is_what_was_returned_or_else_what_was_printed(seen, accuracy):
    assert accuracy_of(seen) == round(accuracy, 6)


@pytest.mark.parametrize(("seen", "word"), [(tested("tuple"), "a tuple"), (tested(), "nothing")])
def test_what_is_no_accuracy_is_told_as_what_it_is(seen, word):
    assert accuracy_of(seen) == word
    assert explain_test(seen, tested(22 / 37)).reason.startswith(f"test returned {word}, wanted the accuracy")


def test_printing_and_returning_the_same_accuracy_is_the_same():
    for seen in (tested(fractions=[(22, 37)]), tested(percents=[59]), tested(22 / 37)):
        assert same(view_of_test(seen), view_of_test(tested(22 / 37)))


@pytest.mark.parametrize("value", [21 / 37, 59.46, math.nan, math.inf, -1.0])
def test_another_accuracy_fails_and_is_told(value):
    seen = tested(value)
    assert not same(view_of_test(seen), view_of_test(tested(22 / 37)))
    outcome = explain_test(seen, tested(22 / 37))
    assert outcome.status is Status.FAILED
    assert outcome.reason == f"test found {value:.4g}, the right count gives 0.5946."
    assert bool(outcome.hint) == (not 0 <= value <= 1)


def test_a_test_that_changes_the_network_fails_with_the_right_accuracy():
    seen = tested(22 / 37, changed=True)
    assert not same(view_of_test(seen), view_of_test(tested(22 / 37)))
    assert "changes the network" in explain_test(seen, tested(22 / 37)).reason


def trained(once: float, twice: float, two: float) -> Evidence:
    values = {"initial": 1.0, "once": once, "twice": twice, "two": two}
    return Evidence({"redirected": 0}, {name: np.full(4, value) for name, value in values.items()})


RIGHT = trained(2, 3, 3)


def test_training_is_judged_by_the_final_weights_of_both_ways():
    assert same(train_view(trained(9, 3, 3)), train_view(RIGHT))
    assert not same(train_view(trained(2, 4, 3)), train_view(RIGHT))
    assert not same(train_view(trained(2, 3, 4)), train_view(RIGHT))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (trained(1, 1, 1), "did not move"),
        (trained(2, 3, 4), "train(1) is right, train(2)"),
        (trained(2.5, 4, 3), "train(2) is right; train(1), test(), train(1)"),
        (trained(5, 6, 7), "are not those of the loop"),
        (trained(math.nan, math.nan, math.nan), "are not those of the loop"),
    ],
)
def test_wrong_training_is_told_by_where_it_goes_wrong(seen, words):
    outcome = explain_train(seen, RIGHT)
    assert words in outcome.reason
    assert outcome.hint
    assert len(outcome.detail) == 3


MATRIX = np.diag(np.arange(10.0)) + 1


def counted(matrix: np.ndarray | None = MATRIX, returned: str = "ndarray", changed: bool = False) -> Evidence:
    facts = {"returned": returned, "changed": changed, "redirected": 0}
    return Evidence(facts, {} if matrix is None else {"matrix": matrix})


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
        assert not same(confusion_view(counted(matrix)), confusion_view(counted()))
        assert explain_confusion(counted(matrix), counted()).status is Status.FAILED


def test_a_gpu_and_a_result_that_is_only_printed_are_remarked():
    assert remarks(tested(0.5)) == ()
    (printed,) = remarks(tested(percents=[59]))
    assert "returns nothing" in printed
    assert "GPU" in remarks(Evidence({"redirected": 2}))[0]
