"""What `hw1 check` says last: the first thing to do, and the command to run then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.command_line import quoted
from autograder.evidence import Origin
from autograder.home import handout_folder
from autograder.homework import in_force, to_hand_in
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.student.choosing import chosen
from autograder.student.next_step import Step, name_of, next_step
from autograder.student.stubs import unbegun
from autograder.student.working_copy import folder_words

RUBRIC = read_rubric()
HOMEWORK = in_force()
FINE = Outcome(Status.PASSED)
WRONG = Outcome(Status.FAILED, "Because.")
TODO = Outcome(Status.TODO, "TODO 1.2a: for each epoch.")
OPEN = Outcome(Status.UNSETTLED, "Not settled.", to_hand_in("1.1"))


def step(folder: str = "hw1", options: tuple[str, ...] = (), places=None, skip: bool = False, **outcomes) -> Step:
    rest = Outcome(Status.SKIPPED) if skip else FINE
    given = {check.id: rest for check in HOMEWORK.checks} | outcomes
    report = make_report("20260001", "d", HOMEWORK.checks, given, RUBRIC, (), {})
    return next_step(replace(report, places=places or {}), HOMEWORK, Path(folder), options)


def test_what_is_wrong_comes_first_in_the_handouts_order():
    found = step(**{"2.1a": WRONG, "1.2.3": WRONG, "1.1-structure": TODO, "files-answers": TODO})
    assert found == Step("put 1.2.3 right in ablations.py, then run", ("check", "hw1", "--part", "1.2.3"))


def test_what_was_stopped_is_wrong_and_a_file_that_cannot_be_read_comes_before_what_stands_in_it():
    found = step(**{"files-vgg": WRONG, "2.1a": Outcome(Status.STOPPED)})
    assert found == Step("put vgg.py right, then run", ("check", "hw1", "--part", "vgg.py"))


def test_in_a_notebook_the_cell_is_named():
    found = step(places={"1.2a": Origin("hw1-1.ipynb", 12, 1)}, **{"1.2a": WRONG})
    assert found.said == "put 1.2a right in hw1-1.ipynb, cell 12, then run"


def test_then_comes_what_is_to_do_with_what_its_stub_says():
    found = step(**{"1.2a": TODO, "files-trainer": TODO, "1.1-accuracy": OPEN})
    assert found == Step("in trainer.py, TODO 1.2a: for each epoch. Then run", ("check", "hw1", "--part", "1.2a"))


def test_then_what_is_to_be_trained_with_the_data_that_were_given():
    found = step(options=("--data", "my data"), **{"1.1-accuracy": OPEN, "2.2a-accuracy": OPEN, "files-answers": TODO})
    assert found.words == ("train", "hw1", "--part", "1.1,2.2a", "--data", "my data")
    assert found.said == "train the networks whose accuracies are not settled"
    assert step(**{"1.1-accuracy": OPEN}).said == "train the network whose accuracy is not settled"


def test_what_training_would_not_settle_is_not_to_be_trained():
    assert step(**{"1.1-accuracy": Outcome(Status.UNSETTLED, "A person looks.")}).words == ("pack", "hw1")


@pytest.mark.parametrize("outcome", [TODO, WRONG])
def test_then_the_written_answers(outcome):
    found = step(**{"files-answers": outcome, "1.2-Q11": TODO})
    assert found == Step("finish the written answers, then run", ("check", "hw1", "--part", "files"))


def test_where_all_that_was_asked_for_passes_the_rest_is_next_and_then_handing_in():
    assert step(skip=True, **{"1.2a": FINE}).words == ("check", "hw1")
    assert step().words == ("pack", "hw1")
    assert step(".").words == ("pack",)


@pytest.mark.parametrize("check", HOMEWORK.checks, ids=lambda check: check.id)
def test_each_check_is_among_those_that_its_name_chooses(check, launcher, tmp_path):
    kit = Kit(launcher=launcher, scratch=tmp_path)
    found = chosen([name_of(check)], kit)
    assert check in found
    assert len(found) < len(HOMEWORK.checks)


# How a command is written


@pytest.mark.parametrize(
    ("folder", "words"), [(".", ()), ("hw1", ("hw1",)), ("-x", ("./-x",)), ("my work", ("my work",))]
)
def test_the_current_folder_needs_no_name_and_no_name_is_an_option(folder, words):
    assert folder_words(Path(folder)) == words


@pytest.mark.parametrize(
    ("word", "posix", "windows"),
    [
        ("hw1", "hw1", "hw1"),
        ("my work", "'my work'", '"my work"'),
        ("C:\\Users\\me", "'C:\\Users\\me'", "C:\\Users\\me"),
        ("C:\\my work\\", "'C:\\my work\\'", '"C:\\my work\\\\"'),
        ("a&b", "'a&b'", '"a&b"'),
        ("it's", "'it'\"'\"'s'", '"it\'s"'),
        ("1.1,2.2a", "1.1,2.2a", "1.1,2.2a"),
        ("", "''", '""'),
    ],
)
def test_words_are_quoted_where_they_need_it(word, posix, windows):
    assert quoted(["hw1", word], windows=False) == f"hw1 {posix}"
    assert quoted(["hw1", word], windows=True) == f"hw1 {windows}"


# What nobody has begun


def test_the_first_stub_of_each_todo_is_what_nobody_has_begun():
    found = unbegun(handout_folder())
    assert "TODO 2.1a: declare the layers of the block" in found
    assert "TODO 2.1a: run the layers in their order" not in found
    assert "TODO 1.2c: count each pair of true and predicted class" in found
    assert len(found) == 18


def test_a_handout_that_is_not_there_has_none(tmp_path):
    assert unbegun(tmp_path / "nowhere") == frozenset()
