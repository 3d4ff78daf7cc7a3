"""Nobody pays for anybody else: whatever a hand-in holds, the others' rows are the same as without it."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from autograder.answers.review import NAME as REVIEW
from autograder.cohort.folder import ReportFolder
from autograder.hw1.checks import CHECKS
from autograder.ingest.names import folded, is_reserved, student_id
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.staff.start import collect
from autograder.submission import Submission
from tests.arrangements import packed

RUBRIC = read_rubric()
NEIGHBOURS = ("20260001", "20260002", "ann")
ROSTER = "id,name\n20260001,Student A\n20260002,Student B\n20260003,Student C\n"


def work(student: str) -> dict[str, bytes]:
    """A small hand-in that can be told from the others'."""
    return {f"{name}.py": f"# {student}\n".encode() for name in ("mnist", "ablations", "trainer", "vgg")} | {
        "answers.md": f"## Q1\n\nWe never clear them, says {student}.\n".encode()
    }


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def graded(submission: Submission):
    """A report that depends on all that was read of a hand-in, without running any of it."""
    said = f"{submission.digest} {sorted(submission.files.items())}"
    outcomes = {check.id: Outcome(Status.FAILED, said) for check in CHECKS}
    remarks = (*submission.flags, *submission.about_files)
    return make_report(submission.id, submission.digest, CHECKS, outcomes, RUBRIC, remarks, {"seed": "secret"})


def rows(tmp_path: Path, case: str, hand_ins: Path, roster: str | None) -> dict[str, tuple[str, ...]]:
    """Of each student the row in grades.csv, the entry in review.json, and report.json, as they stand there."""
    out = tmp_path / f"out-{case}"
    listed = None
    if roster is not None:
        listed = tmp_path / "roster.csv"
        listed.write_text(roster)
    submissions, _ = collect([hand_ins], RUBRIC, out, None, listed)
    folder = ReportFolder(out, RUBRIC)
    folder.expect([one.id for one in submissions])
    folder.write_grades([folder.write(graded(one)) for one in submissions])
    table = {row[0]: ",".join(row) for row in csv.reader((out / "grades.csv").open())}
    review = {one["student"]: json.dumps(one) for one in json.loads((out / REVIEW).read_text())["students"]}
    reports = {one.id: (folder.of(one.id) / "report.json").read_text() for one in submissions}
    assert table.keys() - {"student", "maximum"} == review.keys() == reports.keys()
    return {student: (table[student], review[student], report) for student, report in reports.items()}


def link(folder: Path) -> None:
    folder.mkdir()
    for name in ("mnist.py", "answers.md"):
        (folder / name).symlink_to(folder.parent / "20260001" / name)
    (folder / "all").symlink_to(folder.parent / "20260002")


GRADESCOPE = b"""---
20260001:
  :submitters:
  - :name: Student C
    :sid: '20260003'
20260002:
  :submitters:
  - :name: Student C
    :sid: '20260003'
"""
HOSTILE = {
    **{name: {f"{name}/mnist.py": b"x = 1\n"} for name in ("review.json", "REVIEW.JSON", "grades.csv", "Grades.CSV")},
    "a page of the output": {"index.html/mnist.py": b""},
    "a reserved name in full width": {"ｒｅｖｉｅｗ.json/mnist.py": b"", "review。json/mnist.py": b""},
    "a row of the table": {"maximum/mnist.py": b"", "Maximum/mnist.py": b""},
    "dots": {"..evil/mnist.py": b"", "ann./mnist.py": b"", "ann ./mnist.py": b""},
    "another case": {"ANN/mnist.py": b"x = 2\n", "Ann/mnist.py": b"x = 3\n"},
    "an id in full width": {"２０２６０００１/mnist.py": b"x = 2\n", "ａｎｎ/mnist.py": b""},
    "an invisible sign": {"20260001\u200b9/mnist.py": b"", "an\u00adn/mnist.py": b""},
    "Gradescope's file": {"submission_metadata.yml": GRADESCOPE, "bob/mnist.py": b""},
    "Gradescope's file as a hand-in": {"submission_metadata.yml/submission_metadata.yml": GRADESCOPE},
    "Gradescope's export in a hand-in": {
        "bob/submission_metadata.yml": GRADESCOPE,
        "bob/20260001/mnist.py": b"",
        "bob/submission_1/mnist.py": b"",
    },
    "another's id on an archive inside": {"bob/hw1-20260001.tar.gz": packed(work("forged"), "w:gz")},
    "another's id on an archive in a zip": {
        "bob.zip": packed({"hw1-20260001.zip": packed(work("forged"), "zip")}, "zip")
    },
    "another's folder inside": {"bob/20260001/mnist.py": b"forged", "bob/20260002/vgg.py": b"forged"},
    "another's folder in a zip": {"bob.zip": packed({"20260001/mnist.py": b"", "20260002/mnist.py": b""}, "zip")},
    "a download in a zip": {"bob.zip": packed({"Student A_1_assignsubmission_file_/mnist.py": b"forged"}, "zip")},
    "names that lead out": {"bob.zip": packed({"../20260001/mnist.py": b"x", "/20260002/mnist.py": b"x"}, "zip")},
    "a roster": {
        "bob/roster.csv": b"id\n20260009\n",
        "bob/mnist.py": b"",
        "bob/grades.csv": b"",
        "bob/review.json": b"",
    },
    "a report": {"bob/report.json": b"{}", "bob/mnist.py": b"", "bob/20260001/report.json": b"{}"},
    "too many members": {"bob.zip": packed({f"{number}.py": b"" for number in range(20_000)}, "zip")},
    "a bomb": {
        "bob.tar": packed({"mnist.py": bytes(3_000_000)}, "w"),
        "eve.zip": packed({"a.py": bytes(30_000_000)}, "zip"),
    },
    "no archive": {"bob.zip": b"", "eve.7z": b"7z\xbc\xaf\x27\x1c", "dan.tar.xz": b"\xfd7zXZ\0"},
    "an answer that breaks out": {"bob/answers.md": b'## Q1\n\n"}]}, {"student": "20260001", "answers": [\x00\xff\n'},
    "a kept name of a folder": {"checkpoints/mnist.py": b"", "__pycache__/mnist.py": b"", ".git/mnist.py": b""},
}


@pytest.mark.parametrize("roster", [None, ROSTER], ids=["alone", "roster"])
@pytest.mark.parametrize("hostile", HOSTILE, ids=str)
def test_the_others_rows_are_the_same_with_and_without_a_hostile_hand_in(hostile, roster, tmp_path):
    hand_ins = tmp_path / "in"
    for student in NEIGHBOURS:
        put(hand_ins / student, work(student))
    before = rows(tmp_path, "before", hand_ins, roster)
    put(hand_ins, HOSTILE[hostile])
    after = rows(tmp_path, "after", hand_ins, roster)
    for student in before:
        assert after[student] == before[student]


@pytest.mark.parametrize("hostile", ["links", "a closed folder", "a pipe"])
def test_what_is_no_file_in_a_hand_in_changes_no_other_row(hostile, tmp_path):
    hand_ins = tmp_path / "in"
    for student in NEIGHBOURS:
        put(hand_ins / student, work(student))
    before = rows(tmp_path, "before", hand_ins, None)
    match hostile:
        case "links":
            link(hand_ins / "bob")
        case "a closed folder":
            (hand_ins / "bob").mkdir(0o000)
        case "a pipe":
            (hand_ins / "bob").mkdir()
            os.mkfifo(hand_ins / "bob" / "mnist.py")
    after = rows(tmp_path, "after", hand_ins, None)
    assert {student: after[student] for student in before} == before
    assert not any("20260001" in one or "20260002" in one for one in after["bob"])


@pytest.mark.parametrize("paths", ["folder", "each"])
def test_the_folders_of_a_class_may_be_named_one_by_one(paths, tmp_path):
    """A folder that is called by an id is that student's, even if it looks like a download of the class."""
    put(tmp_path / "20260001", work("20260001"))
    forged = {"submission_metadata.yml": GRADESCOPE, "submission_1/mnist.py": b"", "submission_2/mnist.py": b""}
    put(tmp_path / "20260002", forged)
    named = [tmp_path] if paths == "folder" else sorted(tmp_path.iterdir())
    assert [one.id for one in collect(named, RUBRIC, tmp_path / "out")[0]] == ["20260001", "20260002"]


@pytest.mark.parametrize(
    "name",
    ["review.json", "REVIEW.json", "grades.csv", "GRADES.CSV", "maximum", "Con", "nul.x", "COM1", "x.", "a.html"],
)
def test_a_name_that_the_reports_folder_needs_is_nobodys(name):
    assert is_reserved(name)
    assert student_id(name) != name
    assert not is_reserved(student_id(name))
    assert folded(student_id(name)).startswith(folded(name)[:3].rstrip("."))


@pytest.mark.parametrize("name", ["20260001", "ann", "A1234567", "kim.minsu", "constance", "a@example.org", "2026-1.2"])
def test_other_names_are_kept(name):
    assert student_id(name) == name


def test_what_the_reports_folder_writes_is_reserved(tmp_path):
    folder = ReportFolder(tmp_path / "out", RUBRIC)
    folder.write_grades([folder.write(graded(Submission("20260001", {})))])
    files = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert files == {"grades.csv", REVIEW}
    assert all(map(is_reserved, files))


def test_ids_that_differ_in_case_alone_have_folders_of_their_own_on_every_system(tmp_path):
    folder = ReportFolder(tmp_path / "out", RUBRIC)
    folder.expect(["ANN", "ann", "Ann", "20260001"])
    names = [folder.of(student).name for student in ("ann", "Ann", "ANN", "20260001")]
    assert names[0] == "ann"
    assert names[3] == "20260001"
    assert len({name.casefold() for name in names}) == 4
