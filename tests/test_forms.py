"""A reply is of the form that was asked for, or there is a sentence that says in our own words why it is not."""

import io
import json
import re
import time
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.compare import Compare
from autograder.errors import ProtocolError
from autograder.evidence import Evidence
from autograder.grammar import MANY, WORD
from autograder.home import solution_folder
from autograder.hw1.checks import CHECKS, PROOFS
from autograder.hw1.forms import TINIER, TINY
from autograder.hw1.homework import HOMEWORK
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.recording import load_recording
from autograder.sandbox.forms import forms_of, misfit
from autograder.sandbox.registry import PROBES
from autograder.sandbox.session import Session
from autograder.sandbox.wire import read_frame, write_frame
from autograder.seeds import key_for
from autograder.submission import Submission

FORMS = forms_of(HOMEWORK)
RECORDING = load_recording()
JUDGES = [check.judge for check in CHECKS if isinstance(check.judge, Compare)]
ASKED = {p.id: p for judge in JUDGES for p in (judge.probe, judge.instead) if p is not None} | {p.id: p for p in PROOFS}
# Recorded in single precision.
DOUBLE = ("running", "first", "initial", "once", "twice", "two", "moments", "alike", "matrix")
DOUBLE += ("long", "between", "again", "many")
RNG = np.random.default_rng(7)


def recorded(probe_id: str) -> tuple[dict, dict]:
    """Facts and arrays of the reference as the probe sends them."""
    seen = RECORDING.reference[probe_id]
    arrays = {name: array.astype("float64") if name in DOUBLE else array for name, array in seen.arrays.items()}
    return dict(seen.facts), arrays


COUNTED = dict.fromkeys(("passes", "batches", "backwards", "steps"), 4)
NETWORK = recorded("mnist.structure")
RIGHT = {
    "import": ({}, {}),
    "source": (
        {
            **{"error": None, "names": ["MNIST_Net"], "stubs": [["MNIST_Net", "TODO 1.1"]], "maybe": False},
            "newer": None,
            "foreign": [[3, "torchvision's vgg19_bn"]],
        },
        {},
    ),
    "shown_cells": ({"problem": ""}, {"cells": np.frombuffer(b"[]", np.uint8)}),
    "pdf": (
        {
            **{"pages": 1, "read": 1, "characters": 20, "error": "", "figures": [[1, "98 %", "reached 98 %"]]},
            "candidates": [["Q4", 1]],
        },
        {"candidate 0": np.zeros(20, np.uint8)},
    ),
    "page_texts": ({"error": "", "pages": 2, "read": 2}, {"text 1": np.zeros(20, np.uint8)}),
    "page_picture": ({"error": ""}, {"picture": np.zeros((20, 10, 3), np.uint8)}),
    "notebook": (
        {
            **{"problem": "", "remarks": [], "marked": False, "modules": {"trainer": ["Trainer"]}, "more": 0},
            **{"left_out": [[1, 2, "train()"]], "choices": [], "errors": []},
            "claims": [[3, "1.1", "accuracy", 98.8, 0, 0, ""], [9, "2.2a", "accuracy", 70, 8, 3, "timm's vgg19_bn"]],
            "foreign": [[8, 3, "torchvision's vgg19_bn", "2.2a"]],
            "lacks": [["trainer", "device", 3, 8, "device = try_gpu()"]],
            "renames": [[14, 1, "MnistNet", "MNIST_Net"]],
            "broken": [["VGG19", 5, 2, "invalid syntax (in class VGG19)"]],
        },
        {
            "text trainer": np.frombuffer(b"class Trainer:\n    pass\n", np.uint8),
            "lines trainer": np.array([[4, 1], [4, 2]]),
            "answer Q4": np.zeros(20, np.uint8),
        },
    ),
    "network": NETWORK,
    "pretrained": recorded("vgg.pretrained"),
    "candidates": ({"ways": 2, "all": True, "hidden": False}, {"outputs": np.zeros((2, 8, 10), np.float32)}),
    "edited": ({"ran": [True, False]}, {"outputs": np.zeros((1, 8, 10), np.float32)}),
    "train": recorded("trainer.train"),
    "test": recorded("trainer.test"),
    "confusion": recorded("trainer.confusion"),
    "initial": recorded("mnist.structure, initial"),
    "machine": ({"devices": ["cpu"], "names": {"cpu": "AVX2"}, "card_bytes": 0, "bf16": False}, {}),
    "fit_start": ({"speed": "cpu, float32, channels last", "remark": "", "peak_bytes": 0, "parameters": 7850}, {}),
    "fit_epoch": (
        {"losses": [2.0, float("nan")], "moved": True, **COUNTED},
        {
            "weights fc.weight": np.full((10, 784), np.nan, np.float32),
            "weights norm.num_batches_tracked": np.array(3),
            "kept rng cpu": np.zeros(5056, np.uint8),
            "kept lr": np.array([0.001]),
            "kept 0 exp_avg": np.zeros((10, 784), np.float32),
        },
    ),
    "infer": ({"unfit": ""}, {"logits": np.full((7, 10), np.inf, np.float32)}),
}


def without(values: dict, *names: str) -> dict:
    return {name: value for name, value in values.items() if name not in names}


# What is sent of honest code fits


def test_there_is_a_form_for_each_probe_and_for_the_import():
    assert set(FORMS) == {*PROBES, "import"} == set(RIGHT)


@pytest.mark.parametrize("call", RIGHT)
def test_a_right_reply_fits(call):
    assert misfit(call, *RIGHT[call]) == ""


@pytest.mark.parametrize("probe_id", RECORDING.reference)
def test_what_is_recorded_of_the_reference_fits(probe_id):
    assert misfit(ASKED[probe_id].call, *recorded(probe_id)) == ""


@pytest.mark.parametrize("mistake", RECORDING.mistakes, ids=lambda mistake: mistake.id)
def test_what_is_recorded_of_a_mistake_fits_its_rule_and_its_array(mistake):
    for name, view in mistake.views.items():
        call = ASKED[name.partition("/")[2]].call
        form = FORMS[call][1 if view.get("returned") and call in ("network", "pretrained") else 0]
        rules = form.facts | form.optional
        for part, value in view.items():
            if hasattr(value, "dtype"):
                wide = value.astype("float64") if part in DOUBLE else value
                (wanted,) = [one for one in form.arrays if one.name == part]
                assert wanted.misfit(wide) == ""
            elif part in ("dtype", "shape1", "shape8", "kept", "requires_grad", "changed") and value is not None:
                assert rules[part](value)


NETWORKS = {
    "a tuple": "return x, x",
    "None": "return None",
    "classes": "return self.fc(x.flatten(1)).argmax(1)",
    "booleans": "return self.fc(x.flatten(1)) > 0",
    "complex numbers": "return torch.fft.fft(self.fc(x.flatten(1)))",
    "float64": "return self.fc(x.flatten(1)).double() * 1e300",
    "float16": "return self.fc(x.flatten(1)).half()",
    "bfloat16": "return self.fc(x.flatten(1)).bfloat16()",
    "NaN": "return self.fc(x.flatten(1)).log()",
    "infinity": "return self.fc(x.flatten(1)) / 0",
    "a number": "return self.fc(x.flatten(1)).sum()",
    "no batch": "return self.fc(x.flatten(1)).squeeze()",
    "nothing but zeros": "return torch.zeros(len(x), 10)",
    "nothing at all": "return self.fc(x.flatten(1))[:0]",
    "many numbers": "return self.fc(x.flatten(1)).repeat(1, 1000)",
    "many numbers of one image": "return self.fc(x.flatten(1)).repeat(1, 1 if len(x) == 8 else 10000)",
    "another shape in train mode": "return self.fc(x.flatten(1)).repeat(1, 1 + self.training)",
    "five axes": "return self.fc(x.flatten(1)).view(-1, 1, 2, 5, 1)",
    "layers that are used often": "y = self.fc(x.flatten(1))\n        for _ in range(500): y = self.own(y)"
    "\n        return y",
    "a layer that is too large": "return nn.Linear(784, 80000).weight.sum() + self.fc(x.flatten(1))",
    "buffers that diverge": "return self.norm(self.fc(x.flatten(1)) * 1e38)",
    "unregistered": "return self.hidden[0](x.flatten(1))",
    "an error of half a character": "raise ValueError('\\ud800')",
}
SOURCE = """
import torch
from torch import nn


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)
        self.own = nn.Linear(10, 10)
        self.norm = nn.BatchNorm1d(10)
        self.hidden = [nn.Linear(784, 10)]
        self.odd = nn.ModuleDict({{"a layer, \u00e9 \\n": nn.Linear(2, 2)}})

    def forward(self, x):
        {body}
"""


@pytest.mark.slow
def test_odd_networks_fit_in_all_that_is_asked_of_them(launcher, tmp_path):
    kit = Kit(launcher=launcher, scratch=tmp_path)
    structure, initial = ASKED["mnist.structure"], ASKED["mnist.structure, initial"]
    disturbed = replace(structure, id="disturbed", params={**structure.params, "effects": True})
    for what, body in NETWORKS.items():
        submission = Submission("s", {"mnist.py": SOURCE.format(body=body).encode()})
        with kit.session(submission) as session:
            for probe in (structure, disturbed, initial):
                seen = session.observe(probe, key_for(b"any", probe.id))
                assert getattr(seen, "reason", "") != "protocol", (what, seen)


@pytest.mark.slow
def test_every_mistake_fits_in_all_that_is_asked_of_it(launcher, tmp_path):
    from autograder.hw1.mistakes import MISTAKES
    from autograder.staff.record import comparing, open_session, probes_of, with_mistake

    kit = Kit(launcher=launcher, scratch=tmp_path)
    solution = read_submission(solution_folder(), kit.rubric.limits)
    for mistake in MISTAKES:
        with open_session(launcher, with_mistake(solution, mistake), kit.rubric) as session:
            wanted = {p.id: p for check, judge in comparing() if check.id in mistake.fails for p in probes_of(judge)}
            for probe in wanted.values():
                seen = session.observe(probe, key_for(b"any", probe.id))
                assert getattr(seen, "reason", "") != "protocol", (mistake.id, seen)


def test_a_session_ends_the_worker_whose_reply_is_of_another_form(launcher, tmp_path, monkeypatch):
    kit = Kit(launcher=launcher, scratch=tmp_path)
    probe = ASKED["mnist.structure"]
    submission = read_submission(solution_folder(), kit.rubric.limits)
    with kit.session(submission) as session:
        assert isinstance(session.observe(probe, b"k" * 32), Evidence)
        ended: list[tuple[str, tuple[str, ...]]] = []
        monkeypatch.setattr(Session, "_end", lambda self, name, end=Session._end: (ended.append(name), end(self, name)))
        monkeypatch.setattr("autograder.sandbox.session.misfit", lambda *_: "another form")
        seen = session.observe(probe, b"k" * 32)
        assert (seen.reason, seen.detail) == ("protocol", "another form")
        assert probe.slot in [slot for slot, _ in ended]


# What is of another form does not


@pytest.mark.parametrize(("call", "name"), [(call, name) for call, (facts, _) in RIGHT.items() for name in facts])
def test_a_fact_that_is_missing_or_of_another_type_is_a_misfit(call, name):
    facts, arrays = RIGHT[call]
    assert misfit(call, without(facts, name), arrays)
    for value in ({"x": {}}, [[[[]]]], [object()], "\x00" * 5000, -1, 1 << 62, 1.5, [None], [True, 2]):
        if call == "test" and name == "returned" and type(value) in (int, float):
            continue
        assert misfit(call, {**facts, name: value}, arrays), value


@pytest.mark.parametrize("call", RIGHT)
def test_what_nobody_asked_for_is_a_misfit_and_the_sentence_does_not_repeat_it(call):
    facts, arrays = RIGHT[call]
    for wrong in ({"facts": {**facts, "SECRET": 1}}, {"arrays": {**arrays, "SECRET": np.zeros(1)}}):
        sentence = misfit(call, wrong.get("facts", facts), wrong.get("arrays", arrays))
        assert sentence
        assert "SECRET" not in sentence


@pytest.mark.parametrize(("call", "name"), [(call, name) for call, (_, arrays) in RIGHT.items() for name in arrays])
def test_an_array_of_another_dtype_or_with_an_axis_more_is_a_misfit(call, name):
    facts, arrays = RIGHT[call]
    assert misfit(call, facts, {**arrays, name: arrays[name].astype(bool)})
    if name in ("logits", "matrix", "train8") or name.startswith(("weights", "kept 0")):
        return  # any shape, as the student's code made it
    assert misfit(call, facts, {**arrays, name: arrays[name][None]})


@pytest.mark.parametrize(("call", "name"), [(c, n) for c in ("network", "train", "initial") for n in RIGHT[c][1]])
def test_an_array_that_is_missing_or_shorter_is_a_misfit(call, name):
    facts, arrays = RIGHT[call]
    if name != "train8":  # it is left out where it is too large, which nothing else tells
        assert misfit(call, facts, without(arrays, name))
        assert misfit(call, facts, {**arrays, name: arrays[name][:-1]})


def changed(call: str, facts: dict | None = None, **arrays: object) -> str:
    """What is said of a right reply to *call* with some of it changed."""
    right, found = RIGHT[call]
    return misfit(call, {**right, **(facts or {})}, {**found, **arrays})


@pytest.mark.parametrize("name", ["learns", "kept", "requires_grad"])
def test_flags_that_are_not_one_for_each_use_are_a_misfit(name):
    assert changed("network", {name: NETWORK[0][name][:-1]}) == f"the fact {name} has not one value for each use"
    assert changed("network", {"effects": NETWORK[0]["learns"] * 2})


def test_outputs_that_are_claimed_to_be_finite_and_are_not_are_a_misfit():
    wrong = np.full((8, 10), np.nan, np.float32)
    assert changed("network", eval8=wrong) == "the array eval8 is not finite, as the facts tell"
    assert changed("network", {"finite": False}, eval8=wrong) == ""


@pytest.mark.parametrize(
    "facts",
    [
        {"shape8": []},
        {"shape8": [8, 11]},
        {"shape1": [10]},
        {"shape1": [1, 1 << 17]},
        {"too_large": True},
        {"dtype": "float32 \n"},
        {"steps": [["ReLU", [2]]] * 401},
        {"uses": [["linear.weight", [10], "fc", 99]] * 16},
        {"unused": [["x" * (WORD + 1), [1]]]},
        {"layers": [["linear", {"weight": [1]}, [1], False]] * (MANY + 1)},
        {"returned": "tuple"},
    ],
)
def test_facts_of_a_network_that_contradict_each_other_or_the_arrays_are_a_misfit(facts):
    assert changed("network", facts)


def tests(**changes: object) -> list[dict]:
    """What the reference's three calls of ``test`` told, each with *changes*."""
    return [{**call, **changes} for call in RECORDING.reference["trainer.test"].facts["calls"]]


ODD_TESTS = [
    *(("images", 0), ("images", 37.0), ("percents", [float("nan")]), ("percents", [1e308])),
    *(("fractions", [[1, 37]] * 21), ("returned", 10**400), ("returned", True), ("returned", "0.5"), ("line", 1)),
    ("another", 1),
]


@pytest.mark.parametrize(
    ("call", "facts"),
    [
        *(("test", {"calls": tests(**{name: value})}) for name, value in ODD_TESTS),
        ("test", {"calls": []}),
        ("test", {"calls": tests()[::-1]}),
        ("train", {"calls": {}}),
        ("train", {"briefly": {}}),
        ("train", {"lines": [[1, 500, 2.0]] * 9}),
        ("train", {"lines": [[1, 500, "2.0"]]}),
        ("train", {"means": [0.0] * 9}),
        ("confusion", {"dtype": "int64"}),
        ("source", {"error": [1]}),
        ("source", {"newer": [1, 12]}),
        ("source", {"newer": [1, 11, "a form"]}),
        ("source", {"error": []}),
        ("machine", {"devices": []}),
        ("machine", {"devices": ["cpu", "cuda"]}),
        ("fit_start", {"speed": "cpu, float32; 100.0 %"}),
        ("fit_start", {"parameters": float("inf")}),
        ("fit_epoch", {"losses": [1.0] * 9}),
        ("fit_epoch", {"steps": -1}),
        ("fit_epoch", {"backwards": 1.5}),
        ("infer", {"unfit": "fc.weight is missing"}),
        ("initial", {"changes": True}),
        ("initial", {"uses": []}),
    ],
)
def test_a_fact_out_of_its_range_or_against_the_arrays_is_a_misfit(call, facts):
    assert changed(call, facts)


def test_any_number_may_be_returned_by_test_and_any_loss_may_be_nan():
    for value in (float("nan"), float("-inf"), 1e308, -3, None):
        assert changed("test", {"calls": tests(returned=value)}) == ""
    assert changed("fit_epoch", {"losses": [float("inf")] * 8}) == ""


def test_the_trainers_network_has_as_many_values_as_the_form_says():
    assert RECORDING.reference["trainer.train"].arrays["two"].shape == TINY
    assert RECORDING.reference["trainer.train"].arrays["long"].shape == TINIER


def test_the_weights_of_vgg19_are_checked_in_no_time_and_not_copied():
    weights = np.zeros(20_365_002, np.float32)
    begun = time.perf_counter()
    assert misfit("fit_epoch", {"losses": [], "moved": True, **COUNTED}, {"weights all": weights}) == ""
    assert time.perf_counter() - begun < 0.1


# Fuzzing: 10,000 frames in all


FRAMES = 5_000


def framed(call: str) -> bytes:
    stream = io.BytesIO()
    facts, arrays = RIGHT[call]
    write_frame(stream, {"facts": facts, "id": 1}, without(arrays, "weights fc.weight", "kept 0 exp_avg"))
    return stream.getvalue()


VALID = {call: framed(call) for call in RIGHT}
EDGES = [
    b"",
    b"\0",
    b"\xff",
    b"[",
    b'{"',
    b'"',
    b",",
    b"null",
    b"NaN",
    b"-1e999",
    b"9" * 25,
    b"\\ud800",
    b"true",
    b"[]",
]
fuzz = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "derandomize": True, "database": None}


def judged(call: str, data: bytes) -> None:
    """Read *data* as an answer to *call*: it fits, does not, or is no frame."""
    try:
        frame = read_frame(io.BytesIO(data), 1 << 20)
    except ProtocolError as error:
        assert str(error).isprintable()
        return
    if frame is None:
        assert not data
        return
    header, arrays = frame
    assert sum(array.nbytes for array in arrays.values()) <= 1 << 20
    facts = header.get("facts")
    if isinstance(facts, dict):
        sentence = misfit(call, facts, arrays)
        assert isinstance(sentence, str)
        assert len(sentence) < 120
        assert re.fullmatch("[a-z0-9_, ]*", sentence, re.IGNORECASE)


@settings(max_examples=FRAMES // 10, **fuzz)
@given(st.sampled_from(sorted(FORMS)), st.binary(max_size=300), st.integers(0, 400))
def test_random_bytes_are_no_frame(call, data, length):
    judged(call, data)
    judged(call, length.to_bytes(4, "big") + data)


@settings(max_examples=FRAMES * 4 // 10, **fuzz)
@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(EDGES) | st.binary(max_size=3)), max_size=4
    ),
)
def test_a_frame_that_is_flipped_cut_or_spliced_fits_or_does_not_or_is_none(call, edits):
    data = VALID[call]
    for place, gone, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + gone :]
    judged(call, data)


@settings(max_examples=FRAMES * 3 // 10, **fuzz)
@given(st.sampled_from(sorted(FORMS)), st.floats(0, 1), st.integers(0, 30), st.sampled_from(EDGES))
def test_a_header_of_the_right_length_with_an_edit_in_it_fits_or_does_not_or_is_none(call, place, gone, new):
    length = int.from_bytes(VALID[call][:4], "big")
    header, body = VALID[call][4 : 4 + length], VALID[call][4 + length :]
    at = int(place * length)
    header = header[:at] + new + header[at + gone :]
    judged(call, len(header).to_bytes(4, "big") + header + body)


VALUES = st.recursive(
    st.sampled_from([None, True, 0, -1, 1 << 62, 0.5, float("nan"), float("inf"), "", "\ud800", "\x1b[2J", [], {}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


def places(value: object) -> list[tuple]:
    """The way to each value in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((key, *way) for key, one in inner for way in places(one))]


def with_value(document: object, way: tuple, value: object) -> object:
    if not way:
        return value
    first, *others = way
    document[first] = with_value(document[first], tuple(others), value)
    return document


HEADERS = {}
for _call, _data in VALID.items():
    _length = int.from_bytes(_data[:4], "big")
    _header = json.loads(_data[4 : 4 + _length])
    HEADERS[_call] = (_header, places(_header), _data[4 + _length :])


@settings(max_examples=FRAMES * 2 // 10, **fuzz)
@given(st.sampled_from(sorted(FORMS)), st.floats(0, 0.9999), VALUES)
def test_a_header_with_any_one_value_replaced_fits_or_does_not_or_is_none(call, which, value):
    header, ways, body = HEADERS[call]
    made = with_value(deepcopy(header), ways[int(which * len(ways))], value)
    data = json.dumps(made).encode()
    judged(call, len(data).to_bytes(4, "big") + data + body)
