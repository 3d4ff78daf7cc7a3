"""Points of written answers live in the journal: review.json is a way to read them and to write to it, CSV another."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_review import JOURNAL, NAME, RUBRIC, answer_in, graded, line, report_of, reviewed, run_again

from autograder.answers.marks import IMPORTED, PAGE, Mark, Marks, digest_of
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal
from autograder.cohort.reviewing import take_over
from autograder.cohort.tables import opened, render_class, write_tables
from autograder.errors import MisuseError
from autograder.outcome import Status
from autograder.report import make_report

ITEM, STUDENT = "1.2-Q4", "20260001"
DIGEST = digest_of("Yes, clearly.")
__all__ = ["graded"]  # a fixture


@pytest.fixture(autouse=True)
def who(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "the-user")


def mark(points, comment="", source=IMPORTED, **about) -> Mark:
    about = {"student": STUDENT, "item": ITEM, "answer": DIGEST, "person": "Teaching assistant 1", **about}
    return Mark(points=points, comment=comment, source=source, **about)


def given(out, *marks):
    """Keep marks as another way than the file does."""
    with Journal(out / JOURNAL) as journal:
        return journal.mark(marks)


def marks_of(out):
    with Journal(out / JOURNAL) as journal:
        return [(one.points, one.comment, one.person, one.source, one.refused) for one in journal.marks()]


def report_again(out) -> list[str]:
    """What `hw1 report` does; what it remarks."""
    with opened(out, RUBRIC) as (journal, folder):
        write_tables(render_class(journal, folder), journal, folder)
        return list(journal.remarks)


def edited(out, **changes) -> None:
    """Change the entry of the answer in the file."""
    data = json.loads((out / NAME).read_text())
    for answer in data["students"][0]["answers"]:
        if answer["id"] == ITEM:
            answer |= changes
    (out / NAME).write_text(json.dumps(data))


# The file


def test_what_is_typed_into_the_file_is_in_the_journal_with_who_took_it_and_stands_in_the_file(graded):
    reviewed(graded, 1.5, "Say why.")
    run_again(graded, report_of())
    assert marks_of(graded) == [(1.5, "Say why.", "the-user", "review.json", False)]
    entry = answer_in(graded)
    assert (entry["points"], entry["comment"], entry["mark"]) == (1.5, "Say why.", 1)
    assert entry["by"].startswith("the-user, 20")
    before = (graded / NAME).read_bytes()
    run_again(graded, report_of())
    assert (len(marks_of(graded)), (graded / NAME).read_bytes()) == (1, before)


def test_a_lost_file_is_written_again_from_the_journal(graded):
    reviewed(graded, 1.5, "Say why.")
    run_again(graded, report_of())
    before = (graded / NAME).read_bytes()
    (graded / NAME).unlink()
    report_again(graded)
    assert (graded / NAME).read_bytes() == before


def test_every_change_is_kept_and_the_last_one_counts(graded):
    for points, comment in ((1, ""), (2, "right"), (None, ""), (0, "no")):
        reviewed(graded, points, comment)
        report_again(graded)
    assert [said[:2] for said in marks_of(graded)] == [(1, ""), (2, "right"), (None, ""), (0, "no")]
    assert line(run_again(graded, report_of())).points == 0


def test_a_folder_from_before_there_was_a_journal_is_taken_over_once_with_what_is_stale(graded):
    reviewed(graded, 1.5, "Say why.")
    edited(graded, stale={"points": 2, "comment": "before"})
    (graded / JOURNAL).unlink()
    for _ in range(2):
        run_again(graded, report_of("20260002"))  # who is not graded again keeps what stands there
        assert [said[:2] for said in marks_of(graded)] == [(2, "before"), (1.5, "Say why.")]
    report = run_again(graded, report_of(answer="Another answer."))
    assert line(report).status is Status.BY_HAND
    students = {one["student"]: one["answers"] for one in json.loads((graded / NAME).read_text())["students"]}
    (entry,) = (one for one in students[STUDENT] if one["id"] == ITEM)
    assert (entry["points"], entry["stale"]) == (None, {"points": 1.5, "comment": "Say why."})
    assert line(run_again(graded, report_of())).points == 1.5


def test_a_comment_alone_is_kept_and_the_answer_waits(graded):
    reviewed(graded, None, "ask Kim")
    assert line(run_again(graded, report_of())).status is Status.BY_HAND
    assert answer_in(graded)["comment"] == "ask Kim"


def test_a_kill_between_journal_and_file_loses_nothing_and_takes_nothing_twice(graded):
    reviewed(graded, 1.5, "Say why.")
    with Journal(graded / JOURNAL) as journal:
        assert take_over(journal, ReportFolder(graded, RUBRIC))  # and the file is not written any more
    with Journal(graded / JOURNAL) as journal:
        assert not take_over(journal, ReportFolder(graded, RUBRIC))
    reviewed(graded, 2, "Right.")  # in the file of before
    assert report_again(graded) == []
    assert [said[:2] for said in marks_of(graded)] == [(1.5, "Say why."), (2, "Right.")]
    assert answer_in(graded)["points"] == 2


def test_points_in_a_file_whose_journal_is_lost_come_back(graded):
    reviewed(graded, 1.5, "Say why.")
    run_again(graded, report_of())
    (graded / JOURNAL).unlink()
    assert line(run_again(graded, report_of())).points == 1.5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": "0" * 16}, r"20260001, 1\.2-Q4: no answer of theirs has the digest '0{16}'"),
        ({"digest": ""}, r"20260001, 1\.2-Q4: nobody is asked for points there"),
        ({"id": "9.9"}, r"20260001, 9\.9: no answer of theirs"),
        ({"id": "1.1-E1"}, r"20260001, 1\.1-E1 is there twice"),
    ],
)
def test_an_entry_that_fits_nothing_is_named_and_nothing_is_taken(graded, changes, said):
    reviewed(graded, 1, item="1.2-Q5")
    edited(graded, points=1, **changes)
    before = (graded / NAME).read_bytes()
    with pytest.raises(MisuseError, match=said):
        report_again(graded)
    assert (marks_of(graded), (graded / NAME).read_bytes()) == ([], before)


def test_a_student_whom_nobody_knows_is_named(graded):
    data = json.loads((graded / NAME).read_text())
    (student,) = data["students"]
    data["students"].append({**student, "student": "20269999"})
    data["students"][1]["answers"] = [{**student["answers"][0], "points": 1}]
    (graded / NAME).write_text(json.dumps(data))
    with pytest.raises(MisuseError, match=r"20269999, .*: there is no report of this student\. Nothing was taken"):
        report_again(graded)
    data["students"][1]["student"] = STUDENT
    (graded / NAME).write_text(json.dumps(data))
    with pytest.raises(MisuseError, match="20260001 is there twice"):
        report_again(graded)


def test_points_for_an_answer_of_before_are_kept_as_stale(graded):
    old = (graded / NAME).read_text()
    run_again(graded, report_of(answer="Another answer."))
    (graded / NAME).write_text(old)  # in somebody's editor all the time
    reviewed(graded, 2, "right")
    report_again(graded)
    assert answer_in(graded)["stale"] == {"points": 2.0, "comment": "right"}
    assert answer_in(graded)["points"] is None


# Two at once


def test_points_that_the_file_did_not_show_are_not_written_over_and_both_are_shown(graded):
    given(graded, mark(1.5, "by mail"))
    reviewed(graded, 2, "right")
    (remark,) = report_again(graded)
    assert "review.json: 20260001, 1.2-Q4: 2 points are not taken, since 1.5 points were given" in remark
    assert "(Teaching assistant 1, 20" in remark
    entry = answer_in(graded)
    assert (entry["points"], entry["comment"]) == (1.5, "by mail")
    refused = entry["refused"]
    assert (refused["points"], refused["comment"]) == (2, "right")
    assert marks_of(graded)[1:] == [(2, "right", "the-user", "review.json", True)]
    assert report_again(graded) == []  # said once, and it stays there
    assert answer_in(graded)["refused"] == refused
    reviewed(graded, 2, "right")  # now that both were seen
    assert report_again(graded) == []
    assert (answer_in(graded)["points"], "refused" in answer_in(graded)) == (2, False)


def test_what_was_refused_before_a_kill_is_not_refused_twice(graded):
    given(graded, mark(1.5))
    reviewed(graded, 2)
    for count in (2, 2):
        with Journal(graded / JOURNAL) as journal:
            take_over(journal, ReportFolder(graded, RUBRIC))
        assert len(marks_of(graded)) == count


def test_what_the_file_says_as_others_do_is_no_conflict(graded):
    given(graded, mark(1.5, "by mail"))
    reviewed(graded, 1.5, "by mail")
    assert (report_again(graded), len(marks_of(graded))) == ([], 1)


def test_of_what_the_file_shows_the_last_word_is_the_files(graded):
    given(graded, mark(1.5, "by mail"))
    report_again(graded)
    assert answer_in(graded)["points"] == 1.5
    for points in (2, 1):
        old = (graded / NAME).read_text()
        reviewed(graded, points)
        report_again(graded)
        assert answer_in(graded)["points"] == points
    (graded / NAME).write_text(old)  # an editor that did not load what the command wrote
    reviewed(graded, 0.5)
    assert (report_again(graded), answer_in(graded)["points"]) == ([], 0.5)


def test_a_mark_over_another_one_than_the_last_is_kept_as_refused(graded):
    first, second = (given(graded, mark(points, source=PAGE, over=0))[0] for points in (1, 2))
    assert (first.refused, second.refused) == (False, True)
    (third,) = given(graded, mark(2, source=PAGE, over=first.id))
    assert not third.refused
    with Journal(graded / JOURNAL) as journal:
        marks = Marks(journal.marks())
    about = STUDENT, ITEM, DIGEST
    assert (marks.on(*about), marks.refused(*about)) == (third, None)
    assert list(marks.history(*about)) == [first, second, third]


def test_of_many_who_mark_one_answer_at_once_one_is_taken(graded):
    with Journal(graded / JOURNAL) as journal, ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: journal.mark([mark(number / 8, source=PAGE, over=0)])[0], range(16)))
        assert sum(not one.refused for one in kept) == 1
        assert sorted(one.id for one in kept) == [one.id for one in journal.marks()]


def test_marks_survive_a_hand_in_on_which_the_kit_failed(graded):
    given(graded, mark(2))
    run_again(graded, make_report(STUDENT, "digest", (), {}, RUBRIC, ("The kit failed",), {"seed": "secret"}))
    (graded / NAME).unlink()
    report_again(graded)
    assert answer_in(graded)["stale"] == {"points": 2.0, "comment": ""}
    assert line(run_again(graded, report_of())).points == 2


def test_half_a_character_is_no_reason_to_stop(graded):
    reviewed(graded, 1, "\ud83d")
    assert line(run_again(graded, report_of())).reason == "?"
