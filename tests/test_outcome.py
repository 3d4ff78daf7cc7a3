"""What came of a check, as a record and as JSON."""

import json

import pytest

from autograder.outcome import Outcome, Status

OPEN = {Status.UNSETTLED, Status.UNGRADED, Status.BY_HAND, Status.SKIPPED}


@pytest.mark.parametrize("status", Status)
def test_an_outcome_of_every_status_survives_json(status):
    outcome = Outcome(status, "reason ü", "hint", "a-mistake", ("one", "two"), ("remark",)).worth(2.5)
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


@pytest.mark.parametrize("status", Status)
def test_only_a_passed_check_earns_its_points(status):
    assert Outcome(status).worth(3).points == (3 if status is Status.PASSED else 0)


@pytest.mark.parametrize("status", Status)
def test_points_are_open_exactly_where_nobody_has_decided(status):
    assert status.open == (status in OPEN)


@pytest.mark.parametrize("word", ["Passed", "", "ok", None, 3])
def test_an_unknown_status_is_a_loud_failure(word):
    with pytest.raises(ValueError, match="not a valid Status"):
        Outcome.from_json({**Outcome(Status.PASSED).to_json(), "status": word})


@pytest.mark.parametrize("name", ["status", "detail", "remarks"])
def test_a_missing_field_is_a_loud_failure(name):
    data = Outcome(Status.PASSED).to_json()
    del data[name]
    with pytest.raises(KeyError):
        Outcome.from_json(data)


def test_an_unknown_field_is_a_loud_failure():
    with pytest.raises(TypeError):
        Outcome.from_json({**Outcome(Status.PASSED).to_json(), "grade": 1})
