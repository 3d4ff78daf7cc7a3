"""Parcels are read as claims, a machine that differs is refused, and what breaks is said in one sentence."""

from __future__ import annotations

import json
import shutil
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_commands import hw1
from test_second_homework import HOMEWORK

from autograder.cluster import client as cluster_client
from autograder.cluster import handing, machine
from autograder.cluster.client import GPU, Cluster, LostError, known_of
from autograder.cluster.handing import hand_in_of, hand_in_packed
from autograder.cluster.ingredients import differing, kit_of, kit_packed, misfit, rubric_of
from autograder.cluster.machine import forget, grade_there, make_ready, number_of
from autograder.cluster.opening import NO_TLS, _client, options_in, require_cluster, slurm_cluster
from autograder.cluster.parcels import Reply, Seen, packed, reply_of, reply_packed, unpacked
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.run import grade_one
from autograder.cohort.under_way import UnderWay
from autograder.deep_learning.floors import Floors
from autograder.deep_learning.machine import Machine
from autograder.deep_learning.setup import Setup, _weights_digest
from autograder.errors import MisuseError, ProtocolError
from autograder.evidence import Evidence
from autograder.homework import NoTools
from autograder.keeping.frames import framed
from autograder.keeping.keeper import NOTHING_AGAIN, Keeper
from autograder.keeping.kept import Kept
from autograder.keeping.standing import Stand
from autograder.kit import Kit
from autograder.rubric import read_rubric
from autograder.sandbox.folders import remove
from autograder.submission import Submission

CAP = 1 << 20
FOUND = Submission("20260001", {"answers.md": b"# Q1\n\nNothing.\n"}, remarks=("a remark",))
KEPT = Kept(framed(Evidence({"n": 1}, {"x": np.ones(3, "float32")})), b"said", {"environment": {}, "layers": {}}, 0.5)
SEEN = Seen(b"\1" * 32, "probe", KEPT)
STAND = Stand(SEEN.name.hex(), 0.5)
EVERYTHING = frozenset({"", "1.1"})


# Parcels


def test_what_is_packed_comes_back():
    values = {"a": [1, "\udcff"], "b": {"c": None}}
    blobs = {"one": b"1", "none": b"", "\udcff": b"234"}
    assert unpacked(packed(values, blobs), CAP) == (values, blobs)
    assert unpacked(packed({}), CAP) == ({}, {})


def spoilt(**parts):
    """A frame of the right form with other contents."""
    import io

    from autograder.sandbox.wire import write_frame

    stream = io.BytesIO()
    write_frame(stream, {}, {name: np.frombuffer(data, np.uint8) for name, data in parts.items()})
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        ValueError("an error in its place"),
        b"",
        b"\0\0\0\2{}",
        packed({}, {"a": b"123"})[:-1],
        packed({}, {"a": bytes(CAP + 1)}),
        spoilt(text=b"{", blobs=b""),
        spoilt(text=b"[" * 100_000, blobs=b""),
        spoilt(text=b'{"values": [1], "blobs": []}', blobs=b""),
        spoilt(text=b'{"values": {}, "blobs": [["a", 2]]}', blobs=b"1"),
        spoilt(text=b'{"values": {}, "blobs": [["a", -1], ["b", 2]]}', blobs=b"1"),
        spoilt(text=b'{"values": {}, "blobs": [1]}', blobs=b""),
        spoilt(blobs=b""),
    ],
)
def test_what_is_no_parcel_is_refused(data):
    with pytest.raises(ProtocolError):
        unpacked(data, CAP)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_parcel_or_refused(data):
    try:
        unpacked(data, CAP)
    except ProtocolError:
        return


# A hand-in

STAYS = ("origin", "handed_in", "marked_late", "allowance", "owner", "alike")
MADE = (
    "origins",
    "notes",
    "claimed",
    "lengths",
    "candidates",
    "lacks",
    "broken",
)  # of its documents, where it is graded


def test_each_field_of_a_hand_in_travels_or_is_made_again_or_is_not_needed():
    sent = {*handing.BYTES, *handing.PATHS, *handing.TEXTS, *handing.PLAIN, handing.DIGEST}
    assert {one.name for one in fields(Submission)} == sent | {*STAYS, *MADE}


def test_a_hand_in_is_the_same_on_the_other_machine(tmp_path):
    (tmp_path / "there").mkdir()
    for name in ("report.pdf", "1.safetensors"):
        (tmp_path / name).write_bytes(name.encode() * 100)
    sent = Submission(
        "20260001",
        {"mlp.py": b"x = 1\n", "more/\udcff.py": b""},
        problems={"answers.md": "it is not text"},
        remarks=("a", "b"),
        modified=12.5,
        origin="/somewhere",
        checkpoints={"1a": tmp_path / "1.safetensors", "1b": tmp_path / "gone.safetensors"},
        documents={"report.pdf": tmp_path / "report.pdf"},
        flags=("resembles",),
        data={"a.csv": b"1,2"},
        missing={"x.py": "it may be y.py"},
        undecided={"z.py": "two of them"},
        unread=("a.rar",),
        version=2,
    )
    found, known = hand_in_of(*unpacked(hand_in_packed(sent, (SEEN,)), CAP), tmp_path / "there")
    assert known == (SEEN,)
    assert found.digest == sent.digest
    moved = {"checkpoints", "documents", "known_digest", *STAYS}
    assert all(getattr(found, n.name) == getattr(sent, n.name) for n in fields(Submission) if n.name not in moved)
    assert found.documents["report.pdf"].read_bytes() == b"report.pdf" * 100
    assert found.documents["report.pdf"].suffix == ".pdf"
    assert found.checkpoints["1a"].read_bytes() == b"1.safetensors" * 100
    assert not found.checkpoints["1b"].exists()


def test_a_hand_in_of_another_form_is_refused(tmp_path):
    values, blobs = unpacked(hand_in_packed(FOUND), CAP)
    with pytest.raises(ProtocolError):
        hand_in_of({**values, "files": [["x.py", 7]]}, blobs, tmp_path)
    with pytest.raises(ProtocolError):
        hand_in_of({name: one for name, one in values.items() if name != "id"}, blobs, tmp_path)


# What is made ready


@pytest.mark.parametrize("path", [None, HOMEWORK / "rubric.toml"])
def test_the_rubric_is_the_same_on_the_other_machine(path):
    rubric = replace(read_rubric(path), late=None)
    assert rubric_of(json.loads(json.dumps(asdict(rubric)))) == rubric


def test_a_machine_that_differs_is_refused_by_what_it_has():
    there = {"the kit": "a", "Python": "3.11", "torch": "2.4"}
    assert differing(there, dict(there)) == ""
    said = differing(there, {**there, "the kit": "b", "torch": "2.5"})
    assert "another version of the kit, has torch 2.5 and not 2.4" in said
    assert misfit({"mnist": "1"}, {"mnist": "1"}) == ""
    assert "lacks mnist" in misfit({"mnist": "1"}, {})
    assert "has another mnist" in misfit({"mnist": "1"}, {"mnist": "2"})
    assert "has cifar10, which" in misfit({}, {"cifar10": "1"})


def test_data_sets_and_weights_are_named_by_their_digests(tmp_path):
    found = SimpleNamespace(digest="1")
    there = Setup(lambda kind: found, str, dict, Machine, Floors(), stand_ins={"mnist": "digits"}, real=True)
    assert there.manifest == {"mnist": "1"}
    assert replace(there, real=False).manifest == {}  # what is embedded is part of the kit
    assert replace(there, weights=lambda: "2").manifest == {"mnist": "1", "the pre-trained weights": "2"}
    assert _weights_digest(tmp_path) == ""
    assert NoTools(None).manifest == {}


@pytest.fixture(scope="module")
def kit(launcher, recording):
    """A kit for the public seed whose workers have no layers, and import torch only for who needs it."""
    how = {"train": "never", "isolation": "none", "stage": "source"}
    kit = Kit(recorded=lambda: recording, launcher=launcher, **how)
    yield kit
    remove(kit.scratch)


@pytest.fixture(scope="module")
def ingredients(kit):
    return kit_packed(kit, "none", {"the hand-in": Path("in")})


def answered(data, **changed):
    """What ``make_ready`` answers to these ingredients, some of them changed."""
    values, blobs = unpacked(data, 1 << 30)
    return unpacked(make_ready(packed({**values, **changed}, blobs)), CAP)[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"machine": {"torch": "0.1"}}, "and not 0.1"),
        ({"manifest": {"mnist": "1"}}, "lacks mnist"),
        ({"homework": "/nowhere/hw9"}, "is at another homework"),
        pytest.param({"secrets": {"the reports": np.__file__}, "isolation": "best"}, "the rep", marks=pytest.mark.slow),
        ({"seed": 7}, "fails: "),
    ],
)
def test_a_machine_that_can_not_grade_the_same_says_why(ingredients, changed, said):
    answer = answered(ingredients, **changed)
    assert said in answer["refused"]
    assert not machine._runs


def test_a_level_of_isolation_that_is_demanded_holds_on_the_workers(ingredients):
    assert "not strong" in answered(ingredients, least="strong")["refused"]


def test_a_kit_is_the_same_on_the_other_machine(kit, ingredients):
    made = kit_of(ingredients)
    with made.kit as there:
        assert there.basis() == kit.basis() == made.basis
        assert (there.rubric, there.seed, there.level) == (kit.rubric, kit.seed, kit.level)
        assert not any(path.suffix in (".npz", ".toml") for path in there.scratch.rglob("*"))


@pytest.fixture
def run(ingredients):
    """The name of a run for which this process is ready."""
    assert "isolation" in unpacked(make_ready(ingredients), CAP)[0]
    name = number_of(ingredients)
    machine._runs[name].prepared.kit.stage = "source"
    yield name
    forget(name)
    assert not machine._runs


def test_a_worker_grades_as_the_command_does(kit, run, tmp_path):
    with Journal(tmp_path / NAME) as journal:
        keeper = Keeper(kit, journal)
        kit.bound = kit.kept = kit.listener = keeper
        here = grade_one(FOUND, kit, keeper, kit.basis(), UnderWay())
    reply = reply_of(*unpacked(grade_there(run, hand_in_packed(FOUND)), CAP), FOUND, kit)
    assert (reply.report, reply.pages, names(reply.stands_on)) == (*here[:2], names(here[2]))


@pytest.mark.slow  # torch is imported twice
def test_a_worker_says_what_it_observed_and_does_not_observe_it_again(kit, run, tmp_path):
    with Journal(tmp_path / NAME) as journal:
        keeper = Keeper(kit, journal)
        kit.bound = kit.kept = kit.listener = keeper
        found = replace(FOUND, files={**FOUND.files, "mnist.py": b"def f(:\n"})
        local = grade_one(found, kit, keeper, kit.basis(), UnderWay())
    reply = reply_of(*unpacked(grade_there(run, hand_in_packed(found)), CAP), found, kit)
    assert reply.report.lines == local[0].lines
    assert names(reply.stands_on) == names(local[2])
    assert (
        {one.name.hex() for one in reply.seen}
        >= {one for probes in names(reply.stands_on).values() for one in probes.values()}
        != set()
    )
    again = reply_of(*unpacked(grade_there(run, hand_in_packed(found, reply.seen)), CAP), found, kit)
    assert again.seen == ()  # nothing was run
    assert again.report.lines == reply.report.lines


def test_a_worker_that_is_not_ready_or_fails_says_so(run, monkeypatch):
    monkeypatch.setattr(machine, "READY_SECONDS", 0.01)
    assert unpacked(grade_there("another", b""), CAP)[0] == {"unprepared": True}
    assert "failed" in unpacked(grade_there(run, b"nothing"), CAP)[0]


def test_a_hand_in_waits_for_what_it_needs_and_not_on_a_machine_that_is_refused(ingredients):
    name = number_of(ingredients)
    machine._refused.discard(name)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(grade_there, name, b"")
        make_ready(ingredients)
        assert "failed" in unpacked(waiting.result(), CAP)[0]
    forget(name)
    assert unpacked(grade_there(name, b""), CAP)[0] == {"unprepared": True}


def test_after_the_command_has_stopped_nothing_is_run(run):
    going = machine._runs[run]
    going.stopped = True
    assert "stopped" in unpacked(grade_there(run, hand_in_packed(FOUND)), CAP)[0]["misuse"]


def test_what_a_killed_command_has_left_gives_way(run, ingredients):
    values, blobs = unpacked(ingredients, 1 << 30)
    names = []
    for basis in ("1", "2"):
        data = packed({**values, "basis": basis}, blobs)
        assert "isolation" in unpacked(make_ready(data), CAP)[0]
        names.append(number_of(data))
    assert list(machine._runs) == names
    for name in names:
        forget(name)


def names(stands_on):
    """What they stand on, without how long it took."""
    return {check: {probe: one.name for probe, one in probes.items()} for check, probes in stands_on.items()}


# Replies


@pytest.fixture
def reply(kit):
    class Nothing:
        again = False

        def take(self):
            return {}

    report, _, _ = grade_one(replace(FOUND, absent=True), kit, Nothing(), "", UnderWay())
    return Reply(replace(report, digest=FOUND.digest), {"a.feedback.html": "<p>"}, {"1.1": {"probe": STAND}}, (SEEN,))


def test_a_reply_comes_back(kit, reply):
    assert reply_of(*unpacked(reply_packed(reply), CAP), FOUND, kit) == reply


def edited(change):
    def of(values, blobs):
        report = json.loads(blobs["report"])
        change(report)
        return values, {**blobs, "report": json.dumps(report).encode()}

    return of


def seen_as(*entry):
    return lambda values, blobs: ({**values, "seen": [list(entry)]}, blobs)


NAMED = SEEN.name.hex()
WHERE = {"environment": {}, "layers": {}}
HOSTILE = {
    "no report": lambda values, blobs: (values, {}),
    "no JSON": lambda values, blobs: (values, {**blobs, "report": b"\x80"}),
    "deep": lambda values, blobs: (values, {**blobs, "report": b"[" * 100_000}),
    "another student": edited(lambda report: report.update(student="20260002")),
    "another hand-in": edited(lambda report: report.update(digest="0")),
    "a line less": edited(lambda report: report["checks"].pop()),
    "a line twice": edited(lambda report: report["checks"].append(report["checks"][-1])),
    "more points": edited(lambda report: report["checks"][-1].update(points=1e6)),
    "points below none": edited(lambda report: report["checks"][-1].update(points=-1.0)),
    "no number": edited(lambda report: report["checks"][-1].update(points=float("nan"))),
    "another worth": edited(lambda report: report["checks"][-1].update(maximum=1e6)),
    "no status": edited(lambda report: report["checks"][-1].update(status="perfect")),
    "another field": edited(lambda report: report["checks"][-1].update(more=1)),
    "a reason of another type": edited(lambda report: report["checks"][0].update(reason=["a"])),
    "a decision": edited(
        lambda report: report.update(
            decisions=[{"id": "bonus", "points": 9.0, "why": "", "by": "", "at": "", "before": None, "changed": False}]
        )
    ),
    "a page elsewhere": lambda values, blobs: ({**values, "pages": ["../a.feedback.html"]}, blobs),
    "a page on Windows": lambda values, blobs: ({**values, "pages": ["..\\a.feedback.html"]}, blobs),
    "a page of another kind": lambda values, blobs: ({**values, "pages": ["report.json"]}, blobs),
    "a page that is not there": lambda values, blobs: ({**values, "pages": ["a.feedback.html"] * 2}, blobs),
    "no list of pages": lambda values, blobs: ({**values, "pages": 5}, blobs),
    "a name that is none": lambda values, blobs: ({**values, "stands_on": {"": {"probe": ["zz"]}}}, blobs),
    "seconds that are none": lambda values, blobs: ({**values, "stands_on": {"": {"probe": [NAMED, "1"]}}}, blobs),
    "no checks": lambda values, blobs: ({**values, "stands_on": {"probe": NAMED}}, blobs),
    "no observations": lambda values, blobs: ({**values, "seen": 3}, blobs),
    "an observation without a name": seen_as("", "probe", WHERE, 0.5),
    "endless": seen_as(NAMED, "probe", WHERE, float("inf")),
    "nowhere": seen_as(NAMED, "probe", {"environment": []}, 0.5),
    "a large place": seen_as(NAMED, "probe", {"environment": {"x": "x" * (1 << 17)}}, 0.5),
    "a frame that is none": lambda values, blobs: (values, {**blobs, "frame 0": b"\0\0\0\1x"}),
    "a long print": lambda values, blobs: (values, {**blobs, "printed 0": bytes(1 << 20)}),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_a_reply_of_another_form_is_refused(kit, reply, attack):
    values, blobs = HOSTILE[attack](*unpacked(reply_packed(reply), 1 << 22))
    with pytest.raises(ProtocolError):
        reply_of(values, blobs, FOUND, kit)


def test_what_does_not_fit_into_a_reply_is_observed_again(kit, reply, monkeypatch):
    monkeypatch.setattr("autograder.cluster.parcels.MOST_REPLIED", 0)
    assert reply_of(*unpacked(reply_packed(reply), CAP), FOUND, kit) == replace(reply, seen=())


# The command's side


class KilledWorker(Exception):  # noqa: N818  Dask's name
    """As Dask calls it."""


class Answers(Future):
    """A task's future, as Dask's."""

    status = "finished"

    def release(self):
        pass


class FakeClient:
    """A Dask client whose workers answer what they are told to.

    Args:
        answers: to hand-ins, one after the other; the last one stays.
        workers: what each says to ``make_ready``, by address.
    """

    status = "running"

    def __init__(self, *answers, workers=None):
        self.answers, self.sent = list(answers), []
        self.workers = {"tcp://one": packed({"host": "one", "isolation": "strong", "remarks": []})}
        self.workers = self.workers if workers is None else workers
        self.resources = {}

    def scheduler_info(self, n_workers):
        there = {"nthreads": 1, "resources": self.resources}
        return {"workers": dict.fromkeys(self.workers, there)}

    def run(self, function, *given, workers=(), **_):
        return {address: self.workers[address] for address in workers}

    def cancel(self, futures, force):
        pass

    def submit(self, function, *given, **where):
        self.sent.append((given[1], where))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        future = Answers()
        if isinstance(answer, Exception):
            future.set_exception(answer)
        elif answer is not None:
            future.set_result(answer)
        return future


@pytest.fixture
def graded(kit, tmp_path, monkeypatch):
    """What comes of the hand-in ``FOUND`` where a cluster answers so, and what is said."""
    monkeypatch.setattr(cluster_client, "LOOK", 0.01)
    with Journal(tmp_path / NAME) as journal:
        journal.begin({}, {})

        def grade(client, again=False, **about):
            said = []
            cluster = Cluster(client, "tcp://it", b"", tell=said.append, **about)
            by = cluster.by(journal)
            made = by(FOUND, kit, Keeper(kit, journal, EVERYTHING if again else NOTHING_AGAIN), "basis", UnderWay())
            cluster.close()
            return made, said

        grade.journal = journal
        yield grade


def test_a_reply_becomes_the_report_and_its_observations_go_into_the_journal(graded, reply):
    (report, pages, stands_on), said = graded(FakeClient(reply_packed(reply)))
    assert (report, pages, stands_on) == (reply.report, reply.pages, reply.stands_on)
    assert graded.journal.observation(SEEN.name) == KEPT
    assert said == []


def test_no_worker_replaces_what_the_journal_holds_unless_all_is_run_again(graded, reply):
    graded.journal.keep(SEEN.name, "probe", replace(KEPT, printed=b"before"))
    graded(FakeClient(reply_packed(reply)))
    assert graded.journal.observation(SEEN.name).printed == b"before"
    graded(FakeClient(reply_packed(reply)), again=True)
    assert graded.journal.observation(SEEN.name).printed == b"said"


def test_what_the_last_report_stands_on_travels_with_the_hand_in(graded, reply):
    journal = graded.journal
    journal.keep(SEEN.name, "probe", KEPT)
    journal.write("20260001", "", "", "", {}, {"1.1": {"probe": STAND, "gone": Stand("00" * 32)}})
    assert known_of("20260001", journal) == (SEEN,)
    assert known_of("20260002", journal) == ()
    for again, sent in ((False, 1), (True, 0)):
        client = FakeClient(reply_packed(reply))
        graded(client, again=again)
        assert len(unpacked(client.sent[0][0], CAP)[0]["seen"]) == sent


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"garbage", "has sent"),
        (packed({}), "has sent"),
        ({"a": "pickle's"}, "has sent a parcel that is a dict"),
        (packed({"failed": "the disk is full"}), "the disk is full"),
        (packed({"unprepared": True}), "no worker was ready"),
        (KilledWorker("task", "worker", 3), "were lost, one after the other"),
        (ModuleNotFoundError("No module named 'autograder'"), "ModuleNotFoundError"),
    ],
)
def test_what_can_not_be_read_is_the_kits_fault_and_costs_no_point(graded, kit, answer, said):
    (report, pages, stands_on), _ = graded(FakeClient(answer))
    (remark,) = [one for one in report.remarks if "The kit failed on this hand-in" in one]
    assert said in remark
    assert (report.complete, report.lost, pages, stands_on) == (False, 0, {}, {})
    assert report.fingerprint["basis"] == "basis"


def test_a_worker_that_comes_back_is_made_ready_again(graded, reply):
    client = FakeClient(packed({"unprepared": True}), reply_packed(reply))
    (report, _, _), _ = graded(client)
    assert report == reply.report
    assert len(client.sent) == 2


def test_what_no_worker_can_grade_ends_the_run(graded):
    with pytest.raises(MisuseError, match="node: no data"):
        graded(FakeClient(packed({"misuse": "node: no data"})))


def test_a_scheduler_that_is_gone_is_one_sentence(graded):
    from distributed.client import FutureCancelledError

    with pytest.raises(LostError, match="the scheduler tcp://it was lost; what was finished is kept"):
        graded(FakeClient(FutureCancelledError("key", "scheduler-connection-lost")))
    closed = FakeClient(b"")
    closed.status = "closed"
    with pytest.raises(LostError, match="was lost"):
        graded(closed)


@pytest.mark.parametrize("method", ["run", "submit"])
def test_a_scheduler_that_goes_while_it_is_asked_is_the_same_sentence(graded, monkeypatch, method):
    def gone(*_, **__):
        raise OSError("closed")

    client = FakeClient(b"")
    monkeypatch.setattr(client, method, gone)
    with pytest.raises(LostError, match="was lost"):
        graded(client)


def test_as_many_hand_ins_are_out_as_workers_were_asked_for():
    client = FakeClient(b"", workers=dict.fromkeys(("tcp://one", "tcp://two"), FakeClient().workers["tcp://one"]))
    for expected, slots in ((1, 2), (8, 8)):
        cluster = Cluster(client, "it", b"", expected=expected)
        cluster.admit()
        assert cluster.slots() == slots


@pytest.mark.parametrize("workers", [{}, {"tcp://one": packed({"host": "one", "refused": "lacks mnist"})}])
def test_a_cluster_without_a_worker_is_waited_for_and_then_given_up(graded, workers):
    with pytest.raises(LostError, match="no worker left that can grade"):
        graded(FakeClient(None, workers=workers), patience=0.1)


def test_workers_that_differ_are_said_and_not_used(graded, reply):
    workers = {
        "tcp://one": packed({"host": "one", "refused": "lacks mnist"}),
        "tcp://two": ModuleNotFoundError("No module named 'autograder'"),
        "tcp://three": packed({"something": "else"}),
        "tcp://four": packed({"host": "four", "isolation": "medium", "remarks": ["isolation is medium"]}),
        "tcp://five": OSError("it has just ended"),
    }
    client = FakeClient(reply_packed(reply), workers=workers)
    _, said = graded(client)
    assert client.sent[0][1]["workers"] == ["tcp://four"]  # on a cluster without such ones nothing binds a hand-in
    assert said == [
        "not used: one (tcp://one) lacks mnist",
        said[1],
        "not used: the worker (tcp://three) has answered something else",
        "four: isolation is medium",
    ]
    assert "the worker (tcp://two) does not have the kit" in said[1]


def test_a_hand_in_that_waits_for_workers_that_are_gone_is_sent_again(graded, reply):
    refused = packed({"host": "two", "refused": "lacks mnist"})
    client = FakeClient(None, reply_packed(reply))
    ready = client.workers["tcp://one"]
    client.workers["tcp://two"] = refused
    submit = client.submit

    def lost(*given, **where):
        client.workers = {f"tcp://{len(client.sent)}": ready, "tcp://two": refused}
        return submit(*given, **where)

    client.submit = lost
    (report, _, _), _ = graded(client)
    assert report == reply.report
    assert [where["workers"] for _, where in client.sent] == [["tcp://one"], ["tcp://0"]]


def test_where_a_gpu_trains_each_hand_in_asks_for_one(graded, reply):
    client = FakeClient(reply_packed(reply))
    with pytest.raises(LostError):
        graded(client, gpu=True, patience=0.1)
    client.resources = {GPU: 1.0}
    graded(client, gpu=True)
    assert client.sent[0][1]["resources"] == {GPU: 1}


def test_who_handed_in_nothing_is_not_sent(kit, tmp_path):
    client = FakeClient(b"garbage")
    with Journal(tmp_path / NAME) as journal:
        by = Cluster(client, "it", b"").by(journal)
        report, _, _ = by(replace(FOUND, absent=True), kit, Keeper(kit, journal), "", UnderWay())
    assert report.lines[0].outcome.reason == "No hand-in."
    assert client.sent == []


# Options


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[slurm", "can't be read"),
        ("[pbs]\ncores = 1", "has pbs"),
        ("slurm = 1", "must be a table"),
        ("[slurm]\ncore = 1", "has no option core; it has jobs, cores"),
        ("[slurm]\ncores = true", "cores must be a whole number"),
        ("[slurm]\ncores = 0", "cores must be a whole number"),
        ("[slurm]\nmemory = 4", "memory must be a text"),
        ("[slurm]\nworker_extra_args = 'x'", "must be a list of texts"),
        ("[tls]\nca = 'x'", "it has ca-file, cert, key"),
    ],
)
def test_a_wrong_option_is_one_sentence(tmp_path, text, said):
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(MisuseError, match=said):
        options_in(file)


def test_a_file_that_was_named_must_be_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert options_in(Path("cluster.toml")) == {"slurm": {}, "tls": {}}
    with pytest.raises(MisuseError, match="can't be read"):
        options_in(tmp_path / "none.toml")


@pytest.mark.parametrize("where", ["", "host:8786", "http://host", "Local"])
def test_what_is_no_cluster_is_refused(where):
    with pytest.raises(MisuseError, match="--cluster must be"):
        require_cluster(where, Path("cluster.toml"))


@pytest.mark.parametrize(("where", "lacks"), [("local", "distributed"), ("slurm", "dask_jobqueue")])
def test_without_the_extra_a_sentence_says_how_to_get_it(monkeypatch, where, lacks):
    monkeypatch.setitem(sys.modules, lacks, None)
    with pytest.raises(MisuseError, match=r"pip install 'hw1\[cluster\]'"):
        require_cluster(where, Path("cluster.toml"))


def test_a_wrong_cluster_is_said_before_anything_is_read(tmp_path):
    done = hw1("grade", tmp_path / "none", "--cluster", "there", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("hw1: --cluster must be tcp://HOST:PORT")
    assert done.stderr.count("\n") == 1


def test_dask_is_imported_only_for_a_cluster():
    import subprocess

    code = "import sys, cli, autograder.staff.start, autograder.cluster.opening; print('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_scheduler_that_does_not_answer_is_one_sentence(kit, monkeypatch):
    monkeypatch.setattr("autograder.cluster.opening.ANSWER_SECONDS", 0.3)
    for address in ("tcp://127.0.0.1:1", "tcp://[nonsense", "tcp://127.0.0.1:x"):
        with ExitStack() as stack, pytest.raises(MisuseError, match="no Dask scheduler answers"):
            _client(address, {"slurm": {}, "tls": {}}, kit, 1, stack)


def test_certificates_that_are_not_there_are_one_sentence(kit, tmp_path):
    tls = {"ca-file": str(tmp_path / "none.pem")}
    with ExitStack() as stack, pytest.raises(MisuseError, match="TLS needs ca-file, which is not at"):
        _client("tls://127.0.0.1:1", {"slurm": {}, "tls": tls}, kit, 1, stack)
    with ExitStack() as stack, pytest.raises(MisuseError, match="TLS needs ca-file, which is not named"):
        _client("tls://127.0.0.1:1", {"slurm": {}, "tls": {}}, kit, 1, stack)
    with pytest.raises(MisuseError, match="TLS needs ca-file, which is not at"):
        slurm_cluster(QUEUE, tls)


# Slurm

QUEUE = {
    "jobs": 2,
    "cores": 4,
    "memory": "16 GB",
    "walltime": "02:00:00",
    "queue": "gpu",
    "account": "course",
    "job_extra_directives": ["--gres=gpu:1"],
    "job_script_prologue": ["module load cuda"],
    "worker_extra_args": ["--resources", "GPU=1"],
}


def test_the_options_stand_in_slurms_script():
    cluster = slurm_cluster(QUEUE, {})
    try:
        script = cluster.job_script()
    finally:
        cluster.close()
    for line in ("-p gpu", "-A course", "--cpus-per-task=4", "-t 02:00:00", "--gres=gpu:1"):
        assert f"#SBATCH {line}\n" in script
    assert "module load cuda\n" in script
    for option in ("--nthreads 1", "--nworkers 4", "--nanny", "--resources GPU=1"):
        assert option in script


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "needs cores and memory"),
        ({"cores": 2}, "needs memory"),
        ({"cores": 2, "memory": "much"}, "can't be made of"),
        ({"cores": 1, "memory": "1 GB", "interface": "none0"}, "can't be made of"),
    ],
)
def test_options_that_slurm_does_not_take_are_one_sentence(options, said):
    with pytest.raises(MisuseError, match=said):
        slurm_cluster(options, {})


def test_without_slurm_that_is_one_sentence(kit, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with ExitStack() as stack, pytest.raises(MisuseError, match="sbatch is not found"):
        _client("slurm", {"slurm": QUEUE, "tls": {}}, kit, 1, stack)


def test_readers_are_told_what_no_tls_means():
    assert "can run code" in NO_TLS
