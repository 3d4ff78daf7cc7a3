"""The course of a training travels in its checkpoint, and what stands in a hand-in's is a claim of a known form."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.deep_learning.curves import LOST, curve_facts, learnt_of, read_facts
from autograder.deep_learning.floors import Floors, Measured
from autograder.deep_learning.pictures import Epoch
from autograder.errors import HandinError
from autograder.homework import in_force
from autograder.ingest.checkpoint import FACT_LENGTH, read_checkpoint, write_checkpoint
from autograder.learnt import most_confused

TRAINING = in_force().training["1.1"]
MATRIX = np.diag([90] * 10) + np.eye(10, k=1, dtype=int) * 7
EPOCHS = (Epoch((2.0, 1.0, 0.5, 0.25, 0.2, 0.2, 0.2, 0.2), 0.9712), Epoch((0.2, math.nan, 0.1, 0.1), 0.9823))
ABOUT = {"training": "1.1", "data": "mnist", "parameters": "23860"}


def facts(epochs=EPOCHS, matrix=MATRIX, **others) -> dict[str, str]:
    return {**ABOUT, **curve_facts("MNIST (60,000 training images)", epochs, matrix.tolist()), **others}


def test_it_comes_back_from_a_checkpoint(tmp_path):
    write_checkpoint(tmp_path / "a.safetensors", {"w": np.ones(3, np.float32)}, facts())
    one = read_facts(TRAINING, read_checkpoint(tmp_path / "a.safetensors").facts)
    assert (one.training, one.on, one.parameters, one.stand_in) == (
        "1.1",
        "MNIST (60,000 training images)",
        23860,
        False,
    )
    assert one.accuracies == (0.9712, 0.9823)
    assert one.losses == ((2, 1, 0.5, 0.25, 0.2, 0.2, 0.2, 0.2), (0.2, None, 0.1, 0.1))
    assert one.confusion == tuple(map(tuple, MATRIX.tolist()))
    assert one.classes == tuple("0123456789")
    assert most_confused(one.confusion) == (0, 1, 7)


def test_losses_of_many_epochs_are_thinned_and_of_very_many_left_out():
    some = facts([Epoch(tuple(np.linspace(2, 0.123, 8)), 0.5)] * 12)
    assert len(some["losses"]) <= FACT_LENGTH
    assert len(read_facts(TRAINING, some).losses) == 12
    many = facts([Epoch((0.1234,) * 8, 0.5)] * 28)
    assert len(read_facts(TRAINING, many).accuracies) == 28
    assert read_facts(TRAINING, facts([Epoch((0.1234,) * 8, 0.5)] * 60)) is None


def test_infinite_losses_of_both_signs_are_lost():
    one = curve_facts("", [Epoch((math.inf, -math.inf, 1e308, 1e308), 0.1)], [])
    assert one["losses"].split() == [LOST, LOST, "1e+308", "1e+308"]
    assert "confusion 0" not in one


HOSTILE = {
    "no number": {"accuracies": "0.9 x"},
    "more than all": {"accuracies": "0.9 1.2"},
    "not a number": {"accuracies": "nan"},
    "nothing": {"accuracies": ""},
    "cut off": {"accuracies": "0.9 0.…"},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_accuracies_of_another_form_are_none(kind):
    assert read_facts(TRAINING, {**facts(), **HOSTILE[kind]}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"confusion 3": "1 2 3"},
        {"confusion 3": "-1 0 0 0 0 0 0 0 0 0"},
        {"confusion 3": "9" * 100 + " 0 0 0 0 0 0 0 0 0"},
        {"confusion 3": "\u0663 0 0 0 0 0 0 0 0 0"},
        {f"confusion {n}": " ".join("0" * 10) for n in range(10)},
    ],
)
def test_a_matrix_of_another_form_is_left_out(change):
    assert read_facts(TRAINING, {**facts(), **change}).confusion == ()


@pytest.mark.parametrize("losses", ["1", "1/2/3", "a/b", "", "1e999/" + LOST])
def test_losses_of_another_form_are_left_out(losses):
    assert read_facts(TRAINING, facts(losses=losses)).losses in ((), ((None,), (None,)))


def test_a_number_of_parameters_and_data_that_nobody_knows_are_left_out():
    one = read_facts(TRAINING, facts(parameters="9" * 40, data="faces"))
    assert (one.parameters, one.classes, one.stand_in) == (0, (), True)
    assert read_facts(TRAINING, facts(data="shapes")).classes[0].isalpha()


def case_of(checkpoint) -> SimpleNamespace:
    measured = Measured((0.98, 0.99), "", "", "", 10_000)
    tools = SimpleNamespace(floors=Floors({("1.1", "mnist"): measured}))
    return SimpleNamespace(homework=in_force(), checkpoint=checkpoint, tools=tools)


def test_of_a_hand_in_those_checkpoints_count_that_can_be_read_and_name_their_training():
    def checkpoint(training):
        if training == "2.2a":
            raise HandinError("it is damaged")
        return SimpleNamespace(facts=facts()) if training in ("1.1", "1.2.1") else None

    (one,) = learnt_of(case_of(checkpoint))
    assert (one.training, one.expected[0]) == ("1.1", pytest.approx(0.985))
