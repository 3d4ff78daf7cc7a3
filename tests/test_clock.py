"""A time limit is CPU time: who sleeps is stopped by the clock on the wall, who gets no core is tried again alone."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace

import pytest
from conftest import setup_of

from autograder.case import Case
from autograder.check import Probe
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Graded, Journal
from autograder.cohort.run import earlier_report, grade_all
from autograder.errors import UnsettledError
from autograder.evidence import Evidence, Raised, Stopped
from autograder.grade import judged
from autograder.kit import Kit
from autograder.recording import Recording
from autograder.rubric import read_rubric
from autograder.sandbox import clock
from autograder.sandbox.clock import ASLEEP, QUEUED, Clock, cpu_seconds
from autograder.sandbox.session import Session
from autograder.sandbox.turns import Shares, Turns
from autograder.submission import Submission

PROBE = Probe("p", "network", ("ablations",), "torch", {"module": "ablations", "name": "Exp1", "shape": [1, 28, 28]})
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells it there")


@pytest.fixture
def session_of(launcher, tmp_path):
    """Opens a session on a text, with a short limit for its import."""
    opened = []

    def run(text, seconds=0.3, turns=None):
        session = Session(
            launcher, {"ablations.py": text.encode()}, 2 << 30, seconds, "full", base=tmp_path, turns=turns
        )
        opened.append(session)
        return session

    yield run
    for session in opened:
        session.__exit__(None, None, None)


@linux
def test_what_computes_too_long_is_stopped_by_its_cpu_time(session_of):
    seen = session_of("while True:\n    pass\n").observe(PROBE, bytes(32))
    assert (seen.reason, seen.detail, seen.waited) == ("time", "0.3 s", "")


@linux
def test_threads_count_together(session_of):
    text = "import threading\n\n\ndef burn():\n    while True:\n        pass\n\n\n"
    text += "for _ in range(3):\n    threading.Thread(target=burn, daemon=True).start()\nthreading.Event().wait()\n"
    seen = session_of(text).observe(PROBE, bytes(32))
    assert (seen.reason, seen.waited) == ("time", "")


@linux
def test_what_sleeps_is_stopped_later_and_the_second_time_sooner(session_of):
    session = session_of("import time\n\n\ndef Exp1():\n    time.sleep(100)\n", seconds=10)
    said = []
    for _ in range(2):
        seen = session.observe(replace(PROBE, seconds=0.2), bytes(32))
        assert (seen.reason, seen.waited) == ("time", ASLEEP)
        said.append(seen.detail)
    assert said == ["0.6 s without computing", "0.2 s without computing"]
    assert session.pressed == 0


@linux
def test_what_one_request_may_take_on_the_wall_is_bounded(session_of):
    session = session_of("import time\ntime.sleep(100)\n", seconds=20)
    session.left = 0.4
    seen = session.observe(PROBE, bytes(32))
    assert (seen.reason, seen.detail, seen.waited) == ("time", "0.4 s", "")


@linux
def test_a_worker_computes_nothing_between_requests(session_of):
    text = "import threading\n\n\ndef burn():\n    while True:\n        pass\n\n\n"
    text += "threading.Thread(target=burn, daemon=True).start()\n\n\ndef Exp1():\n    raise ValueError\n"
    session = session_of(text, seconds=10)
    assert isinstance(session.observe(PROBE, bytes(32)), Raised)
    (slot,) = session._slots.values()
    time.sleep(0.05)  # it is stopped after it has answered
    before = cpu_seconds(slot.worker._pid)
    time.sleep(0.2)
    assert cpu_seconds(slot.worker._pid) == before
    assert isinstance(session.observe(PROBE, bytes(32)), Raised)


class Told:
    """What the kernel tells of a worker, moved by hand."""

    def __init__(self, monkeypatch):
        self.cpu, self.queue, self.now = 5.0, {"1": 1.0}, 100.0
        monkeypatch.setattr(clock, "cpu_seconds", lambda pid: self.cpu)
        monkeypatch.setattr(clock, "queue_seconds", lambda pid: self.queue)
        monkeypatch.setattr(clock.time, "monotonic", lambda: self.now)


def test_time_in_the_queue_is_no_sleep(monkeypatch):
    told = Told(monkeypatch)
    watch = Clock(0, 20)
    assert watch.late() is None
    told.now, told.cpu, told.queue = 200, 6.0, {"1": 95.0, "2": 3.0}
    assert watch.late() is None
    told.queue = {"1": 95.0}  # a thread that has ended still counts
    told.now = 257
    assert watch.late() is None
    told.now = 265
    assert watch.late().waited == ASLEEP


def test_without_a_core_it_is_stopped_in_the_end_and_says_so(monkeypatch):
    told = Told(monkeypatch)
    watch = Clock(0, 20)
    assert watch.late() is None
    told.now, told.queue = 100 + 20 * clock.QUEUES, {"1": 20 * clock.QUEUES}
    assert watch.late().waited == QUEUED


def test_where_nobody_counts_the_queue_nobody_knows_whether_it_slept(monkeypatch):
    told = Told(monkeypatch)
    told.queue = None
    watch = Clock(0, 20)
    assert watch.late() is None
    told.now = 159
    assert watch.late() is None
    told.now = 161
    assert watch.late().waited == QUEUED


def test_where_nobody_tells_cpu_time_the_limit_is_wall_time(monkeypatch):
    told = Told(monkeypatch)
    told.cpu = None
    watch = Clock(0, 20)
    told.now = 119
    assert watch.late() is None
    told.now = 121
    assert (watch.late().detail, watch.late().waited) == ("20 s", "")


SLOW, SLEPT, ANSWER = Stopped("time", "600 s", "x", QUEUED), Stopped("time", "60 s", "x", ASLEEP), Evidence({"a": 1})


def answering(session, *answers):
    waiting = list(answers)
    session._observed = lambda probe, key, arrays: waiting.pop(0)
    session.waiting = waiting
    return session


def test_what_got_no_core_is_run_again_alone_and_the_report_says_so(session_of):
    session = answering(session_of(""), SLOW, ANSWER)
    assert session.observe(PROBE, b"") == ANSWER
    assert session.pressed == 1


def test_what_gets_no_core_alone_either_is_open(session_of):
    session = answering(session_of(""), SLOW, SLOW)
    with pytest.raises(UnsettledError, match="too busy"):
        session.observe(PROBE, b"")
    assert session.pressed == 1


def test_what_goes_on_where_another_probe_stopped_is_not_run_again(session_of):
    session = answering(session_of(""), SLOW, ANSWER)
    with pytest.raises(UnsettledError, match="too busy"):
        session.observe(replace(PROBE, slot="train"), b"")
    assert session.waiting == [ANSWER]


def test_what_slept_alone_has_slept(session_of):
    session = answering(session_of(""), SLEPT, ANSWER)
    assert session.observe(PROBE, b"") == SLEPT
    assert session.pressed == 0


def test_what_slept_beside_others_is_run_again_once(session_of):
    turns = Turns()
    session = answering(session_of("", turns=turns), SLEPT, SLEPT, SLEPT, ANSWER)
    observed = session._observed

    def beside_another(probe, key, arrays):
        if turns._alone:
            return observed(probe, key, arrays)
        with turns.beside():  # as another session would
            return observed(probe, key, arrays)

    session._observed = beside_another
    assert session.observe(PROBE, b"") == SLEPT
    assert session.observe(PROBE, b"") == SLEPT
    assert (session.pressed, session.waiting) == (0, [ANSWER])


def test_alone_waits_for_the_others_and_they_wait_for_it():
    turns, order = Turns(), []
    inside, go_on = threading.Event(), threading.Event()

    def other():
        with turns.beside():
            inside.set()
            go_on.wait()
            order.append("other")

    def alone():
        with turns.alone():
            order.append("alone")

    threads = [threading.Thread(target=other)]
    threads[0].start()
    inside.wait()
    threads.append(threading.Thread(target=alone))
    threads[1].start()
    while not turns._alone:
        time.sleep(0.001)

    def late():
        with turns.beside():
            order.append("late")

    threads.append(threading.Thread(target=late))
    threads[2].start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert order == ["other", "alone", "late"]


def of_each(shares, jobs):
    found = []
    for _ in range(jobs):
        thread = threading.Thread(target=lambda: (shares.take(), found.append(shares.mine)))
        thread.start()
        thread.join()
    return found


def test_each_job_has_cores_of_its_own_and_with_more_jobs_than_cores_some_share(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 5}, raising=False)
    assert of_each(Shares(2), 2) == [(0, 5), (1,)]
    assert of_each(Shares(5), 5) == [(0,), (1,), (5,), (0,), (1,)]
    assert of_each(Shares(1), 1) == [()]
    monkeypatch.delattr(os, "sched_getaffinity")
    assert of_each(Shares(2), 2) == [(), ()]


@linux
def test_a_worker_runs_on_the_cores_that_it_was_given(launcher, tmp_path):
    core = max(os.sched_getaffinity(0))
    text = "import os\n\n\ndef Exp1():\n    raise ValueError(sorted(os.sched_getaffinity(0)))\n"
    with Session(launcher, {"ablations.py": text.encode()}, 2 << 30, 10, base=tmp_path, cores=(core,)) as session:
        assert session.observe(PROBE, bytes(32)).message == f"[{core}]"


class Busy:
    """A sandbox in which nothing is run, on a machine that was too busy *pressed* times."""

    environment, layers, printed, printed_text = {}, {}, 0, ""

    def __init__(self, pressed):
        self.pressed = pressed


@pytest.mark.parametrize("pressed", [0, 2])
def test_a_report_made_on_a_busy_machine_says_so_and_is_not_kept_for_the_next_run(pressed):
    rubric = read_rubric()
    handed_in = Submission("20260001", {"answers.md": b"# 1.1-E1\nx\n"})
    case = Case(handed_in, rubric, lambda: Recording("", {}, {}, ()), setup_of())
    report = judged(case, Busy(pressed), ())
    report = replace(report, complete=True)
    kept = Graded("20260001", 1, report.digest, "b", "", report.to_json())
    assert any("too busy 2 times" in text for text in report.remarks) == bool(pressed)
    assert (earlier_report(kept, handed_in, "b") is None) == bool(pressed)
    assert earlier_report(kept, handed_in, "c") is None


BURNS = """
import threading, time
def burn(end=time.monotonic() + 30):
    while time.monotonic() < end:
        pass
for _ in range(60):
    threading.Thread(target=burn, daemon=True).start()
"""


@linux
@pytest.mark.slow  # two hand-ins beside each other, one of them burning
def test_threads_of_one_hand_in_cost_a_neighbour_no_point(solution, recording, launcher, isolated, tmp_path):
    scratch, layers = isolated
    kit = Kit(train="never", recorded=lambda: recording, launcher=launcher, scratch=scratch, isolation="best")
    kit.layers = layers
    sources = {
        f"{name}.py": (solution / f"{name}.py").read_bytes() for name in ("mnist", "ablations", "trainer", "vgg")
    }
    hostile = sources | {"mnist.py": BURNS.encode() + sources["mnist.py"]}
    hand_ins = [Submission("20260001", hostile), Submission("20260002", sources), Submission("20260003", sources)]
    folder = ReportFolder(tmp_path, kit.rubric)
    with Journal(tmp_path / "journal.sqlite") as journal:
        earned = {one.student: one.earned for one, _ in grade_all(hand_ins, kit, folder, journal, jobs=2)}
    assert earned["20260002"] == earned["20260003"] == 59  # all but the formula's
    assert earned["20260001"] >= 53  # it may lose what mnist.py earns
