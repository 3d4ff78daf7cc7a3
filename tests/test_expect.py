"""Distances of arrays and the equality of views."""

import math

import numpy as np
import pytest

from autograder.expect import TOLERANCES, distance, same


def test_the_distance_is_the_largest_difference_relative_to_the_root_mean_square_of_the_reference():
    assert distance(np.array([3.0, 4.5]), np.array([3.0, 4.0])) == pytest.approx(0.5 / math.sqrt(12.5))


def test_equal_arrays_are_at_distance_zero():
    array = np.linspace(-1, 1, 7, dtype=np.float32)
    assert distance(array, array.copy()) == 0


def test_arrays_of_other_shapes_are_infinitely_far_apart():
    assert distance(np.zeros((2, 3)), np.zeros((3, 2))) == math.inf
    assert distance(np.zeros(1), np.zeros(())) == math.inf
    assert distance(np.zeros(0), np.zeros(1)) == math.inf


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_infinitely_far_from_everything_themselves_included(value):
    bad, good = np.array([1.0, value]), np.array([1.0, 2.0])
    assert distance(bad, good) == math.inf
    assert distance(good, bad) == math.inf
    assert distance(bad, bad) == math.inf


def test_a_reference_of_zeros_is_compared_absolutely():
    assert distance(np.zeros(3), np.zeros(3)) == 0
    assert distance(np.array([0.0, 0.25]), np.zeros(2)) == 0.25


def test_empty_arrays_of_one_shape_are_equal():
    assert distance(np.zeros((0, 2)), np.ones((0, 2))) == 0


def test_integers_and_booleans_are_compared_as_numbers_without_wrapping_around():
    assert distance(np.array([0], dtype=np.uint8), np.array([255], dtype=np.uint8)) == 1
    assert distance(np.array([True, False]), np.array([True, True])) == 1


def test_views_are_the_same_if_arrays_lie_within_their_own_tolerance():
    wanted = {"eval1": np.ones(4), "train8": np.ones(4)}
    apart = TOLERANCES["eval1"] * 2  # within the tolerance of train8
    assert same({**wanted, "train8": np.ones(4) + apart}, wanted)
    assert not same({**wanted, "eval1": np.ones(4) + apart}, wanted)


def test_a_confusion_matrix_is_compared_exactly():
    assert same({"matrix": np.eye(10)}, {"matrix": np.eye(10)})
    assert not same({"matrix": np.eye(10) * (1 + 1e-12)}, {"matrix": np.eye(10)})


def test_facts_are_compared_exactly():
    assert same({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})
    assert not same({"a": 1.0000001}, {"a": 1})
    assert not same({"a": float("nan")}, {"a": float("nan")})


def test_views_with_other_names_differ():
    assert not same({"a": 1}, {"a": 1, "b": 2})
    assert not same({"a": 1, "b": 2}, {"a": 1})
    assert not same({}, {"a": None})


def test_an_array_never_equals_a_fact():
    assert not same({"matrix": None}, {"matrix": np.eye(2)})
    assert not same({"matrix": np.eye(2)}, {"matrix": None})
    assert not same({"matrix": [[1.0]]}, {"matrix": np.ones((1, 1))})
