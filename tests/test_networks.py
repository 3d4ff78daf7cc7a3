"""Every symptom of a network, from evidence written by hand."""

import numpy as np
import pytest

from autograder.deep_learning.networks import (
    SENTENCES,
    count_view,
    explain_count,
    explain_function,
    explain_shapes,
    explain_structure,
    function_view,
    function_view_any_row_shape,
    network_remarks,
    output_symptoms,
    pretrained_view,
    shape_view,
    structure_view,
)
from autograder.evidence import Evidence
from autograder.expect import same
from autograder.outcome import Status

LOGITS = np.random.default_rng(0).normal(size=(8, 10)).astype(np.float32)
LINEAR = {"weight": [10, 784], "bias": [10]}


def evidence(logits: np.ndarray = LOGITS, alone: np.ndarray | None = None, **facts: object) -> Evidence:
    """What the probe brings back of one linear layer that does everything right, with some of it changed."""
    arrays = {"eval8": logits, "eval1": logits[3:4] if alone is None else alone, "train8": logits}
    first = np.array(facts.pop("first", [0.5, 0.2]))
    right = {
        "shape1": list(arrays["eval1"].shape),
        "shape8": list(logits.shape),
        "dtype": "float32",
        "finite": True,
        "repeatable": True,
        "uses": [["linear.weight", [10, 784], "fc.weight", 0], ["linear.bias", [10], "fc.bias", 0]],
        "learns": [True, True],
        "layers": [["linear", LINEAR, [2, 10], False]],
        "settings": [{}],
        "steps": [["flatten", [2, 784]], ["linear", [2, 10]]],
        "unused": [],
        "unregistered": 0,
        "backwards": [],
        "kept": [False, False],
        "requires_grad": [True, True],
    }
    return Evidence({**right, **facts}, {**arrays, "running": np.zeros((0, 2)), "first": first})


def softmax(x: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(x)
    return (powers / powers.sum(axis, keepdims=True)).astype(np.float32)


PROBABILITIES = softmax(LOGITS, 1)
RIGHT = evidence()

OUTPUTS = {
    "returned tuple": Evidence({"returned": "tuple"}),
    "dtype float64": evidence(dtype="float64"),
    "shape1 (10,)": evidence(alone=LOGITS[3]),
    "shape8 (10, 8)": evidence(LOGITS.T.copy(), LOGITS[3:4]),
    "not finite": evidence(finite=False),
    "not repeatable": evidence(repeatable=False),
    "constant": evidence(np.repeat(LOGITS[:1], 8, axis=0)),
    "rows mixed": evidence(alone=LOGITS[3:4] + 0.1),
    "probabilities": evidence(PROBABILITIES),
    "log-probabilities": evidence(np.log(PROBABILITIES)),
    "columns sum to one": evidence(softmax(LOGITS, 0)),
}
STRUCTURE = {
    "no parameters": evidence(uses=[], learns=[]),
    "no gradient at all": evidence(learns=[False, False]),
    "no gradient in places": evidence(learns=[True, False]),
    "unused": evidence(unused=[["spare.weight", [3]]]),
    "unregistered": evidence(unregistered=2),
}


def test_right_logits_have_no_symptom():
    assert output_symptoms(RIGHT) == []
    assert structure_view(RIGHT) == {"symptoms": []}


@pytest.mark.parametrize("symptom", OUTPUTS)
def test_each_symptom_of_the_outputs_is_seen_alone(symptom):
    assert output_symptoms(OUTPUTS[symptom]) == [symptom]


@pytest.mark.parametrize("symptom", STRUCTURE)
def test_each_symptom_of_the_structure_is_seen_alone(symptom):
    assert structure_view(STRUCTURE[symptom]) == {"symptoms": [symptom]}


@pytest.mark.parametrize("symptom", {**OUTPUTS, **STRUCTURE})
def test_each_symptom_has_a_sentence_of_its_own(symptom):
    outcome = explain_structure({**OUTPUTS, **STRUCTURE}[symptom], RIGHT)
    assert outcome.status is Status.FAILED
    assert outcome.reason.endswith(".")
    assert outcome.reason == SENTENCES.get(symptom, (outcome.reason,))[0]
    assert outcome.hint or symptom.startswith("shape8")


def test_several_symptoms_are_told_with_the_first_as_the_reason():
    outcome = explain_structure(evidence(dtype="float64", repeatable=False, unregistered=1), RIGHT)
    assert outcome.reason == SENTENCES["unregistered"][0]  # what eval mode does not reach may behave oddly otherwise
    assert outcome.detail == ("The outputs are float64, wanted float32.", SENTENCES["not repeatable"][0])


def test_a_lost_batch_of_one_gets_the_hint_about_squeeze():
    outcome = explain_structure(OUTPUTS["shape1 (10,)"], RIGHT)
    assert outcome.reason == "One image gives the shape (10,), wanted (1, 10)."
    assert ".squeeze()" in outcome.hint


def test_running_statistics_without_a_gradient_are_no_symptom():
    uses = [*RIGHT.facts["uses"], ["norm.mean", [10], "", 1], ["norm.var", [10], "", 1]]
    assert structure_view(evidence(uses=uses, learns=[True, True, False, False])) == {"symptoms": []}


def test_rounding_between_a_row_alone_and_in_a_batch_is_no_symptom():
    assert output_symptoms(evidence(alone=LOGITS[3:4] * np.float32(1 + 1e-6))) == []


def test_a_network_of_zeros_is_constant_and_raises_nothing():
    assert "constant" in output_symptoms(evidence(np.zeros((8, 10), np.float32)))


def test_rows_that_differ_by_less_than_rounding_are_no_symptom_where_a_gradient_reaches_the_input():
    """As on weights that are not in their places: a deep network's batch norms then do not fit what comes in."""
    alike = np.repeat(LOGITS[:1], 8, axis=0)
    assert output_symptoms(evidence(alike, depends=True)) == []
    assert output_symptoms(evidence(alike, depends=False)) == ["constant"]


def test_shapes_are_judged_blind_for_what_the_function_is_judged_by():
    for name in ("probabilities", "log-probabilities", "columns sum to one"):
        assert shape_view(OUTPUTS[name]) == {"symptoms": [], "parameters": None}
    assert shape_view(OUTPUTS["constant"]) == {"symptoms": ["constant"], "parameters": 7850}


def test_a_wrong_shape_is_told_with_the_first_layer_that_differs():
    seen = evidence(np.zeros((8, 12)), np.zeros((1, 12)), steps=[["linear", [2, 12]]])
    outcome = explain_shapes(seen, evidence(steps=[["linear", [2, 10]]]))
    assert outcome.reason == (
        "One image gives the shape (1, 12), wanted (1, 10). The first layer that differs is linear1: (2, 12), "
        "wanted (2, 10)."
    )


def test_what_returns_no_tensor_has_wrong_shapes():
    assert explain_shapes(Evidence({"returned": "list", "uses": []}), RIGHT).reason.startswith("forward returns a list")


def test_the_function_is_outputs_statistics_and_gradients():
    assert same(function_view(RIGHT), function_view(evidence()))
    for seen in (evidence(LOGITS * 1.01), evidence(learns=[True, False]), evidence(dtype="float64"), Evidence({})):
        assert not same(function_view(seen), function_view(RIGHT))


def test_a_batch_dimension_lost_for_one_image_is_left_to_the_check_of_the_shapes():
    lost = evidence(alone=LOGITS[3])
    assert not same(function_view(lost), function_view(RIGHT))
    assert same(function_view_any_row_shape(lost), function_view_any_row_shape(RIGHT))


def test_a_row_of_another_size_is_another_function_all_the_same():
    for seen in (evidence(alone=LOGITS[3, :9]), evidence(alone=np.zeros((0, 10), np.float32))):
        assert not same(function_view_any_row_shape(seen), function_view_any_row_shape(RIGHT))


@pytest.mark.parametrize("name", ["kept", "requires_grad"])
def test_the_pretrained_network_must_keep_and_train_the_features(name):
    assert same(pretrained_view(RIGHT), pretrained_view(evidence()))
    assert not same(pretrained_view(evidence(**{name: [True, False]})), pretrained_view(RIGHT))


def test_the_count_is_by_role_and_shape():
    used = [["linear.bias", [10], 1], ["linear.weight", [10, 784], 1]]
    assert count_view(RIGHT) == {"used": used, "registered": True}
    assert count_view(evidence(unregistered=2)) == {"used": used, "registered": False}


def test_another_count_is_told_with_the_difference():
    without_bias = evidence(
        uses=[["linear.weight", [10, 784], "", 0]], layers=[["linear", {"weight": [10, 784]}, [2, 10], False]]
    )
    outcome = explain_count(without_bias, RIGHT)
    assert outcome.reason == "7,840 parameters are used in forward, wanted 7,850: -10. First: linear1 has no bias: -10."
    assert outcome.detail == ("linear1 has no bias: -10",)


def test_the_right_count_of_other_shapes_is_told():
    turned = {"weight": [784, 10], "bias": [10]}
    uses = [["linear.weight", [784, 10], "", 0], ["linear.bias", [10], "", 0]]
    outcome = explain_count(evidence(uses=uses, layers=[["linear", turned, [], False]]), RIGHT)
    assert outcome.reason.startswith("7,850 parameters are used, as wanted, but of other shapes")


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Evidence({"returned": "tuple"}), "forward returns a tuple"),
        (OUTPUTS["shape8 (10, 8)"], "Eight inputs give (10, 8), wanted (8, 10)."),
        (OUTPUTS["shape1 (10,)"], "One input gives (10,), wanted (1, 10)."),
        (OUTPUTS["dtype float64"], "The outputs are float64, wanted float32."),
        (OUTPUTS["not finite"], "NaN or infinity"),
        (evidence(unregistered=2), "not registered"),
        (evidence(LOGITS * 2, repeatable=False), "The same image twice gives two results in eval mode."),
        (evidence(LOGITS * 2, learns=[True, False]), "The gradient does not reach every parameter."),
        (evidence(LOGITS * 2, learns=[True, False], requires_grad=[True, False]), "never trained"),
        (evidence(LOGITS * 2), "computes another function"),
        (evidence(LOGITS * 2, settings=[{"dilation": "2 x 2"}]), "linear1 has dilation 2 x 2, wanted 1 x 1."),
        (evidence(LOGITS * 2, settings=[{"training": "True"}]), "linear1 uses those of the batch in eval mode"),
        (evidence(LOGITS * 2, steps=[["pad, reflect", []], ["linear", []]]), "padding mode 'reflect'"),
        (evidence(LOGITS * 2, first=[9.0, 9.0]), "The first layer does not get the inputs unchanged"),
    ],
)
def test_another_function_is_told_by_the_first_thing_that_differs(seen, words):
    wanted = evidence(settings=[{"dilation": "1 x 1", "training": "False"}])
    outcome = explain_function(seen, wanted)
    assert outcome.status is Status.FAILED
    assert words in outcome.reason


def test_steps_are_told_as_detail_and_the_order_of_relu_and_max_pooling_is_no_difference():
    steps = [["linear", []], ["ReLU", []], ["max-pool", []], ["ReLU", []]]
    turned = [steps[0], steps[2], steps[1], steps[3]]
    wanted = evidence(steps=steps)
    assert not any("difference" in line for line in explain_function(evidence(LOGITS * 2, steps=turned), wanted).detail)
    other = [*turned[:3], ["tanh", []]]
    detail = explain_function(evidence(LOGITS * 2, steps=other), wanted).detail
    assert "The first difference: after ReLU1 yours has tanh1, the reference ReLU2." in detail


def test_what_changes_from_call_to_call_is_told_by_what_the_trace_shows():
    for steps, words in (
        ([["dropout that is on", []]], "a dropout stays active"),
        ([["random numbers", []]], "forward draws random numbers"),
    ):
        assert words in explain_structure(evidence(repeatable=False, steps=steps), RIGHT).reason
        assert words in explain_function(evidence(LOGITS * 2, repeatable=False, steps=steps), RIGHT).reason


def test_rows_that_depend_on_each_other_are_told_by_what_mixes_them():
    mixed = evidence(alone=LOGITS[3:4] + 0.1)
    assert "`x.flatten(1)`" in explain_structure(mixed, RIGHT).hint
    mixed.facts["settings"][0]["training"] = "True"
    assert "batch norm uses their statistics" in explain_structure(mixed, RIGHT).reason


def test_other_layers_are_told_with_their_difference_and_the_counts():
    uses = [["linear.weight", [10, 784], "", 0]]
    seen = evidence(LOGITS * 2, uses=uses, layers=[["linear", {"weight": [10, 784]}, [], False]], learns=[True])
    outcome = explain_function(seen, RIGHT)
    assert outcome.reason == "Other layers than the reference's: linear1 has no bias: -10."
    assert outcome.detail[-1] == "parameters used: 7,840, wanted 7,850"


def test_a_difference_in_train_mode_only_is_told_as_one():
    seen = evidence()
    seen.arrays["train8"] = LOGITS * 2
    outcome = explain_function(seen, RIGHT)
    assert outcome.reason == "Eval mode is right, train mode is not."
    seen.facts["steps"].append(["dropout", [2, 10]])
    assert explain_function(seen, RIGHT).reason == "Eval mode is right, train mode is not: there is a dropout in it."


def test_the_distances_are_told_as_detail():
    detail = explain_function(evidence(LOGITS * 2), RIGHT).detail
    assert [line.partition(":")[0] for line in detail] == ["eval1", "eval8", "first", "running", "train8"]


def test_a_train_output_too_large_to_bring_back_is_told_and_raises_nothing():
    seen = evidence()
    del seen.arrays["train8"]
    outcome = explain_function(seen, RIGHT)
    assert outcome.status is Status.FAILED
    assert outcome.reason


def test_a_gpu_unused_layers_and_ready_made_parts_are_remarked():
    seen = evidence(redirected=1, unused=[["spare.weight", [3]]], borrowed=["VGG"])
    assert network_remarks(RIGHT) == ()
    gpu, unused, borrowed = network_remarks(seen)
    assert "GPU" in gpu
    assert unused == "Declared and never used in forward: spare.weight."
    assert borrowed == "It uses ready-made parts of a library: VGG."
