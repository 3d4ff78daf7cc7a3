"""``docs/decisions.md`` is true: its commands are run, one after the other, on a class that `hw1 grade` has graded."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex

import pytest
from test_commands import GRADE, hw1

from autograder.cohort.decisions import WORDS
from autograder.home import repository

PAGE = (repository() / "docs" / "decisions.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(TABLE,) = re.findall(r"^```csv\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Two students: one has written a single answer, the other one has done nothing."""
    root = tmp_path_factory.mktemp("class")
    handout = repository() / "assignment"
    for student in ("20260001", "20260002"):
        folder = root / "in" / student
        folder.mkdir(parents=True)
        (folder / "mnist.py").write_bytes((handout / "mnist.py").read_bytes())
    (root / "in" / "20260001" / "answers.md").write_text("## Q4: x\n\nYes, it does.\n", encoding="utf-8")
    (root / "decisions.csv").write_text(TABLE, encoding="utf-8")
    done = hw1("grade", "in", "-o", "out", *GRADE, cwd=root)
    assert done.returncode == 0, done.stderr
    return root


def rows_of(root):
    with (root / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


@pytest.mark.slow  # a class that is graded, and ten commands
def test_each_command_of_the_page_does_what_it_says(graded):
    said = {}
    for line in COMMANDS.splitlines():
        _, *arguments = shlex.split(line)
        done = hw1(*arguments, cwd=graded)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        said[line] = done.stdout
    one, two = rows_of(graded)["20260001"], rows_of(graded)["20260002"]
    assert (one["2.1a"], one["1.2-Q4"], one["adjusted"], one["earned"]) == ("5", "1.5", "2", "8.5")
    assert (one["by hand"], one["1.2-Q5"]) == ("0", "0")
    assert (two["by hand"], two["adjusted"], two["earned"], two["1.2-Q5"]) == ("0", "0", "2", "0")
    assert "Teaching assistant 1" in one["remarks"]
    assert "31 answers that were left empty" in next(out for line, out in said.items() if "--empty" in line)
    listed = list(csv.DictReader(io.StringIO(next(out for line, out in said.items() if "--list" in line))))
    assert [row["check"] for row in listed] == ["2.1a", "bonus", "penalty", "late", "1.2-Q4", "1.1-structure", "empty"]
    done = hw1("grade", "in", "-o", "out", *GRADE, "--rerun", cwd=graded)
    assert (done.returncode, rows_of(graded)) == (0, {**rows_of(graded), "20260001": one, "20260002": two})
    assert "By the staff's decision: 20260001 (" in done.stdout
    report = json.loads((graded / "out" / "20260001" / "report.json").read_text(encoding="utf-8"))
    assert {one["id"] for one in report["decisions"]} >= {"2.1a", "bonus", "1.2-Q4", "1.2-Q5"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "20260001", "2.1a", "5", "--why", "x"), "has no journal.sqlite"),
        (("out", "20260001", "2.1a", "5"), "a reason is missing"),
        (("out", "20260001", "2.1a", "--why", "x"), "points for 2.1a must be a number"),
        (("out", "20269999", "2.1a", "5", "--why", "x"), "there is no report of 20269999"),
        (("out", "20260001", "2.1a", "5", "--why", "x", "--list"), "CHECK and --list are two things"),
        (("out", "--from", "decisions.csv", "--empty", "0"), "--from and --empty are two things"),
        (("out", "--from", "decisions.csv", "--undo"), "--from and --undo are two things"),
        (("out", "20260001", "--from", "decisions.csv"), "--from is not about one student"),
        (("out", "--empty", "1", "--why", "x"), "gets 0, not 1"),
        (("out", "20260001", "1.1-accuracy", "--undo"), "there is no decision on 20260001 1.1-accuracy"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(graded, arguments, said):
    done = hw1("override", *arguments, cwd=graded)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_words_of_the_page_are_the_codes_and_readers_find_it():
    rows = re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(WORDS)
    assert "(decisions.md)" in (repository() / "docs" / "staff.md").read_text(encoding="utf-8")
