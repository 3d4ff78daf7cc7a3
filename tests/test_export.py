"""What goes back to Canvas, Moodle and Gradescope is read as their importers read it, and nobody is guessed."""

from __future__ import annotations

import csv
import io
import re
import tarfile
import zipfile

import pytest

from autograder.cohort.export import export
from autograder.cohort.folder import ReportFolder
from autograder.cohort.lms import packed_as
from autograder.cohort.roster import read_roster
from autograder.errors import MisuseError
from autograder.hw1.checks import CHECKS
from autograder.ingest.layouts import part_of
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.submission import Owner

RUBRIC = read_rubric()
HANGUL, FORMULA = "학생 가", "=HYPERLINK(1)"
PEOPLE = {
    "20260001": Owner(
        HANGUL,
        "a@example.org",
        {"canvas": "501", "moodle": "1000001"},
        ("studenta_501_9001_hw1-20260001.tar.gz",),
        listed=True,
        sure=True,
    ),
    "20260002": Owner(
        FORMULA,
        "@b",
        {"canvas": "502", "moodle": "1000002", "gradescope": "77"},
        ("studentb_LATE_502_9002_vgg.py", "studentb_LATE_502_9003_hw1-1.ipynb"),
    ),
    "20260003": Owner("Under_Score ../x", "", {"canvas": "503", "moodle": "1000003"}, ("s_503_9004_report.pdf",)),
    "20260004": Owner("Student D", numbers={"canvas": "", "moodle": ""}),
}
MATCHED = ["20260001", "20260002", "20260003"]


def report_of(student: str):
    passed = {check.id: Outcome(Status.PASSED) for check in CHECKS[: -int(student[-1])]}
    rest = {check.id: Outcome(Status.FAILED, "It differs.") for check in CHECKS[-int(student[-1]) :]}
    return make_report(student, "digest", CHECKS, passed | rest, RUBRIC, (), {"seed": "secret"})


REPORTS = [report_of(student) for student in (*PEOPLE, "20260005")]
GRADES = [f"{report.earned:g}" for report in REPORTS]


@pytest.fixture
def exported(tmp_path):
    """Exports the class; what was said of it, and the files by name."""

    def exported(system, people=PEOPLE, **how):
        folder = ReportFolder(tmp_path / "out", RUBRIC)
        made = export(system, REPORTS, people, folder, RUBRIC, **how)
        return made, {path.name: path.read_bytes() for path in made.paths}

    return exported


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"))))


def files_in(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_canvas_finds_each_student_by_its_number_and_the_assignment_by_its_name(exported, tmp_path):
    _, files = exported("canvas", assignment="Homework 1 (4711)")
    head, possible, *rows = rows_of(files["canvas.csv"])
    # As its importer asks: who stands first, where the students' columns end, what is possible, the number by ID.
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert re.search(r"SIS\s+User\s+ID", head[2])
    assert re.search(r"SIS\s+Login\s+ID", head[3])
    assert (head[4], head[5:]) == ("Section", ["Homework 1 (4711)"])
    assert ("Points Possible" in possible[0], possible[5]) == (True, "100")
    assert [row[1] for row in rows] == ["501", "502", "503"]
    assert [row[5] for row in rows] == GRADES[:3]
    assert [row[0] for row in rows] == [HANGUL, f"'{FORMULA}", "Under_Score ../x"]
    assert [row[2] for row in rows] == ["20260001", "", ""]  # only who the roster names
    (tmp_path / "roster.csv").write_bytes(
        files["canvas.csv"].replace(b"502,,", b"502,20260002,").replace(b"503,,", b"503,20260003,")
    )
    roster = read_roster(tmp_path / "roster.csv")  # which takes Canvas's gradebook, too
    assert [one.numbers["canvas"] for one in roster.students.values()] == ["501", "502", "503"]


def test_canvas_gets_the_feedback_under_the_names_of_its_download(exported):
    made, files = exported("canvas")
    found = files_in(files["canvas-feedback.zip"])
    assert list(found) == ["studenta_501_9001_hw1-20260001.tar.gz", "studentb_LATE_502_9002_vgg.py"]
    # its importer takes the first two parts that are numbers, the user's and the attachment's
    assert [re.findall("(?<=_)[0-9]+(?=_)", name)[:2] for name in found] == [["501", "9001"], ["502", "9002"]]
    assert [part_of(name, False).person.number for name in found] == ["501", "502"]
    archive, text = found.values()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        assert tar.getnames() == ["feedback.txt", "feedback.html"]
        assert b"20260001" in tar.extractfile("feedback.txt").read()
    assert b"20260002" in text
    assert any("not in canvas-feedback.zip: 20260003; no file of theirs" in remark for remark in made.remarks)


def test_without_canvas_s_download_there_is_no_zip_for_it_and_that_is_said(exported):
    people = {name: Owner(numbers=owner.numbers) for name, owner in PEOPLE.items()}
    made, files = exported("canvas", people)
    assert "canvas-feedback.zip" not in files
    assert any("not in canvas-feedback.zip: 20260001, 20260002" in remark for remark in made.remarks)


def test_moodle_finds_each_participant_and_takes_grade_and_comment(exported):
    _, files = exported("moodle")
    head, *rows = rows_of(files["moodle.csv"])
    place = {name: head.index(name) for name in ("Identifier", "Grade", "Last modified (grade)", "Feedback comments")}
    assert all(index > 0 for name, index in place.items() if name != "Identifier")
    numbers = [row[place["Identifier"]][len("Participant ") :] for row in rows]
    assert numbers == ["1000001", "1000002", "1000003"]
    assert [row[place["Grade"]] for row in rows] == GRADES[:3]
    assert [row[1] for row in rows] == [HANGUL, f"'{FORMULA}", "Under_Score ../x"]
    assert [row[2] for row in rows] == ["a@example.org", "'@b", ""]
    assert all(
        f"{grade} points earned" in row[place["Feedback comments"]] for row, grade in zip(rows, GRADES, strict=False)
    )


def test_moodle_gets_a_feedback_file_for_each_participant(exported):
    _, files = exported("moodle")
    found = files_in(files["moodle-feedback.zip"])
    taken = {}
    for path, data in found.items():
        folder, name = path.split("/")
        info = folder.split("_", 4)  # as its importer takes the folder's name apart
        assert (info[2], info[3]) == ("assignsubmission", "file")
        assert name in ("feedback.txt", "feedback.html")
        assert part_of(folder, True).person.number == info[1]
        taken[info[1]] = data
    assert sorted(taken) == ["1000001", "1000002", "1000003"]
    assert all(student.encode() in taken[PEOPLE[student].numbers["moodle"]] for student in MATCHED)
    assert f"{HANGUL}_1000001_assignsubmission_file_/feedback.txt" in found


def test_gradescope_s_table_has_a_column_a_check_and_only_who_is_known(exported):
    made, files = exported("gradescope")
    rows = list(csv.DictReader(io.StringIO(files["gradescope.csv"].decode("utf-8"))))
    assert [row["Name"] for row in rows] == [HANGUL, f"'{FORMULA}"]
    assert [(row["SID"], row["Email"], row["Submission ID"]) for row in rows] == [
        ("20260001", "a@example.org", ""),
        ("", "'@b", "77"),
    ]
    assert [row["Total Score"] for row in rows] == GRADES[:2]
    assert {row["Max Points"] for row in rows} == {"100"}
    assert {row["Status"] for row in rows} == {"Ungraded"}  # the written answers wait
    scores = [value for name, value in rows[0].items() if name.endswith(" pts)")]
    assert len(scores) == len(RUBRIC.all_points)
    assert f"{sum(float(score or 0) for score in scores):g}" == GRADES[0]
    assert set(made.left_out) == {"20260003", "20260004", "20260005"}


@pytest.mark.parametrize("system", ["canvas", "moodle"])
def test_who_cannot_be_matched_is_listed_with_why(system, exported):
    made, files = exported(system)
    assert rows_of(files[f"{system}-left-out.csv"]) == [["student", "why"], *map(list, made.left_out.items())]
    assert set(made.left_out) == {"20260004", "20260005"}
    assert all(f"give a roster with {system}_id" in why for why in made.left_out.values())
    assert "left out: 20260004, 20260005" in made.remarks
    assert any(remark.startswith("3 of 3 have points that nobody has decided yet") for remark in made.remarks)


def test_a_number_that_two_students_have_is_nobody_s(exported):
    people = PEOPLE | {"20260002": Owner(numbers={"moodle": "1000001"})}
    made, files = exported("moodle", people)
    assert [row[0] for row in rows_of(files["moodle.csv"])[1:]] == ["Participant 1000003"]
    assert "another student has the number 1000001 there, too" in made.left_out["20260001"]


@pytest.mark.parametrize(
    ("system", "people", "sentence"),
    [
        ("blackboard", PEOPLE, "--export must be one of canvas, moodle, gradescope, not blackboard"),
        ("moodle", {}, "nobody of the class is known in Moodle: run hw1 grade with --roster once"),
    ],
)
def test_what_cannot_be_exported_is_refused(system, people, sentence, exported):
    with pytest.raises(MisuseError, match=sentence):
        exported(system, people)


@pytest.mark.parametrize(
    "suffix", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz", ".TAR.GZ"]
)
def test_feedback_is_packed_as_the_file_was(suffix):
    given = {"feedback.txt": b"text", "feedback.html": b"<!doctype html>"}
    data = packed_as(f"s_1_2_hw1{suffix}", given)
    assert data == packed_as(f"s_1_2_hw1{suffix}", given)
    if suffix == ".zip":
        assert files_in(data) == given
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            assert {name: tar.extractfile(name).read() for name in tar.getnames()} == given


@pytest.mark.parametrize("name", ["s_1_2_report.pdf", "s_1_2_hw1-1.ipynb", "s_1_2_\udcff.py"])
def test_what_can_hold_no_text_gets_none(name):
    assert packed_as(name, {"feedback.txt": b"text"}) is None
