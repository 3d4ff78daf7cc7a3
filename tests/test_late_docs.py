"""``docs/late.md`` is true: its table is accepted, its examples come out as they say, and its command is run."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
import zipfile

import pytest
from test_commands import hw1
from test_late_class import exported, flat, rows_of

from autograder.home import repository
from autograder.late import MOST_DAYS, allowance_of, deduction, rules_of

ROOT = repository()
PAGE = (ROOT / "docs" / "late.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(toml|csv)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RULES = rules_of(tomllib.loads(BLOCKS["toml"])["late"])
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\| [0-9].*$", PAGE, re.MULTILINE)]


@pytest.mark.parametrize(("after", "extension", "days", "said"), ROWS)
def test_each_example_of_the_page_comes_out_as_it_says(after, extension, days, said):
    hours, minutes, seconds = map(int, after.split(":"))
    at = RULES.due.timestamp() + hours * 3600 + minutes * 60 + seconds
    assert deduction(at, RULES, allowance_of(extension, days, "", RULES), 61.0).why == said


def test_the_sentence_at_the_top_is_that_of_one_of_them():
    assert len(ROWS) == 6
    assert f"    {ROWS[2][3]}. 48.8 of 61 points are left.\n" in PAGE


def test_the_rubrics_comment_has_the_same_keys():
    text = (ROOT / "autograder" / "hw1" / "rubric.toml").read_text(encoding="utf-8")
    comment = text.partition("# [late]")[2].partition("\n\n")[0]
    assert set(re.findall(r"^#? ?(\w+) = ", comment, re.MULTILINE)) == set(tomllib.loads(BLOCKS["toml"])["late"])


def test_staff_find_the_page():
    assert "(late.md)" in (ROOT / "docs" / "staff.md").read_text(encoding="utf-8")


def test_who_follows_the_page_sees_in_each_report_what_it_says(tmp_path):
    homework = tmp_path / "hw3"
    shutil.copytree(ROOT / "examples" / "hw2", homework, ignore=shutil.ignore_patterns("__pycache__"))
    with (homework / "rubric.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{BLOCKS['toml']}")
    (tmp_path / "roster.csv").write_text(BLOCKS["csv"], encoding="utf-8")
    students = re.findall("^2026[0-9]+", BLOCKS["csv"], re.MULTILINE)
    source = (homework / "solution" / "mlp.py").read_text(encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, text in exported(*students, at="2026-04-01 15:00:00 Z").items():  # 1 day 1 min after
            archive.writestr(name.replace("mnist", "mlp"), source if name.endswith(".py") else text)
    (command,) = re.findall("^    hw1 (grade .*)$", PAGE, re.MULTILINE)
    done = hw1("--homework", homework, *shlex.split(command), "--seed", "public", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = rows_of(tmp_path)
    assert {student: table[student]["late"] for student in students} == {
        "20260001": "0",
        "20260002": "0",
        "20260003": "0",
        "20260004": "-0.9",
    }
    assert (table["20260004"]["earned"], table["20260004"]["total"]) == ("9", "8.1")
    said = "Handed in 8 h 31 min after the due date: 1 started day, 10 % each: -0.9 points. 8.1 of 9 points are left."
    assert said in flat((tmp_path / "out" / "20260004" / "feedback.txt").read_text(encoding="utf-8"))


def test_the_longest_extension_is_a_year():
    assert MOST_DAYS == 366
