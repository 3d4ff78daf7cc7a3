"""Written answers: gathered with what was measured beside them, and points that people give come back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from autograder.answers.collect import written_answers
from autograder.answers.marks import digest_of
from autograder.answers.review import NAME
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.journal import Journal
from autograder.cohort.reviewing import take_over
from autograder.cohort.tables import render_class, write_tables
from autograder.errors import MisuseError
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import Report, Written, make_report
from autograder.rubric import read_rubric
from autograder.submission import Submission

RUBRIC = read_rubric()


def report_of(student="20260001", answer="Yes, clearly.", item="1.2-Q4") -> Report:
    written = [Written(name, answer if name == item else "", ("Exp1: 23,860 parameters",)) for name in RUBRIC.by_hand]
    return make_report(student, "digest", (), {}, RUBRIC, (), {"seed": "secret"}, (), written)


def line(report: Report, item: str = "1.2-Q4") -> Outcome:
    return next(one.outcome for one in report.lines if one.id == item)


def reviewed(folder, points, comment="", student="20260001", item="1.2-Q4") -> None:
    """Write points into the review file as a person does."""
    data = json.loads((folder / NAME).read_text())
    for one in data["students"]:
        for answer in one["answers"]:
            if (one["student"], answer["id"]) == (student, item):
                answer |= {"points": points, "comment": comment}
    (folder / NAME).write_text(json.dumps(data))


def run_again(out, *reports: Report) -> Report:
    """What `hw1 grade` does when these are the reports; the first one with what people gave."""
    folder = ReportFolder(out, RUBRIC)
    with Journal(out / JOURNAL) as journal:
        take_over(journal, folder)
        journal.begin({"rubric": RUBRIC.digest}, {})
        for one in reports:
            journal.write(one.student, one.digest, "basis", "", one.to_json())
        made = render_class(journal, folder)
        write_tables(made, journal, folder)
    return next(one for one in made if one.student == reports[0].student)


@pytest.fixture
def graded(tmp_path):
    """A folder in which one student's answers wait for a person."""
    run_again(tmp_path / "out", report_of())
    return tmp_path / "out"


def test_all_answers_wait_for_a_person_with_what_was_measured_beside_them(graded):
    data = json.loads((graded / NAME).read_text())
    assert set(data["items"]) == {*RUBRIC.by_hand, "1.2-Q11"}
    (student,) = data["students"]
    answers = {answer["id"]: answer for answer in student["answers"]}
    assert answers["1.2-Q4"]["answer"] == "Yes, clearly."
    assert answers["1.2-Q4"]["beside"] == ["Exp1: 23,860 parameters"]
    assert all(answer["points"] is None for answer in answers.values())


def test_points_and_comment_come_back_into_every_document(graded):
    reviewed(graded, 1.5, "Say why.")
    report = run_again(graded, report_of())
    assert (line(report).status, line(report).points, line(report).reason) == (Status.MARKED, 1.5, "Say why.")
    assert report.earned == 1.5
    assert report.lost >= 0.5
    assert report.by_hand == sum(item.points for item in RUBRIC.by_hand.values()) - 2
    assert "Say why." in (graded / "20260001" / "feedback.txt").read_text()
    test = next(t for t in json.loads((graded / "20260001" / "results.json").read_text())["tests"] if "Q4" in t["name"])
    assert (test["score"], test["max_score"]) == (1.5, 2)
    assert "status" not in test
    header, _, row = (text.split(",") for text in (graded / "grades.csv").read_text().splitlines()[:3])
    assert row[header.index("1.2-Q4")] == "1.5"


def test_points_belong_to_the_answer_that_was_read(graded):
    reviewed(graded, 2)
    report = run_again(graded, report_of(answer="Another answer."))
    assert line(report).status is Status.BY_HAND
    entry = json.loads((graded / NAME).read_text())["students"][0]["answers"]
    changed = next(one for one in entry if one["id"] == "1.2-Q4")
    assert changed["points"] is None
    assert changed["stale"] == {"points": 2.0, "comment": ""}
    assert line(run_again(graded, report_of())).points == 2  # the one that was read is back


def test_students_who_are_not_in_a_run_stay_in_the_file(graded):
    reviewed(graded, 2)
    run_again(graded, report_of("20260002"))
    students = {one["student"]: one for one in json.loads((graded / NAME).read_text())["students"]}
    assert set(students) == {"20260001", "20260002"}
    assert any(answer["points"] == 2 for answer in students["20260001"]["answers"])


def test_points_that_are_given_while_a_run_is_under_way_stand_in_its_reports(graded):
    folder = ReportFolder(graded, RUBRIC)
    with Journal(graded / JOURNAL) as journal:
        made = render_class(journal, folder)
        reviewed(graded, 1)
        write_tables(made, journal, folder)
    assert json.loads((graded / "20260001" / "report.json").read_text())["points"]["earned"] == 1
    assert answer_in(graded)["points"] == 1


def test_points_that_are_taken_back_wait_again(graded):
    reviewed(graded, 2)
    assert line(run_again(graded, report_of())).points == 2
    reviewed(graded, None)
    again = run_again(graded, report_of())
    assert line(again).status is Status.BY_HAND
    assert again.earned == 0


@pytest.mark.parametrize("points", [-1, 2.5, "2", True, [1], float("nan")])
def test_points_that_there_are_not_are_named(graded, points):
    reviewed(graded, points)
    with pytest.raises(MisuseError, match=r"20260001, 1\.2-Q4: points must be a number from 0 to 2"):
        run_again(graded, report_of())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 2}', '{"format": 1}', '{"format": 1, "students": [{}]}', "\xff"]
)
def test_a_damaged_review_file_is_never_overwritten(graded, text):
    (graded / NAME).write_text(text, encoding="latin-1")
    with pytest.raises(MisuseError, match=NAME):
        run_again(graded, report_of())
    assert (graded / NAME).read_text(encoding="latin-1") == text


def test_a_report_with_answers_survives_json_and_one_without_is_read():
    report = report_of()
    data = json.loads(json.dumps(report.to_json()))
    assert Report.from_json(data) == report
    del data["written"], data["claims"], data["told"]
    assert Report.from_json(data).written == ()


def test_the_solutions_answers_have_their_numbers_beside_them(check_folder, tmp_path):
    report = check_folder(tmp_path, {})
    written = {one.id: one for one in report.written}
    assert set(written) == set(RUBRIC.by_hand)
    assert "sigmoid" in written["1.2-Q4"].answer
    beside = written["1.2-Q4"].beside
    assert [text.partition(":")[0] for text in beside] == ["Exp1", "Exp2"]
    assert "23,860 parameters" in beside[0]
    assert "passed" in beside[0]
    assert written["1.2-Q7"].beside == ()
    assert "20,365,002 parameters" in written["2.2-E3"].beside[0]


def test_an_answer_is_shown_without_what_is_invisible_and_cut(check_folder, tmp_path):
    text = "## Q4: x\n\nfirst\x1b[31m\u202eline\nsecond\n\n## Q5: y\n\n" + "z" * 50_000
    report = check_folder(tmp_path, {"answers.md": text})
    written = {one.id: one for one in report.written}
    assert written["1.2-Q4"].answer == "first[31mline\nsecond"
    assert len(written["1.2-Q5"].answer) == 20_000
    assert digest_of("a") != digest_of("b")


def test_a_hand_in_without_answers_has_empty_ones(check_folder, tmp_path):
    report = check_folder(tmp_path, {"answers.md": None})
    assert {one.answer for one in report.written} == {""}


def test_a_formula_that_nobody_can_read_waits_for_a_person_and_gets_its_points(check_folder, tmp_path):
    text = "## Q11: x\n\nA bit smaller than the input, depending on the filter and the stride.\n"
    report = check_folder(tmp_path, {"answers.md": text})
    assert line(report, "1.2-Q11").status is Status.UNSETTLED
    assert "A bit smaller" in next(one.answer for one in report.written if one.id == "1.2-Q11")
    run_again(tmp_path / "out", report)
    reviewed(tmp_path / "out", 1, student=report.student, item="1.2-Q11")
    marked = run_again(tmp_path / "out", report)
    assert (line(marked, "1.2-Q11").status, marked.earned) == (Status.MARKED, report.earned + 1)


def test_a_formula_that_can_be_read_waits_for_nobody(check_folder, tmp_path):
    assert "1.2-Q11" not in {one.id for one in check_folder(tmp_path, {}).written}


def in_a_report(documents: str, answer: str = "", item: str = "1.2-Q4") -> Report:
    """A report whose answer may stand in documents of that digest."""
    said = "not in answers.md; report.pdf has 9 pages, 14,000 letters" if documents else ""
    written = [Written(name, answer if name == item else "", (), said, documents) for name in RUBRIC.by_hand]
    return make_report("20260001", "digest", (), {}, RUBRIC, (), {"seed": "secret"}, (), written)


def answer_in(folder, item: str = "1.2-Q4") -> dict:
    (student,) = json.loads((folder / NAME).read_text())["students"]
    return next(one for one in student["answers"] if one["id"] == item)


def test_points_for_an_answer_in_a_report_belong_to_that_report_and_stay_as_stale(tmp_path):
    folder = tmp_path / "out"
    run_again(folder, in_a_report("one"))
    reviewed(folder, 2, "read in report.pdf")
    assert line(run_again(folder, in_a_report("one"))).points == 2
    stale = {"points": 2.0, "comment": "read in report.pdf"}
    for documents in ("two", "two", "three", ""):  # replaced, graded again, replaced again, gone
        report = run_again(folder, in_a_report(documents))
        assert line(report).status is Status.BY_HAND
        assert "read in" not in (folder / "20260001" / "feedback.txt").read_text()
        assert (answer_in(folder)["points"], answer_in(folder)["stale"]) == (None, stale)
    reviewed(folder, 1)
    assert line(run_again(folder, in_a_report(""))).points == 1
    assert "stale" not in answer_in(folder)
    assert line(run_again(folder, in_a_report("one"))).points == 2  # for these bytes they were given


def test_an_empty_answer_beside_a_report_says_so_to_staff_and_student(tmp_path):
    folder = tmp_path / "out"
    report = run_again(folder, in_a_report("one"))
    assert answer_in(folder)["elsewhere"] == "not in answers.md; report.pdf has 9 pages, 14,000 letters"
    assert "not in answers.md; report.pdf has 9 pages" in (folder / "20260001" / "feedback.txt").read_text()
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_points_for_what_nobody_is_asked_for_any_more_stay_as_stale(tmp_path):
    folder = tmp_path / "out"
    first = in_a_report("one")
    more = replace(first, written=(*first.written, Written("1.2-Q11", "", (), "elsewhere", "one")))
    run_again(folder, more)
    reviewed(folder, 2, "right", item="1.2-Q11")
    for _ in range(2):
        run_again(folder, first)
        assert answer_in(folder, "1.2-Q11")["stale"] == {"points": 2.0, "comment": "right"}
    run_again(folder, more)
    assert answer_in(folder, "1.2-Q11")["points"] == 2


def test_a_hand_in_on_which_the_kit_failed_keeps_the_points_in_the_file(graded):
    reviewed(graded, 2)
    failed = make_report("20260001", "digest", (), {}, RUBRIC, ("The kit failed",), {"seed": "secret"})
    run_again(graded, failed)
    assert answer_in(graded)["points"] == 2
    assert line(run_again(graded, report_of())).points == 2


@pytest.mark.parametrize(
    ("answer", "tied"),
    [("", True), ("See my report.", True), ("보고서에 있습니다.", True), ("Yes, clearly better.", False)],
)
def test_an_answer_that_stands_in_a_report_is_tied_to_its_bytes(answer, tied, launcher, recording, tmp_path):
    kit, digests = Kit(launcher=launcher, recorded=lambda: recording, scratch=tmp_path), []
    for data in (b"%PDF-1.4 one", b"%PDF-1.4 two"):
        pdf = tmp_path / f"{len(digests)}.pdf"
        pdf.write_bytes(data)
        files = {"answers.md": f"## Q4\n\n{answer}\n".encode()}
        one = Submission("20260001", files, documents={"report.pdf": pdf}, lengths={"report.pdf": "9 pages, 7 letters"})
        written = next(each for each in written_answers(kit.case(one)) if each.id == "1.2-Q4")
        digests.append(digest_of(written.answer, written.documents))
        assert bool(written.elsewhere) == (not answer)
        if not answer:
            assert written.elsewhere == "not in answers.md; report.pdf has 9 pages, 7 letters"
    assert (digests[0] != digests[1]) == tied
