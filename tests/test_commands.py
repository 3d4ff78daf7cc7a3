"""The command line as people use it: what it prints, what it leaves behind, how it ends."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.homework import in_force
from autograder.report import Report
from autograder.rubric import read_rubric
from autograder.student.choosing import chosen

HW1 = str(Path(sys.executable).parent / "hw1")
GRADE = ("--seed", "public", "--train", "never")
FOREVER = "import time\nwhile True: time.sleep(1)\n"


def hw1(*arguments, cwd=None, **environment):
    """Run a command to its end."""
    return subprocess.run(
        [HW1, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=280,
        check=False,
    )


def hand_in(folder, source, *files, **contents):
    """A folder with some of *source*'s files, and others; `mnist` stands for mnist.py."""
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_bytes((source / name).read_bytes())
    for name, text in contents.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def rows_of(out):
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


STUDENTS = ("init", "check", "train", "pack", "data")
STAFFS = (
    "grade",
    "report",
    "diff",
    "explain",
    "override",
    "review",
    "similar",
    "verify",
    "calibrate",
    "release",
    "demo",
    "new-term",
    "bundle",
    "preflight",
)


def test_each_command_has_a_help_with_an_example_and_imports_nothing_slow():
    code = "import sys, cli\nfor name in sys.argv[1:]:\n    sys.argv = ['hw1', name, '--help']\n"
    code += "    try:\n        cli.app()\n    except SystemExit as done:\n        assert not done.code, name\n"
    code += "print({'torch', 'numpy', 'matplotlib', 'sklearn'} & set(sys.modules), file=sys.stderr)"
    arguments = [sys.executable, "-c", code, *STUDENTS, *STAFFS]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "set()"
    for command in (*STUDENTS, *STAFFS):
        assert re.search(rf"^ +(Example: )?hw1 {command}\b", done.stdout, re.MULTILINE), command
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.isascii()  # help is shown before anybody asks what the terminal can


def test_help_imports_neither_torch_nor_numpy():
    code = "import sys\nsys.argv = ['hw1', '--help']\nimport cli\ntry:\n    cli.app()\nexcept SystemExit:\n    pass\n"
    code += "print({'torch', 'numpy', 'matplotlib', 'rich'} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "set()"


def run_here(code, *arguments):
    """Run the command line after *code*, in a process of its own."""
    whole = f"import sys\nsys.argv = ['hw1', *{list(arguments)!r}]\n{code}\nimport cli\ncli.app()\n"
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=False)


WITHOUT_STAFF = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "autograder.staff" else find(name)
"""


@pytest.mark.parametrize("arguments", [("grade", "hand-ins", "-o", "out"), ("release", "--help"), ("new-term",)])
def test_a_staffs_command_says_where_it_is_if_it_is_not_here(arguments):
    done = run_here(WITHOUT_STAFF, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"hw1 {arguments[0]} is a command for staff, in the course's repository" in done.stderr


def test_what_students_get_lists_their_commands_alone():
    done = run_here(WITHOUT_STAFF, "--help")
    assert done.returncode == 0
    listed = re.findall(r"^  (\S+)", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert listed == ["init", "check", "train", "pack", "data"]


def test_every_staffs_command_is_known_where_it_is_not_there():
    code = (
        "import cli\n"
        "names = {one.name or one.callback.__name__.replace('_', '-') for one in cli.app.registered_commands}\n"
        "print(names - {'init', 'check', 'train', 'pack', 'data'} - set(cli.STAFF))\n"
        "sys.exit()"
    )
    assert run_here(code).stdout.strip() == "set()"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("check", "nowhere"), "nowhere does not exist"),
        (("check", "file.txt"), "file.txt is a file; name the folder"),
        (("check", ".", "--part", "9"), "--part must name a part (files, 1.1, 1.2, 2.1, 2.2), a check"),
        (("check", ".", "--part", "Q1"), "Q1 is graded by hand, so there is nothing to check"),
        (("check", ".", "--wrong"), "No such option"),
        (("check", "empty"), "empty is not a working copy"),
        (("grade", "nowhere", "-o", "o"), "nowhere does not exist"),
        (("grade", "file.txt", "-o", "o"), "file.txt is a file; name the folder of a hand-in"),
        (("grade", "empty", "-o", "o", *GRADE), "there are no hand-ins in empty"),
        (("grade", "empty", "-o", "o", "--jobs", "0"), "jobs"),
        (("grade", "empty", "-o", "o", "--train", "often"), "--train must be auto, always or never, not 'often'"),
        (("grade", "empty", "-o", "o", "--seed", "mine"), "--seed must be staff or public, not 'mine'"),
        (("grade",), "Missing argument"),
        (("init", "full"), "already exists and is not empty"),
        (("release", "-o", "full"), "full is a folder: name a file with -o"),
        (("bundle", "-o", "full"), "full is a folder: name a file with -o"),
        (("bundle", "--data", "nowhere"), "nowhere is not a folder"),
        (("bundle", "--solution", "full"), "full is not the solution: ablations.py, trainer.py, vgg.py are missing"),
        (
            ("preflight", "--bundle", "file.txt"),
            "file.txt is not a Gradescope bundle: `hw1 bundle",
        ),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(arguments, sentence, tmp_path):
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mnist.py").write_text("mine")
    done = hw1(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "full" / "mnist.py").read_text() == "mine"


def test_a_students_way_from_the_handout_to_a_check(tmp_path):
    assert hw1("init", "mine", cwd=tmp_path).returncode == 0
    done = hw1("check", "mine", "--part", "1.2.1", cwd=tmp_path)
    assert done.returncode == 1
    assert "  ○ 1.2.1: Exp1: 784-30-10, sigmoid  0/1  not started\n" in done.stdout
    assert "\nNext: in ablations.py, TODO 1.2.1: " in done.stdout
    assert done.stdout.endswith("\n  hw1 check mine --part 1.2.1\n")
    assert "\x1b" not in done.stdout


def test_a_check_of_the_solution_passes_and_its_json_is_a_report(solution):
    done = hw1("check", solution, "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    report = Report.from_json(data)
    assert json.loads(json.dumps(report.to_json())) == data
    assert report.lost == 0
    assert report.earned == 61


@pytest.mark.slow
def test_part_judges_that_part_alone(solution):
    done = hw1("check", solution, "--part", "1.2a", "--part", "1.2b")
    assert done.returncode == 0
    assert "1.2a" in done.stdout
    assert "1.2b" in done.stdout
    assert "1.2.1" not in done.stdout
    assert "3 points earned, 0 lost; 3 in these checks." in done.stdout
    done = hw1("check", solution, "--part", "1.2a", "--part", "1.2b", "--json")
    report = Report.from_json(json.loads(done.stdout))
    assert [line.id for line in report.lines] == ["1.2a", "1.2b"]
    assert (report.earned, report.open, report.maximum, report.written) == (3, 0, 3, ())


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["1.1"], ["1.1-structure", "1.1-accuracy"]),
        (["exp1"], ["1.2.1"]),
        (["Q11"], ["1.2-Q11"]),
        (["1.2.1, 1.2.2,"], ["1.2.1", "1.2.2"]),
        (["2.1c", "2.1a"], ["2.1a", "2.1c-shapes", "2.1c-count", "2.1c-function"]),
        (["trainer.py"], ["files-trainer", "1.2a", "1.2b", "1.2c"]),
        (["Trainer.test"], ["1.2b"]),
        (["VGG19"], ["2.1c-shapes", "2.1c-count", "2.1c-function", "2.2a-accuracy"]),
    ],
)
def test_part_takes_the_names_that_students_have_for_things(names, ids):
    kit = SimpleNamespace(homework=in_force(), rubric=read_rubric())
    assert [check.id for check in chosen(names, kit)] == ids


def test_a_class_is_graded_into_a_table_and_three_documents_each(solution, tmp_path):
    for student in ("20260002", "20260001"):
        hand_in(tmp_path / "in" / student, solution, "ablations.py")
    hand_in(tmp_path / "late" / "20260001", solution, "trainer.py", ablations="x = 1\n")
    (tmp_path / "in" / "notes.txt").write_text("x")
    done = hw1("grade", "in", "late", "-o", "out", *GRADE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "two hand-ins" in done.stderr
    assert "late/20260001 is newer and counts" in done.stderr
    assert "notes.txt: a file where a hand-in's folder was expected" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    maximum, *rows = rows_of(tmp_path / "out")
    assert maximum["student"] == "maximum"
    assert float(maximum["2.1c-function"]) == 10
    assert [row["student"] for row in rows] == ["20260001", "20260002"]
    assert [row["earned"] for row in rows] == ["4", "10"]
    for student in ("20260001", "20260002"):
        folder = tmp_path / "out" / student
        assert (folder / "feedback.txt").read_text(encoding="utf-8").startswith("PyTorch Tutorial")
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        assert sum(test["max_score"] for test in results["tests"]) == 100
        assert all(isinstance(test["number"], str) and "score" in test and test["name"] for test in results["tests"])


def test_an_output_folder_that_cannot_be_made_is_misuse(solution, tmp_path):
    hand_in(tmp_path / "in" / "20260001", solution, "trainer.py")
    (tmp_path / "out").write_text("a file in its place")
    done = hw1("grade", "in", "-o", "out", *GRADE, cwd=tmp_path)
    assert done.returncode == 2
    assert "out can't be written to" in done.stderr


def test_a_data_folder_without_mnist_is_named(solution, tmp_path):
    done = hw1("check", solution, "--part", "1.1", "--train", HW1_DATA=str(tmp_path))
    assert done.returncode == 2
    assert f"MNIST is not in {tmp_path}" in done.stderr


def test_a_staff_seed_is_made_and_its_evidence_kept_outside_the_repository(tmp_path, solution):
    hand_in(tmp_path / "in" / "20260001", solution, "trainer.py")
    home = tmp_path / "home"
    done = hw1("grade", "in", "--train", "never", "--solution", "nowhere", cwd=tmp_path, HW1_HOME=str(home))
    assert done.returncode == 2
    assert "--solution" in done.stderr


@pytest.mark.parametrize(
    ("sign", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="ctrl-c"),
        pytest.param(signal.SIGTERM, 143, id="sigterm", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_stopped_keeps_what_is_done_and_leaves_nothing_behind(solution, tmp_path, sign, code):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    hand_in(tmp_path / "in" / "20260001", solution, "trainer.py")
    # Each import may take 20 s: together they outlast the first hand-in on the busiest machine.
    hangs = dict.fromkeys(("mnist", "ablations", "trainer", "vgg"), FOREVER)
    hand_in(tmp_path / "in" / "20260002", solution, **hangs)
    command = [HW1, "grade", "in", "-o", "out", "--jobs", "2", *GRADE]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    where = {"cwd": tmp_path, "env": {**os.environ, "TMPDIR": str(scratch)}}
    process = subprocess.Popen(command, **where, **streams)
    done = tmp_path / "out" / "20260001" / "report.json"
    deadline = time.monotonic() + 60
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    below = {process.pid} | descendants(process.pid)
    process.send_signal(sign)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "what was finished is kept" in errors
    assert [row["student"] for row in rows_of(tmp_path / "out")] == ["maximum", "20260001"]
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in below) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in below if alive(pid)]
    assert not list(scratch.glob("hw1-*"))


def descendants(pid):
    """The process ids below *pid* (Linux)."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return set()
    return set(children).union(*(descendants(child) for child in children))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow  # tests/test_cli.py grades twenty others
def test_twenty_mixed_hand_ins_one_hanging_and_one_killing_its_worker_are_all_graded(solution, tmp_path):
    for number in range(18):
        files = ("trainer.py",) if number % 2 else ("mnist.py", "answers.md")
        hand_in(tmp_path / "in" / f"{20260000 + number}", solution, *files)
    hand_in(tmp_path / "in" / "20260018", solution, "mnist.py", trainer="while True:\n    pass\n")
    hand_in(tmp_path / "in" / "20260019", solution, "mnist.py", trainer="import os\nos.abort()\n")
    done = hw1("grade", "in", *GRADE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    _, *rows = rows_of(tmp_path / "out")
    assert len(rows) == 20
    assert {row["complete"] for row in rows} == {"yes"}
    assert [row["earned"] for row in rows] == ["4", "4"] * 9 + ["2", "2"]
    for student, sentence in (("20260018", "took more than 20 s"), ("20260019", "SIGABRT")):
        assert sentence in (tmp_path / "out" / student / "feedback.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_demo_says_where_its_reports_are(tmp_path):
    done = hw1("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "demo-out/grades.csv" in done.stdout
    assert len(rows_of(tmp_path / "demo-out")) == 7
