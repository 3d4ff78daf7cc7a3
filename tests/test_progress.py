"""Progress is one line on a terminal, which nothing can break, and few plain lines elsewhere."""

from __future__ import annotations

import io
import re
import time

import pytest

from autograder.render import progress
from autograder.render.progress import ClassScreen, class_line, counted_steps, ends_at, fitted
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.text import lasting

NOON = time.mktime((2026, 3, 31, 12, 0, 0, 0, 0, -1))
RUNNING = [("20260001", "1.1-accuracy epoch 2/4, 91.3 %, 3 min left"), ("20260002", "2.1c-function")]


@pytest.fixture
def terminal(monkeypatch):
    """Opens a terminal of 80 columns, and returns what is written to it."""

    def opened():
        stream = io.StringIO()
        stream.isatty = lambda: True
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("COLUMNS", "80")
        return stream

    return opened


def test_one_line_says_what_is_done_what_runs_and_until_when():
    line = class_line(9, 27, RUNNING, 720.0, NOON, 200)
    assert line == (
        "[######--------------] 9/27, until 12:12: "
        "20260001 1.1-accuracy epoch 2/4, 91.3 %, 3 min left, 20260002 2.1c-function"
    )
    assert class_line(0, 27, [], None, NOON, 80) == "0/27"


def test_the_training_of_the_first_is_seen_in_80_columns():
    line = class_line(9, 27, RUNNING, 720.0, NOON, 80)
    assert line == "9/27, until 12:12: 20260001 1.1-accuracy epoch 2/4, 91.3 %, 3 min left, 202600…"


@pytest.mark.parametrize("student", ["x" * 300, "a\nb", "\x1b[2J", "학생" * 40, "\u202eabc", "e\u0301" * 90])
def test_no_name_breaks_the_line(student):
    line = class_line(1, 3, [(student, "2.1a"), ("20260002", "x" * 99)], 5.0, NOON, 80)
    assert line.isprintable()
    assert columns_of(line) < 80
    assert line.startswith("1/3, until 12:00: ")


def columns_of(text):
    import rich.cells

    return rich.cells.cell_len(text)


def test_a_line_that_fits_stays_as_it_is_and_a_long_one_is_cut():
    assert fitted("abc", 4) == "abc"
    assert fitted("abcd", 4) == "ab…"
    assert fitted("학생학생", 6) == "학…"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "1 s"), (59.4, "59 s"), (61.0, "1 min"), (5000.0, "83 min"), (12600.0, "3.5 h")]
)
def test_times_in_words(seconds, words):
    assert lasting(seconds) == words


def test_what_ends_on_another_day_names_it():
    assert ends_at(None, NOON) == ""
    assert ends_at(24 * 3600.0, NOON) == "until Wed 12:00"


def test_on_a_terminal_a_line_is_written_over(terminal):
    stream = terminal()
    with ClassScreen(2) as screen:
        screen.show(0, RUNNING, None)
        screen.say("Something.")
        screen.tell(1, report(), False, None)
        screen.show(1, RUNNING, 60.0)
    first, said, second, end = stream.getvalue().split(progress.CLEAR)[1:]
    assert (said, end) == ("hw1: Something.\n", "")
    assert all(line.endswith("…") and len(line) == 79 for line in (first, second))


def test_a_long_step_is_one_line_with_a_bar_on_a_terminal(terminal):
    stream = terminal()
    told = counted_steps("Recording the evidence")
    for number in range(1, 214):
        told("a-mistake" * 20, number, 213)
    lines = stream.getvalue().split(progress.CLEAR)
    assert stream.getvalue().count("\n") == 1
    assert lines[106].startswith("Recording the evidence: [#########-----------] 106/213 a-mistake")
    assert all(len(line.strip()) < 80 for line in lines)


def test_elsewhere_it_is_a_line_each_tenth(capsys):
    told = counted_steps("Recording the evidence")
    for number in range(1, 214):
        told("a-mistake", number, 213)
    assert len(capsys.readouterr().err.splitlines()) <= 11


def test_elsewhere_each_hand_in_is_a_line_and_each_tenth_tells_the_time(capsys):
    screen = ClassScreen(40)
    for number in range(1, 41):
        screen.show(number, RUNNING, 60.0)
        screen.tell(number, report(), number == 3, 60.0 if number < 40 else None)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 40
    assert sum(bool(re.search(r" \(until \d\d:\d\d\)$", line)) for line in lines) == 9
    assert lines[2].startswith("3/40 20260001: ")
    assert lines[2].endswith("(as before)")


def report():
    return make_report("20260001", "", (), {}, read_rubric(), (), {})
