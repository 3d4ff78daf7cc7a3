"""Random numbers from a key: fixed for ever, and with the variances that keep a network alive."""

import math

import numpy as np
import pytest
import torch

from autograder.deep_learning.probes.draws import SPREAD, images, spread_of, uniform, values

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
    assert drawn.min() == 0
    assert drawn.max() == 1
    for value in (0, 1):  # a log of a black pixel is infinite
        assert (drawn == value).float().mean().item() == pytest.approx(1 / 6, abs=0.03)


def test_weights_have_the_variance_that_keeps_activations_alive():
    drawn = values(KEY, "conv.weight", 0, (64, 32, 3, 3), 1.0)
    assert drawn.var().item() == pytest.approx(2 / (32 * 9), rel=0.05)
    assert values(KEY, "linear.weight", 0, (10, 50), 1.0).abs().max() <= math.sqrt(6 / 50)


def test_a_first_linear_layer_puts_activations_on_both_sides_of_0_and_1_and_6_whatever_the_key():
    for number in range(20):
        key = bytes([number]) * 32
        weight = values(key, "linear.weight", 0, (30, 784), spread_of("linear.weight", is_first=True))
        outputs = images(key, "inputs", (8, 784)) @ weight.T
        for low, high in ((-math.inf, 0), (0, 1), (1, 6), (6, math.inf)):
            assert ((low < outputs) & (outputs < high)).sum() >= 3


def test_batch_norm_spreads_activations_and_what_follows_keeps_the_spread():
    assert spread_of("norm.weight", is_first=False) == spread_of("norm.var", is_first=False) == SPREAD
    assert spread_of("linear.weight", is_first=False) == spread_of("conv.weight", is_first=True) == 1


@pytest.mark.parametrize("role", ["norm.weight", "norm.var"])
def test_variances_and_scales_are_positive(role):
    drawn = values(KEY, role, 0, (10_000,), 1.0)
    assert 0.5 <= drawn.min() < drawn.max() <= 1.5


@pytest.mark.parametrize("role", ["norm.mean", "norm.bias", "conv.bias", "linear.bias"])
def test_biases_and_means_are_small(role):
    assert 0.3 < values(KEY, role, 0, (1000,), 1.0).abs().max() <= 0.4


def test_each_parameter_of_a_role_gets_numbers_of_its_own():
    first = values(KEY, "linear.bias", 0, (10,), 1.0)
    assert not torch.equal(first, values(KEY, "linear.bias", 1, (10,), 1.0))
    assert not torch.equal(first, values(KEY, "conv.bias", 0, (10,), 1.0))
