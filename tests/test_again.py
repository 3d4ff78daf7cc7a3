"""What is judged again from the journal is judged in processes beside this one, with the same verdicts."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace

import pytest

from autograder.cohort import again
from autograder.cohort.again import judged_again
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.run import grade_all
from autograder.ingest.reading import read_submission
from autograder.keeping.kept import Kept
from autograder.keeping.standing import Stand
from autograder.kit import Kit
from autograder.report import make_report
from autograder.sandbox.layers.identity import child_processes
from autograder.submission import Submission

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no fork")
CLASS = [Submission(f"{20260000 + number}", {"net.py": b"%d" % number}) for number in range(25)]

STAND = {"1.1": {"probe": Stand("00", 0.5)}}


class Keeping:
    """A keeper whose journal holds everything."""

    def read_alone(self):
        """Do nothing."""


def judging(spoil=lambda submission: None):
    """A judge that brings the process that it runs in as the hand-in's digest."""
    kit = Kit(launcher=again.NoWorkers())

    def judge(submission):
        spoil(submission)
        report = make_report(submission.id, f"{os.getpid()}", (), {}, kit.rubric, ("\udcff",), {})
        return report, {"a.html": "<p>"}, STAND

    return kit, judge


def judged(spoil=lambda submission: None, submissions=CLASS, jobs=3):
    kit, judge = judging(spoil)
    return {one.id: graded for one, graded in judged_again(submissions, kit, Keeping(), judge, jobs)}


def in_a_child(number, act):
    """Do *act* with that hand-in, in another process than this one."""
    here = os.getpid()
    return lambda one: act() if one.id == CLASS[number].id and os.getpid() != here else None


def test_each_hand_in_is_judged_once_by_one_of_several_processes():
    found = judged()
    assert set(found) == {one.id for one in CLASS}
    report, pages, stands_on = found[CLASS[-1].id]
    assert (report.student, report.remarks, pages, stands_on) == (
        CLASS[-1].id,
        ("\udcff",),
        {"a.html": "<p>"},
        STAND,
    )
    assert {graded[0].digest for graded in found.values()} > {f"{os.getpid()}"}  # the first one, and three others
    assert len({graded[0].digest for graded in found.values()}) == 4


def test_few_are_left_to_the_caller():
    assert judged(submissions=CLASS[: again.FEW - 1]) == {}


def test_what_would_have_to_be_run_is_left_to_the_caller():
    kit, judge = judging()

    def needs_a_worker(submission):
        if submission.id == CLASS[5].id:
            kit.launcher.start("torch")
        return judge(submission)

    found = {one.id for one, _ in judged_again(CLASS, kit, Keeping(), needs_a_worker, 2)}
    assert found == {one.id for one in CLASS} - {CLASS[5].id}


@pytest.mark.parametrize("act", [lambda: os._exit(1), lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 / 0])
def test_what_a_process_that_ended_owes_is_left_to_the_caller(act):
    found = judged(in_a_child(4, act))
    assert CLASS[4].id not in found
    assert {one.id for one in CLASS[::3]} <= {*found}  # those of another process


def test_no_process_is_left_when_the_caller_stops():
    kit, judge = judging(in_a_child(7, signal.pause))
    before = child_processes()
    running = judged_again(CLASS, kit, Keeping(), judge, 2)
    next(running)
    next(running)
    assert len(child_processes() - before) == 2
    running.close()
    assert child_processes() == before


def test_judged_again_or_for_the_first_time_the_verdicts_are_the_same(solution, recording, launcher, tmp_path):
    """Of a class that is judged again after a change of the rubric, without running anything."""
    kit = Kit(train="never", recorded=lambda: recording, launcher=launcher, scratch=tmp_path)
    given = read_submission(solution, kit.rubric.limits)
    submissions = [replace(given, id=f"{20260000 + number}") for number in range(again.FEW + 1)]
    rubric = replace(kit.rubric, points={**kit.rubric.points, "1.2a": 3.0}, digest="another")
    folder = ReportFolder(tmp_path / "out", kit.rubric)
    with Journal(tmp_path / "out" / NAME) as journal:
        first = dict(made(submissions, kit, folder, journal))
        other = Kit(rubric, train="never", recorded=lambda: recording, launcher=again.NoWorkers(), scratch=tmp_path)
        journal.begin(other.depends(), {})
        second = dict(made(submissions, other, folder, journal))
        known = journal.graded()
    assert {second[name].earned - first[name].earned for name in first} == {1.0}
    assert {name: one.report().earned for name, one in known.items()} == {n: one.earned for n, one in second.items()}
    outcomes = [{line.id: line.outcome for line in one["20260003"].lines} for one in (first, second)]
    assert {name for name, outcome in outcomes[0].items() if outcome != outcomes[1][name]} == {"1.2a"}


def made(submissions, kit, folder, journal):
    for report, earlier in grade_all(submissions, kit, folder, journal, jobs=1):
        assert not earlier
        yield report.student, report


def test_a_journal_that_was_opened_again_after_a_fork_can_be_read_and_not_written(tmp_path):
    kept = Kept(b"a frame", b"printed", {"environment": {}}, 0.5)
    with Journal(tmp_path / NAME) as journal:
        journal.keep(b"name", "probe", kept)
        process = os.fork()
        if process == 0:
            journal.reopen_to_read()
            try:
                right = journal.observation(b"name") == kept
                journal.keep(b"other", "probe", kept)
            except Exception:  # noqa: BLE001  what it is does not matter here
                os._exit(0 if right else 1)
            os._exit(2)
        assert os.waitpid(process, 0)[1] == 0
        assert journal.observation(b"other") is None
