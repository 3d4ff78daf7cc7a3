"""Names, e-mails and the LMSs' numbers: from the roster and the download, kept in the journal, never guessed."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from autograder.cohort.journal import NAME, Journal
from autograder.cohort.people import note_people, people_of
from autograder.render.table import grades_csv
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.staff.start import collect
from autograder.submission import Owner, Submission

RUBRIC = read_rubric()
HANGUL = "학생 가"
ROSTER = f"id,name,email,canvas_id,moodle_id\n20260001,{HANGUL},a@example.org,501,\n20260002,=1+1,b@example.org,502,7\n"
LISTED = Owner(HANGUL, "a@example.org", {"canvas": "501"}, listed=True, sure=True)


@pytest.fixture
def owners(tmp_path):
    """By student, how the download *names* and the roster call them."""

    def owners(*names: str, roster: str = ""):
        folder = tmp_path / "download"
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x = 1\n")
        listed = tmp_path / "roster.csv"
        listed.write_text(roster, encoding="utf-8")
        found, _ = collect([folder], RUBRIC, tmp_path / "out", tmp_path, listed if roster else None)
        return {one.id: one.owner for one in found}

    return owners


def test_canvas_gives_number_name_and_file_names(owners):
    found = owners(
        "studenta_501_9001_hw1-20260001.py", "studenta_501_9002_vgg.py", "studentb_LATE_502_9003_20260002.py"
    )
    first, second = found["20260001"], found["20260002"]
    assert (first.name, first.numbers) == ("studenta", {"canvas": "501"})
    assert sorted(first.files) == ["studenta_501_9001_hw1-20260001.py", "studenta_501_9002_vgg.py"]
    assert (second.numbers, second.files) == ({"canvas": "502"}, ("studentb_LATE_502_9003_20260002.py",))
    assert not (first.listed or first.sure)


def test_the_roster_gives_name_and_e_mail_and_who_handed_in_nothing_has_them_too(owners):
    found = owners("studenta_501_9001_vgg.py", roster=ROSTER)
    assert found["20260001"] == replace(LISTED, files=("studenta_501_9001_vgg.py",))
    assert found["20260002"].name == "=1+1"
    assert found["20260002"].numbers == {"canvas": "502", "moodle": "7"}


def test_a_number_that_roster_and_download_give_otherwise_is_none(owners):
    found = owners("studentc_777_9001_hw1-20260001.py", roster=ROSTER)
    assert found["20260001"].numbers["canvas"] == ""


def test_a_folder_by_an_id_says_nothing_of_a_person(owners):
    assert owners("20260001/vgg.py") == {"20260001": Owner()}


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (LISTED, Owner(), LISTED),
        (LISTED, Owner("studenta", numbers={"canvas": "501"}, files=("a",)), replace(LISTED, files=("a",))),
        (LISTED, Owner(numbers={"canvas": "777"}), replace(LISTED, numbers={"canvas": ""})),
        (Owner(numbers={"canvas": "777"}), LISTED, LISTED),
        (Owner("studenta", numbers={"moodle": "7"}), LISTED, replace(LISTED, numbers={"moodle": "7", "canvas": "501"})),
        (Owner(numbers={"gradescope": "1"}), Owner(numbers={"gradescope": "2"}), Owner(numbers={"gradescope": "2"})),
    ],
)
def test_a_run_that_knows_less_takes_nothing_away(before, now, kept, tmp_path):
    with Journal(tmp_path / NAME) as journal:
        for owner in (before, now, None):
            journal.begin({}, {})
            note_people(journal, [Submission("20260001", {}, owner=owner)])
        assert people_of(journal) == {"20260001": kept}


def test_names_e_mails_and_numbers_stand_in_the_table_and_no_cell_is_a_formula():
    reports = [make_report(name, "d", (), {}, RUBRIC, (), {}) for name in ("20260001", "20260002", "20260003")]
    people = {"20260001": LISTED, "20260002": Owner("=1+1", "@b", {"moodle": "7"})}
    _, first, second, third = csv.DictReader(io.StringIO(grades_csv(reports, RUBRIC, people)))
    said = ("name", "email", "canvas", "moodle", "gradescope")
    assert [first[name] for name in said] == [HANGUL, "a@example.org", "501", "", ""]
    assert [second[name] for name in said] == ["'=1+1", "'@b", "", "7", ""]
    assert [third[name] for name in said] == [""] * 5
