"""A person has the last word: what is decided is kept, shown to whom it concerns, and never dropped silently."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from autograder.answers.collect import written_answers
from autograder.cohort.decisions import Decisions
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.overriding import COLUMNS, Entry, opened, read_entries
from autograder.cohort.tables import class_reports
from autograder.errors import MisuseError
from autograder.home import handout_folder
from autograder.homework import ANSWERS
from autograder.hw1.checks import CHECKS
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.render.terminal import grades_table
from autograder.render.text import without_colour
from autograder.report import Report, Written, make_report
from autograder.rubric import read_rubric
from autograder.submission import Submission

RUBRIC = read_rubric()
FAILED = Outcome(Status.FAILED, "No padding.", mistake="conv-no-pad")
BY, WHY = "Teaching assistant 1", "a typing error"
HANGUL = "김철수"
DECOMPOSED = "\u1100\u1175\u11b7\u110e\u1165\u11af\u1109\u116e"


def report_of(student="20260001", answer="Yes.", seed="secret", **changed) -> Report:
    """All checks but 2.1a passed, one answer written, the others left empty."""
    outcomes = {check.id: Outcome(Status.PASSED) for check in CHECKS} | {"2.1a": FAILED} | changed
    written = [
        Written(name, answer, empty=not answer) if name == "1.2-Q4" else Written(name, "", empty=True)
        for name in RUBRIC.by_hand
    ]
    return make_report(student, "digest", CHECKS, outcomes, RUBRIC, (), {"seed": seed}, (), written)


def grade(out, *reports) -> None:
    """What `hw1 grade` leaves behind when these are the reports."""
    folder = ReportFolder(out, RUBRIC)
    with Journal(out / NAME) as journal:
        folder.decisions = Decisions.of(journal)
        folder.expect({*journal.graded(), *(one.student for one in reports)})
        journal.begin({}, {})
        for one in reports:
            folder.write(one)
            journal.write(one.student, one.digest, "basis", "", one.to_json())
        folder.write_grades(class_reports(journal, folder))


@pytest.fixture
def out(tmp_path):
    grade(tmp_path / "out", report_of(), report_of("20260002"), report_of(HANGUL))
    return tmp_path / "out"


def decide(out, *entry, by=BY):
    """Decide one thing; what is said of it."""
    with opened(out, RUBRIC, by) as overrides:
        return overrides.decide({"": Entry(*entry)})


def reports(out) -> dict[str, Report]:
    with Journal(out / NAME) as journal:
        return {one.student: one for one in class_reports(journal, ReportFolder(out, RUBRIC))}


def line(report, item="2.1a"):
    return next(one.outcome for one in report.lines if one.id == item)


def rows(out):
    return {row["student"]: row for row in csv.DictReader((out / "grades.csv").open(encoding="utf-8"))}


def listed(out, student=""):
    with opened(out, RUBRIC, BY) as overrides:
        return list(csv.DictReader(io.StringIO(overrides.listed(student))))


def students_read(out, student="20260001"):
    return "".join((out / student / name).read_text(encoding="utf-8") for name in ("feedback.txt", "results.json"))


# What is shown, and to whom


@pytest.mark.parametrize("seed", ["secret", "public"])
def test_a_decision_stands_in_every_report_at_once_and_its_student_reads_no_name(tmp_path, seed):
    out = tmp_path / "out"
    grade(out, report_of(seed=seed))
    assert decide(out, "20260001", "2.1a", "5", WHY) == [f"20260001 2.1a, 5 points: {WHY}"]
    said = f"5 points by the staff's decision: {WHY}"
    read = students_read(out)
    assert read.count(said) == 2
    assert BY not in read
    assert "conv-no-pad" not in read
    (test,) = [t for t in json.loads((out / "20260001/results.json").read_text())["tests"] if "2.1a" in t["name"]]
    assert (test["score"], test["max_score"]) == (5, 6)
    assert "status" not in test
    report = json.loads((out / "20260001/report.json").read_text())
    (told,) = report["decisions"]
    assert (told["by"], told["why"], told["points"]) == (BY, WHY, 5)
    assert (told["before"]["status"], told["before"]["mistake"]) == ("failed", "conv-no-pad")
    assert json.loads(json.dumps(Report.from_json(report).to_json())) == report
    row = rows(out)["20260001"]
    assert (row["2.1a"], row["earned"]) == ("5", "65")
    assert f"2.1a: 5 points by the decision of {BY} on 20" in row["remarks"]
    assert f"{WHY} (the kit: failed, 0 points, conv-no-pad)" in row["remarks"]
    table = "\n".join(grades_table(reports(out).values(), RUBRIC, without_colour))
    assert "By the staff's decision: 20260001 (2.1a)." in table


def test_who_is_not_concerned_has_the_documents_of_before(out):
    before = (out / "20260002/report.json").stat().st_mtime_ns
    decide(out, "20260001", "2.1a", "5", WHY)
    assert (out / "20260002/report.json").stat().st_mtime_ns == before
    assert rows(out)["20260002"]["earned"] == "60"


def test_open_points_are_closed_and_an_answer_is_given_points(out):
    grade(out, report_of(**{"2.1b": Outcome(Status.UNGRADED)}))
    assert reports(out)["20260001"].open == 6
    decide(out, "20260001", "2.1b", "0", WHY)
    decide(out, "20260001", "1.2-Q4", "1.5", WHY)
    report = reports(out)["20260001"]
    assert (report.open, line(report, "2.1b").points, line(report, "1.2-Q4").points) == (0, 0, 1.5)
    (student, *_) = json.loads((out / "review.json").read_text())["students"]
    (answer,) = [one for one in student["answers"] if one["id"] == "1.2-Q4"]
    assert (answer["points"], answer["decided"]) == (None, f"1.5 points: {WHY}")


def test_a_bonus_and_a_penalty_stand_beside_the_checks(out):
    decide(out, "20260001", "bonus", "3", WHY)
    report = reports(out)["20260001"]
    assert (report.earned, report.lost, report.maximum) == (63, 6, 100)
    decide(out, "20260001", "penalty", "1.5", WHY)
    row = rows(out)["20260001"]
    assert (row["adjusted"], row["earned"], row["lost"]) == ("1.5", "61.5", "7.5")
    feedback = (out / "20260001/feedback.txt").read_text()
    assert "bonus: beside the checks" in feedback
    assert "-1.5 points by the staff's decision" in feedback
    decide(out, "20260001", "bonus", "2", WHY)  # in the place of the first one
    assert rows(out)["20260001"]["adjusted"] == "0.5"


def test_a_penalty_takes_no_more_than_there_is(out):
    decide(out, "20260001", "penalty", "90", WHY)
    report = reports(out)["20260001"]
    assert (report.earned, report.lost) == (0, 66)


def test_that_being_late_costs_nothing_is_kept_and_told_to_staff(out):
    decide(out, "20260001", "late", "", "was ill")
    assert rows(out)["20260001"]["earned"] == "60"
    assert f"late: waived by the decision of {BY}" in rows(out)["20260001"]["remarks"]
    assert [(row["check"], row["points"], row["state"]) for row in listed(out)] == [("late", "", "counts")]


# What stays


def test_a_decision_is_kept_when_graded_again_and_a_changed_verdict_is_noted(out):
    decide(out, "20260001", "2.1a", "5", WHY)
    decide(out, "20260001", "1.2-Q4", "1", WHY)
    grade(out, report_of())
    assert "has changed" not in rows(out)["20260001"]["remarks"]
    for changed in (Outcome(Status.PASSED), Outcome(Status.FAILED, mistake="another")):
        grade(out, report_of(**{"2.1a": changed}))
        assert line(reports(out)["20260001"]).points == 5
        assert rows(out)["20260001"]["remarks"].count("the verdict under it has changed since") == 1
        assert json.loads((out / "20260001/report.json").read_text())["decisions"][0]["changed"]
        assert "has changed" not in students_read(out)
    grade(out, report_of(answer="Another one."))
    told = {one.id: one.changed for one in reports(out)["20260001"].decisions}
    assert told == {"2.1a": False, "1.2-Q4": True}


def test_a_decision_on_what_the_rubric_no_longer_has_is_not_dropped(out):
    decide(out, "20260001", "2.1a", "5", WHY)
    report = report_of()
    grade(out, replace(report, lines=tuple(one for one in report.lines if one.id != "2.1a")))
    assert "2.1a: 0 points" in rows(out)["20260001"]["remarks"]
    assert "(which fits no check any more)" in rows(out)["20260001"]["remarks"]


def test_a_report_is_made_of_one_that_was_decided_on_as_of_any_other(out):
    decide(out, "20260001", "2.1a", "5", WHY)
    decide(out, "20260001", "bonus", "1", WHY)
    with Journal(out / NAME) as journal:
        folder = ReportFolder(out, RUBRIC)
        once = class_reports(journal, folder)[0]
        assert folder.marked(once) == once
        folder.decisions = Decisions()
        assert folder.marked(once) == report_of()


def test_the_last_decision_is_taken_back_and_the_one_before_it_counts_again(out):
    decide(out, "20260001", "2.1a", "5", WHY)
    decide(out, "20260001", "2.1a", "3", "less")
    decide(out, "20260002", "bonus", "1", WHY)
    for student, check, wanted in (("20260001", "2.1a", 5), ("20260001", "", 0)):
        with opened(out, RUBRIC, BY) as overrides:
            assert overrides.undo(student, check).startswith("20260001 2.1a")
        assert line(reports(out)["20260001"]).points == wanted
        assert rows(out)["20260001"]["earned"] == f"{60 + wanted}"
    assert line(reports(out)["20260001"]) == line(report_of())
    for about in (("20260001", "2.1a"), ("20260001", ""), ("nobody", ""), ("", "empty")):
        with opened(out, RUBRIC, BY) as overrides, pytest.raises(MisuseError, match="no decision on"):
            overrides.undo(*about)
    with opened(out, RUBRIC, BY) as overrides:
        assert overrides.undo() == "20260002 bonus, 1 points: taken back"
        with pytest.raises(MisuseError, match="no decision that could be taken back"):
            overrides.undo()
    states = [(row["student"], row["state"]) for row in listed(out)]
    assert states == [
        *[("20260001", "taken back")] * 2,
        ("20260002", "taken back"),
        *[("20260001", f"takes back {number}") for number in (2, 1)],
        ("20260002", "takes back 3"),
    ]


# What fits nothing


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (("20269999", "2.1a", "5", WHY), "there is no report of 20269999"),
        (("", "2.1a", "5", WHY), "there is no report of nobody"),
        (
            ("20260001", "2.1x", "5", WHY),
            "there are no points for 2.1x: name bonus, penalty, late or one of 1.1-struct",
        ),
        (("20260001", "", "5", WHY), "there are no points for nothing"),
        (("20260001", "2.1a", "7", WHY), "points for 2.1a must be a number from 0 to 6, not '7'"),
        (("20260001", "2.1a", "-1", WHY), "from 0 to 6, not '-1'"),
        (("20260001", "2.1a", "nan", WHY), "from 0 to 6, not 'nan'"),
        (("20260001", "2.1a", "", WHY), "from 0 to 6, not ''"),
        (("20260001", "2.1a", "2,5", WHY), "from 0 to 6, not '2,5'"),
        (("20260001", "bonus", "0", WHY), "points for bonus must be a number from more than 0 to 100, not '0'"),
        (("20260001", "penalty", "101", WHY), "from more than 0 to 100, not '101'"),
        (("20260001", "late", "3", WHY), "late takes no points"),
        (("20260001", "2.1a", "5", ""), "a reason is missing"),
        (("20260001", "2.1a", "5", " \u200b\n"), "a reason is missing"),
        (("20260001", "2.1a", "5", "x" * 501), "more than 500 characters"),
    ],
)
def test_an_entry_that_fits_nothing_is_refused_with_its_line_and_nothing_of_the_file_is_taken(out, entry, said):
    with pytest.raises(MisuseError, match="Nothing was taken") as alone:
        decide(out, *entry)
    assert said in str(alone.value)
    with (out.parent / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, ("20260002", "2.1a", "4", WHY), entry])
    before = (out / "grades.csv").read_bytes()
    entries = read_entries(out.parent / "in.csv")
    with opened(out, RUBRIC, BY) as overrides, pytest.raises(MisuseError, match=r"in\.csv, line \d: ") as error:
        overrides.decide(entries)
    assert said in str(error.value)
    assert "line 2: " not in str(error.value)
    assert (listed(out), (out / "grades.csv").read_bytes()) == ([], before)


def test_a_check_of_which_the_report_has_no_line_waits_for_a_run(out):
    report = report_of()
    grade(out, replace(report, lines=tuple(one for one in report.lines if one.id != "2.1b")))
    with pytest.raises(MisuseError, match=r"has no 2\.1b: run hw1 grade first"):
        decide(out, "20260001", "2.1b", "1", WHY)


def test_where_nothing_was_graded_nothing_is_decided_or_made(tmp_path):
    with pytest.raises(MisuseError, match=r"has no journal\.sqlite"), opened(tmp_path, RUBRIC, BY):
        pass
    assert list(tmp_path.iterdir()) == []


def test_somebody_decides(out, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "the-user")
    decide(out, "20260001", "2.1a", "5", WHY, by=None)
    assert listed(out)[0]["by"] == "the-user"

    def fails():
        raise OSError

    monkeypatch.setattr("getpass.getuser", fails)
    for by in (None, " \u200b"):
        with pytest.raises(MisuseError, match="--by NAME"):
            decide(out, "20260001", "2.1a", "5", WHY, by=by)


# The file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_is_taken_as_spreadsheets_save_it(out, separator):
    path = out.parent / "in.csv"
    text = (
        "\ufeffwhy,Student,check,points,remark\r\nasked,20260001,2.1a,5,x\r\n\r\n"
        f"asked,{HANGUL},bonus,1,\r\nill,20260002,late,\r\n"
    )
    path.write_text(text.replace(",", separator), encoding="utf-8", newline="")
    with opened(out, RUBRIC, "김조교") as overrides:
        assert len(overrides.decide(read_entries(path))) == 3
    assert [rows(out)[name]["earned"] for name in ("20260001", "20260002", HANGUL)] == ["65", "60", "61"]
    assert {row["by"] for row in listed(out)} == {"김조교"}
    assert "김조교" in rows(out)[HANGUL]["remarks"]
    assert "김조교" not in students_read(out, HANGUL)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: student, check, points, why must be the header"),
        ("student,check,points\n", "line 1: why must be the header"),
        ("student,check,points,why,why\n", "line 1: why must be the header"),
        ("student,check,points,why\n", "has no entry"),
        ("student,check,points,why\n1,2.1a,5,well, then\n", "line 2: more cells than headers"),
        ("student,check,points,why\n1,2.1a,5,b\xe4d\n", "line 2: it is not UTF-8"),
        ('student,check,points,why\n1,2.1a,5,"open\n', "line 2: unexpected end of data"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, text, said):
    (tmp_path / "in.csv").write_text(text, encoding="latin-1")
    with pytest.raises(MisuseError) as error:
        read_entries(tmp_path / "in.csv")
    assert said in str(error.value)
    with pytest.raises(MisuseError, match="can't be read"):
        read_entries(tmp_path / "none.csv")


def test_what_a_file_says_twice_is_refused(out):
    (out.parent / "in.csv").write_text("student,check,points,why\n20260001,2.1a,5,a\n20260001,2.1a,4,b\n")
    entries = read_entries(out.parent / "in.csv")
    with (
        opened(out, RUBRIC, BY) as overrides,
        pytest.raises(MisuseError, match=r"line 3: 20260001, 2\.1a is there twice"),
    ):
        overrides.decide(entries)
    assert listed(out) == []


def test_of_a_hundred_wrong_lines_ten_are_named(out):
    entries = {f"line {number}: ": Entry("nobody", "2.1a", "5", WHY) for number in range(100)}
    with opened(out, RUBRIC, BY) as overrides, pytest.raises(MisuseError) as error:
        overrides.decide(entries)
    assert str(error.value).count("there is no report of nobody") == 10
    assert "and 90 more" in str(error.value)


def test_a_student_is_found_however_a_system_writes_the_letters(tmp_path):
    out = tmp_path / "out"
    grade(out, report_of(HANGUL), report_of("=1+1"))
    decide(out, DECOMPOSED, "2.1a", "5", WHY)
    assert rows(out)[HANGUL]["2.1a"] == "5"
    decide(out, "'=1+1", "2.1a", "4", WHY)  # as the tables show it
    assert rows(out)["'=1+1"]["2.1a"] == "4"
    grade(out, report_of(DECOMPOSED))  # each of two is meant by its own letters
    decide(out, DECOMPOSED, "2.1a", "3", WHY)
    assert {name: line(one).points for name, one in reports(out).items()} == {HANGUL: 5, "=1+1": 4, DECOMPOSED: 3}


def test_no_cell_of_the_list_is_a_formula(out):
    decide(out, "20260001", "2.1a", "5", '=HYPERLINK("x")', by="@someone")
    decide(out, HANGUL, "bonus", "5", "well\x1b[31m done\n-1", by="-1")
    first, second = listed(out)
    assert (first["by"], first["why"]) == ("'@someone", '\'=HYPERLINK("x")')
    assert (first["kit"], first["state"]) == ("failed, 0 points, conv-no-pad", "counts")
    assert (second["by"], second["why"], second["student"]) == ("'-1", "well[31m done -1", HANGUL)
    assert [row["check"] for row in listed(out, HANGUL)] == ["bonus"]


# Answers that were left empty


def test_one_decision_gives_0_for_all_that_is_empty_now_and_later(out):
    waiting = RUBRIC.total - RUBRIC.automatic
    with opened(out, RUBRIC, BY) as overrides:
        assert overrides.close_empty(0, "nothing was written") == 3 * (len(RUBRIC.by_hand) - 1)
    grade(out, report_of("20260009", answer=""))
    found = reports(out)
    assert (found["20260001"].by_hand, found["20260009"].by_hand) == (2, 0)
    assert found["20260009"].lost == 6 + waiting
    assert rows(out)["20260009"]["remarks"].count("by the decision of") == 1
    table = "\n".join(grades_table(found.values(), RUBRIC, without_colour))
    assert f"20260009 ({len(RUBRIC.by_hand)} checks and answers)" in table
    assert "0 points by the staff's decision: nothing was written" in students_read(out, "20260009")
    asked = {one["student"]: one["answers"] for one in json.loads((out / "review.json").read_text())["students"]}
    assert [one["id"] for one in asked["20260001"]] == ["1.2-Q4"]
    assert asked["20260009"] == []
    decide(out, "20260009", "1.2-Q4", "1", "handed in on paper")  # of one alone it is the last word
    assert line(reports(out)["20260009"], "1.2-Q4").points == 1
    grade(out, report_of(answer="", student="20260001"))
    assert line(reports(out)["20260001"], "1.2-Q4").status is Status.MARKED
    grade(out, report_of(answer="Now I know."))
    assert line(reports(out)["20260001"], "1.2-Q4").status is Status.BY_HAND
    with opened(out, RUBRIC, BY) as overrides:
        assert overrides.undo("", "empty") == "empty: taken back"
    assert reports(out)["20260002"].by_hand == waiting


@pytest.mark.parametrize("kept", [{"elsewhere": "report.pdf has 9 pages"}, {"candidates": ("p. 3: yes",)}, {}])
def test_an_answer_that_may_stand_elsewhere_or_has_points_is_never_closed_by_it(tmp_path, kept):
    out = tmp_path / "out"
    report = report_of()
    other = Written("1.2-Q4", "", documents="x", empty=False, **kept)
    written = tuple(other if one.id == other.id else one for one in report.written)
    grade(out, replace(report, written=written))
    with opened(out, RUBRIC, BY) as overrides:
        overrides.close_empty(0, "nothing was written")
    assert line(reports(out)["20260001"], "1.2-Q4").status is Status.BY_HAND


def test_points_that_a_person_typed_for_an_empty_answer_stay(out):
    data = json.loads((out / "review.json").read_text())
    for answer in data["students"][0]["answers"]:
        answer["points"] = 1 if answer["id"] == "1.2-Q5" else None
    (out / "review.json").write_text(json.dumps(data))
    with opened(out, RUBRIC, BY) as overrides:
        overrides.close_empty(0, "nothing was written")
    assert line(reports(out)["20260001"], "1.2-Q5").points == 1
    answers = json.loads((out / "review.json").read_text())["students"][0]["answers"]
    assert {one["id"]: one["points"] for one in answers} == {"1.2-Q4": None, "1.2-Q5": 1}


@pytest.mark.parametrize(("given", "why", "said"), [(1, "x", "gets 0, not 1"), (0, "", "a reason is missing")])
def test_an_empty_answer_gets_0_with_a_reason_and_nothing_else(out, given, why, said):
    with opened(out, RUBRIC, BY) as overrides, pytest.raises(MisuseError, match=said):
        overrides.close_empty(given, why)
    assert listed(out) == []


# What is empty, as it is read


HEAD = "# Answers\n\n## Q4: Does the activation function change the performance?\n\n"


def template() -> str:
    return (handout_folder() / ANSWERS).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        (None, True),
        ("", True),
        (template(), True),
        (template().replace("\n", "\r\n"), True),
        (f"20260001, 2026-11-28\n\n{template()}", True),
        (template().replace("*Write your answer to Q4 here.*", ""), True),
        (template().replace("*Write your answer to Q4 here.*", "<!-- later -->"), True),
        (template().replace("*Write your answer to Q4 here.*", "네."), False),
        (template().replace("*Write your answer to Q4 here.*", "![curve](q4.png)"), False),
        (template().replace("## Q4: Does", "## Q4: yes, it does, since"), False),
        (template().replace("## Q5: Does", "# My findings\n\nReLU is better.\n\n## Q5: Does"), False),
        (f"{'All of my answers are written up here. ' * 3}\n\n{template()}", False),
        ("Yes, ReLU is better than sigmoid, and batch norm is better still. I saw it in each of my runs.", False),
        (template().encode("utf-16-le").decode("latin-1"), False),
    ],
)
def test_an_answer_is_empty_only_if_nothing_was_written_that_could_be_it(text, empty, bare_case):
    files = {} if text is None else {ANSWERS: text.encode("latin-1" if "\0" in text else "utf-8")}
    written = {one.id: one for one in written_answers(bare_case(Submission("20260001", files)))}
    assert written["1.2-Q4"].empty == empty


@pytest.fixture
def bare_case(launcher, recording, tmp_path):
    return Kit(launcher=launcher, recorded=lambda: recording, scratch=tmp_path).case


@pytest.mark.parametrize("own", ["", "report.pdf", "hw1-1.ipynb", "handout"])
def test_what_else_is_handed_in_may_hold_the_answers(own, bare_case, tmp_path):
    path = tmp_path / (own or "nothing")
    path.write_bytes(b"{}")
    documents = {own: path} if own else {}
    if own == "handout":
        documents = {one.name: one for one in handout_folder().glob("*.ipynb")}
    written = written_answers(bare_case(Submission("20260001", {}, documents=documents)))
    assert {one.untouched for one in written} == {own in ("", "handout")}
    assert {one.empty for one in written} == {own in ("", "handout")}
    some = {ANSWERS: f"{HEAD}Yes, it does.\n".encode()}
    written = {one.id: one for one in written_answers(bare_case(Submission("20260001", some, documents=documents)))}
    assert not any(one.untouched for one in written.values())
    assert (written["1.2-Q4"].empty, written["1.2-Q5"].empty) == (False, own != "report.pdf")


def test_an_untouched_handout_asks_for_nothing_by_hand(grade_folder, assignment, tmp_path):
    out = tmp_path / "out"
    report = grade_folder(assignment)
    assert (report.by_hand, report.not_started) == (0, RUBRIC.total)
    assert report.asked_for is report
    grade(out, report)
    assert json.loads((out / "review.json").read_text())["students"][0]["answers"] == []
    with opened(out, RUBRIC, BY) as overrides:
        assert overrides.close_empty(0, "nothing was written") == 0
    decide(out, report.student, "1.2-Q4", "2", "told me")
    assert line(reports(out)[report.student], "1.2-Q4").points == 2


def test_a_student_who_has_answered_nothing_has_passed_all_the_same():
    report = report_of(**{"2.1a": Outcome(Status.PASSED)})
    untouched = tuple(Written(name, "", empty=True, untouched=True) for name in RUBRIC.by_hand)
    report = make_report(
        "20260001", "d", CHECKS, {n.id: n.outcome for n in report.lines}, RUBRIC, (), {}, (), untouched
    )
    assert (report.all_passed, report.earned, report.not_started) == (True, 66, 34)
    skipped = {check.id: Outcome(Status.SKIPPED) for check in CHECKS} | {"2.1a": Outcome(Status.PASSED)}
    assert make_report("2", "d", CHECKS, skipped, RUBRIC, (), {}, (), untouched).asked_for.maximum == 6
