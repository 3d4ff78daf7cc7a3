"""An empty answer that may stand somewhere else is never a silent nothing: staff and student read where."""

from __future__ import annotations

import pytest

from autograder.answers.collect import written_answers
from autograder.answers.elsewhere import elsewhere
from autograder.answers.marks import digest_of
from autograder.hw1.q11 import formula
from autograder.ingest.notebooks import with_notebooks
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.rubric import read_rubric
from tests.conftest import write_hand_in
from tests.notebooks import notebook, text


@pytest.fixture
def taken(launcher, recording, tmp_path):
    """A hand-in of these files, with its notebooks read, and what is compared with it."""
    kit = Kit(isolation="best", launcher=launcher, recorded=lambda: recording, scratch=tmp_path / "scratch")
    kit.scratch.mkdir()

    def run(files: dict):
        folder = write_hand_in(tmp_path / f"{len(list(tmp_path.iterdir()))}" / "20260001", {"mnist.py": "", **files})
        one = with_notebooks(read_submission(folder, read_rubric().limits), kit)
        return one, {each.id: each for each in written_answers(kit.case(one))}, formula(kit.case(one))

    return run


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"report.pdf": b"x"}, "not in answers.md; report.pdf is there"),
        ({"docs/hw1_report.PDF": b"x"}, "not in answers.md; report.pdf is there"),
        ({"a.pdf": b"x", "b/20260001.pdf": b"y"}, "not in answers.md; a.pdf is there and b/20260001.pdf is there"),
        ({"report.docx": b"x"}, "not in answers.md; report.docx can't be read here"),
        ({"보고서.hwp": b"x"}, "not in answers.md; 보고서.hwp can't be read here"),
        ({"answers.docx": b"x"}, "not in answers.md; answers.docx can't be read here"),
        ({"Answers.md": "## Q1"}, "answers.md is missing, but Answers.md looks like it: rename it to answers.md"),
        ({"answer.txt": "## Q1"}, "answers.md is missing, but answer.txt looks like it: rename it to answers.md"),
        ({"answers.md": b"\xff\xfex"}, "answers.md begins like UTF-16 and is damaged; save it as UTF-8"),
        ({"hw1-1.ipynb": b"{"}, "hw1-1.ipynb is not a notebook: it is not JSON"),
        ({"hw1.7z": b"7z"}, "hw1.7z"),
    ],
)
def test_what_may_hold_an_answer_is_named_and_its_points_are_open(taken, files, said):
    submission, answers, outcome = taken(files)
    assert said in elsewhere(submission).said
    assert said in answers["1.2-Q1"].elsewhere
    assert outcome.status is Status.UNSETTLED


def test_without_anything_else_an_empty_answer_says_nothing(taken):
    submission, answers, outcome = taken({})
    assert (elsewhere(submission).said, answers["1.2-Q1"].elsewhere) == ("", "")
    assert outcome.status is Status.TODO


@pytest.mark.parametrize("name", ["report.pdf", "report.docx", "answers.txt"])
def test_points_belong_to_the_bytes_of_what_may_hold_the_answer(taken, name):
    def digest(data: bytes) -> str:
        answer = taken({name: data})[1]["1.2-Q1"]
        return digest_of(answer.answer, answer.documents)

    assert digest(b"one") == digest(b"one")
    assert digest(b"one") != digest(b"two")


def test_points_belong_to_both_of_two_reports(taken):
    found = [
        taken({"a.pdf": a, "b.pdf": b})[1]["1.2-Q1"].documents for a, b in ((b"1", b"2"), (b"1", b"3"), (b"2", b"1"))
    ]
    assert len({*found, taken({"a.pdf": b"1"})[1]["1.2-Q1"].documents}) == 4


@pytest.mark.parametrize(
    ("words", "tied"),
    [
        ("See my report.", True),
        ("They differ a lot. " * 20 + "The matrices stand in the report.", True),
        ("They add up and I report that the loss grows. " * 20, False),
    ],
)
def test_an_answer_in_a_notebook_that_speaks_of_a_report_is_tied_to_it(taken, words, tied):
    book = notebook(text(f"Q1) Why?\n\nAns) {words}"))
    found = [taken({"hw1-1.ipynb": book, "report.pdf": data})[1]["1.2-Q1"].documents for data in (b"1", b"2")]
    assert (found[0] != found[1]) is tied


def test_a_report_of_another_program_is_named_to_its_student(taken):
    submission, *_ = taken({"report.docx": b"x"})
    assert "report.docx can't be read here: hand it in as a PDF, as report.pdf" in submission.about_files
