"""`hw1 diff` names exactly who moved, in what, and because of what."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from test_cli import hw1

from autograder.cohort.journal import NAME, Decision, Journal
from autograder.cohort.moves import AGAIN, DECIDED, HAND_IN, compared, moves, since_before
from autograder.errors import MisuseError
from autograder.outcome import Outcome, Status
from autograder.render.text import without_colour
from autograder.report import Line, Report, Written
from autograder.staff.moves_lines import changed_lines, moves_json, moves_lines

BASIS = {"rubric": "r", "floors": "f", "seed": "s"}


def report_of(student, digest="d", torch="2", **points):
    """A report whose checks passed with these *points*, or have another outcome."""
    lines = []
    for name, given in points.items():
        outcome = given if isinstance(given, Outcome) else Outcome(Status.PASSED, points=float(given))
        lines.append(Line(name, name, "1", 5.0, outcome))
    return Report(student, digest, tuple(lines), (), {"torch": torch}, complete=True)


FAILED = Outcome(Status.FAILED, "no", mistake="train-no-zero-grad")
OPEN = Outcome(Status.UNSETTLED, "later")


def class_of(path, *runs):
    """A journal of *runs*, each its basis and reports."""
    with Journal(path / NAME) as journal:
        for basis, reports in runs:
            journal.begin(BASIS | basis, {})
            for report in reports:
                journal.write(report.student, report.digest, str(basis), "", report.to_json())
            journal.end()
    return path


def found(path, *numbers):
    return {one.student: one for one in compared(path, numbers)[0]}


def test_nobody_moved_where_nothing_was_graded_again(tmp_path):
    class_of(tmp_path, ({}, [report_of("20260001", a=5)]), ({}, []))
    assert found(tmp_path) == {}
    (line,) = moves_lines(*compared(tmp_path), without_colour)
    assert line.endswith(": nobody moved.")


@pytest.mark.parametrize(
    ("basis", "second", "causes"),
    [
        ({"rubric": "other"}, {}, ("another rubric",)),
        ({"floors": "other", "seed": "other"}, {}, ("other floors", "another seed")),
        ({}, {"digest": "other"}, (HAND_IN,)),
        ({}, {"torch": "3"}, ("another environment",)),
        ({}, {}, (AGAIN,)),
    ],
)
def test_the_cause_is_what_was_different(tmp_path, basis, second, causes):
    class_of(tmp_path, ({}, [report_of("1", a=5, b=2)]), (basis, [report_of("1", a=FAILED, b=2, **second)]))
    (one,) = found(tmp_path).values()
    (change,) = one.changes
    assert (one.was, one.now, one.by, one.causes) == (7, 2, -5, causes)
    assert (change.check, change.before, change.after) == ("a", "passed", "failed, train-no-zero-grad")


def test_who_is_new_lost_a_check_or_has_other_words(tmp_path):
    said = Outcome(Status.FAILED, "another sentence", mistake="train-no-zero-grad")
    first = [report_of("1", a=FAILED), report_of("2", a=OPEN), report_of("3", a=5, b=5)]
    class_of(tmp_path, ({}, first), ({}, [report_of("1", a=said), report_of("3", a=5), report_of("4", a=5)]))
    moved = found(tmp_path)
    assert set(moved) == {"1", "3", "4"}
    assert [moved[name].moved for name in ("1", "3", "4")] == [False, True, True]
    assert (moved["3"].by, moved["3"].changes[0].after) == (-5, "not there")
    assert moved["4"].causes == ("a new hand-in",)
    lines = list(moves_lines(*compared(tmp_path), without_colour))
    assert lines[0].endswith(": 2 students moved.")
    assert lines[-1] == "Only sentences changed for 1."
    assert json.loads(json.dumps(moves_json(*compared(tmp_path))))["students"][1]["by"] == -5


def test_points_that_became_open_are_a_move_and_so_is_another_verdict_for_none(tmp_path):
    class_of(tmp_path, ({}, [report_of("1", a=FAILED)]), ({}, [report_of("1", a=OPEN)]))
    (one,) = found(tmp_path).values()
    assert (one.by, one.moved) == (0, True)


def test_what_grade_says_by_itself_is_about_points_of_those_who_were_there(tmp_path):
    first = [report_of("1", a=5), report_of("2", a=FAILED)]
    second = [report_of("1", a=2), report_of("2", a=OPEN), report_of("3", a=5)]
    class_of(tmp_path, ({}, first), ({"rubric": "other"}, second))
    with Journal(tmp_path / NAME) as journal:
        assert [one.student for one in since_before(journal)] == ["1"]
        assert list(changed_lines(since_before(journal), without_colour))[2] == "1  5 -> 2 (-3): another rubric"
    assert list(changed_lines([], without_colour)) == []


def test_any_two_runs_can_be_named(tmp_path):
    class_of(tmp_path, *(({}, [report_of("1", a=points)]) for points in (1, 2, 4)))
    assert [found(tmp_path, *numbers)["1"].by for numbers in ((1, 2), (1, 3), (2, 3))] == [1, 3, 2]


def decide(path, **values):
    values = {"kind": "points", "student": "1", "item": "a", "points": 4.0, "why": "on paper", "person": "p", **values}
    with Journal(path / NAME) as journal:
        journal.decide([Decision(**values)])


def then(path, basis, *reports):
    """One more run."""
    with Journal(path / NAME) as journal:
        journal.begin(BASIS | basis, {})
        for report in reports:
            journal.write(report.student, report.digest, str(basis), "", report.to_json())
        found = since_before(journal)
        journal.end()
    return found


def test_what_a_person_decided_between_two_runs_is_said_and_is_no_change_later(tmp_path):
    class_of(tmp_path, ({}, [report_of("1", a=FAILED, b=1), report_of("2", a=FAILED)]))
    decide(tmp_path)
    decide(tmp_path, kind="bonus", item="", points=2.0)
    assert then(tmp_path, {}) == []
    (one,) = found(tmp_path).values()
    assert (one.was, one.now, one.causes) == (1, 7, (DECIDED,))
    assert "    a: 0 -> 4, failed, train-no-zero-grad -> decided by a person" in moves_of(tmp_path)
    assert "    bonus: - -> 2, not there -> decided by a person" in moves_of(tmp_path)
    assert then(tmp_path, {"rubric": "other"}, report_of("1", a=5, b=1)) == []  # the decision stands
    assert found(tmp_path) == {}
    assert {name: one.causes for name, one in found(tmp_path, 1, 3).items()} == {"1": (DECIDED, "another rubric")}
    decide(tmp_path, kind="undo", points=4.0, undoes=1)
    (said,) = then(tmp_path, {"rubric": "other"}, report_of("1", a=2, b=1))
    assert (said.by, said.causes) == (-3, (AGAIN,))
    (one,) = found(tmp_path).values()
    assert (one.was, one.now, one.causes) == (7, 5, (DECIDED,))


def test_a_decision_on_all_empty_answers_moves_those_who_have_some(tmp_path):
    reports = [report_of("1", a=5), replace(report_of("2", q=OPEN), written=(Written("q", "", empty=True),))]
    class_of(tmp_path, ({}, reports))
    decide(tmp_path, kind="empty", student="", item="", points=0.0)
    then(tmp_path, {})
    assert {name: one.causes for name, one in found(tmp_path).items()} == {"2": (DECIDED,)}


def moves_of(path):
    return list(moves_lines(*compared(path), without_colour))


@pytest.mark.parametrize(("numbers", "words"), [((1,), "runs 1, 2"), ((1, 9), "runs 1, 2"), ((1, 2, 2), "two runs")])
def test_runs_that_are_not_there_are_misuse(tmp_path, numbers, words):
    class_of(tmp_path, ({}, []), ({}, []))
    with pytest.raises(MisuseError, match=words):
        compared(tmp_path, numbers)


def test_one_run_or_no_journal_is_misuse(tmp_path):
    with pytest.raises(MisuseError, match="has no journal"):
        compared(tmp_path)
    class_of(tmp_path, ({}, []))
    with pytest.raises(MisuseError, match="only one run"):
        compared(tmp_path)


def test_a_report_of_another_format_is_as_if_it_were_not_there(tmp_path):
    class_of(tmp_path, ({}, [report_of("1", a=5)]), ({}, [report_of("1", a=4)]))
    with Journal(tmp_path / NAME) as journal:
        before, after, runs = journal.graded(1), journal.graded(), {run.id: run for run in journal.runs()}
    broken = {"1": replace(after["1"], body={"format": 99})}
    (one,) = moves(before, broken, runs)
    assert (one.was, one.now) == (5, None)


def test_the_command_prints_lines_or_json(tmp_path):
    class_of(tmp_path, ({}, [report_of("1", a=5)]), ({"rubric": "x"}, [report_of("1", a=4)]))
    done = hw1("diff", tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1  5 -> 4 (-1): another rubric\n    a: 5 -> 4, passed" in done.stdout
    assert json.loads(hw1("diff", tmp_path, "1", "2", "--json", cwd=tmp_path).stdout)["students"][0]["student"] == "1"
    assert hw1("diff", tmp_path / "none", cwd=tmp_path).returncode == 2
