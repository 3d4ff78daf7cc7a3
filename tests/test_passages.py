"""A student's own lines that a check is about."""

from __future__ import annotations

import pytest

from autograder.evidence import Origin
from autograder.homework import in_force
from autograder.ingest.passages import COLUMNS, MOST_LINES, defined, lines_of, passages_of
from autograder.outcome import Outcome, Status
from autograder.submission import Submission

SOURCE = """\
import torch


class Trainer:
    def __init__(
        self,
        net,
    ):
        self.net = net

    def train(self, epoch):
        # a comment
        for _ in range(epoch):

            pass
# between

    def test(self):
        return 1


# about the next one
class Other: pass
"""
FAILED = Outcome(Status.FAILED)


def found(about: str, text: str = SOURCE) -> list[str]:
    lines = lines_of(text.encode())
    return [lines[n] for n in defined(about, lines)]


def test_a_method_begins_with_its_name_and_ends_with_its_last_line():
    train = found("trainer.Trainer.train")
    assert train[0].strip() == "def train(self, epoch):"
    assert train[-1].strip() == "pass"
    assert found("trainer.Trainer.__init__")[-1].strip() == "self.net = net"


def test_a_class_is_all_of_it_and_stands_in_for_a_method_that_is_not_there():
    whole = found("trainer.Trainer")
    assert (whole[0], whole[-1].strip()) == ("class Trainer:", "return 1")
    assert found("trainer.Trainer.compute_conf") == whole
    assert found("trainer.Other") == ["class Other: pass"]


@pytest.mark.parametrize("about", ["trainer", "trainer.Nothing", "trainer.Nothing.train", ""])
def test_what_is_not_there_has_no_lines(about):
    assert found(about) == []


def test_of_two_definitions_the_last_one_counts_and_one_under_an_if_does_too():
    twice = "class Net:\n    x = 1\n\nclass Net:\n    x = 2\n"
    assert found("m.Net", twice)[1].strip() == "x = 2"
    assert len(found("m.Net", "if True:\n    class Net:\n        x = 1\n")) == 2


@pytest.mark.parametrize(
    "text", ["class Net:\r\n    x = 1\r\n", "class Net:\r    x = 1\r", "class Net:\n    x = '\f'\n"]
)
def test_lines_end_where_editors_end_them(text):
    assert len(found("m.Net", text)) == 2


CHECK = next(check for check in in_force().checks if check.about == "trainer.Trainer.train")


def passage(submission: Submission, outcome: Outcome = FAILED):
    return passages_of([CHECK], {CHECK.id: outcome}, submission).get(CHECK.about)


def test_it_has_the_numbers_of_the_file():
    one = passage(Submission("1", {"trainer.py": SOURCE.encode()}))
    assert (one.where, one.lines[0], one.more) == ("trainer.py", (11, "    def train(self, epoch):"), 0)


def test_in_a_notebook_it_has_the_numbers_of_the_cell():
    origins = tuple(Origin("hw1-1.ipynb", 7, n + 3) for n in range(len(SOURCE.splitlines())))
    one = passage(Submission("1", {"trainer.py": SOURCE.encode()}, origins={"trainer.py": origins}))
    assert (one.where, one.lines[0][0]) == ("hw1-1.ipynb, cell 7", 13)
    assert passage(Submission("1", {"trainer.py": SOURCE.encode()}, origins={"trainer.py": origins[:12]})) is None


@pytest.mark.parametrize("status", [Status.PASSED, Status.UNSETTLED, Status.UNGRADED, Status.SKIPPED])
def test_what_is_passed_or_open_needs_none(status):
    assert passage(Submission("1", {"trainer.py": SOURCE.encode()}), Outcome(status)) is None


def test_hostile_lines_are_cut_and_made_plain():
    text = "class Trainer:\n  def train(self):\n" + "\t" * 500 + "x\u202e\x1b[2J" + "y" * 5000
    text += "\n" * 2 + "    z\n" * 200
    one = passage(Submission("1", {"trainer.py": text.encode() + b"\xff\xfe"}))
    assert len(one.lines) == MOST_LINES
    assert one.more > 100
    assert all(len(line) <= COLUMNS and line.isprintable() for _, line in one.lines)
    assert passage(Submission("1", {})) is None
