"""What the hand-ins of a run share: data sets or their stand-ins, the machine, places on its card."""

import threading
import time
from types import SimpleNamespace

import pytest

from autograder.deep_learning.setup import Setup, once
from autograder.errors import GraderError, MisuseError
from autograder.evidence import Evidence, Stopped
from autograder.rubric import read_rubric

STAND_INS = {"mnist": "digits", "cifar10": "shapes"}
CARD = Evidence({"devices": ["cpu", "cuda"], "names": {"cpu": "AVX2", "cuda": "a card"}, "card_bytes": 80 << 30})


def setup(data=None, device="auto", seen=CARD, stand_ins=STAND_INS):
    asked = []
    options = SimpleNamespace(rubric=read_rubric(), data=data, device=device, train="auto", floors=None)
    options.alone = lambda probe: asked.append(probe) or seen
    return Setup.of(options, stand_ins), asked


def test_without_a_folder_each_data_set_has_its_stand_ins_name_and_nothing_is_lacking(monkeypatch):
    monkeypatch.delenv("HW1_DATA", raising=False)
    made, _ = setup()
    assert [made.data_name(kind) for kind in STAND_INS] == ["digits", "shapes"]
    assert (made.real, made.sets(), made.lacking()) == (False, ({}, []), [])
    assert made.data("mnist") is made.data("mnist")


def test_a_folder_without_any_of_them_is_refused_and_one_with_some_is_remarked_on(tmp_path, monkeypatch):
    made, _ = setup(tmp_path)
    assert made.data_name("mnist") == "mnist"
    with pytest.raises(MisuseError, match="mnist"):
        made.lacking()
    monkeypatch.setattr("autograder.deep_learning.setup.load_dataset", some)
    made, _ = setup(tmp_path)
    assert made.sets() == ({"mnist": "mnist here"}, ["no cifar10 here"])
    assert made.lacking() == ["no cifar10 here; what needs it is not settled"]
    assert setup(tmp_path, stand_ins={})[0].lacking() == []


def some(kind, folder):
    if kind == "cifar10":
        raise MisuseError(f"no {kind} here")
    return f"{kind} here"


def test_the_machine_is_looked_at_once_and_tells_how_many_share_its_card():
    made, asked = setup(device="cuda")
    assert made.machine().name == "a card"
    share = made.machine().share(read_rubric().limits.training_memory_mb)
    assert made.card() is made.card()
    assert made.card()._value == int(1 / share)
    assert [probe.gpu for probe in asked] == [True]


def test_a_machine_that_can_not_be_looked_at_is_our_fault():
    with pytest.raises(GraderError, match="could not be found"):
        setup(seen=Stopped("died", "exit code 1", "machine"))[0].machine()


def test_what_is_slow_runs_once_whatever_threads_ask_for_it_and_again_after_an_error():
    calls = []

    def slow(what):
        calls.append(what)
        time.sleep(0.01)
        if len(calls) == 1:
            raise MisuseError("not yet")
        return what

    shared = once(slow)
    with pytest.raises(MisuseError):
        shared("a")
    threads = [threading.Thread(target=shared, args=("a",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["a", "a"]
