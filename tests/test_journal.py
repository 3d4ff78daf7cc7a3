"""What was observed is not observed again, what decides is part of its name, and no damage loses more than itself."""

import io
import random
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace

import numpy as np
import pytest

from autograder.check import Probe
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.journal_file import FORMAT
from autograder.cohort.run import grade_all
from autograder.cohort.tables import render_class
from autograder.errors import GraderError, MisuseError
from autograder.evidence import Evidence, Frame, Raised, Stopped
from autograder.grade import grade
from autograder.ingest.reading import read_submission
from autograder.keeping.code import worker_files
from autograder.keeping.frames import Unkept, array_digest, framed
from autograder.keeping.keeper import Keeper
from autograder.keeping.kept import Kept
from autograder.keeping.session import Keeping
from autograder.keeping.sight import seen_by
from autograder.keeping.standing import Noted
from autograder.kit import Kit
from autograder.report import make_report
from autograder.sandbox.wire import read_frame
from autograder.submission import Submission

KEPT = Kept(b"a frame", b"printed", {"environment": {"torch": "2"}, "layers": {}}, 0.5)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / NAME) as opened:
        yield opened


# The file


def test_what_is_kept_is_there_again(tmp_path):
    with Journal(tmp_path / NAME) as journal:
        assert journal.observation(b"name") is None
        journal.keep(b"name", "probe", KEPT)
        number = journal.begin({"rubric": "r"}, {"paths": ["in"]})
        journal.write("20260001", "d", "b", "/in/20260001", {"text": "\udcff"})
        journal.end()
    with Journal(tmp_path / NAME) as journal:
        assert journal.observation(b"name") == KEPT
        assert journal.graded()["20260001"].body == {"text": "\udcff"}
        (run,) = journal.runs()
        assert (run.id, run.basis, run.given) == (number, {"rubric": "r"}, {"paths": ["in"]})
        assert run.ended >= run.began
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_a_run_sees_each_students_last_report_up_to_it(journal):
    for run, students in enumerate((("a", "b"), ("b",), ()), 1):
        assert journal.begin({}, {}) == run
        for student in students:
            journal.write(student, f"{run}", "", "", {})
    assert {name: one.run for name, one in journal.graded().items()} == {"a": 1, "b": 2}
    assert {name: one.run for name, one in journal.graded(1).items()} == {"a": 1, "b": 1}


def test_two_processes_do_not_write_one_journal(journal, tmp_path):
    with pytest.raises(MisuseError, match="another hw1 command is writing"):
        Journal(tmp_path / NAME)
    code = "import pathlib, sys; from autograder.cohort.journal import Journal; Journal(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / NAME], capture_output=True, text=True, check=False)
    assert "another hw1 command is writing" in done.stderr


def test_where_there_are_no_locks_that_is_said(tmp_path, monkeypatch):
    import fcntl

    def fails(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fails)
    with Journal(tmp_path / NAME) as journal:
        assert "has no locks" in journal.remarks[0]
        journal.keep(b"name", "probe", KEPT)


def test_another_format_is_kept_beside_and_said(tmp_path):
    with sqlite3.connect(tmp_path / NAME) as db:
        db.execute("CREATE TABLE observation (name)")
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    db.close()
    with Journal(tmp_path / NAME) as journal:
        assert f"journal-format-{FORMAT + 1}-1.sqlite" in journal.remarks[0]
        journal.keep(b"name", "probe", KEPT)
    assert (tmp_path / f"journal-format-{FORMAT + 1}-1.sqlite").exists()
    with Journal(tmp_path / NAME) as journal:
        assert (journal.remarks, journal.observation(b"name")) == ([], KEPT)


def noise_of(number, size=900):
    """What does not get smaller."""
    return random.Random(number).randbytes(size)  # noqa: S311


def full_of(path, rows=400):
    with Journal(path) as journal:
        journal.begin({}, {})
        for number in range(rows):
            noise = noise_of(number)
            journal.keep(b"%d" % number, "probe", replace(KEPT, frame=noise))
            journal.write(f"{number:08}", "d", "b", "", {"noise": noise.hex()})


@pytest.mark.parametrize("spoil", ["page", "cut", "header", "nothing left"])
def test_of_a_damaged_journal_what_can_be_read_is_kept(tmp_path, spoil):
    path = tmp_path / NAME
    full_of(path)
    data = bytearray(path.read_bytes())
    if spoil == "page":
        middle = len(data) // 2 // 4096 * 4096
        data[middle : middle + 8192] = b"\xa5" * 8192
    elif spoil == "cut":
        data = data[: len(data) * 3 // 4]
    else:
        data[: 100 if spoil == "header" else len(data)] = b"x" * (100 if spoil == "header" else len(data))
    path.write_bytes(data)
    with Journal(path) as journal:
        assert "was damaged" in journal.remarks[0]
        found = [journal.observation(b"%d" % number) for number in range(400)]
        assert all(one is None or one.frame == noise_of(n) for n, one in enumerate(found))
        kept = sum(one is not None for one in found) + len(journal.graded())
        assert kept > {"page": 100}.get(spoil, 0) if spoil in ("page", "cut") else kept == 0
        journal.keep(b"new", "probe", KEPT)
    assert (tmp_path / "journal-damaged-1.sqlite").read_bytes() == data


def test_a_damaged_entry_is_no_entry(journal):
    journal.keep(b"name", "probe", KEPT)
    with journal.writing() as db:
        db.execute("UPDATE observation SET frame = ?", (zlib.compress(noise_of(1))[:-9],))
    assert journal.observation(b"name") is None


def test_a_full_disk_is_one_sentence_and_keeps_what_was_written(tmp_path):
    with Journal(tmp_path / NAME) as journal:
        journal.keep(b"first", "probe", KEPT)
        journal._db.execute("PRAGMA max_page_count = 20")  # what SQLite says then is what it says of a full disk
        with pytest.raises(MisuseError, match=r"can't be written: database or disk is full\. What was written"):
            for number in range(100):
                journal.keep(b"%d" % number, "probe", replace(KEPT, frame=noise_of(number, 4000)))
    with Journal(tmp_path / NAME) as journal:
        assert (journal.remarks, journal.observation(b"first")) == ([], KEPT)


def test_a_journal_that_can_not_be_opened_is_not_taken_for_a_damaged_one(tmp_path, monkeypatch):
    full_of(tmp_path / NAME, rows=2)
    before = (tmp_path / NAME).read_bytes()

    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("autograder.cohort.journal_file.sqlite3.connect", full)
    with pytest.raises(MisuseError, match="can't be opened: database or disk is full"):
        Journal(tmp_path / NAME)
    monkeypatch.undo()
    assert (tmp_path / NAME).read_bytes() == before
    with Journal(tmp_path / NAME) as journal:
        assert len(journal.graded()) == 2


# What decides


SOURCES = {
    "net.py": b"import torch\nfrom blocks import Block\n",
    "blocks.py": b"class Block: ...\n",
    "trainer.py": b"class Trainer: ...\n",
    "package/inner.py": b"x = 1\n",
    "table.csv": b"1,2\n",
}


@pytest.mark.parametrize(
    ("modules", "wanted"),
    [
        ((), set()),
        (("trainer",), {"trainer.py"}),
        (("net",), {"net.py", "blocks.py"}),
        (("blocks", "trainer"), {"blocks.py", "trainer.py"}),
        (("absent",), set()),
    ],
)
def test_a_module_sees_what_it_imports(modules, wanted):
    assert set(seen_by(modules, SOURCES)) == wanted


@pytest.mark.parametrize(
    "line",
    [
        b"open('table.csv')",
        b"__import__('bl' + 'ocks')",
        b"from importlib import import_module",
        b"exec(code)",
        b"x = eval ('open')",
        b"x = eval if y else 1",
        b"f=compile",
        b"import package.inner; import os",
        b"np.loadtxt('t')",
    ],
)
def test_who_may_look_for_files_sees_all(line):
    assert set(seen_by(("trainer",), SOURCES | {"trainer.py": line})) == set(SOURCES)


@pytest.mark.parametrize(
    "line", [b"self.model.eval()", b"x = 1  # in eval mode", b"pattern = re.compile('x')", b"executor = 1"]
)
def test_methods_of_such_names_look_for_nothing(line):
    assert set(seen_by(("trainer",), SOURCES | {"trainer.py": line})) == {"trainer.py"}


def test_a_package_is_seen_by_its_name():
    found = seen_by(("trainer",), SOURCES | {"trainer.py": b"from package import *"})
    assert set(found) == {"trainer.py", "package/inner.py"}


@pytest.mark.slow  # it imports torch
def test_the_workers_code_holds_all_that_a_worker_imports():
    code = """
import importlib, sys
from autograder.sandbox.registry import PROBES
import autograder.sandbox.worker
for _, module, _ in PROBES.values():
    importlib.import_module(module)
print(*(m.__file__ for n, m in sys.modules.items() if n.startswith("autograder.") and m.__file__), sep=chr(10))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()) <= {str(path) for path in worker_files()}


@pytest.mark.parametrize(
    "seen",
    [
        Evidence({"a": [1, float("inf")]}, {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "e": np.zeros((0, 2))}),
        Raised("ValueError", "no", (Frame("net.py", 3, "f", "raise"),), "import", "Net.block"),
        Stopped("memory", "2 GB", "forward"),
    ],
)
def test_an_observation_comes_back_as_it_was(seen, journal):
    session = Session([seen])
    for number in range(2):
        again = Keeping(session, journal, "").observe(PROBE, b"k")
        assert type(again) is type(seen)
        if isinstance(seen, Evidence):
            assert (again.facts, shapes(again)) == (seen.facts, shapes(seen)), number
        else:
            assert again == seen, number
    assert session.asked == 1


def shapes(seen):
    return {name: (array.dtype, array.tolist()) for name, array in seen.arrays.items()}


PROBE = Probe("probe", "unknown to the forms", ("net",), "torch", {"n": 1, "file": "nowhere"})


class Session:
    """Answers in turn, and counts."""

    environment, layers, printed, printed_text, pressed = {"torch": "2"}, {"seccomp": ""}, 0, "", 0
    waited = 0.0

    def __init__(self, answers, files=SOURCES):
        self.answers, self.files, self.asked, self.given = list(answers), files, 0, []

    def observe(self, probe, key, arrays=None):
        self.asked += 1
        self.given.append((probe.id, dict(arrays or {})))
        return self.answers[min(self.asked, len(self.answers)) - 1]


@pytest.fixture(autouse=True)
def no_forms(monkeypatch):
    monkeypatch.setattr("autograder.keeping.frames.misfit", lambda *_: "")


@pytest.mark.parametrize(
    ("other", "asked"),
    [
        ({}, 1),
        ({"files": SOURCES | {"trainer.py": b"other"}}, 1),  # the probe's module does not see it
        ({"files": SOURCES | {"blocks.py": b"other"}}, 2),
        ({"key": b"other"}, 2),
        ({"about": "other"}, 2),
        ({"probe": replace(PROBE, id="another name of the same")}, 1),
        ({"probe": replace(PROBE, params={"n": 2, "file": "nowhere"})}, 2),
        ({"probe": replace(PROBE, seconds=1)}, 2),
        ({"arrays": {"x": np.ones(3)}}, 2),
        ({"again": {"probe"}}, 2),
        ({"again": {"another"}}, 1),
    ],
)
def test_whatever_decides_an_observation_is_part_of_its_name(journal, other, asked):
    session = Session([Evidence({"a": 1})])
    Keeping(session, journal, "").observe(PROBE, b"k")
    session.files = other.get("files", SOURCES)
    keeping = Keeping(session, journal, other.get("about", ""), Noted(again=other.get("again", ())))
    keeping.observe(other.get("probe", PROBE), other.get("key", b"k"), other.get("arrays"))
    assert session.asked == asked


@pytest.mark.parametrize(
    ("params", "changed", "asked"),
    [
        ({"file": "net.py"}, "net.py", 2),  # it reads the file without running it
        ({"file": "net.py"}, "trainer.py", 1),
        ({"file": "gone.py"}, "trainer.py", 2),  # who knows what it reads in its place
        ({}, "trainer.py", 2),
    ],
)
def test_what_runs_no_module_stands_on_the_files_that_it_names(journal, params, changed, asked):
    session, probe = Session([Evidence({"a": 1})]), replace(PROBE, modules=(), params=params)
    Keeping(session, journal, "").observe(probe, b"k")
    session.files = SOURCES | {changed: b"other"}
    Keeping(session, journal, "").observe(probe, b"k")
    assert session.asked == asked


def test_a_file_that_is_read_counts_by_what_is_in_it(journal, tmp_path):
    session = Session([Evidence({"a": 1})])

    def ask(name, data):
        (tmp_path / name).write_bytes(data)
        file = str(tmp_path / name)
        Keeping(session, journal, "").observe(replace(PROBE, params={"file": file}, reads=(file,)), b"k")
        return session.asked

    assert [ask("a.pdf", b"one"), ask("b.pdf", b"one"), ask("c.pdf", b"two")] == [1, 1, 2]


def test_what_got_no_time_is_not_kept(journal):
    session = Session([Stopped("time", "20 s", "x", "queued"), Evidence({"a": 1})])
    assert isinstance(Keeping(session, journal, "").observe(PROBE, b"k"), Stopped)
    assert Keeping(session, journal, "").observe(PROBE, b"k") == Evidence({"a": 1})


def test_environment_and_prints_come_from_the_journal_too(journal):
    session = Session([Evidence({"a": 1})])
    session.observe = lambda *_: setattr(session, "printed", 3) or setattr(session, "printed_text", "abc") or Evidence()
    Keeping(session, journal, "").observe(PROBE, b"k")
    later = Session([])
    later.environment, later.layers = {}, {}
    keeping = Keeping(later, journal, "")
    keeping.observe(PROBE, b"k")
    assert (keeping.environment, keeping.layers, keeping.printed, keeping.printed_text, keeping.pressed) == (
        {"torch": "2"},
        {"seccomp": ""},
        3,
        "abc",
        0,
    )


# Trainings: a row of probes that go on where the last one stopped

START = replace(PROBE, id="start", slot="train", fresh=True)
EPOCHS = [replace(PROBE, id=f"epoch{n}", call="fit", slot="train") for n in range(3)]
SCORE = replace(PROBE, id="score", slot="score", fresh=True)
WEIGHTS = [{"w": np.arange(number, (1 << 18) + number, dtype=np.float32)} for number in range(3)]
BIG = WEIGHTS[0]


def train(keeping, epochs):
    keeping.observe(START, b"s")
    for epoch in EPOCHS[:epochs]:
        weights = keeping.observe(epoch, b"e").arrays
        yield weights, keeping.observe(SCORE, b"x", {**weights}).facts


def test_a_training_that_the_journal_holds_is_not_run(journal):
    answers = [Evidence(), *(e for n in range(3) for e in (Evidence({}, WEIGHTS[n]), Evidence({"right": n})))]
    first, second = Session(answers), Session([])
    wanted = [facts for _, facts in train(Keeping(first, journal, ""), 3)]
    found = list(train(Keeping(second, journal, ""), 3))
    assert [facts for _, facts in found] == wanted
    assert second.asked == 0
    assert all(isinstance(weights["w"], Unkept) for weights, _ in found)
    assert found[0][0]["w"].shape == BIG["w"].shape


def test_one_that_goes_on_is_brought_to_where_it_was(journal):
    one, two, three = (Evidence({}, weights) for weights in WEIGHTS)
    answers = [Evidence(), one, Evidence({"right": 0}), two, Evidence({"right": 1})]
    list(train(Keeping(Session(answers), journal, ""), 2))
    session = Session([Evidence(), one, two, three, Evidence({"right": 2})])
    *_, (_, facts) = train(Keeping(session, journal, ""), 3)
    assert facts == {"right": 2}
    assert [name for name, _ in session.given] == ["start", "epoch0", "epoch1", "epoch2", "score"]


def test_weights_are_made_again_where_somebody_needs_them(journal):
    list(train(Keeping(Session([Evidence(), Evidence({}, BIG), Evidence({"right": 0})]), journal, ""), 1))
    session = Session([Evidence(), Evidence({}, BIG), Evidence({"right": 5})])
    keeping = Keeping(session, journal, "")
    keeping.observe(START, b"s")
    weights = keeping.observe(EPOCHS[0], b"e").arrays
    assert session.asked == 0
    assert keeping.observe(SCORE, b"with other images", {**weights}).facts == {"right": 5}
    assert [name for name, _ in session.given] == ["start", "epoch0", "score"]
    assert session.given[-1][1]["w"] is BIG["w"]
    assert np.asarray(weights["w"]).sum() == BIG["w"].sum()


def test_a_training_that_goes_otherwise_than_before_is_our_fault(journal):
    list(train(Keeping(Session([Evidence(), Evidence({}, BIG), Evidence()]), journal, ""), 1))
    keeping = Keeping(Session([Evidence(), Stopped("time", "1 s")]), journal, "")
    keeping.observe(START, b"s")
    weights = keeping.observe(EPOCHS[0], b"e").arrays
    with pytest.raises(GraderError, match="otherwise than before"):
        weights["w"].real()


def test_digests_tell_values_shapes_and_types_apart():
    ones = np.ones((2, 3), np.float32)
    others = (ones.T, ones.astype(np.float64), ones * 2, ones.reshape(6))
    assert len({array_digest(array) for array in (ones, *others)}) == 5
    assert array_digest(ones.T.copy()) == array_digest(ones.T)


def test_large_arrays_are_there_by_their_digests():
    header, arrays = read_frame(io.BytesIO(framed(Evidence({}, BIG), large=True)), 1 << 20)
    assert (len(header["unkept"]), arrays) == (1, {})


# A hand-in


class Broken:
    """A launcher that starts nothing."""

    def warm(self, *_):
        pass

    def start(self, stage):
        raise AssertionError(f"a worker was started for {stage}")

    def close(self):
        pass


def test_a_changed_rubric_is_judged_without_running_anything(solution, recording, launcher, tmp_path):
    kit = Kit(train="never", recorded=lambda: recording, launcher=launcher, scratch=tmp_path)
    submission = read_submission(solution, kit.rubric.limits)
    with Journal(tmp_path / NAME) as journal:
        kit.bound = kit.kept = Keeper(kit, journal)
        first = grade(submission, kit)
        rubric = replace(kit.rubric, points={**kit.rubric.points, "1.2a": 3.0}, digest="another")
        other = Kit(rubric, train="never", recorded=lambda: recording, launcher=Broken(), scratch=tmp_path)
        other.bound = other.kept = Keeper(other, journal)
        second = grade(submission, other)
    assert second.earned == first.earned + 1
    outcomes = [{line.id: line.outcome for line in one.lines if line.id != "1.2a"} for one in (first, second)]
    assert outcomes[0] == outcomes[1]
    assert {**second.fingerprint, "rubric": ""} == {**first.fingerprint, "rubric": ""}


def test_what_stands_in_the_folder_stands_in_the_journal(recording, tmp_path, monkeypatch):
    """A run may be stopped between the two: a report that no table knows would be lost to the class."""
    submission = Submission("20260001", {})
    made = make_report("20260001", submission.digest, (), {}, Kit().rubric, (), {})
    monkeypatch.setattr("autograder.cohort.run.grade", lambda *_: made)
    kit = Kit(train="never", recorded=lambda: recording, launcher=Broken(), scratch=tmp_path)
    folder = ReportFolder(tmp_path / "out", kit.rubric)
    monkeypatch.setattr(folder, "write", lambda report: (_ for _ in ()).throw(KeyboardInterrupt))
    with Journal(tmp_path / "out" / NAME) as journal:
        with pytest.raises(KeyboardInterrupt):
            list(grade_all([submission], kit, folder, journal, jobs=1))
        monkeypatch.undo()
        (report,) = render_class(journal, folder)
    assert report.student == "20260001"
    assert (tmp_path / "out" / "20260001" / "report.json").exists()
