"""The parts of Gradescope's runtime: whose an upload is, its bounds, and a document that is always whole."""

import json
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from gradescope.schema import problems
from gradescope.upload import hw1_archive
from test_accuracy import case_of as mnist_case
from test_accuracy import handed_in
from test_accuracy import settle as settle_any

from autograder.deep_learning.floors import Floors
from autograder.gradescope import desk as desks
from autograder.gradescope import ended, run
from autograder.gradescope.desk import WAITING, Desk, unrun_report, upload_lines
from autograder.gradescope.figures import leaderboard
from autograder.gradescope.metadata import Upload
from autograder.gradescope.places import ROOT, Places
from autograder.gradescope.results import replace_results
from autograder.gradescope.whose import whose
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.ingest.finding import at_path
from autograder.late import duration, rules_of
from autograder.outcome import STAND_IN, Outcome, Status
from autograder.render.gradescope import Page
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.staff.box.run import read_marks

RUBRIC = read_rubric()


def at(text):
    return datetime.fromisoformat(f"{text}-07:00")


# Whose


@pytest.fixture
def named(tmp_path):
    """Whose an upload of these files is; addresses stand for those who handed it in."""

    def find(names, addresses=("somebody@example.org",), number="7", rubric=RUBRIC):
        folder = tmp_path / "submission"
        folder.mkdir()
        for name in names:
            content = hw1_archive({"mnist.py": "x = 1\n"}) if name.endswith(".tar.gz") else b""
            (folder / name).write_bytes(content)
        return whose(at_path(folder, rubric.limits), Upload(number, tuple(addresses)), rubric)

    return find


def test_the_id_stands_in_the_name_of_a_file(named):
    assert named(["mnist.py", "report-20260001.pdf"]) == ("20260001", ())


def test_the_id_stands_in_the_name_of_an_archive(named):
    assert named(["hw1-20260001.tar.gz"]) == ("20260001", ())


def test_the_id_stands_in_the_address(named):
    assert named(["mnist.py"], ["20260001@example.org"]) == ("20260001", ())


def test_the_domain_of_an_address_is_nobodys_id(named):
    assert named(["mnist.py"], ["somebody@20260001.example"])[0] == "submission-7"


def test_of_several_numbers_that_counts_which_the_address_has_too(named):
    assert named(["a-20260307.pdf", "hw1-20260001.pdf"], ["20260001@example.org"]) == ("20260001", ())


def test_a_file_that_is_named_after_another_than_the_address_is_flagged(named):
    student, flags = named(["hw1-20260001.tar.gz"], ["20260002@example.org"])
    assert student == "20260001"
    assert flags == ("the file is named after 20260001, the e-mail address after 20260002",)


def test_a_group_is_flagged_with_its_addresses(named):
    student, flags = named(["hw1-20260002.tar.gz"], ["20260001@example.org", "\x1b20260002@example.org"])
    assert student == "20260002"
    assert flags == (r"from a group: 20260001@example.org, \x1b20260002@example.org",)


@pytest.mark.parametrize(("number", "student"), [("7", "submission-7"), ("", "submission")])
def test_without_an_id_it_is_called_by_its_number_and_flagged(named, number, student):
    assert named([], [], number) == (
        student,
        ("neither the file names nor the e-mail address contains a student id",),
    )


def test_a_number_that_is_no_name_is_made_one(named):
    student, _ = named(["mnist.py"], [], "../../etc")
    assert "/" not in student
    assert student.startswith("submission-")


def test_the_group_of_a_pattern_is_the_id(named):
    rubric = replace(RUBRIC, student_id="s([0-9]{4})(?![0-9])")
    assert named(["hw1-s0042.tar.gz"], ["s0042@example.org"], rubric=rubric) == ("0042", ())


# The document


@pytest.fixture
def desk(tmp_path):
    return Desk(Places(tmp_path), RUBRIC, Upload(), "public")


def document_of(desk):
    return json.loads(desk.places.results.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", ["public", "secret"])
def test_after_each_outcome_the_document_is_valid_and_has_every_check_and_the_same_maximum(tmp_path, seed):
    desk = Desk(Places(tmp_path), RUBRIC, Upload(), seed)
    for number, check in enumerate(CHECKS, 1):
        desk.tell(check, None)
        desk.tell(check, Outcome(Status.PASSED))
        document = document_of(desk)
        assert problems(document) == []
        assert len(document["tests"]) == len(CHECKS) + len(RUBRIC.by_hand)
        assert sum(test["max_score"] for test in document["tests"]) == RUBRIC.total
        assert sum("passed" in test["tags"] for test in document["tests"]) == number
        assert sum(WAITING in test["output"] for test in document["tests"]) == len(CHECKS) - number
        assert document["extra_data"]["complete"] is False
    assert sum(test["score"] for test in document["tests"]) == RUBRIC.automatic


def test_what_is_only_begun_writes_nothing(desk):
    desk.tell(CHECKS[0], None)
    assert not desk.places.results.exists()


def test_with_a_secret_seed_students_read_no_word_of_a_worker(tmp_path):
    for seed, shown in (("public", True), ("secret", False)):
        desk = Desk(Places(tmp_path), RUBRIC, Upload(), seed)
        desk.tell(next(c for c in CHECKS if c.id == "2.1a"), Outcome(Status.FAILED, "Seen TOLD-BY-IT."))
        assert ("TOLD-BY-IT" in desk.places.results.read_text(encoding="utf-8")) is shown


def test_a_full_disk_is_survived_and_the_document_from_before_stays(desk, monkeypatch):
    desk.tell(CHECKS[0], Outcome(Status.PASSED))
    before = desk.places.results.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("autograder.disk.os.fsync", full)
        patch.setattr("autograder.disk.os.fdopen", full)
        desk.tell(CHECKS[1], Outcome(Status.PASSED))
        assert desk.places.results.read_bytes() == before
        with pytest.raises(OSError, match="No space left"):
            desk.write(unrun_report(RUBRIC))
    desk.tell(CHECKS[2], Outcome(Status.PASSED))
    assert sum("passed" in test["tags"] for test in document_of(desk)["tests"]) == 3


def test_the_page_of_the_desk_is_in_the_document(desk, monkeypatch):
    monkeypatch.setattr(desks.time, "monotonic", lambda: desk.began + 12.34)
    desk.page = Page(("A sentence.",), ({"name": "a", "value": 1, "order": "asc"},), extra={"more": 1})
    desk.upload = Upload(created=at("2026-04-01T00:00:00"), due=at("2026-03-31T23:00:00"))
    document = desk.document(unrun_report(RUBRIC))
    assert problems(document) == []
    assert "A sentence." in document["output"]
    assert "Handed in 1 h late." in document["output"]
    assert (document["execution_time"], document["leaderboard"][0]["value"]) == (12.3, 1)
    assert (document["extra_data"]["more"], document["extra_data"]["late_seconds"]) == (1, 3600)


LATE = Upload(created=at("2026-04-03T02:00:00"), due=at("2026-03-31T23:00:00"), earlier=12.5)
WHOLE, PARTLY = replace(unrun_report(RUBRIC), complete=True), unrun_report(RUBRIC)


def test_lateness_and_the_earlier_score_are_said_when_all_is_graded():
    late, score = "Handed in 2 days 3 h late.", "The upload before this one had 12.5 points."
    assert upload_lines(LATE, WHOLE, later=False) == (late, score)
    assert upload_lines(LATE, PARTLY, later=False) == (late,)
    assert upload_lines(LATE, WHOLE, later=True) == (late,)  # what it had would tell verdicts that come later
    assert upload_lines(Upload(), WHOLE, later=False) == ()


@pytest.mark.parametrize(("day", "after"), [("02", ", after the last date"), ("04", "")])
def test_an_upload_after_the_last_date_is_called_so(day, after):
    upload = replace(LATE, late_due=at(f"2026-04-{day}T00:00:00"))
    assert upload_lines(upload, PARTLY, later=False) == (f"Handed in 2 days 3 h late{after}.",)


RULES = rules_of({"due": "2026-03-31T23:00:00-07:00", "percent": 10, "grace_minutes": 10})
PASSED = {check.id: Outcome(Status.PASSED) for check in CHECKS}


@pytest.fixture
def handed_in_at(tmp_path):
    """The document of an upload in which every check passes, for a rubric with rules for late ones."""

    def document(day, due=None, late_due=None, **changes):
        rubric = replace(RUBRIC, late=RULES, **changes)
        upload = Upload(created=at(f"2026-{day}"), due=due and at(f"2026-{due}"), late_due=late_due)
        desk = Desk(Places(tmp_path), rubric, upload, "public")
        for check in CHECKS:
            desk.tell(check, PASSED[check.id])
        return document_of(desk)

    return document


def scores(document):
    return sum(test["score"] for test in document["tests"])


def test_a_late_upload_loses_what_the_rubric_says_and_the_score_has_it(handed_in_at):
    document = handed_in_at("04-02T23:05:00")
    assert problems(document) == []
    said = "Handed in 2 days 5 min after the due date: 2 started days, 10 % each: -13.2 points. 52.8 of 66 points"
    assert said in document["output"]
    assert (document["score"], scores(document)) == (52.8, 66)
    assert "late" not in document["output"].replace("the due date", "")


def test_gradescopes_own_extension_counts_where_it_is_later(handed_in_at):
    document = handed_in_at("04-02T23:05:00", due="04-01T23:00:00")
    assert "with 1 day of extension: 1 started day, 10 % each: -6.6 points" in document["output"]
    assert document["score"] == 59.4
    assert handed_in_at("04-02T23:05:00", due="03-01T23:00:00")["score"] == 52.8


def test_what_was_in_time_has_no_score_beside_that_of_the_tests(handed_in_at):
    assert not {"score"} & set(handed_in_at("03-31T22:00:00"))
    within = handed_in_at("03-31T23:10:00")
    assert "Handed in 10 min after the due date, within 10 min of grace: nothing is taken off." in within["output"]
    assert "score" not in within


def test_an_upload_without_a_time_loses_nothing(tmp_path):
    desk = Desk(Places(tmp_path), replace(RUBRIC, late=RULES), Upload(problem="it can't be read"), "public")
    desk.tell(CHECKS[0], Outcome(Status.PASSED))
    assert not {"score"} & set(document_of(desk))


def test_an_upload_after_gradescopes_last_date_is_called_so_beside_what_it_costs(handed_in_at):
    document = handed_in_at("04-05T00:00:00", due="03-31T23:00:00", late_due=at("2026-04-02T00:00:00"))
    assert "Handed in after the last date." in document["output"]
    assert document["output"].count("Handed in") == 2


def test_where_verdicts_come_later_the_sentence_counts_those_that_are_told(handed_in_at):
    box = replace(RUBRIC.gradescope, after_published=("2.1",))
    document = handed_in_at("04-02T23:05:00", gradescope=box)
    told = sum(test["score"] for test in document["tests"] if test["visibility"] == "visible")
    assert f"{told - told / 5:g} of {told:g} points are left" in document["output"]
    assert document["score"] == 52.8  # which students don't see before


def test_a_grader_that_was_ended_keeps_the_score(handed_in_at):
    document = ended.amended(handed_in_at("04-02T23:05:00"), "time")
    assert (problems(document), document["score"]) == ([], 52.8)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 s"), (40.9, "40 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (3620, "1 h 20 s")),
        *((11100, "3 h 5 min"), (86400, "1 day"), (86402, "1 day 2 s"), (86400 + 59 * 60, "1 day 59 min")),
        *((2 * 86400, "2 days"), (2 * 86400 + 3 * 3600, "2 days 3 h")),
    ],
)
def test_a_duration_is_said_in_the_two_largest_units(seconds, words):
    assert duration(seconds) == words


def test_who_reads_while_it_is_written_never_sees_a_part_of_it(tmp_path):
    path = tmp_path / "results" / "results.json"
    documents = [{"number": number, "text": "é" * 20_000} for number in range(200)]
    replace_results(path, documents[0])
    begun, done, seen, wrong = threading.Event(), threading.Event(), set(), []

    def read():
        while not done.is_set():
            try:
                seen.add(json.loads(path.read_text(encoding="utf-8"))["number"])
            except (OSError, ValueError) as error:
                wrong.append(error)
            begun.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        begun.wait()
        for document in documents:
            replace_results(path, document)
    finally:
        done.set()
        reader.join()
    assert wrong == []
    assert seen <= set(range(200))
    assert json.loads(path.read_text(encoding="utf-8")) == documents[-1]
    assert [one.name for one in path.parent.iterdir()] == ["results.json"]


# Ended early


@pytest.fixture
def end(desk, monkeypatch):
    """The document after the grader has ended with an exit code."""
    monkeypatch.setenv(ROOT, str(desk.places.root))

    def end(status):
        monkeypatch.setattr("sys.argv", ["ended", str(status)])
        ended.main()
        return document_of(desk)

    return end


@pytest.mark.parametrize(
    ("status", "reason"),
    [(124, "the time was up"), (143, "the time was up"), (137, "memory runs out"), (1, "the grader failed")],
)
@pytest.mark.parametrize("seed", ["public", "secret"])
def test_what_was_not_run_says_why_the_grader_ended_and_what_was_done_stays(desk, end, seed, status, reason):
    desk.seed = seed
    desk.tell(CHECKS[0], Outcome(Status.PASSED))
    desk.tell(CHECKS[1], Outcome(Status.FAILED, f"Seen {WAITING}, wanted 4."))
    before, document = document_of(desk), end(status)
    assert problems(document) == []
    assert document["tests"][:2] == before["tests"][:2]
    assert document["extra_data"] == before["extra_data"] | {"ended": ended.cause_of(status)}
    assert reason in document["output"].partition(". What was done counts.\n\n")[0]
    assert document["output"].startswith("Grading ended early: ")
    said = [test["output"] for test in document["tests"] if "unsettled" in test["tags"]]
    assert len(said) == len(CHECKS) - 2
    assert all(reason in text and "The points are open, not lost." in text for text in said)
    assert all(text == f"**unsettled** {said[0].partition(' ')[2]}" for text in said)
    scores = [[(test["score"], test["max_score"]) for test in each["tests"]] for each in (before, document)]
    assert scores[0] == scores[1]


def test_a_document_in_which_all_is_done_stays_but_for_its_head(desk, end):
    for check in CHECKS:
        desk.tell(check, Outcome(Status.PASSED))
    before, document = document_of(desk), end(124)
    assert document["output"].endswith(before["output"])
    assert document["extra_data"].pop("ended") == "time"
    assert {**document, "output": before["output"]} == before


def test_a_phase_is_noted_with_the_part_and_the_training_of_its_check_if_somebody_measures(desk, tmp_path, monkeypatch):
    accuracy = next(check for check in CHECKS if check.training)
    run.told(desk, accuracy, None)
    monkeypatch.setenv(run.PHASES, str(tmp_path / "phases"))
    run.phase("end")
    run.told(desk, accuracy, None)
    assert read_marks(tmp_path / "phases") == [("end", "", ""), (accuracy.id, accuracy.part, accuracy.training)]


# The leaderboard

ROWS = {"name": "MNIST_Net parameters", "value": 7850, "order": "asc"}


def shown(report):
    return leaderboard(report, in_force().leaderboard)


def scored(accuracy=None, status=Status.PASSED, structure=Status.PASSED):
    """A report with an accuracy that was measured, or none."""
    figures = {} if accuracy is None else {"accuracy": accuracy}
    outcomes = {
        "1.1-structure": Outcome(structure, figures={"parameters": 7850}),
        "1.1-accuracy": Outcome(status, figures=figures),
        "2.2a-accuracy": Outcome(Status.PASSED, figures={"accuracy": 0.5}),
    }
    return make_report("20260001", "digest", CHECKS, outcomes, RUBRIC, (), {})


@pytest.mark.parametrize(
    ("right", "of", "percent"), [(987, 1000, 98.7), (9879, 10000, 98.7), (9880, 10000, 98.8), (1, 1, 100)]
)
def test_an_accuracy_is_rounded_down_to_a_tenth_of_a_percent(right, of, percent):
    assert shown(scored(right / of)) == (
        {"name": "MNIST_Net accuracy, %", "value": percent, "order": "desc"},
        ROWS,
    )


def test_what_did_not_pass_stands_in_no_row():
    assert shown(scored(0.987, Status.FAILED)) == (ROWS,)
    rows = shown(scored(0.987, structure=Status.FAILED))
    assert [row["name"] for row in rows] == ["MNIST_Net accuracy, %"]


def test_a_proof_has_no_accuracy_of_ones_own():
    assert shown(scored()) == (ROWS,)


def test_the_accuracies_of_real_judges_are_found():
    for how in ({"checkpoint": handed_in}, {"train": "always"}):
        outcome, _ = settle_any(mnist_case(floors=Floors(), **how))
        assert {"accuracy": 1.0, STAND_IN: 1.0}.items() <= outcome.figures.items()
