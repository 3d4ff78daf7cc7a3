"""`hw1 review`: points of written answers go out and come in as a table and as a review file."""

from __future__ import annotations

import csv
import io
import json

import pytest
from test_marks import DIGEST, ITEM, STUDENT, given, mark, marks_of
from test_review import NAME, RUBRIC, report_of, reviewed, run_again

from autograder.cohort.marking import opened
from autograder.errors import MisuseError
from autograder.report import make_report

HANGUL = "김철수"
FORMULA = '=1+1;"=2"\nand more'


@pytest.fixture
def out(tmp_path):
    """Three students, of whom two have given the same answer."""
    run_again(tmp_path / "out", report_of(), report_of("20260002"), report_of(HANGUL, answer="No."))
    return tmp_path / "out"


def take(out, text, name="in.csv", by="Teaching assistant 1"):
    path = out.parent / name
    path.write_text(text, encoding="utf-8", newline="")
    with opened(out, RUBRIC, by) as marking:
        return marking.take(path)


def refused(out, text, name="in.csv") -> str:
    before = marks_of(out)
    with pytest.raises(MisuseError, match="Nothing was taken") as error:
        take(out, text, name)
    assert marks_of(out) == before
    return str(error.value)


def export(out, name="answers.csv"):
    with opened(out, RUBRIC, "Teaching assistant 1") as marking:
        marking.export(out.parent / name)
    return out.parent / name


def table(path):
    return list(csv.DictReader(path.open(encoding="utf-8", newline="")))


def text_of(rows) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def earned(out, student=STUDENT):
    return json.loads((out / student / "report.json").read_text())["points"]["earned"]


def row_of(rows, student=STUDENT, item=ITEM):
    return next(row for row in rows if (row["student"], row["question"]) == (student, item))


# The table


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_points_come_from_a_table_as_spreadsheets_save_it_and_stand_in_every_document(out, separator):
    lines = (
        "\ufeffQuestion,student,Points,comment,other",
        f"{ITEM},{STUDENT},1.5,Say why.,x",
        ",,,,",
        f"{ITEM},{HANGUL},0,,",
    )
    text = "\r\n".join(lines)
    assert take(out, text.replace(",", separator)) == 2
    assert [one[:4] for one in marks_of(out)] == [
        (1.5, "Say why.", "Teaching assistant 1", "import"),
        (0, "", "Teaching assistant 1", "import"),
    ]
    assert (earned(out), earned(out, HANGUL), answer_in_file(out)["points"]) == (1.5, 0, 1.5)
    assert "Say why." in (out / STUDENT / "feedback.txt").read_text()
    assert [row["1.2-Q4"] for row in table(out / "grades.csv")] == ["2", "1.5", "", "0"]


def answer_in_file(out, student=STUDENT):
    students = {one["student"]: one["answers"] for one in json.loads((out / NAME).read_text())["students"]}
    return next(one for one in students[student] if one["id"] == ITEM)


def test_a_row_with_a_digest_alone_is_about_all_equal_answers(out):
    assert take(out, f"digest,question,points\n{DIGEST},{ITEM},1.5\n") == 2
    assert [earned(out, student) for student in (STUDENT, "20260002", HANGUL)] == [1.5, 1.5, 0]


def test_what_was_written_comes_back_as_it_was(out):
    reviewed(out, 1 / 3, FORMULA)
    path = export(out)
    rows = table(path)
    row = row_of(rows)
    assert row["points"] == "0.333333"
    assert row["comment"].startswith("'=1+1")
    assert (row["answer"], row["beside"], row["mark"]) == ("Yes, clearly.", "Exp1: 23,860 parameters", "1")
    assert row["by"].endswith("UTC")
    assert len(rows) == 3 * len(RUBRIC.by_hand)
    assert path.stat().st_mode & 0o077 == 0
    before = marks_of(out)
    assert take(out, path.read_text(encoding="utf-8")) == 0
    assert marks_of(out) == before


def test_a_table_that_was_filled_in_is_taken_and_points_are_taken_back_by_it(out):
    rows = table(export(out))
    row_of(rows)["points"] = "2"
    row_of(rows, HANGUL)["comment"] = "'=well"
    assert take(out, text_of(rows)) == 2
    rows = table(export(out))
    assert (row_of(rows)["points"], row_of(rows, HANGUL)["comment"]) == ("2", "'=well")
    assert marks_of(out)[1][:2] == (None, "=well")
    row_of(rows)["points"] = ""
    assert take(out, text_of(rows)) == 1
    assert (marks_of(out)[2][:2], earned(out)) == ((None, ""), 0)


def test_without_its_column_the_comment_stays_and_an_empty_row_says_nothing(out):
    given(out, mark(1, "by mail"))
    assert take(out, f"student,question,points\n{STUDENT},{ITEM},\n{STUDENT},{ITEM},2\n") == 1
    assert marks_of(out)[1][:2] == (2, "by mail")


def test_a_table_does_not_write_over_what_it_does_not_show(out):
    path = export(out)
    given(out, mark(1.5, "by mail"))
    rows = table(path)
    row_of(rows, "20260002")["points"] = "2"
    assert take(out, text_of(rows)) == 1  # what nobody has changed in it changes nothing
    row_of(rows)["points"] = "2"
    said = refused(out, text_of(rows))
    assert "20260001, 1.2-Q4: 1.5 points were given after the file was written (Teaching assistant 1, 20" in said
    assert take(out, f"student,question,points\n{STUDENT},{ITEM},2\n") == 1  # without numbers it is the last word


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("20269999,1.2-Q4,1,,", "line 2: there is no report of 20269999"),
        (",1.2-Q4,1,,", "no answer to 1.2-Q4 has the digest ''"),
        (",1.2-Q4,1,,0123", "no answer to 1.2-Q4 has the digest '0123'"),
        ("20260001,9.9,1,,", "the report of 20260001 has no answer to 9.9: there are 1.1-E1, "),
        ("20260001,,1,,", "the report of 20260001 has no answer to nothing"),
        ("20260001,1.2-Q4,3,,", "points for 1.2-Q4 must be a number from 0 to 2, not '3'"),
        ("20260001,1.2-Q4,-1,,", "from 0 to 2, not '-1'"),
        ("20260001,1.2-Q4,nan,,", "from 0 to 2, not 'nan'"),
        ("20260001,1.2-Q4,1/2,,", "from 0 to 2, not '1/2'"),
        ("20260001,1.2-Q4,1,x,", "mark must be the number that hw1 review has written there, not 'x'"),
        ("20260001,1.2-Q4,1,,#0123", "20260001, 1.2-Q4: this is not the answer that is there now"),
        (f"20260001,1.2-Q4,1,,\n20260001,1.2-Q4,2,,{DIGEST}", "line 3: 20260001, 1.2-Q4 is there twice"),
    ],
)
def test_a_row_that_fits_nothing_is_refused_by_its_line_and_nothing_is_taken(out, row, said):
    assert said in refused(out, f"student,question,points,mark,digest\n{row}\n20260002,1.2-Q5,1,,\n")


def test_of_a_student_without_answers_none_can_be_marked(out):
    run_again(out, make_report("7", "digest", (), {}, RUBRIC, (), {"seed": "secret"}))
    assert "has no answer to 1.2-Q4: there are none" in refused(out, f"student,question,points\n7,{ITEM},1\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("student,question\n", "line 1: points must be the header of one column each"),
        ("student,student,question,points\n", "line 1: student must be the header"),
        ("student,question,points\n,,\n", "has no entry"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(out, text, said):
    with pytest.raises(MisuseError, match=said):
        take(out, text)


# The review file


def test_a_review_file_goes_out_and_comes_in_again(out):
    given(out, mark(1, "by mail"))
    path = export(out, "copy.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    first, second, _ = data["students"]
    assert [one["student"] for one in data["students"]] == [STUDENT, "20260002", HANGUL]
    next(one for one in second["answers"] if one["id"] == ITEM)["points"] = 2
    assert take(out, json.dumps(data), "copy.json") == 1
    assert earned(out, "20260002") == 2
    next(one for one in first["answers"] if one["id"] == ITEM)["points"] = 0
    given(out, mark(1.5))
    said = refused(out, json.dumps(data), "copy.json")
    assert "copy.json: 20260001, 1.2-Q4: 1.5 points were given after the file was written" in said


def test_of_two_copies_of_a_review_file_the_second_does_not_write_over_the_first(out):
    data = json.loads(export(out, "copy.json").read_text(encoding="utf-8"))
    for points in (1, 2):
        next(one for one in data["students"][0]["answers"] if one["id"] == ITEM)["points"] = points
        if points == 1:
            assert take(out, json.dumps(data), "copy.json") == 1
        else:
            assert "1 points were given after" in refused(out, json.dumps(data), "copy.json")


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"student": "9"}, "there is no report of 9"), ({"digest": "0"}, "this is not the answer that is there now")],
)
def test_an_entry_of_a_review_file_that_fits_nothing_is_refused(out, changes, said):
    data = json.loads(export(out, "copy.json").read_text(encoding="utf-8"))
    student = data["students"][0]
    student |= {name: value for name, value in changes.items() if name == "student"}
    answer = student["answers"][0]
    answer |= {"points": 1, **{name: value for name, value in changes.items() if name == "digest"}}
    assert said in refused(out, json.dumps(data), "copy.json")


def test_a_review_file_that_is_not_there_is_said(out):
    with opened(out, RUBRIC, "Teaching assistant 1") as marking, pytest.raises(MisuseError, match="does not exist"):
        marking.take(out / "none.json")
    with opened(out, RUBRIC, "Teaching assistant 1") as marking, pytest.raises(MisuseError, match="can't be written"):
        marking.export(out / "no" / "answers.csv")


# What was ever given


def test_all_points_that_were_ever_given_are_listed(out):
    given(out, mark(1, "=by mail"), mark(1.5, over=0), mark(2))
    given(out, mark(1, student=HANGUL, answer="another"))
    with opened(out, RUBRIC, "Teaching assistant 1") as marking:
        rows = list(csv.DictReader(io.StringIO(marking.listed())))
    assert [row["state"] for row in rows] == ["replaced", "refused", "counts", "of another answer"]
    assert [row["points"] for row in rows] == ["1", "1.5", "2", "1"]
    assert (rows[0]["comment"], rows[0]["by"], rows[0]["from"]) == ("'=by mail", "Teaching assistant 1", "import")


def test_somebody_gives_points(out, monkeypatch):
    def fails():
        raise OSError

    monkeypatch.setattr("getpass.getuser", fails)
    with pytest.raises(MisuseError, match="--by NAME"):
        take(out, "", by=None)
