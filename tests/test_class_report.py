"""`hw1 report` makes everything again from the journal, and runs nothing."""

from __future__ import annotations

import json

import pytest

from autograder.answers.review import NAME as REVIEW
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.tables import CHANGED, GONE, opened, render_class, write_tables
from autograder.errors import MisuseError
from autograder.hw1.checks import CHECKS
from autograder.outcome import Outcome, Status
from autograder.report import Report, Written, make_report
from autograder.rubric import read_rubric

RUBRIC = read_rubric()


def report_of(student: str, **outcomes: Outcome) -> Report:
    """A report in which all passes but what *outcomes* names, by the check's id with ``_`` in the place of dots."""
    said = {check.id: Outcome(Status.PASSED) for check in CHECKS} | outcomes
    written = [Written(name, "An answer.") for name in RUBRIC.by_hand]
    return make_report(student, f"digest of {student}", CHECKS, said, RUBRIC, (), {"seed": "secret"}, (), written)


def graded(folder, *reports: Report, rubric: str = RUBRIC.digest):
    """A folder with the journal of a class, and nothing else."""
    folder.mkdir()
    with Journal(folder / NAME) as journal:
        journal.begin({"rubric": rubric}, {})
        for one in reports:
            journal.write(one.student, one.digest, "basis", "", one.to_json())
        journal.end()
    return folder


def rendered(folder):
    with opened(folder, RUBRIC) as (journal, reports):
        made = render_class(journal, reports)
        return made, write_tables(made, journal, reports)[0]


def files_of(folder) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith("journal.")}


def test_all_documents_come_back_from_the_journal_alone(tmp_path):
    out = graded(tmp_path / "out", report_of("20260001"), report_of("20260002"))
    rendered(out)
    made = files_of(out)
    assert {"20260001/report.json", "20260001/results.json", "20260002/feedback.txt"} <= set(made)
    assert {"grades.csv", "class.csv", "class.json", "index.html", REVIEW} == {name for name in made if "/" not in name}
    for name in made:
        (out / name).unlink()
    reports, written = rendered(out)
    assert ([one.student for one in reports], written) == (["20260001", "20260002"], out / "grades.csv")
    assert files_of(out) == made


def test_points_that_a_person_gave_come_into_the_documents(tmp_path):
    out = graded(tmp_path / "out", report_of("20260001"))
    rendered(out)
    review = json.loads((out / REVIEW).read_text())
    review["students"][0]["answers"][0] |= {"points": 1.5, "comment": "Short."}
    (out / REVIEW).write_text(json.dumps(review))
    ((report,), _) = rendered(out)
    assert report.earned == RUBRIC.automatic + 1.5
    assert json.loads((out / "20260001" / "report.json").read_text())["points"]["earned"] == RUBRIC.automatic + 1.5


def test_names_that_differ_in_capitals_alone_keep_their_own_folders(tmp_path):
    out = graded(tmp_path / "out", report_of("ANN"), report_of("ann"))
    rendered(out)
    students = {json.loads(path.read_text())["student"] for path in out.glob("*/report.json")}
    assert students == {"ANN", "ann"}


@pytest.mark.parametrize("rubric", [RUBRIC.digest, "another"])
def test_a_rubric_that_has_changed_since_is_said(rubric, tmp_path):
    out = graded(tmp_path / "out", report_of("20260001"), rubric=rubric)
    with opened(out, RUBRIC) as (journal, _):
        assert journal.remarks == ([] if rubric == RUBRIC.digest else [CHANGED])


def test_who_is_no_longer_among_the_hand_ins_stays_and_is_marked(tmp_path):
    out = graded(tmp_path / "out", report_of("20260001"), report_of("20260002"))
    with Journal(out / NAME) as journal:
        journal.mark_gone({"20260002": True})
    reports, _ = rendered(out)
    assert [one.remarks for one in reports] == [(), (GONE,)]
    assert GONE not in (out / "20260002" / "feedback.txt").read_text()


@pytest.mark.parametrize("there", ["nothing", "a folder", "an empty journal"])
def test_a_folder_without_grades_is_refused_and_left_as_it_is(there, tmp_path):
    out = tmp_path / "out"
    if there != "nothing":
        out.mkdir()
    if there == "an empty journal":
        Journal(out / NAME).close()
    sentence = "no hand-in is graded in" if there == "an empty journal" else f"has no {NAME}: name the folder"
    with pytest.raises(MisuseError, match=sentence):
        rendered(out)
    assert out.exists() == (there != "nothing")
    assert not out.exists() or not files_of(out)
