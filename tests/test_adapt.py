"""``docs/adapt.md`` is true: each of its commands is run and each of its edits made, one after the other, on a copy."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from test_commands import hw1

from autograder.home import repository

ROOT = repository()
PAGE = (ROOT / "docs" / "adapt.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|diff)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


def edit(text: str, folder: Path) -> None:
    """Make the edits of a diff of one or more files: each hunk's old lines stand once in its file."""
    for name, hunks in re.findall(r"^--- .*\n\+\+\+ (\S+)\n((?:(?!--- ).*\n)*)", text, re.MULTILINE):
        path = folder / name
        content = path.read_text(encoding="utf-8")
        for hunk in re.split(r"^@@ .*\n", hunks, flags=re.MULTILINE)[1:]:
            lines = [line or " " for line in hunk.splitlines()]
            old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] in f" {sign}") for sign in "-+")
            assert content.count(old) == 1, f"{name}: {old}"
            content = content.replace(old, new)
        path.write_text(content, encoding="utf-8")


def run(line: str, folder: Path) -> str:
    """Run a command of the page; what it printed."""
    first, *others = shlex.split(line)
    if first == "cp":
        shutil.copytree(folder / others[1], folder / others[2])
        return ""
    assert first == "hw1", line
    done = hw1(*others, cwd=folder)
    unfinished = 1 if "check" in others else 0  # the handout is not done
    assert done.returncode == unfinished, f"{line}: {done.stdout}{done.stderr}"
    return done.stdout


def test_each_edit_of_the_page_fits_the_homework_that_it_begins_with(tmp_path):
    shutil.copytree(ROOT / "examples" / "hw2", tmp_path / "examples" / "hw3")
    for kind, text in BLOCKS:
        if kind == "diff":
            edit(text, tmp_path)
    assert (tmp_path / "examples" / "hw3" / "solution" / "mlp.py").read_text().count("BEGIN SOLUTION") == 4


def test_the_page_has_all_commands_of_the_way():
    for command in ("verify", "release", "init", "check", "grade", "bundle"):
        assert any(f"hw1 --homework examples/hw3 {command}" in line for line in COMMANDS), command


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_who_follows_the_page_has_a_homework_whose_grader_is_right(tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    said = {}
    for kind, text in BLOCKS:
        if kind == "diff":
            edit(text, tmp_path)
        else:
            said |= {line: run(line, tmp_path) for line in text.splitlines()}
    verified = said["hw1 --homework examples/hw3 verify"]  # the second time it is said
    assert "The grader is right." in verified
    assert "solution  16 points earned" in verified
    assert "mistakes  11 of 11" in verified
    graded = said["hw1 --homework examples/hw3 grade examples/hw3/solution -o out --seed public"]
    assert "16" in graded
