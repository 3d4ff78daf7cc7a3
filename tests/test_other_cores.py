"""What is observed on other cores beside the judging: the same verdicts, nothing twice, nothing that outlives it."""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import replace

import pytest
from conftest import write_hand_in

from autograder.errors import GraderError, OutdatedError
from autograder.grade import grade
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.keeping.keeper import Keeper
from autograder.keeping.taken import Taken, TakenError
from autograder.outcome import Status
from autograder.rubric import read_rubric
from autograder.sandbox.plan import STAGES
from autograder.sandbox.session import Session
from autograder.student import check as check_module
from autograder.student import other_cores
from autograder.student.check import check_one
from autograder.student.other_cores import OtherCores, expected
from autograder.student.watching.recent import Recent

SOON = 60  # seconds after which a test gives up
FILES = ("mnist.py", "ablations.py", "trainer.py", "vgg.py")
HANGS = "import torch\n\n\ndef hangs(*_):\n    while True:\n        pass\n\n\nMNIST_Net = hangs\n"


def checks_of(*ids: str):
    return tuple(check for check in CHECKS if check.id in ids)


@pytest.fixture
def submission(solution, tmp_path):
    """The solution's sources, or others in their place."""

    def made(**others):
        files = {name: (solution / name).read_text() for name in FILES}
        files |= {f"{name}.py": text for name, text in others.items()}
        return read_submission(write_hand_in(tmp_path / "mine", files), read_rubric().limits)

    return made


@pytest.fixture
def judged(kit):
    """The outcomes of a submission, judged with so many helpers."""

    def run(found, checks, helpers):
        keeper = Keeper(kit, Recent(), taken=Taken())
        beside = OtherCores(kit, keeper, checks, helpers)
        report = grade(found, replace(kit, bound=keeper, beside=beside), checks=checks)
        return {line.id: line.outcome for line in report.lines if line.id in {check.id for check in checks}}

    return run


@pytest.fixture
def before_each(monkeypatch):
    """Has a function called with each probe, in the thread that is about to run it."""
    original = Session.observe

    def install(call):
        def observe(self, probe, *given):
            call(probe)
            return original(self, probe, *given)

        monkeypatch.setattr(Session, "observe", observe)

    return install


@pytest.fixture
def runs(before_each):
    """By probe, the threads in which it was run."""
    found: dict[str, list[str]] = {}
    before_each(lambda probe: found.setdefault(probe.id, []).append(threading.current_thread().name))
    return found


def test_the_verdicts_are_the_same_and_nothing_is_run_twice(submission, judged, runs):
    wrong = submission(ablations="import torch.nn as nn\n\n\nclass Exp1(nn.Module):\n    pass\n")
    alone = judged(wrong, CHECKS, 0)
    assert {thread for threads in runs.values() for thread in threads} == {"MainThread"}
    runs.clear()
    assert judged(wrong, CHECKS, 3) == alone
    assert Counter(map(len, runs.values())) == {1: len(runs)}
    assert len({thread for threads in runs.values() for thread in threads}) > 1
    assert {outcome.status for outcome in alone.values()} >= {Status.PASSED, Status.FAILED, Status.UNSETTLED}


@pytest.mark.parametrize("error", [GraderError("no worker could be started"), ValueError("a fault of ours")])
def test_a_helper_that_fails_leaves_it_to_the_judging(submission, judged, before_each, error):
    def fail(probe):
        if threading.current_thread() is not threading.main_thread():
            raise error

    before_each(fail)
    outcomes = judged(submission(), checks_of("1.1-structure", "1.2.1"), 2)
    assert {outcome.status for outcome in outcomes.values()} == {Status.PASSED}


def test_what_hangs_ends_with_the_judging(submission, kit, before_each):
    """The judging asks for another check; a helper is in the middle of what hangs."""
    keeper = Keeper(kit, Recent(), taken=Taken())
    begun = threading.Event()
    before_each(lambda probe: begun.set())
    beside = OtherCores(kit, keeper, checks_of("1.1-structure"), 1)
    found = submission(mnist=HANGS)
    before = threading.active_count()
    with kit.session(found) as session, beside(found, session):
        assert begun.wait(SOON)
    assert threading.active_count() <= before + 1  # the thread of a worker's watch may be about to end


def test_a_module_whose_import_hangs_is_waited_for_once_in_each_thread(submission, kit):
    kit.rubric = replace(kit.rubric, limits=replace(kit.rubric.limits, import_seconds=0.5))
    found = submission(trainer="while True:\n    pass\n")
    keeper, checks = Keeper(kit, Recent(), taken=Taken()), checks_of("1.2a", "1.2b", "1.2c")
    beside = OtherCores(kit, keeper, checks, 1)
    with kit.session(found) as session, beside(found, session):
        sandbox, case = keeper(session), kit.case(found)
        seen = [sandbox.observe(check.judge.probe, case.key(check.judge.probe)) for check in checks]
    assert [one.reason for one in seen] == ["time"] * 3
    assert session.broken  # both sessions know it


# What is expected


def test_those_that_take_long_come_first_and_those_that_wait_for_an_import_last(submission):
    probes = expected(CHECKS, submission())
    ids = [probe.id for probe in probes]
    assert ids[:3] == ["trainer.train", "trainer.test", "vgg.vgg19"]
    assert [STAGES.index(probe.stage) for probe in probes] == sorted(STAGES.index(probe.stage) for probe in probes)
    assert ids.index("mnist.structure, initial") > ids.index("ablations.10")
    assert ids[-2:] == ["vgg.pretrained", "trainer.confusion"]
    assert "vgg.pretrained, initial" not in ids
    assert len(ids) == len(set(ids))


def test_what_is_not_there_is_not_observed_ahead(submission):
    found = submission()
    found = replace(found, files={name: data for name, data in found.files.items() if name != "vgg.py"})
    assert not any("vgg" in probe.modules for probe in expected(CHECKS, found))


@pytest.mark.parametrize("unlike", [{"slot": "train"}, {"fresh": True}, {"gpu": True}])
def test_what_builds_on_what_the_judging_does_is_left_to_it(submission, unlike):
    (check,) = checks_of("1.1-structure")
    probe = replace(check.judge.probe, **unlike)
    assert expected((replace(check, judge=replace(check.judge, probe=probe)),), submission()) == []


@pytest.mark.parametrize(("cores", "helpers"), [(1, 0), (2, 1), (64, other_cores.MOST)])
def test_as_many_help_as_there_are_cores_to_spare(monkeypatch, cores, helpers):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert other_cores.spare_cores() == helpers


def test_where_nothing_trains_nobody_helps_with_a_training(kit, submission, tmp_path, monkeypatch):
    """A training's limit holds for a machine on which nothing else runs."""
    helped = []
    monkeypatch.setattr(check_module, "OtherCores", lambda *given: helped.append(given) or kit.beside)
    submission()
    for train, wanted in (("auto", 0), ("never", 1)):
        check_one(tmp_path / "mine", replace(kit, train=train), checks_of("files-mnist"), lambda check, outcome: None)
        assert len(helped) == wanted


# Who has it


def test_who_comes_second_waits_for_the_first():
    taken, order = Taken(), []
    inside, leave = threading.Event(), threading.Event()

    def first():
        with taken.waiting(b"one", None):
            inside.set()
            leave.wait(SOON)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(SOON)
    with taken.waiting(b"two", None):
        pass  # another thing is free
    with pytest.raises(TakenError), taken.at_once(b"one"):
        pass
    threading.Timer(0.02, leave.set).start()
    with taken.waiting(b"one", None):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]
    with taken.at_once(b"one"):
        pass  # it was given back


def test_who_waits_for_what_nobody_wants_any_more_gives_up():
    taken, until = Taken(), Future()
    with taken.at_once(b"one"):
        threading.Timer(0.02, until.set_result, [None]).start()
        with pytest.raises(OutdatedError), taken.waiting(b"one", until):
            pass


def test_what_goes_wrong_gives_it_back():
    taken = Taken()
    for take in (lambda: taken.at_once(b"one"), lambda: taken.waiting(b"one", None)):
        with pytest.raises(ValueError, match="wrong"), take():
            raise ValueError("wrong")
    with taken.at_once(b"one"):
        pass
