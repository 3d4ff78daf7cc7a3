"""Nothing is lost: a grader that is killed anywhere goes on, and its tables are those of one that was not disturbed."""

from __future__ import annotations

import os
import random
import subprocess
import time

import pytest
from test_commands import HW1
from test_second_homework import HOMEWORK

from autograder.cohort.journal import NAME, Journal

SLIPS = {
    "20260001": {},
    "20260002": {"mlp.py": ("torch.tanh(x @ w1 + b1)", "torch.relu(x @ w1 + b1)")},
    "20260003": {"mlp.py": ("            one.grad = None\n", "")},
    "20260004": {"attention.py": ("class ", "import os\n\nos._exit(3)\n\n\nclass ")},
    "20260005": {"mlp.py": ("torch.randn(inputs, hidden) / inputs**0.5", "torch.zeros(inputs, hidden)")},
    "20260006": {},
}
TABLES = ("grades.csv", "review.json")


@pytest.fixture(scope="module")
def hand_ins(tmp_path_factory):
    """A class of six, one of whom ends its process."""
    folder = tmp_path_factory.mktemp("killed") / "in"
    for student, edits in SLIPS.items():
        (folder / student).mkdir(parents=True)
        for name in ("mlp.py", "attention.py", "answers.md"):
            text = (HOMEWORK / "solution" / name).read_text(encoding="utf-8")
            old, new = edits.get(name, ("", ""))
            assert old in text
            text = text.replace(old, new, 1) if old else text
            (folder / student / name).write_text(text + f"# {student}\n" * name.endswith(".py"), encoding="utf-8")
    return folder


def grading(hand_ins, out):
    command = [HW1, "--homework", HOMEWORK, "grade", hand_ins, "-o", out]
    options = ["--seed", "public", "--train", "never", "--isolation", "none", "--jobs", "2"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*command, *options], env=dict(os.environ), **streams)


def tables(out):
    return {name: (out / name).read_bytes() for name in TABLES}


@pytest.mark.slow  # twenty kills, seconds each
@pytest.mark.timeout(900)
def test_a_grader_that_is_killed_twenty_times_comes_to_the_same_tables(hand_ins, tmp_path):
    began = time.monotonic()
    assert grading(hand_ins, tmp_path / "whole").wait() == 0
    whole = time.monotonic() - began
    chance, killed = random.Random(5), 0  # noqa: S311
    for number in range(200):
        out = tmp_path / f"out-{number // 4}"  # four kills each, then it may end
        process = grading(hand_ins, out)
        if number % 4 < 3:
            time.sleep(chance.uniform(0.1, whole))
            process.kill()
            process.communicate()
            killed += process.returncode == -9
            continue
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        assert tables(out) == tables(tmp_path / "whole")
        with Journal(out / NAME) as journal:
            assert journal.remarks == []
            assert set(journal.graded()) == set(SLIPS)
        if killed >= 20:
            break
    assert killed >= 20


@pytest.mark.slow  # hand-ins that are graded by processes of their own
def test_what_was_observed_before_a_kill_is_not_observed_again(hand_ins, tmp_path):
    process = grading(hand_ins, tmp_path / "out")
    deadline = time.monotonic() + 120
    while not (tmp_path / "out" / "20260001" / "report.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    with Journal(tmp_path / "out" / NAME) as journal:
        before = dict(journal.rows("SELECT name, seconds FROM observation"))
        assert "20260001" in journal.graded()
    assert before
    _, errors = grading(hand_ins, tmp_path / "out").communicate()
    assert "20260001" in errors
    assert "(as before)" in errors
    with Journal(tmp_path / "out" / NAME) as journal:
        after = dict(journal.rows("SELECT name, seconds FROM observation"))
        assert [run.ended is None for run in journal.runs()] == [True, False]
    assert {name: after[name] for name in before} == before
