"""Random numbers from a key: fixed for ever, and with the variances that keep a network alive."""

import math

import numpy as np
import pytest
import torch

from autograder.probes.draws import images, uniform, values

KEY = b"key"
# What was recorded once must be drawn again by every version of numpy and torch; each number is exact in float32.
FIXED = [-0.5191742777824402, 0.708649218082428, 0.5262256860733032, 0.711982011795044, 0.5657110214233398]


def test_the_numbers_are_fixed():
    assert uniform(KEY, "inputs", (5,)).tolist() == FIXED
    assert uniform(KEY, "inputs", (2, 2)).flatten().tolist() == FIXED[:4]


def test_they_depend_on_the_key_and_on_the_name():
    first = uniform(KEY, "a", (8,))
    assert torch.equal(first, uniform(KEY, "a", (8,)))
    assert not torch.equal(first, uniform(KEY, "b", (8,)))
    assert not torch.equal(first, uniform(b"other", "a", (8,)))


def test_they_do_not_depend_on_or_touch_the_generators_of_torch_and_numpy():
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = uniform(KEY, "a", (8,))
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    np.random.default_rng(3).random(5)
    assert torch.equal(uniform(KEY, "a", (8,)), first)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 0, 4), (2, 3, 4)])
def test_any_shape_can_be_drawn(shape):
    drawn = uniform(KEY, "a", shape)
    assert drawn.shape == shape
    assert drawn.dtype == torch.float32


def test_they_are_uniform_between_minus_one_and_one():
    drawn = uniform(KEY, "many", (100_000,))
    assert -1 <= drawn.min() < -0.999
    assert 0.999 < drawn.max() <= 1
    assert abs(drawn.mean()) < 0.01
    assert drawn.var().item() == pytest.approx(1 / 3, rel=0.02)


def test_images_lie_between_zero_and_one():
    drawn = images(KEY, "inputs", (4, 1, 28, 28))
    assert 0 <= drawn.min() < 0.01
    assert 0.99 < drawn.max() <= 1


def test_weights_have_the_variance_that_keeps_activations_alive():
    drawn = values(KEY, "conv.weight", 0, (64, 32, 3, 3))
    assert drawn.var().item() == pytest.approx(2 / (32 * 9), rel=0.05)
    assert values(KEY, "linear.weight", 0, (10, 50)).abs().max() <= math.sqrt(6 / 50)


@pytest.mark.parametrize("role", ["norm.weight", "norm.var"])
def test_variances_and_scales_are_positive(role):
    drawn = values(KEY, role, 0, (10_000,))
    assert 0.5 <= drawn.min() < drawn.max() <= 1.5


@pytest.mark.parametrize("role", ["norm.mean", "norm.bias", "conv.bias", "linear.bias"])
def test_biases_and_means_are_small(role):
    assert 0.3 < values(KEY, role, 0, (1000,)).abs().max() <= 0.4


def test_each_parameter_of_a_role_gets_numbers_of_its_own():
    first = values(KEY, "linear.bias", 0, (10,))
    assert not torch.equal(first, values(KEY, "linear.bias", 1, (10,)))
    assert not torch.equal(first, values(KEY, "conv.bias", 0, (10,)))
