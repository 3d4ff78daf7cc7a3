"""Before anything is trained, staff hear how much there is at the most; meanwhile, how far each training is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from autograder.cohort.ahead import on_this_device, training_ahead
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.order import Work
from autograder.cohort.under_way import UnderWay
from autograder.deep_learning.duration import at_a_time, expected
from autograder.deep_learning.floors import Floors, Measured
from autograder.deep_learning.machine import Machine
from autograder.deep_learning.setup import Setup
from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.keeping.pace import Pace
from autograder.keeping.standing import Stand
from autograder.kit import Kit
from autograder.rubric import read_rubric

RUBRIC, TRAINING = read_rubric(), in_force().training
MEASURED = Floors({("1.1", "digits"): Measured((0.9,), "cpu, float32", "", "", 360, seconds=20.0)})
CARD = Machine("cuda", "a card", True, 20 << 30)
DATA = SimpleNamespace(train_labels=range(1000))


def missing(*_):
    raise MisuseError("not there")


def setup_with(machine: Machine | None = None, floors: Floors = MEASURED, **changed) -> Setup:
    names = {"mnist": "digits", "cifar10": "shapes"}
    made = Setup(lambda kind: DATA, names.__getitem__, dict, lambda: machine or Machine("cpu", "AVX2"), floors)
    return replace(made, **changed)


@pytest.mark.parametrize(
    ("training", "setup", "wanted"),
    [
        ("1.1", setup_with(), (20.0, False)),  # as measured
        ("1.1", setup_with(CARD), (16 * 0.005 * 1000, True)),  # that was on another device: the rubric's limit
        ("2.2a", setup_with(), (3 * 0.1 * 1000, True)),
        ("2.2b", setup_with(pretrained=missing), None),
        ("2.2a", setup_with(real=True, data=missing), None),
    ],
)
def test_how_long_a_training_is_expected_to_take(training, setup, wanted):
    assert expected(setup, RUBRIC, TRAINING[training]) == wanted


def test_a_card_holds_as_many_trainings_as_its_memory_and_cores_as_many_as_there_are_jobs():
    assert at_a_time(setup_with(CARD), RUBRIC, 8) == 3
    assert at_a_time(setup_with(), RUBRIC, 8) == 8


def said(works, setup, before=(), jobs=2, train="auto"):
    kit = Kit(launcher=None, train=train)
    kit.tools = setup
    return training_ahead(works, kit, before, jobs)


WORKS = [Work("a", None, ("1.1", "2.2a")), Work("b", None, ("1.1",)), Work("c")]


def test_it_is_said_how_much_is_trained_on_what_and_how_long():
    assert said(WORKS, setup_with()) == (
        "training begins on cpu (AVX2): at most 3 networks (2 of 1.1, 1 of 2.2a), 2 at a time, at most 3 min. "
        "What a proof, a checkpoint or the journal settles is not trained; with --train never nothing is, "
        "and its points stay open"
    )


def test_what_the_journal_knows_of_the_same_trainings_is_more_than_a_limit():
    before = [{"2.2a-accuracy": {"2.2a.run1": Stand("", 60.0), "2.2a.run1.epoch1": Stand("", 3600.0)}}]
    assert ", 2 at a time, about 31 min. What" in said(WORKS, setup_with(), before)


def test_where_all_is_trained_no_proof_helps_and_one_network_is_one():
    text = said([*WORKS[2:], Work("d", None, ("1.1",))], setup_with(), train="always")
    assert "at most 1 network (1 of 1.1), 1 at a time, about 20 s. What the journal settles is" in text


def test_what_can_not_be_trained_here_is_not_counted():
    works = [Work("a", None, ("1.1", "2.2b"))]
    assert "at most 1 network (1 of 1.1)" in said(works, setup_with(pretrained=missing))


def test_figures_of_another_device_are_no_guide(tmp_path):
    with Journal(tmp_path / NAME) as journal:
        for student, device in (("a", "cpu"), ("b", "cuda")):
            journal.begin({"device": device}, {})
            journal.write(student, "", "", "", {}, {"2.2a-accuracy": {"2.2a.run1": Stand(student)}})
        stand_on = journal.all_stand_on()
        assert on_this_device(journal, stand_on, Kit(launcher=None, device="cuda")) == [stand_on["b"]]


def test_it_is_said_once():
    texts = []
    watch = UnderWay(SimpleNamespace(say=texts.append))
    watch.before_training()
    watch.plan(WORKS, 2, lambda: "training begins")
    for _ in range(2):
        watch.before_training()
    assert texts == ["training begins"]


# While it goes on


def test_a_training_tells_its_epoch_its_accuracy_and_the_time_left():
    now = [100.0]
    pace = Pace(100.0, lambda: now[0])
    assert pace.at(1, 4, None) == "epoch 1/4"
    now[0] = 160.0
    assert pace.at(2, 4, 0.8125) == "epoch 2/4, 81.2 %, 3 min left"
    now[0] = 400.0
    assert pace.at(4, 4, 0.913) == "epoch 4/4, 91.3 %, 2 min left"
    assert pace.at(1, 4, None) == "epoch 1/4"  # the next run comes from the journal
    assert pace.at(2, 4, 0.5) == "epoch 2/4, 50.0 %"


def test_where_nothing_may_be_trained_nothing_is_said():
    assert said([Work("20260001", trainings=("1.1",))], setup_with(), train="never") == ""
    assert said([], setup_with()) == ""
