"""The command line end to end: odd names, hostile texts, second runs, twenty hand-ins of every kind at once."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import write_hand_in

from autograder.cohort.journal import Journal
from autograder.report import Report

HW1 = str(Path(sys.executable).parent / "hw1")
GRADE = ("--seed", "public", "--train", "never")
COMMANDS = ("init", "check", "train", "data", "grade", "demo", "verify", "calibrate", "release", "new-term")
UNWANTED = {"HW1_DATA", "FORCE_COLOR", "NO_COLOR"}


def hw1(*arguments: object, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal, to its end; it never prints an escape code or a traceback."""
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED} | variables
    done = subprocess.run(
        [HW1, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=280,
        check=False,
    )
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done


def rows_of(out: Path) -> dict[str, dict[str, str]]:
    """The rows of ``grades.csv`` by student, in its order; the first is the maximum's."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def report_of(out: Path, student: str) -> Report:
    return Report.from_json(json.loads((out / student / "report.json").read_text(encoding="utf-8")))


def written(out: Path) -> dict[str, int]:
    """When each report was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/report.json")}


def outcome(report: Report, check_id: str):
    return next(line.outcome for line in report.lines if line.id == check_id)


# Help


def test_no_command_at_all_shows_the_help(tmp_path):
    done = hw1(cwd=tmp_path)
    assert done.returncode == 2
    assert all(command in done.stdout + done.stderr for command in COMMANDS)


def test_the_version_is_a_line(tmp_path):
    done = hw1("--version", cwd=tmp_path)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


# Students


def test_a_second_init_into_the_same_folder_is_refused_and_changes_nothing(tmp_path):
    assert hw1("init", "mine", cwd=tmp_path).returncode == 0
    (tmp_path / "mine" / "mnist.py").write_text("my own work\n", encoding="utf-8")
    done = hw1("init", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "already exists and is not empty" in done.stderr
    assert (tmp_path / "mine" / "mnist.py").read_text(encoding="utf-8") == "my own work\n"


@pytest.mark.slow
def test_the_untouched_handout_is_all_to_do(assignment, tmp_path):
    done = hw1("check", assignment, cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    heads = [line[:3] for line in lines if line and not line.startswith(" ")][1:6]
    assert heads == ["Fil", "1.1", "1.2", "2.1", "2.2"]
    assert sum(line.endswith("  not started") for line in lines) == 23  # all that has points, but Q11
    assert "replacement blocks" not in done.stdout
    assert "\n0 points earned, 0 lost, 100 not started" in done.stdout
    assert lines[-1] == f"  hw1 check {assignment} --part 1.1-structure"
    assert all(len(line) <= 80 for line in lines[:-1])


def test_a_terminal_without_unicode_is_no_hindrance(solution, tmp_path):
    snow = "raise ValueError('\N{SNOWMAN} \\x1b[31m')\n"
    folder = write_hand_in(tmp_path / "\N{GREEK SMALL LETTER ALPHA}", {"ablations.py": snow}, solution)
    done = hw1("check", folder, "--part", "1.2.1", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1, done.stderr
    assert "ValueError" in done.stdout


# A class


@pytest.fixture(scope="module")
def graded(solution, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A small class, graded: the folder with ``in`` and ``out``, and what was printed."""
    root = tmp_path_factory.mktemp("class")
    write_hand_in(root / "in" / "20260003", {}, solution)
    write_hand_in(root / "in" / "20260001", {"trainer.py": (solution / "trainer.py").read_bytes()})
    write_hand_in(root / "in" / "20260002" / "hw1", {"mnist.py": (solution / "mnist.py").read_bytes()})
    (root / "in" / "20260004").symlink_to(root / "in" / "20260003")
    return root, hw1("grade", "in", "-o", "out", *GRADE, cwd=root)


@pytest.fixture
def again(graded, tmp_path) -> Path:
    """A copy of that folder, to grade again."""
    return shutil.copytree(graded[0], tmp_path / "class", symlinks=True)


def test_grades_are_sorted_by_student_under_a_row_of_maxima(graded):
    root, done = graded
    assert done.returncode == 0, done.stderr
    rows = rows_of(root / "out")
    assert list(rows) == ["maximum", "20260001", "20260002", "20260003", "20260004"]
    assert [rows[name]["earned"] for name in rows] == ["66", "4", "2", "61", "0"]
    assert rows["20260003"]["1.1-accuracy"] == "4"  # proven
    assert rows["20260002"]["1.1-accuracy"] == ""  # without a Trainer nothing is proven, and nothing trained: open
    assert (rows["20260004"]["lost"], rows["20260004"]["open"]) == ("0", "66")
    assert "symbolic link" in rows["20260004"]["remarks"]


def test_each_student_gets_a_report_that_lists_every_check(graded):
    out = graded[0] / "out"
    for student in ("20260001", "20260002", "20260003"):
        report = report_of(out, student)
        assert (report.student, report.complete, report.maximum) == (student, True, 100)
        feedback = (out / student / "feedback.txt").read_text(encoding="utf-8")
        assert student in feedback
        assert all(line.id in feedback or line.part == "files" for line in report.lines)


def test_results_are_in_gradescopes_format(graded):
    results = json.loads((graded[0] / "out" / "20260001" / "results.json").read_text(encoding="utf-8"))
    known = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format"}
    known |= {"visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"}
    formats = {"text", "html", "simple_format", "md", "ansi"}
    visible = {"visible", "hidden", "after_due_date", "after_published"}
    assert set(results) <= known
    assert isinstance(results["output"], str)
    assert {results["output_format"], results["test_output_format"]} <= formats
    assert results["visibility"] in visible
    fields = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"}
    for test in results["tests"]:
        assert set(test) <= fields | {"visibility", "extra_data"}
        assert type(test["score"]) in (int, float)
        assert type(test["max_score"]) in (int, float)
        assert 0 <= test["score"] <= test["max_score"]
        assert all(isinstance(test[name], str) for name in ("name", "number", "output"))
        assert test["name"]
        assert test.get("status", "passed") in ("passed", "failed")
        assert all(isinstance(tag, str) for tag in test["tags"])
        assert test["visibility"] == "visible"  # one hidden test would hide the sum from the student
    assert sum(test["max_score"] for test in results["tests"]) == 100
    assert sum(test["score"] for test in results["tests"]) == 4


def test_a_second_run_writes_no_report_again(again):
    before, table = written(again / "out"), (again / "out" / "class.csv").read_bytes()
    done = hw1("grade", "in", "-o", "out", *GRADE, cwd=again)
    assert done.returncode == 0
    assert done.stderr.count("(as before)") == 4
    assert written(again / "out") == before
    assert (again / "out" / "class.csv").read_bytes() == table  # the time spent is that of then


def test_what_is_cut_off_or_changed_is_graded_again_and_nothing_else(again):
    before = written(again / "out")
    report = again / "out" / "20260002" / "report.json"
    report.write_bytes(report.read_bytes()[:700])
    before["20260002"] = report.stat().st_mtime_ns
    (again / "in" / "20260001" / "mnist.py").write_text("class MNIST_Net: pass\n", encoding="utf-8")
    done = hw1("grade", "in", "-o", "out", *GRADE, cwd=again)
    assert done.returncode == 0
    after = written(again / "out")
    assert {student for student in after if after[student] != before[student]} == {"20260001", "20260002"}
    assert done.stderr.count("(as before)") == 3  # the report that was cut off is written again
    assert report_of(again / "out", "20260002").earned == 2


@pytest.mark.slow
def test_rerun_grades_everything_again(again):
    assert hw1("grade", "in", "-o", "out", *GRADE, cwd=again).returncode == 0  # where the hand-ins lie now
    before = written(again / "out")
    shutil.rmtree(again / "in" / "20260003")
    (again / "in" / "20260004").unlink()
    assert hw1("grade", "in", "-o", "out", *GRADE, "--rerun", cwd=again).returncode == 0
    after = written(again / "out")
    assert {student for student in after if after[student] != before[student]} == {"20260001", "20260002"}
    rows = rows_of(again / "out")
    assert list(rows) == ["maximum", "20260001", "20260002", "20260003", "20260004"]
    assert rows["20260003"]["earned"] == "61"
    assert [student for student in rows if "no longer where it was" in rows[student]["remarks"]] == [
        "20260003",
        "20260004",
    ]


def observed_in(out: Path) -> dict[tuple[bytes, str], float]:
    with closing(sqlite3.connect(out / "journal.sqlite")) as db:
        return {row[:2]: row[2] for row in db.execute("SELECT name, probe, seconds FROM observation")}


@pytest.mark.slow
def test_one_check_is_observed_again_and_nothing_else(again):
    before = observed_in(again / "out")
    done = hw1("grade", "in/20260001", "-o", "out", *GRADE, "--rerun-check", "1.2a", cwd=again)
    assert done.returncode == 0, done.stderr
    after = observed_in(again / "out")
    assert after.keys() == before.keys()
    changed = {probe for name, probe in after if after[name, probe] != before[name, probe]}
    assert changed
    assert all(probe.startswith("trainer") for probe in changed)
    assert rows_of(again / "out")["20260001"]["earned"] == "4"


def test_a_check_to_observe_again_that_there_is_not_is_said(again):
    done = hw1("grade", "in", "-o", "out", *GRADE, "--rerun-check", "9.9", cwd=again)
    assert done.returncode == 2
    assert "--rerun-check must name a part (" in done.stderr
    assert "not '9.9'" in done.stderr


def test_one_hand_in_alone_leaves_the_others_in_the_table(again):
    done = hw1("grade", "in/20260001", "-o", "out", *GRADE, cwd=again)
    assert done.returncode == 0
    rows = rows_of(again / "out")
    assert [rows[name]["earned"] for name in rows] == ["66", "4", "2", "61", "0"]
    assert not any("no longer" in row["remarks"] for row in rows.values())
    assert "3 more from earlier runs" in done.stdout


@pytest.mark.parametrize("named", ["out", "out/20260001"])
def test_reports_are_no_hand_ins(again, named):
    done = hw1("grade", named, "-o", "new", *GRADE, cwd=again)
    assert done.returncode == 2
    assert f"{named} holds reports, not hand-ins" in done.stderr


def test_two_commands_on_one_folder(again):
    with Journal(again / "out/journal.sqlite"):
        done = hw1("grade", "in", "-o", "out", *GRADE, cwd=again)
    assert done.returncode == 2
    assert "another hw1 command is writing to" in done.stderr


def test_a_data_folder_without_mnist_is_said_before_anything_is_graded(again):
    done = hw1("grade", "in", "-o", "new", "--seed", "public", cwd=again, HW1_DATA=str(again))
    assert done.returncode == 2
    assert f"MNIST is not in {again}: neither mnist/train_images.npy nor MNIST/raw/" in done.stderr
    assert not list(again.glob("new/*/report.json"))


# Twenty hand-ins of every kind


def the_twenty(solution: Path) -> dict[str, dict[str, str | bytes]]:
    """Hand-ins by name: right ones, wrong ones, and such that would stop a careless grader."""
    trainer = (solution / "trainer.py").read_text(encoding="utf-8")
    right = {path.name: path.read_bytes() for path in solution.iterdir() if path.is_file()}
    dies = trainer.replace("self.net.train()", "import os; os._exit(3)", 1)
    prints = trainer.replace("self.net.train()", "self.net.train(); print('x' * 1_000_000)", 1)
    return {
        "01-right": right,
        "02-empty": {},
        "03-blank": {"trainer.py": "\n"},
        "04-dies": {"trainer.py": dies},
        "05-aborts": {"trainer.py": "import os\nos.abort()\n"},
        "06-leaves": {"trainer.py": "exit()\n" + trainer},
        "07-syntax": {"trainer.py": trainer.replace("def train(", "def train((")},
        "08-binary": {"trainer.py": bytes(range(256)) * 9},
        "09-utf-16": {"trainer.py": trainer.encode("utf-16")},
        "10-windows": {"trainer.py": b"\xef\xbb\xbf" + trainer.replace("\n", "\r\n").encode()},
        "11-nested": {"trainer.py": "x = " + "(" * 50_000 + ")" * 50_000},
        "12-large": {"trainer.py": b"#" * 2_000_000},
        "13-memory": {"trainer.py": "taken = bytearray(5 << 30)\n" + trainer},
        "14-prints": {"trainer.py": prints},
        "15-package": {
            "trainer.py": "from hw1_no_such_package import something\nclass Trainer(something):\n    pass\n"
        },
        "16-surrogate": {"trainer.py": "raise ValueError('\\ud800 \\x1b[31m')\n"},
        "17-inner/any name": {"trainer.py": trainer},
        "18-name\udcff": {"trainer.py": trainer, "caf\udcff.py": "x = 1\n"},
        "=19-\x1b[31mformula": {"trainer.py": trainer},
        "20-question": {"trainer.py": "answer = input()\n" + trainer},
    }


@pytest.fixture(scope="module")
def twenty(solution, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    root = tmp_path_factory.mktemp("twenty")
    for name, files in the_twenty(solution).items():
        write_hand_in(root / "in" / name, files)
    return root / "out", hw1("grade", "in", "-o", "out", *GRADE, cwd=root)


def test_twenty_hand_ins_of_every_kind_are_all_graded(twenty):
    out, done = twenty
    assert done.returncode == 0, done.stderr
    rows = rows_of(out)
    assert len(rows) == 21
    assert len(written(out)) == 20
    assert [name for name, row in rows.items() if row["complete"] == "no"] == ["15-package"]
    earned = {name[:2]: row["earned"] for name, row in rows.items()}
    assert earned["01"] == "61"
    assert {earned[number] for number in ("10", "14", "17", "18")} == {"4"}
    assert [row["earned"] for name, row in rows.items() if "19-" in name] == ["4"]
    assert earned["04"] == "2"  # test and compute_conf, in a new worker


@pytest.mark.parametrize(
    ("student", "status", "words"),
    [
        ("03-blank", "failed", "trainer.py has no Trainer"),
        ("04-dies", "stopped", "the process ended in Trainer.train (exit code 3)"),
        ("05-aborts", "stopped", "the process ended in the import of trainer.py (signal SIGABRT)"),
        ("06-leaves", "failed", "exit() is called in the import of trainer.py (trainer.py, line 1"),
        ("07-syntax", "failed", "trainer.py, line"),
        ("08-binary", "failed", "trainer.py: it is not UTF-8 text; save it as UTF-8"),
        ("11-nested", "failed", "trainer.py, line 1"),
        ("12-large", "failed", "trainer.py has 2.0 MB; a source may have at most 1 MB"),
        ("13-memory", "stopped", "the import of trainer.py asked for more memory than there is"),
        ("15-package", "ungraded", "hw1_no_such_package (trainer.py, line 1) is not installed"),
        ("16-surrogate", "failed", "ValueError: "),
        ("20-question", "failed", "EOFError: EOF when reading a line in the import of trainer.py (trainer.py, line 1"),
    ],
)
def test_each_of_the_twenty_says_what_is_wrong_with_it(twenty, student, status, words):
    found = outcome(report_of(twenty[0], student), "1.2a")
    assert found.status.value == status
    assert words in found.reason


def test_what_a_hand_in_says_reaches_no_spreadsheet_as_a_formula(twenty):
    assert not [name for name in rows_of(twenty[0]) if name.startswith(("=", "+", "-", "@"))]
    assert "\x1b" not in (twenty[0] / "grades.csv").read_text(encoding="utf-8")
    assert "\x1b" not in (twenty[0] / "16-surrogate" / "feedback.txt").read_text(encoding="utf-8")


# What a terminal can show


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "cp949", "ascii"])
def test_on_a_windows_code_page_marks_are_ascii_and_nothing_fails(encoding, solution, assignment, tmp_path):
    trainer = (assignment / "trainer.py").read_bytes()
    loud = "print('\N{SNOWMAN} 정확도')\nraise ValueError('\N{SNOWMAN} 정확도 \x80')\n"
    folder = write_hand_in(tmp_path / "정확도 \N{SNOWMAN}", {"ablations.py": loud, "trainer.py": trainer}, solution)
    setting = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
    for arguments in (("check", folder, "-v"), ("check", folder, "--json"), ("pack", folder, "--id", "20260001")):
        done = subprocess.run(
            [HW1, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **setting},
            capture_output=True,
            encoding=encoding,
            timeout=280,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        assert "Error" not in done.stderr
        if "--json" in arguments:
            assert json.loads(done.stdout)["points"]["earned"] > 0
        if "-v" in arguments:
            assert "\n  x 1.2.1: Exp1" in done.stdout
            assert "\n  ok 2.1a: " in done.stdout
            assert "\n  o 1.2a: " in done.stdout
