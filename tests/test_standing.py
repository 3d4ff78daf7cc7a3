"""What a verdict stands on is noted by check, and a check can be observed again by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.case import Case
from autograder.check import Check, Probe
from autograder.cohort.journal import NAME, Journal
from autograder.evidence import Evidence, Stopped
from autograder.grade import judge
from autograder.keeping.keeper import Keeper
from autograder.keeping.standing import Noted, Stand, seconds_by_check
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric
from autograder.submission import Submission

FIRST, SECOND = (Stand(name, seconds) for name, seconds in (("01", 2.0), ("02", 3.0)))


def test_a_check_stands_on_what_it_looks_at_whoever_observed_it():
    noted = Noted(check="a")
    noted.observed("one", FIRST)
    noted.check = "b"
    noted.looked("one")
    noted.looked("what could not be observed")
    noted.observed("two", SECOND)
    assert noted.checks == {"a": {"one": FIRST}, "b": {"one": FIRST, "two": SECOND}}
    assert dict(seconds_by_check(noted.checks)) == {"a": 2.0, "b": 3.0}


def test_what_goes_on_where_another_has_stopped_stands_on_that_too():
    noted = Noted(check="a")
    noted.observed("start", FIRST)
    noted.check = "b"
    noted.observed("epoch 1", SECOND, row=("start",))
    assert noted.checks["b"] == {"start": FIRST, "epoch 1": SECOND}
    assert dict(seconds_by_check(noted.checks)) == {"a": 2.0, "b": 3.0}


@pytest.mark.parametrize(("check", "probe", "again"), [("a", "x", True), ("b", "one", True), ("b", "x", False)])
def test_what_a_check_looked_at_before_is_run_again_wherever_it_is_observed(check, probe, again):
    assert Noted(rerun={"a"}, again={"one"}, check=check).is_again(probe) is again


PROBES = {
    "shared": Probe("shared", "c", (), "torch", {"n": 1}),
    "own": Probe("own", "c", (), "torch", {"n": 2}),
    "start": Probe("start", "c", (), "torch", {"n": 3}, slot="train", fresh=True),
    "epoch": Probe("epoch", "c", (), "torch", {"n": 4}, slot="train"),
}
CHECKS = {"a": ("shared",), "b": ("shared", "own"), "c": ("start",), "d": ("epoch",)}


class Session:
    """Lists what it is asked."""

    environment, layers, printed, printed_text, pressed, files = {}, {}, 0, "", 0, {}
    waited = 0.0

    def __init__(self):
        self.asked = []

    def observe(self, probe, key, arrays):
        self.asked.append(probe.id)
        return Stopped("time", "20 s") if probe.id == "own" else Evidence()


def judged_in(journal, rerun=frozenset()):
    """What is run while all checks are judged, and what they stand on."""

    def of(check_id):
        def asks(case):
            for name in CHECKS[check_id]:
                case.observe(PROBES[name])
            return Outcome(Status.PASSED)

        return Check(check_id, "", "", asks)

    kit, session = Kit(launcher=None), Session()
    keeper = Keeper(kit, journal, rerun)
    keeper.begin("20260001")
    sandbox = keeper(session)
    case = Case(Submission("20260001", {}), read_rubric(), lambda: None, None, run=sandbox.observe, listener=keeper)
    for check_id in CHECKS:
        keeper.judges(check_id)
        assert judge(of(check_id), case).status is Status.PASSED
    journal.write("20260001", "", "", "", {}, keeper.take())
    return session.asked, keeper.take()


@pytest.fixture
def journal(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.keeping.frames.misfit", lambda *_: "")
    with Journal(tmp_path / NAME) as opened:
        opened.begin({}, {})
        yield opened


@pytest.mark.parametrize(
    ("rerun", "asked"),
    [
        ({"a"}, ["shared"]),
        ({"b"}, ["shared", "own"]),  # another check observes the first of them
        ({"c"}, ["start"]),
        ({"d"}, ["start", "epoch"]),  # the one goes on where the other has stopped
        ({"", "a", "b", "c", "d"}, ["shared", "own", "start", "epoch"]),
        (set(), []),
    ],
)
def test_a_check_is_observed_again_with_all_that_it_stands_on(journal, rerun, asked):
    everything = ["shared", "own", "start", "epoch"]
    assert judged_in(journal)[0] == everything
    found, stands = judged_in(journal, frozenset(rerun))
    assert found == asked
    assert {check: tuple(probes) for check, probes in stands.items()} == {**CHECKS, "d": ("start", "epoch")}


def test_what_it_stands_on_comes_back_from_the_journal(journal):
    _, stands = judged_in(journal)
    assert journal.stands_on("20260001") == stands
    assert journal.all_stand_on() == {"20260001": stands}
    assert [one.late for one in stands["b"].values()] == [False, True]
    assert journal.stands_on("20260002") == {}


def test_a_damaged_entry_stands_on_nothing(journal):
    judged_in(journal)
    with journal.writing() as db:
        db.execute("UPDATE report SET stands_on = ?", (b"x",))
    assert journal.all_stand_on() == {}


def test_a_probe_that_is_replaced_begins_another_row(journal):
    keeper = Keeper(Kit(launcher=None), journal)
    keeper.begin("20260001")
    sandbox = keeper(Session())
    for probe in (PROBES["start"], replace(PROBES["start"], id="again"), PROBES["epoch"]):
        sandbox.observe(probe, b"")
    keeper.judges("a")
    keeper.looks(PROBES["epoch"])
    assert list(keeper.take()["a"]) == ["again", "epoch"]


def test_training_is_told_of_before_it_is_run_and_not_where_the_journal_holds_it(journal):
    for wanted in (["told", "start", "epoch"], []):
        session, said = Session(), []
        keeper = Keeper(Kit(launcher=None), journal, before_training=lambda asked=session.asked: asked.append("told"))
        keeper.begin("20260001", lambda student, what, said=said: said.append(f"{student} {what}"))
        keeper.judges("1.1-accuracy")
        sandbox = keeper(session)
        sandbox.observe(PROBES["start"], b"")
        keeper.trains(1, 2, None)
        sandbox.observe(PROBES["epoch"], b"")
        assert session.asked == wanted
        assert said == ["20260001 1.1-accuracy", "20260001 1.1-accuracy epoch 1/2"]
