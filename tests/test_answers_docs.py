"""``docs/answers.md`` is true: its commands are run, one after the other, on a class with answers."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex

import pytest
from test_commands import hw1
from test_review import NAME, answer_in, report_of, reviewed, run_again

from autograder.cohort.marking import KNOWN, NEEDED
from autograder.home import repository

PAGE = (repository() / "docs" / "answers.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(TABLE,) = re.findall(r"^```csv\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def root(tmp_path):
    run_again(tmp_path / "out", report_of())
    return tmp_path


def test_each_command_of_the_page_does_what_it_says(root):
    reviewed(root / "out", 1, "Why?")
    report, export, imported, listed = [shlex.split(line, comments=True)[1:] for line in COMMANDS.splitlines()]
    assert hw1(*report, cwd=root).returncode == 0
    assert json.loads((root / "out/20260001/report.json").read_text())["points"]["earned"] == 1
    assert hw1(*export, cwd=root).returncode == 0
    assert set(NEEDED + KNOWN) <= set((root / "answers.csv").read_text(encoding="utf-8").splitlines()[0].split(","))
    (root / "answers.csv").write_text(TABLE, encoding="utf-8")
    done = hw1(*imported, cwd=root)
    assert "Points and comments that were taken from answers.csv: 1.\n" in done.stdout
    assert (answer_in(root / "out")["points"], answer_in(root / "out")["mark"]) == (1.5, 2)
    rows = list(csv.DictReader(io.StringIO(hw1(*listed, cwd=root).stdout)))
    assert [(row["points"], row["state"]) for row in rows] == [("1", "replaced"), ("1.5", "counts")]
    assert rows[1]["by"] == "Teaching assistant 1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("review", "nothing", "--list"), "nothing has no journal.sqlite: name the folder"),
        (("review", "out"), "20260001, 1.2-Q4: points must be a number from 0 to 2, or null, not 9"),
        (("review", "out", "--list", "--export", "x.csv"), "ask for one thing"),
        (("report", "out"), "20260001, 1.2-Q4: points must be a number from 0 to 2, or null, not 9"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(root, arguments, said):
    reviewed(root / "out", 9)
    before = (root / "out" / NAME).read_bytes()
    done = hw1(*arguments, cwd=root)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
    assert (root / "out" / NAME).read_bytes() == before


def test_the_columns_of_the_page_are_the_codes_and_readers_find_it():
    part = PAGE[PAGE.index("**A table**") : PAGE.index("```csv")]
    assert set(NEEDED + KNOWN) <= set(re.findall(r"`(\w+)`", part))
    assert "(answers.md)" in (repository() / "docs" / "staff.md").read_text(encoding="utf-8")
