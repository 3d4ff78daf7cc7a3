"""`hw1 grade` on a download with a roster, then each command of the page on a class's results, as staff type them."""

from __future__ import annotations

import csv
import json
import re
import shlex

import pytest
from test_commands import GRADE, hw1

from autograder.cohort.journal import NAME, Journal
from autograder.home import repository

PAGE = (repository() / "docs" / "results.md").read_text(encoding="utf-8")
COMMANDS = [line.partition("#")[0].strip() for line in re.findall("^    (hw1 .*)$", PAGE, re.MULTILINE)]
ROSTER = """id,name,email,canvas_id,moodle_id
20260001,학생 가,a@example.org,501,1000001
20260002,=1+1,b@example.org,502,
20260003,Student C,c@example.org,503,1000003
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory, solution):
    """A class that was graded from Canvas's download with a roster: one of three handed in nothing."""
    base = tmp_path_factory.mktemp("class")
    for name, wrong in (("studenta_501_9001_trainer.py", False), ("studentb_502_9002_trainer.py", True)):
        text = (solution / "trainer.py").read_text(encoding="utf-8")
        (base / "in").mkdir(exist_ok=True)
        changed = text.replace("self.optimizer.zero_grad()", "pass")
        assert changed != text
        (base / "in" / name).write_text(changed if wrong else text, encoding="utf-8")
    (base / "roster.csv").write_text(ROSTER, encoding="utf-8")
    done = hw1("grade", "in", "--roster", "roster.csv", *GRADE, cwd=base)
    assert done.returncode == 0, done.stderr
    return base, done


def test_grading_writes_the_figures_and_keeps_who_the_students_are(graded):
    base, done = graded
    assert "Class: 2 hand-ins, mean" in done.stdout
    assert " written answers wait for points: grade with hw1 review.\n" in done.stdout
    assert "Page: out/index.html\n" in done.stdout
    assert (base / "out" / "index.html").is_file()
    values = json.loads((base / "out" / "class.json").read_text(encoding="utf-8"))
    assert (values["handed in"], values["no hand-in"]) == (2, ["20260003"])
    (train,) = (one for one in values["checks"] if one["id"] == "1.2a")
    assert (train["attempted"], train["passed"], train["mistakes"]) == (2, 1, {"train-no-zero-grad": 1})
    rows = list(csv.DictReader((base / "out" / "grades.csv").open(encoding="utf-8", newline="")))[1:]
    assert [row["name"] for row in rows] == ["학생 가", "'=1+1", "Student C"]
    assert [row["canvas"] for row in rows] == ["501", "502", "503"]


def test_each_command_of_the_page_does_what_it_says(graded):
    base, _ = graded
    assert len(COMMANDS) == 6
    said = {}
    for line in COMMANDS:
        done = hw1(*shlex.split(line)[1:], cwd=base)
        assert done.returncode == 0, done.stderr
        said[line] = done
    assert said["hw1 report out --who 1.2a=train-no-zero-grad"].stdout == "20260002  =1+1  failed, train-no-zero-grad\n"
    assert said["hw1 report out --who 1.2a"].stdout.splitlines() == [
        "20260002  =1+1  failed, train-no-zero-grad",
        "20260003  Student C  no hand-in",
    ]
    assert "hw1: left out: 20260002\n" in said["hw1 report out --export moodle"].stderr
    files = set(re.findall("`([a-z-]+[.](?:csv|zip))`", PAGE)) - {"grades.csv", "class.csv"}
    assert all((base / "out" / name).stat().st_size for name in files)
    assert "For canvas: out/canvas.csv\nFor canvas: out/canvas-feedback.zip" in said[COMMANDS[3]].stdout


def test_the_tables_are_those_that_grading_has_written(graded):
    base, _ = graded
    names = ("class.json", "class.csv", "grades.csv", "review.json")
    assert hw1("report", "out", cwd=base).returncode == 0
    before = {name: (base / "out" / name).read_bytes() for name in names}
    assert hw1("grade", "in", "--roster", "roster.csv", *GRADE, cwd=base).returncode == 0
    assert {name: (base / "out" / name).read_bytes() for name in names} == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "nowhere has no journal.sqlite: name the folder that hw1 grade wrote its reports to"),
        (("out", "--who", "9.9"), "there is no check 9.9"),
        (("out", "--who", "1.2b=train-no-zero-grad"), "there is no mistake train-no-zero-grad in 1.2b"),
        (("out", "--export", "blackboard"), "--export must be one of canvas, moodle, gradescope"),
    ],
)
def test_misuse_is_one_sentence(arguments, sentence, graded):
    done = hw1("report", *arguments, cwd=graded[0])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert sentence in done.stderr
    assert not (graded[0] / "nowhere").exists()


def test_while_another_command_writes_it_says_so(graded):
    with Journal(graded[0] / "out" / NAME):
        done = hw1("report", "out", cwd=graded[0])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "another hw1 command is writing to out" in done.stderr
