"""What the difference between two networks is, in a line for each layer."""

import pytest

from autograder.deep_learning.layers import (
    LINES,
    first_difference,
    layer_difference,
    layers_of,
    parameter_count,
    shape_text,
    step_difference,
    used_parameters,
)
from autograder.evidence import Evidence


def conv(inputs: int, outputs: int, bias: bool = True, size: int = 3) -> tuple:
    return "conv", {"weight": [outputs, inputs, size, size], **({"bias": [outputs]} if bias else {})}


def linear(inputs: int, outputs: int) -> tuple:
    return "linear", {"weight": [outputs, inputs], "bias": [outputs]}


def norm(width: int, **others: list[int]) -> tuple:
    return "norm", {**{part: [width] for part in ("weight", "bias", "mean", "var")}, **others}


def network(*layers: tuple, steps: list | None = None, unused: list | None = None, again: tuple = ()) -> Evidence:
    """Evidence of a network that uses *layers* in this order; those in *again* use nothing new."""
    uses = [
        [f"{kind}.{part}", shape, "", index]
        for index, (kind, shapes) in enumerate(layers)
        if index not in again
        for part, shape in shapes.items()
    ]
    listed = [[kind, shapes, [], index in again] for index, (kind, shapes) in enumerate(layers)]
    return Evidence({"uses": uses, "layers": listed, "steps": steps or [], "unused": unused or []})


REFERENCE = network(conv(3, 64), norm(64), conv(64, 64), norm(64), linear(64, 10))


def test_shapes_are_written_as_python_does():
    assert [shape_text(shape) for shape in ([], [10], [8, 10])] == ["()", "(10,)", "(8, 10)"]


def test_layers_are_numbered_within_their_kind():
    assert [name for name, *_ in layers_of(REFERENCE)] == ["conv1", "norm1", "conv2", "norm2", "linear1"]


def test_the_count_is_that_of_weights_and_biases_without_statistics():
    assert parameter_count(REFERENCE) == 3 * 64 * 9 + 64 + 128 + 64 * 64 * 9 + 64 + 128 + 650
    assert used_parameters(REFERENCE)["norm.weight", (64,)] == 2
    assert not any("mean" in role or "var" in role for role, _ in used_parameters(REFERENCE))


def test_a_network_does_not_differ_from_itself():
    assert layer_difference(REFERENCE, REFERENCE) == ()
    assert first_difference(REFERENCE, REFERENCE) == ""
    assert step_difference(REFERENCE, REFERENCE) == ""


def test_a_missing_bias_is_named_with_what_it_costs():
    seen = network(conv(3, 64), norm(64), conv(64, 64, bias=False), norm(64), linear(64, 10))
    assert layer_difference(seen, REFERENCE) == ("conv2 has no bias: -64",)


def test_a_bias_too_many_is_named_with_what_it_adds():
    wanted = network(conv(3, 8, bias=False))
    assert layer_difference(network(conv(3, 8)), wanted) == ("conv1 has a bias too many: +8",)


def test_a_missing_layer_is_named():
    seen = network(conv(3, 64), norm(64), conv(64, 64), linear(64, 10))
    assert layer_difference(seen, REFERENCE) == ("norm2 (64) is missing: -128",)


def test_a_layer_too_many_is_named():
    seen = network(conv(3, 64), norm(64), conv(64, 64), norm(64), linear(64, 10), linear(10, 10))
    assert layer_difference(seen, REFERENCE) == ("linear2 (10 to 10) is one layer too many: +110",)


def test_another_width_is_named_with_both_sizes():
    seen = network(conv(3, 64), norm(64), conv(64, 64), norm(64), linear(64, 12))
    assert layer_difference(seen, REFERENCE) == (
        "linear1's weight is 12 x 64, wanted 10 x 64: +128",
        "linear1's bias is 12, wanted 10: +2",
    )


def test_batch_norm_without_running_statistics_is_named_without_a_cost():
    seen = network(conv(3, 64), ("norm", {"weight": [64], "bias": [64]}))
    assert layer_difference(seen, network(conv(3, 64), norm(64))) == (
        "norm1 has no running mean",
        "norm1 has no running var",
    )


def test_weights_used_twice_are_named():
    wanted = network(linear(8, 8), linear(8, 8))
    seen = network(linear(8, 8), linear(8, 8), again=(1,))
    assert layer_difference(seen, wanted) == ("linear2 uses the weights of an earlier layer again: -72",)


def test_parameters_that_forward_never_uses_are_named():
    seen = network(linear(8, 8), unused=[["spare.weight", [10, 30]], ["spare.bias", [10]]])
    assert layer_difference(seen, network(linear(8, 8))) == (
        "declared and never used in forward: spare.weight, spare.bias (310 parameters, which do not count)",
    )


def test_a_long_list_is_cut_with_a_count_of_the_rest():
    seen = network(*(conv(3, 3, bias=False) for _ in range(20)))
    wanted = network(*(conv(3, 3) for _ in range(20)))
    lines = layer_difference(seen, wanted)
    assert len(lines) == LINES
    assert lines[-1] == "and 9 more differences"


def test_a_network_without_layers_lacks_all_of_them():
    lines = layer_difference(network(), network(linear(784, 30), linear(30, 10)))
    assert lines == ("linear1 (784 to 30) is missing: -23,550", "linear2 (30 to 10) is missing: -310")


STEPS = [["conv", [2, 6, 12, 12]], ["ReLU", [2, 6, 12, 12]], ["max-pool", [2, 6, 6, 6]], ["linear", [2, 10]]]


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (STEPS, ""),
        ([["conv", [2, 6, 10, 10]], *STEPS[1:]], "conv1: (2, 6, 10, 10), wanted (2, 6, 12, 12)"),
        ([STEPS[0], STEPS[1], STEPS[3]], "linear1 where the reference has max-pool1"),
        ([STEPS[0], ["average-pool", [2, 6, 6, 6]], STEPS[3]], "average-pool1 where the reference has max-pool1"),
        (STEPS[:3], "The reference has linear1 after that."),
        ([*STEPS, ["linear", [2, 10]]], "The first layer too many is linear2."),
        ([], "The reference has conv1 after that."),
    ],
)
def test_the_first_layer_whose_shape_differs_is_named(steps, sentence):
    found = first_difference(network(steps=steps), network(steps=STEPS))
    assert sentence in found
    assert bool(found) == bool(sentence)


def test_how_a_flatten_is_written_is_no_difference():
    flat = [*STEPS[:3], ["flatten", [2, 216]], STEPS[3]]
    assert first_difference(network(steps=flat), network(steps=STEPS)) == ""
    assert step_difference(network(steps=flat), network(steps=STEPS)) == ""


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([STEPS[0], ["sigmoid", []], *STEPS[2:]], "after conv1 yours has sigmoid1, the reference ReLU1"),
        ([STEPS[1], *STEPS[1:]], "first yours has ReLU1, the reference conv1"),
        ([STEPS[0], *STEPS[2:]], "after conv1 yours has max-pool1, the reference ReLU1"),
        (STEPS[:3], "after max-pool1 the reference has linear1"),
        ([*STEPS, ["softmax", []]], "after linear1 yours has softmax1"),
    ],
)
def test_the_first_step_that_differs_is_named(steps, sentence):
    assert sentence in step_difference(network(steps=steps), network(steps=STEPS))
