"""A class with late hand-ins: whose time is believed, what the roster grants, and that every table and text says it."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from dataclasses import replace
from datetime import datetime

import pytest
from test_commands import run_here
from test_journal import Broken

from autograder.answers.marks import digest_of
from autograder.cohort import run
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.reviewing import take_over
from autograder.cohort.run import grade_all
from autograder.cohort.tables import class_reports
from autograder.discretion import for_students
from autograder.errors import MisuseError
from autograder.hw1.checks import CHECKS
from autograder.kit import Kit
from autograder.late import FILES, KNOWN, MARKED, Allowance, Lateness, rules_of
from autograder.outcome import Outcome, Status
from autograder.render.terminal import grades_table
from autograder.render.text import feedback_text, without_colour
from autograder.report import Report, Written, make_report
from autograder.rubric import read_rubric, rubric_file
from autograder.staff.start import collect

DUE = "2026-03-31T23:59:00+09:00"
LATE = rules_of({"due": DUE, "percent": 10})
PLAIN = read_rubric()
RUBRIC = replace(PLAIN, late=LATE, digest="with [late]")
AT = int(datetime.fromisoformat(DUE).timestamp())
HOUR, DAY = 3600, 86_400
SOURCE = "x = 1\n"
SAID = "Handed in 1 day 1 h after the due date: 2 started days, 10 % each: -13.2 points"


def exported(*students: str, at: str = "2026-04-01 16:00:00 Z", marker: str = "") -> dict[str, str]:
    """The files of Gradescope's export, handed in 1 day 1 h after the due date."""
    lines, files = ["---"], {}
    for number, student in enumerate(students, 1):
        lines += [f"submission_{number}:", "  :submitters:", "  - :name: A", f"    :sid: '{student}'"]
        lines += [f"  :created_at: {at}", "  :score: 0.0"]
        files[f"submission_{number}/mnist.py"] = SOURCE + marker
    return {**files, "submission_metadata.yml": "\n".join(lines)}


@pytest.fixture
def place(tmp_path):
    def place(files, name="in", modified=AT):
        for each, text in files.items():
            path = tmp_path / name / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            os.utime(path, (modified, modified))
        return tmp_path / name

    return place


@pytest.fixture
def taken(tmp_path):
    """What is collected from a folder, with the roster whose text is given."""

    def taken(folder, roster="", rubric=RUBRIC):
        where = tmp_path / "roster.csv"
        where.write_text(roster, encoding="utf-8")
        return collect([folder], rubric, tmp_path / "out", tmp_path, where if roster else None)[0]

    return taken


@pytest.fixture
def graded(tmp_path, monkeypatch, recording):
    """Grades submissions into one folder with a grader that lets everything pass; reports, and who was graded anew."""
    anew = []

    def passes(found, kit, tell):
        anew.append(found.id)
        outcomes = {check.id: Outcome(Status.PASSED) for check in CHECKS}
        return make_report(found.id, found.digest, CHECKS, outcomes, kit.rubric, found.flags, {"seed": "public"})

    monkeypatch.setattr(run, "grade", passes)

    def graded(submissions, rubric=RUBRIC):
        anew.clear()
        kit = Kit(rubric, recorded=lambda: recording, launcher=Broken(), scratch=tmp_path)
        folder = ReportFolder(tmp_path / "out", rubric)
        with Journal(tmp_path / "out" / NAME) as journal:
            journal.begin({}, {})
            graded = [report for report, _ in grade_all(submissions, kit, folder, journal, 1)]
            folder.write_grades(class_reports(journal, folder))
        return {one.student: one for one in sorted(graded, key=lambda one: one.student)}, list(anew)

    return graded


def written(tmp_path, student="20260001"):
    """The three documents of a student: staff's, the student's two."""
    folder = tmp_path / "out" / student
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("report.json", "results.json", "feedback.txt")]
    return json.loads(texts[0]), json.loads(texts[1]), texts[2]


def rows_of(tmp_path):
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def flat(text: str) -> str:
    return " ".join(text.split())


def test_gradescopes_time_counts_and_every_table_and_text_says_what_it_costs(place, taken, graded, tmp_path):
    reports, _ = graded(taken(place(exported("20260001"))))
    report = reports["20260001"]
    assert (report.earned, report.total, report.deduction.points) == (66, 52.8, 13.2)
    staffs, results, feedback = written(tmp_path)
    assert (staffs["points"]["earned"], staffs["points"]["late"], staffs["points"]["total"]) == (66, -13.2, 52.8)
    assert (staffs["late"]["why"], staffs["late"]["handed_in"]) == (SAID, "2026-04-01T16:00:00+00:00")
    assert Report.from_json(staffs) == report
    assert f"{SAID}. 52.8 of 66 points are left." in flat(feedback)
    assert SAID in results["output"]
    assert results["score"] == 52.8
    assert sum(test["score"] for test in results["tests"]) == 66
    row = rows_of(tmp_path)["20260001"]
    assert (row["earned"], row["late"], row["total"], row["remarks"]) == ("66", "-13.2", "52.8", SAID)
    assert [rows_of(tmp_path)["maximum"][name] for name in ("earned", "late", "total")] == ["66", "", "66"]
    table = list(grades_table(reports.values(), RUBRIC, without_colour))
    assert table[1].split()[-7:-3] == ["earned", "late", "total", "open"]
    assert table[2].split()[-4:] == ["66", "-13.2", "52.8", "0"]


def test_what_was_in_time_loses_nothing_and_says_nothing(place, taken, graded, tmp_path):
    reports, _ = graded(taken(place(exported("20260001", at="2026-03-31 14:59:00 Z"))))
    assert (reports["20260001"].total, reports["20260001"].noted) == (66, ())
    _, results, feedback = written(tmp_path)
    assert "score" not in results
    assert "anded in" not in results["output"] + feedback
    assert [rows_of(tmp_path)["20260001"][name] for name in ("late", "total")] == ["0", "66"]


def test_without_the_table_nothing_changes_and_nobody_reads_what_the_roster_grants(place, taken, graded, tmp_path):
    roster = "id,extension,late days,handed in\n20260001,ext. 4711,many,yesterday\n"
    reports, _ = graded(taken(place(exported("20260001")), roster, PLAIN), PLAIN)
    report = reports["20260001"]
    assert (report.late, report.total, report.deduction.why) == (None, 66, "")
    staffs, results, _ = written(tmp_path)
    assert not {"late", "total"} & {*staffs, *staffs["points"], *rows_of(tmp_path)["20260001"]}
    assert "score" not in results
    assert "late" not in next(iter(grades_table([report], PLAIN, without_colour)))


@pytest.mark.parametrize(
    ("source", "columns"),
    [("files", ""), ("mark", ""), ("roster", ",2026-04-01T17:00:00+09:00"), ("export", "")],
)
def test_who_says_when_decides_whether_it_costs_anything(place, taken, graded, tmp_path, source, columns):
    name = "surnamegiven_LATE_11_501_20260001.py" if source == "mark" else "20260001/mnist.py"
    files = exported("20260001") if source == "export" else {name: SOURCE}
    late = {"files": AT + DAY, "mark": AT - DAY}.get(source, AT)
    roster = f"id,canvas_id,handed in\n20260001,11{columns or ','}\n"
    reports, _ = graded(taken(place(files, modified=late), roster))
    report = reports["20260001"]
    wanted = {"files": FILES, "mark": MARKED}.get(source, KNOWN)
    assert report.late is not None
    assert report.late.source == wanted
    costs = wanted == KNOWN
    assert (report.total < 66) is costs
    _, results, feedback = written(tmp_path)
    assert ("anded in" in feedback, "score" in results) == (costs, costs)  # a doubt is staff's alone
    table = "\n".join(grades_table(reports.values(), RUBRIC, without_colour))
    assert ("1 may be late, and nobody says when they were handed in" in table) is not costs
    assert "nothing is taken off" in rows_of(tmp_path)["20260001"]["remarks"] or costs


def test_who_canvas_does_not_mark_was_in_time_whatever_the_time_of_the_file(place, taken, graded):
    reports, _ = graded(taken(place({"surnamegiven_11_501_20260001.py": SOURCE}, modified=AT + 9 * DAY)))
    assert reports["20260001"].late is None


def test_one_late_file_of_several_marks_what_one_person_handed_in(taken, place):
    files = {"ab_11_501_mnist.py": SOURCE, "ab_LATE_11_502_vgg.py": SOURCE, "cd_12_503_mnist.py": SOURCE}
    late = {one.id: one.marked_late for one in taken(place(files), "id,canvas_id\n20260001,11\n20260002,12\n")}
    assert late == {"20260001": True, "20260002": False}


def test_an_archives_time_is_a_remark_and_one_that_is_none_is_nothing(taken, tmp_path, graded):
    for student, at in (("20260001", AT + DAY), ("20260002", AT - DAY), ("20260003", 0)):
        path = tmp_path / "in" / f"hw1-{student}.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mnist.py", SOURCE)
        os.utime(path, (at, at))
    reports, _ = graded(taken(tmp_path / "in"))
    assert [report.late and report.late.source for report in reports.values()] == [FILES, None, None]
    assert "by the time of its files (2026-04-01 23:59) it was handed in 1 day after" in reports["20260001"].noted[0]


def test_who_handed_in_nothing_is_not_late(place, taken, graded):
    reports, _ = graded(taken(place(exported("20260001")), "id,extension\n20260001,1\n20260002,1\n"))
    assert (reports["20260002"].late, reports["20260002"].total) == (None, 0)
    assert reports["20260001"].late.allowance == Allowance(DAY)


def test_the_rosters_extensions_and_late_days_count_for_their_student_alone(place, taken, graded):
    roster = "id;Extension;late_days\n20260001;2;\n20260002;2026-04-01;\n20260003;;1\n20260004;;\n"
    reports, _ = graded(taken(place(exported("20260001", "20260002", "20260003", "20260004", "20260005")), roster))
    assert [report.deduction.points for report in reports.values()] == [0, 6.6, 6.6, 13.2, 13.2]


def test_a_wrong_cell_is_misuse_and_its_line_is_named(place, taken):
    with pytest.raises(MisuseError, match=r"roster\.csv, line 3: extension must be a number of days"):
        taken(place(exported("20260001")), "id,extension\n20260001,1\n20260002,soon\n")


def test_a_changed_extension_is_shown_and_nothing_is_graded_for_it(place, taken, graded, tmp_path):
    folder = place(exported("20260001"))
    assert graded(taken(folder, "id,extension\n20260001,\n"))[1] == ["20260001"]
    reports, anew = graded(taken(folder, "id,extension\n20260001,1\n"))
    assert (reports["20260001"].deduction.points, anew) == (6.6, [])
    assert rows_of(tmp_path)["20260001"]["late"] == "-6.6"
    assert written(tmp_path)[0]["points"]["total"] == 59.4
    with Journal(tmp_path / "out" / NAME) as journal:
        assert {run: one["20260001"].run for run in (1, 2) if (one := journal.graded(run))} == {1: 1, 2: 2}
    before = (tmp_path / "out" / "20260001" / "report.json").stat().st_mtime_ns
    graded(taken(folder, "id,extension\n20260001,1\n"))
    assert (tmp_path / "out" / "20260001" / "report.json").stat().st_mtime_ns == before


def test_a_run_without_the_roster_keeps_what_was_granted(place, taken, graded):
    graded(taken(place(exported("20260001")), "id,extension\n20260001,1\n"))
    again = place(exported("20260001", marker="y = 2\n"))
    reports, anew = graded(taken(again))
    assert (reports["20260001"].deduction.points, anew) == (6.6, ["20260001"])
    reports, _ = graded(taken(again, "id,extension\n20260001,\n"))
    assert reports["20260001"].deduction.points == 13.2


def test_the_time_that_the_roster_told_is_that_hand_ins_alone(place, taken, graded):
    folder = place({"20260001/mnist.py": SOURCE, "20260002/mnist.py": SOURCE})
    reports, _ = graded(taken(folder, "id,handed in\n20260001,2026-04-01T17:00:00+09:00\n20260002,\n"))
    assert [report.deduction.points for report in reports.values()] == [6.6, 0]
    assert graded(taken(folder))[0]["20260001"].deduction.points == 6.6
    changed = place({"20260001/mnist.py": "x = 2\n"}, modified=AT + DAY)
    reports, _ = graded(taken(changed))
    assert (reports["20260001"].deduction.points, reports["20260001"].late.source) == (0, FILES)
    assert graded(taken(changed, "id,handed in\n20260001,\n"))[0]["20260001"].late.source == FILES


def test_a_damaged_entry_of_the_last_report_grants_nothing(place, taken, graded, tmp_path, monkeypatch):
    graded(taken(place(exported("20260001")), "id,extension\n20260001,1\n"))
    monkeypatch.setattr(Lateness, "from_json", lambda data: {}["gone"])
    with Journal(tmp_path / "out" / NAME) as journal:
        assert journal.graded()["20260001"].report() is None
    reports, anew = graded(taken(place(exported("20260001"))))
    assert (reports["20260001"].deduction.points, anew) == (13.2, ["20260001"])


def test_a_clock_that_goes_backwards_changes_nothing(place, taken, graded, tmp_path, monkeypatch):
    folder = place(exported("20260001"))
    reports, _ = graded(taken(folder))
    for now in (0.0, 1e9, 4e9):
        monkeypatch.setattr("time.time", lambda now=now: now)
        assert graded(taken(folder)) == (reports, [])
    assert written(tmp_path)[0]["points"]["total"] == 52.8


def test_changed_rules_are_shown_and_run_no_code_of_the_hand_in(place, taken, tmp_path, launcher, recording):
    submissions = taken(place(exported("20260001")))
    folder = ReportFolder(tmp_path / "out", RUBRIC)
    costs, outcomes = [], []
    with Journal(tmp_path / "out" / NAME) as journal:
        for percent, starter in ((10, launcher), (20, Broken()), (None, Broken())):
            rules = rules_of({"due": DUE, "percent": percent}) if percent else None
            rubric = replace(PLAIN, late=rules, digest=f"{percent}")
            kit = Kit(rubric, train="never", recorded=lambda: recording, launcher=starter, scratch=tmp_path)
            journal.begin({}, {})
            ((report, earlier),) = grade_all(submissions, kit, folder, journal, 1)
            assert not earlier
            costs.append(report.late.rules.loss if report.late else None)
            outcomes.append([line.outcome for line in report.lines])
    assert costs == [10, 20, None]
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert Status.FAILED in {outcome.status for outcome in outcomes[0]}
    assert Status.UNGRADED not in {outcome.status for outcome in outcomes[0]}


def test_points_that_a_person_gives_count_too(tmp_path, graded, place, taken):
    item, worth = next((name, line.points) for name, line in PLAIN.by_hand.items())
    reports, _ = graded(taken(place(exported("20260001"))))
    report = replace(reports["20260001"], written=(Written(item, "an answer"),))
    folder = ReportFolder(tmp_path / "out", RUBRIC)
    folder.write_grades([report])
    review = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    (answer,) = review["students"][0]["answers"]
    assert answer["digest"] == digest_of("an answer")
    answer["points"] = worth
    (tmp_path / "out" / "review.json").write_text(json.dumps(review), encoding="utf-8")
    with Journal(tmp_path / "out" / NAME) as journal:
        journal.begin({}, {})
        journal.write(report.student, report.digest, "basis", "", report.to_json())
        take_over(journal, folder)
    marked = folder.write(report)
    assert (marked.earned, marked.total) == (66 + worth, round((66 + worth) * 0.8, 6))


def test_what_students_read_of_a_doubt_is_nothing(graded, place, taken):
    reports, _ = graded(taken(place({"20260001/mnist.py": SOURCE}, modified=AT + DAY)))
    report = reports["20260001"]
    assert report.noted
    assert "late" not in feedback_text(for_students(report), RUBRIC)


def test_wrong_rules_end_the_command_with_2_and_one_sentence(tmp_path):
    path = tmp_path / "rubric.toml"
    text = rubric_file().read_text(encoding="utf-8") + "\n[late]\ndue = 2026-03-31T23:59:00\npercent = 10\n"
    path.write_text(text, encoding="utf-8")
    patched = f"import autograder.rubric, pathlib\nautograder.rubric.rubric_file = lambda: pathlib.Path({str(path)!r})"
    done = run_here(patched, "grade", str(tmp_path), "-o", str(tmp_path / "out"), "--seed", "public")
    assert done.returncode == 2
    assert "[late] due must be a date and time with its time zone" in flat(done.stderr)
    assert "Traceback" not in done.stderr
