"""A report lists every check, always, and its maximum never moves."""

import itertools
import json

import pytest

from autograder.hw1.checks import CHECKS
from autograder.outcome import Outcome, Status
from autograder.report import Report, make_report
from autograder.rubric import read_rubric

RUBRIC = read_rubric()
AUTOMATIC = [check.id for check in CHECKS]


def report_of(outcomes: dict, **fields) -> Report:
    report = make_report("20260001", "digest", CHECKS, outcomes, RUBRIC, ("a remark",), {"hw1": "0", "threads": 1})
    return Report(**{**vars(report), **fields})


def all_of(status: Status) -> dict:
    return dict.fromkeys(AUTOMATIC, Outcome(status))


@pytest.mark.parametrize("judged", [0, 1, 7, len(AUTOMATIC)])
def test_every_check_is_listed_once_however_few_were_judged(judged):
    report = report_of({name: Outcome(Status.PASSED) for name in AUTOMATIC[:judged]})
    assert [line.id for line in report.lines] == [*AUTOMATIC, *RUBRIC.by_hand]
    assert report.complete == (judged == len(AUTOMATIC))


def test_a_check_that_was_not_judged_is_ungraded_and_open():
    report = report_of({})
    statuses = {line.outcome.status for line in report.lines}
    assert statuses == {Status.UNGRADED, Status.BY_HAND}
    assert (report.earned, report.lost, report.open) == (0, 0, RUBRIC.automatic)


@pytest.mark.parametrize("status", Status)
def test_the_maximum_never_moves_and_every_point_is_in_one_place(status):
    report = report_of(all_of(status))
    assert report.maximum == 100
    if status is not Status.BY_HAND:
        assert report.by_hand == 34
    assert report.earned + report.lost + report.not_started + report.open + report.by_hand == 100


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.BY_HAND])
def test_points_are_earned_lost_or_open_by_the_status(status):
    report = report_of(all_of(status))
    assert report.earned == (66 if status is Status.PASSED else 0)
    assert report.open == (66 if status.open else 0)
    assert report.not_started == (66 if status is Status.TODO else 0)
    assert report.lost == (0 if status.open or status in (Status.PASSED, Status.TODO) else 66)


def test_points_add_up_over_a_mixture_of_outcomes():
    statuses = itertools.cycle(s for s in Status if s is not Status.BY_HAND)
    outcomes = {name: Outcome(next(statuses)) for name in AUTOMATIC}
    report = report_of(outcomes)
    earned = sum(RUBRIC.points.get(name, 0) for name, one in outcomes.items() if one.status is Status.PASSED)
    opened = sum(RUBRIC.points.get(name, 0) for name, one in outcomes.items() if one.status.open)
    assert (report.earned, report.open) == (earned, opened)
    assert report.not_started > 0
    assert report.lost == 66 - earned - opened - report.not_started


def test_points_that_an_outcome_claims_for_itself_do_not_count():
    report = report_of({name: Outcome(Status.FAILED, points=50.0) for name in AUTOMATIC})
    assert report.earned == 0


def test_all_passed_ignores_open_points_and_sees_lost_ones():
    passed = all_of(Status.PASSED)
    assert report_of(passed).all_passed
    assert report_of({**passed, "2.2a-accuracy": Outcome(Status.UNSETTLED)}).all_passed
    for status in (Status.FAILED, Status.STOPPED, Status.TODO):
        assert not report_of({**passed, "2.1a": Outcome(status)}).all_passed


def test_an_ungraded_check_makes_a_report_incomplete_and_an_unsettled_one_does_not():
    passed = all_of(Status.PASSED)
    assert report_of({**passed, "2.1a": Outcome(Status.UNSETTLED)}).complete
    assert not report_of({**passed, "2.1a": Outcome(Status.UNGRADED)}).complete


@pytest.mark.parametrize("status", Status)
def test_a_report_with_every_status_survives_json(status):
    report = report_of({name: Outcome(status, "r", "h", "m", ("d",), ("x",)) for name in AUTOMATIC})
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_the_sums_in_the_json_are_the_reports():
    data = report_of(all_of(Status.PASSED)).to_json()
    assert data["points"] == {"earned": 66, "lost": 0, "not started": 0, "open": 0, "by hand": 34}
    assert data["maximum"] == 100
    assert len(data["checks"]) == len(AUTOMATIC) + len(RUBRIC.by_hand)


@pytest.mark.parametrize("number", [0, 2, "1", None])
def test_another_format_is_a_loud_failure(number):
    with pytest.raises(ValueError, match="format"):
        Report.from_json({**report_of({}).to_json(), "format": number})


def test_an_unknown_status_in_a_report_is_a_loud_failure():
    data = report_of({}).to_json()
    data["checks"][3]["status"] = "excused"
    with pytest.raises(ValueError, match="excused"):
        Report.from_json(data)


@pytest.mark.parametrize("name", ["format", "student", "digest", "checks", "remarks", "fingerprint", "complete"])
def test_a_report_without_one_of_its_fields_is_a_loud_failure(name):
    data = report_of({}).to_json()
    del data[name]
    with pytest.raises(KeyError):
        Report.from_json(data)
