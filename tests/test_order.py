"""Long work is graded first, suspected hangs last, and how long it takes is told as soon as anybody can tell."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.order import Work, in_order, may_need, seconds_left, training_seconds, works_of
from autograder.cohort.run import grade_all
from autograder.cohort.under_way import UnderWay
from autograder.command_line import cores
from autograder.home import handout_folder
from autograder.homework import in_force
from autograder.keeping.standing import Stand
from autograder.kit import Kit
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.submission import Submission

MNIST = in_force().training["1.1"]


def test_long_work_comes_first_and_suspected_hangs_last():
    works = [
        Work("short", 2.0),
        Work("long", 60.0),
        Work("hangs", 600.0, hangs=True),
        Work("new"),
        Work("new, to be trained", None, ("1.1",)),
        Work("trained before", 300.0, ("1.1",)),
        Work("nothing", 0.0),
    ]
    wanted = ["new, to be trained", "trained before", "new", "long", "short", "nothing", "hangs"]
    for seed in range(5):
        random.Random(seed).shuffle(works)  # noqa: S311  no secret
        assert in_order(works) == wanted


def test_a_class_that_was_never_graded_is_graded_by_name():
    assert in_order([Work("b"), Work("a"), Work("c", None, ("1.1",))]) == ["c", "a", "b"]


def test_what_the_journal_knows_of_a_hand_in():
    stands = {"2.1a": {"one": Stand("01", 2.0), "two": Stand("02", 3.0, late=True)}, "2.1b": {"one": Stand("01", 2.0)}}
    submissions = [Submission("20260001", {"mnist.py": b"class MNIST_Net: ..."}), Submission("20260002", {})]
    submissions.append(Submission("20260003", {}, absent=True))
    known, new, absent = works_of(submissions, Kit(launcher=None), {"20260001": stands}).values()
    assert known == Work("20260001", 5.0, ("1.1",), hangs=True)
    assert new == Work("20260002", None)
    assert absent == Work("20260003", 0.0)


def test_nothing_may_be_trained_where_that_is_not_wanted():
    submission = Submission("20260001", {"vgg.py": b"class VGG19: ..."})
    rubric = read_rubric()
    other = replace(rubric, ways={**rubric.ways, "2.2a": ("proven",)})
    kits = [Kit(launcher=None), Kit(launcher=None, train="never"), Kit(other, launcher=None)]
    found = [works_of([submission], kit, {})["20260001"].trainings for kit in kits]
    assert found == [("2.2a", "2.2b"), (), ("2.2b",)]


@pytest.mark.parametrize(
    ("files", "documents", "needed"),
    [
        ({"mnist.py": b"class MNIST_Net: ..."}, {}, True),
        ({"mnist.py": (handout_folder() / "mnist.py").read_bytes()}, {}, False),
        ({}, {}, False),
        ({}, {"hw1.ipynb": "a notebook"}, True),  # what is in it is not known yet
    ],
)
def test_who_may_need_a_training(files, documents, needed):
    assert may_need(Submission("20260001", files, documents=documents), MNIST) is needed


# How long it takes


@pytest.mark.parametrize(
    ("waiting", "running", "done", "jobs", "left"),
    [
        ([None], [], [], 1, None),  # nobody can tell
        ([10.0, 20.0], [], [], 1, 30.0),  # as the last time
        ([10.0, 20.0], [], [], 2, 20.0),  # the longest one takes that long whatever is beside it
        ([10.0] * 4, [], [(10.0, 5.0)], 2, 10.0),  # it goes twice as fast as then
        ([None] * 4, [], [(None, 6.0), (None, 4.0)], 2, 10.0),
        ([None], [], [(10.0, 4.0)], 1, 4.0),  # what is new is taken to be like what is done
        ([10.0], [(10.0, 4.0)], [], 2, 10.0),
        ([], [(10.0, 40.0)], [], 2, 40.0),  # longer than expected: as long again
        ([], [], [(1.0, 1.0)], 2, 0.0),
        ([10.0], [], [(0.0, 0.1)], 1, 10.0),
    ],
)
def test_how_long_it_takes(waiting, running, done, jobs, left):
    found = seconds_left(waiting, running, done, jobs)
    assert found == (None if left is None else pytest.approx(left))


def test_how_long_a_training_took():
    def run(number, seconds):
        return {f"1.1.run{number}{end}": Stand("", seconds) for end in ("", ".epoch1", ".epoch1.0")}

    stands = [{"1.1-accuracy": run(1, 10.0) | run(2, 20.0)}, {"1.1-accuracy": run(1, 30.0)}, {"2.1a": {}}]
    assert training_seconds(stands, "1.1") == pytest.approx((30 + 60 + 90) / 3)
    assert training_seconds(stands, "1.2") is None


class Screen:
    def __init__(self):
        self.shown, self.told = [], []

    def show(self, done, running, left):
        self.shown.append((done, dict(running), left))

    def tell(self, number, report, earlier, left):
        self.told.append((number, report.student, earlier, left))


def report_of(student):
    return make_report(student, "", (), {}, read_rubric(), (), {})


def test_what_is_under_way_is_shown_with_the_time_that_is_left():
    now, screen = [0.0], Screen()
    watch = UnderWay(screen, lambda: now[0])
    watch.done(report_of("a"), True)
    watch.plan([Work("b"), Work("c"), Work("d")], 2)
    watch("b", "2.1a")
    now[0] = 2.0
    watch("c", "2.1a")
    now[0] = 10.0
    watch.done(report_of("b"), False)
    watch("c", "2.1b")  # at the same moment: it is not computed again
    assert screen.told == [(1, "a", True, None), (2, "b", False, 10.0)]
    assert screen.shown[-2:] == [(2, {"c": "2.1a"}, 10.0), (2, {"c": "2.1b"}, 10.0)]
    assert screen.shown[1] == (1, {"b": "2.1a"}, None)
    now[0] = 12.0
    watch.done(report_of("c"), False)
    watch("d", "2.1a")
    now[0] = 13.0
    watch("d", "2.1b")
    assert screen.shown[-1] == (3, {"d": "2.1b"}, 9.0)


def test_the_longest_is_begun_first_and_each_report_comes_as_it_is_ready(tmp_path, monkeypatch):
    begun = []

    def graded(found, kit, tell):
        begun.append(found.id)
        return make_report(found.id, found.digest, (), {}, kit.rubric, (), {})

    monkeypatch.setattr("autograder.cohort.run.grade", graded)
    launcher = SimpleNamespace(warm=lambda *_: None, close=lambda: None)
    kit = Kit(train="never", launcher=launcher, scratch=tmp_path, recorded=lambda: SimpleNamespace(digest=""))
    with Journal(tmp_path / NAME) as journal:
        journal.begin({}, {})
        for student, seconds in (("20260001", 1.0), ("20260002", 9.0), ("20260003", 5.0)):
            journal.write(student, "", "", "", {}, {"2.1a": {"probe": Stand("", seconds)}})
        submissions = [Submission(f"2026000{number}", {}) for number in range(1, 5)]
        run = grade_all(submissions, kit, ReportFolder(tmp_path / "out", kit.rubric), journal, 1)
        found = [report.student for report, _ in run]
    assert begun == ["20260002", "20260003", "20260004", "20260001"]
    assert sorted(found) == sorted(begun)


def test_there_are_as_many_jobs_as_cores_that_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert (cores(None), cores(8)) == (3, 8)
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores(None) == (os.cpu_count() or 1)
