"""What a machine does to a class: a full disk, no locks, a clock that goes backwards, files that change meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from test_journal import KEPT, noise_of

from autograder.check import Probe
from autograder.cohort import again
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.moves import compared
from autograder.cohort.run import grade_all
from autograder.cohort.tables import class_reports, write_tables
from autograder.errors import MisuseError
from autograder.evidence import Evidence
from autograder.ingest import folder as ingest_folder
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.sandbox.layers import kernel
from autograder.staff.start import collect
from autograder.submission import Submission

CLASS = [Submission(f"{20260000 + number}", {"net.py": noise_of(number)}) for number in range(6)]


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run([shutil.which("umount") or "umount", "--lazy", str(place)], check=True)


class Sandbox:
    """Stands in for the probes, and counts them."""

    environment, layers, printed, printed_text, pressed, files = {"torch": "2"}, {}, 0, "", 0, {}
    waited = 0.0

    def __init__(self):
        self.asked = []

    def observe(self, probe, key, arrays=None):
        self.asked.append(key)
        return Evidence({"noise": noise_of(len(self.asked), 4000).hex()})


@pytest.fixture
def stand_in(monkeypatch):
    """Three stand-ins for probes in the place of each hand-in's; what they were asked for."""
    sandbox = Sandbox()

    def grade(found, kit, tell):
        keeping = kit.bound(sandbox)
        for number in range(3):
            keeping.observe(Probe(f"{number}", "stand-in", (), "", {"n": number}), found.id.encode())
        outcomes = {check.id: Outcome(Status.PASSED) for check in kit.homework.checks}
        return make_report(found.id, found.digest, kit.homework.checks, outcomes, kit.rubric, (), {})

    monkeypatch.setattr("autograder.cohort.run.grade", grade)
    monkeypatch.setattr("autograder.keeping.frames.misfit", lambda *_: "")
    return sandbox


@pytest.fixture
def kit(recording, tmp_path):
    return Kit(train="never", recorded=lambda: recording, launcher=again.NoWorkers(), scratch=tmp_path)


def graded(submissions, kit, out, jobs=1):
    """Grade into *out* as the command does; the reports."""
    with Journal(out / NAME) as journal:
        folder = ReportFolder(out, kit.rubric)
        journal.begin(kit.depends(), {})
        made = [report for report, _ in grade_all(submissions, kit, folder, journal, jobs)]
        journal.end()
        write_tables(class_reports(journal, folder), journal, folder)
    return made


# The disk is full


def test_of_a_journal_on_a_full_disk_nothing_is_lost_but_what_did_not_fit(small_disk):
    written = 0
    with Journal(small_disk / NAME) as journal:
        with pytest.raises(MisuseError, match=r"can't be written: .*What was written before is kept\.") as raised:
            for written in count():
                journal.keep(b"%d" % written, "probe", replace(KEPT, frame=noise_of(written, 4000)))
        assert len(str(raised.value).splitlines()) == 1
        assert all(journal.observation(b"%d" % number) for number in range(written))
    assert written > 10
    shutil.copytree(small_disk, small_disk.parent / "large")
    with Journal(small_disk.parent / "large" / NAME) as journal:
        assert journal.remarks == []
        assert all(journal.observation(b"%d" % number).frame == noise_of(number, 4000) for number in range(written))
        journal.keep(b"more", "probe", KEPT)


@pytest.mark.parametrize("room", [8, 60, 120, 250, 400])
def test_a_class_goes_on_when_there_is_room_again(small_disk, stand_in, kit, room):
    ballast = small_disk / "ballast"
    out = small_disk / "out"
    out.mkdir()
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(ballast, ballast.stat().st_size - (room << 10))
    with pytest.raises(MisuseError, match=r"can't be (written|opened)"):
        graded(CLASS, kit, out)
    assert stand_in.asked or room < 250  # it ends where the journal is made, or in the middle of the class
    ballast.unlink()
    reports = graded(CLASS, kit, out)
    assert {report.student for report in reports} == {one.id for one in CLASS}
    assert all(report.complete for report in reports)
    # What was kept was not asked for again: all was made once but for the hand-in at which it ended, and the one that
    # was under way.
    assert len(stand_in.asked) <= 3 * len(CLASS) + 2 * 3
    for one in CLASS:
        assert json.loads((out / one.id / "report.json").read_text(encoding="utf-8"))["complete"]


# No locks

WITHOUT_LOCKS = """
import ctypes, errno, platform, struct, sys
from pathlib import Path
from autograder.sandbox.layers import kernel

FLOCK, SETLK, OFD_SETLK = {"x86_64": 73, "aarch64": 32}, 6, 37
LOAD, EQUAL, RETURN, ALLOW = 0x20, 0x15, 0x06, 0x7FFF0000
REFUSE = 0x00050000 | errno.ENOLCK
made = [
    (LOAD, 0, 0, 0), (EQUAL, 5, 0, FLOCK[platform.machine()]), (EQUAL, 0, 3, kernel.number("fcntl")), (LOAD, 0, 0, 24),
    (EQUAL, 2, 0, SETLK), (EQUAL, 1, 0, OFD_SETLK), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE),
]
class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))
packed = b"".join(struct.pack("<HBBI", *one) for one in made)
kernel.prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
kernel.call("seccomp", 1, 0, ctypes.byref(Program(len(made), packed)))

import fcntl
path = Path(sys.argv[1])
for lock in (fcntl.flock, fcntl.lockf):
    try:
        lock((path.parent / "x").open("w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        assert error.errno == errno.ENOLCK, error
    else:
        sys.exit("there are locks")
from autograder.cohort.journal import Journal
from autograder.keeping.kept import Kept
kept = Kept(b"a frame", b"printed", {"environment": {}, "layers": {}}, 0.5)
with Journal(path) as journal:
    print(*journal.remarks, sep="\\n")
    journal.keep(sys.argv[2].encode(), "probe", kept)
with Journal(path) as journal:
    assert journal.observation(sys.argv[2].encode()) == kept
"""


@pytest.mark.skipif(kernel.architecture() is None, reason="no system call can be refused here")
def test_a_folder_without_locks_keeps_a_journal_and_says_so(tmp_path):
    """The kernel itself refuses every lock, as a network's file system does: SQLite's, too."""

    def keeping(name):
        command = [sys.executable, "-c", WITHOUT_LOCKS, tmp_path / NAME, name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert keeping("one").strip() == f"{tmp_path} has no locks: run one command at a time on it"
    keeping("two")
    with Journal(tmp_path / NAME) as journal:  # and where there are some
        assert journal.remarks == []
        assert all(journal.observation(name) for name in (b"one", b"two"))
    data = bytearray((tmp_path / NAME).read_bytes())
    (tmp_path / NAME).write_bytes(data[: len(data) // 2])
    assert "the journal was damaged" in keeping("three")


# The clock


def test_a_clock_that_goes_backwards_turns_no_run_around(tmp_path, stand_in, kit, monkeypatch):
    now = iter(range(2_000_000_000, 0, -86_400))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    out = tmp_path / "out"
    out.mkdir()
    graded(CLASS, kit, out)
    changed = [replace(CLASS[0], files={"net.py": b"other"}), *CLASS[1:]]
    graded(changed, kit, out)
    found, old, new = compared(out)
    assert (old.id, new.id) == (1, 2)
    assert new.began < old.began
    assert found == []  # another hand-in, and the same verdicts
    with Journal(out / NAME) as journal:
        assert [run.id for run in journal.runs()] == [1, 2]
        assert all(run.ended >= run.began for run in journal.runs())
        assert journal.graded()[CLASS[0].id].digest == changed[0].digest
        assert all(seconds >= 0 for (seconds,) in journal.rows("SELECT seconds FROM observation"))


# A hand-in that changes


def right(folder, solution, student="20260001"):
    """A right hand-in below *folder*."""
    made = folder / student
    made.mkdir(parents=True)
    for path in solution.iterdir():
        if path.suffix in (".py", ".md"):
            shutil.copy(path, made / path.name)
    return made


def grows(path):
    with path.open("ab") as file:
        file.write(b"# more\n" * 1000)


def is_replaced(path):
    path.with_name("new").write_bytes(b"x = 1\n")
    path.with_name("new").replace(path)


def becomes_a_link(path):
    path.unlink()
    path.symlink_to("/etc/hostname")


def goes_away(path):
    path.unlink()


def goes_away_with_its_folder(path):
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("act", [grows, is_replaced, becomes_a_link, goes_away, goes_away_with_its_folder])
def test_what_was_read_is_what_is_graded(act, solution, tmp_path, monkeypatch):
    """Between the listing of its folder and the reading of its files, a file changes."""
    right(tmp_path / "in", solution)
    other = right(tmp_path / "in", solution, "20260002")
    opened = ingest_folder._open

    def changed_before(folder, parts):
        path = Path(folder, *parts)
        if path.name == "trainer.py" and "20260001" in str(path):
            with suppress(FileNotFoundError):  # it was read once more
                act(path)
        return opened(folder, parts)

    monkeypatch.setattr(ingest_folder, "_open", changed_before)
    found, _ = collect([tmp_path / "in"], Kit(launcher=again.NoWorkers()).rubric, tmp_path / "out")
    one, two = found
    assert (one.id, two.id) == ("20260001", "20260002")
    assert two.files["trainer.py"] == (other / "trainer.py").read_bytes()
    assert one.digest == replace(one).digest
    if act in (grows, is_replaced):
        assert one.files["trainer.py"].endswith(b"# more\n" if act is grows else b"x = 1\n")
        assert one.problems == {}
    else:
        assert "trainer.py" not in one.files
        assert "trainer.py" in " ".join([*one.problems.values(), *one.remarks, *one.unread])


@pytest.mark.parametrize("act", [grows, is_replaced, goes_away])
def test_a_document_that_changes_while_it_is_graded_costs_nobody_a_point(act, tmp_path, kit, solution, monkeypatch):
    """Notebooks, PDFs and checkpoints are read where they lie."""
    hand_in = right(tmp_path / "in", solution)
    (hand_in / "report.pdf").write_bytes(b"%PDF-1.4\n")
    submission = read_submission(hand_in, kit.rubric.limits)
    assert list(submission.documents) == ["report.pdf"]

    def grade(found, kit, tell):
        act(hand_in / "report.pdf")
        outcomes = {check.id: Outcome(Status.PASSED) for check in kit.homework.checks}
        return make_report(found.id, found.digest, kit.homework.checks, outcomes, kit.rubric, (), {})

    monkeypatch.setattr("autograder.cohort.run.grade", grade)
    (tmp_path / "out").mkdir()
    (report,) = graded([replace(submission, id="20260001")], kit, tmp_path / "out")
    assert report.remarks == (
        "The kit failed on this hand-in, so nothing was graded: report.pdf changed while it was graded; "
        "run hw1 grade again",
    )
    assert report.lost == 0
    assert not report.complete  # so that the next run grades it
