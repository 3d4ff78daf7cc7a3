"""What Gradescope says of an upload is read as far as it can be, and nothing that stands in it is an error."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from gradescope.upload import metadata, older, previous, user

from autograder.gradescope.metadata import LARGEST, Upload, read_metadata

ZONE = "-07:00"


def at(text):
    return datetime.fromisoformat(f"{text}{ZONE}")


@pytest.fixture
def read(tmp_path):
    """Reads a document, or bytes, as the metadata of an upload."""

    def read(document):
        path = tmp_path / "submission_metadata.json"
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return read_metadata(path)

    return read


def test_what_gradescope_documents_is_read(read):
    upload = read(metadata(assignment={"late_due_date": f"2026-04-02T23:00:00.000000{ZONE}"}))
    assert (upload.number, upload.addresses, upload.problem) == ("123456", ("20260001@example.org",), "")
    assert upload.created == at("2026-03-21T14:22:32.365935")
    assert (upload.due, upload.late_due) == (at("2026-03-31T23:00:00"), at("2026-04-02T23:00:00"))
    assert (upload.earlier, upload.late) == (None, timedelta(0))


def test_the_shape_of_earlier_years_says_the_same(read):
    document = metadata(previous_submissions=[previous(10.0), previous(12.5)])
    assert read(older(document)) == read(document)


def test_a_file_that_is_not_there_is_said_and_nothing_more(tmp_path):
    assert read_metadata(tmp_path / "none.json") == Upload(problem="submission_metadata.json is missing")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xfa", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000])
def test_what_is_no_json_or_nested_without_end_is_said_and_nothing_more(read, content):
    assert read(content) == Upload(problem="submission_metadata.json can't be read")


def test_a_folder_in_its_place_is_said_and_nothing_more(tmp_path):
    assert read_metadata(tmp_path) == Upload(problem="submission_metadata.json can't be read")


def test_of_60_mb_no_more_is_read_than_a_part(read):
    assert LARGEST < 60_000_000
    assert read(b'{"id": "' + b"x" * 60_000_000 + b'"}').problem == "submission_metadata.json can't be read"


@pytest.mark.parametrize("document", [None, [], "text", 3, [metadata()]])
def test_json_that_is_no_table_is_said_and_nothing_more(read, document):
    assert read(document) == Upload(problem="submission_metadata.json does not have the expected form")


WRONG = [None, True, 3, 10**400, 1.5, "x", "\ud800", [], [None, 3], {}, {"a": None}, [{"email": None}], [[]]]


@pytest.mark.parametrize("name", ["id", "created_at", "assignment", "users", "previous_submissions"])
@pytest.mark.parametrize("value", WRONG, ids=lambda value: f"{value!r}"[:20])
def test_a_field_that_is_missing_or_of_a_wrong_type_costs_nothing_but_itself(read, name, value):
    good, spoilt = read(metadata()), read(metadata() | {name: value})
    told = {"id": "number", "created_at": "created", "assignment": "due", "users": "addresses"}.get(name, "earlier")
    assert spoilt.problem == ""
    assert replace(spoilt, **{told: None}) == replace(good, **{told: None})
    if name != "id":  # any short text or number may be one
        assert getattr(spoilt, told) in (None, ())


def test_nulls_everywhere_are_an_upload_of_which_nothing_is_known(read):
    assert read(dict.fromkeys(metadata())) == Upload()
    assignment = dict.fromkeys(metadata()["assignment"])
    assert read({"assignment": assignment, "users": [dict.fromkeys(user())]}) == Upload()


def test_a_group_is_all_who_handed_in(read):
    upload = read(metadata(users=[user("20260001"), user("20260002")]))
    assert upload.addresses == ("20260001@example.org", "20260002@example.org")


def test_who_has_an_extension_has_the_later_date(read):
    extended = user() | {"assignment": {"due_date": f"2026-04-07T23:00:00{ZONE}", "late_due_date": None}}
    upload = read(metadata(users=[user("20260002"), extended], created_at=f"2026-04-05T12:00:00{ZONE}"))
    assert (upload.due, upload.late) == (at("2026-04-07T23:00:00"), timedelta(0))


def test_an_earlier_date_of_ones_own_takes_nothing_away(read):
    sooner = user() | {"assignment": {"due_date": f"2026-03-07T23:00:00{ZONE}"}}
    assert read(metadata(users=[sooner])).due == at("2026-03-31T23:00:00")


@pytest.mark.parametrize("name", ["created_at", "due"])
def test_a_time_without_a_zone_is_nobodys_and_nothing_is_late_by_it(read, name):
    late = {"created_at": f"2026-05-01T00:00:00{ZONE}", "due": f"2026-03-31T23:00:00{ZONE}"}
    late[name] = late[name].removesuffix(ZONE)
    upload = read(metadata(created_at=late["created_at"], assignment={"due_date": late["due"]}))
    assert upload.late == timedelta(0)
    assert (upload.created is None) is (name == "created_at")


def test_lateness_is_from_the_due_date_to_the_upload_across_zones(read):
    upload = read(metadata(created_at="2026-04-01T08:30:00+02:00"))  # 23:30 of the day before, 7 hours west
    assert upload.late == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("scores", "earlier"),
    [
        ([], None),
        ([10.0, 12.5], 12.5),
        ([10.0, "11.5"], 11.5),
        ([0], 0.0),
        ([7, None, True, "x", [], {}], 7.0),
        ([7, float("nan"), float("inf"), "nan", "-inf", "1e400", 10**400, 1e12], 7.0),
    ],
)
def test_the_earlier_score_is_the_last_one_that_is_a_number(read, scores, earlier):
    assert read(metadata(previous_submissions=[previous(score) for score in scores])).earlier == earlier


def test_the_score_of_an_upload_that_the_grader_failed_on_is_none(read):
    assert read(metadata(previous_submissions=[previous(8), previous(0) | {"autograder_error": True}])).earlier == 8
