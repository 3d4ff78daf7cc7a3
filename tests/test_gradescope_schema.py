"""The rules of results.json: each is kept by good documents and broken by a bad one; and uploads have their shape."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import datetime

import pytest
from gradescope import upload
from gradescope.schema import problems

from autograder.ingest.reading import read_submission
from autograder.rubric import read_rubric

TEST = {
    "score": 1.5,
    "max_score": 2,
    "status": "failed",
    "name": "1.1: accuracy",
    "name_format": "text",
    "number": "1.1",
    "output": "seen\nwanted",
    "output_format": "md",
    "tags": ["1.1"],
    "visibility": "after_published",
    "extra_data": {"seed": 7},
}
FULL = {
    "score": 1.5,
    "execution_time": 12.5,
    "output": "one\ntwo",
    "output_format": "simple_format",
    "test_output_format": "md",
    "test_name_format": "text",
    "visibility": "visible",
    "stdout_visibility": "hidden",
    "extra_data": {"fingerprint": {"torch": "2.4", "threads": [1, 2]}},
    "tests": [TEST],
    "leaderboard": [{"name": "accuracy", "value": 0.98}, {"name": "stars", "value": "*****", "order": "asc"}],
}


def test_good_documents_have_no_problem():
    assert problems(FULL) == []
    assert problems({"score": 44.0}) == []
    assert problems({"tests": [{"score": 0, "max_score": 0}]}) == []
    assert problems({"score": 0, "tests": [{"name": "only told", "status": "passed"}]}) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": 3}, "document: Additional properties"),
        ({"score": "1.5"}, "score: '1.5' is not of type 'number'"),
        ({"score": True}, "score: True is not of type 'number'"),
        ({"score": float("nan")}, "score: nan is no JSON"),
        ({"execution_time": "12"}, "execution_time: '12' is not of type 'number'"),
        ({"execution_time": -1}, "execution_time: -1 is less than the minimum"),
        ({"output": ["text"]}, "output: ['text'] is not of type 'string'"),
        ({"output": "red \x1b[31m"}, "output: holds U+001B"),
        ({"output": "turned \u202e"}, "output: holds U+202E"),
        ({"output": "half \ud83d"}, "output: holds U+D83D"),
        ({"output_format": "markdown"}, "output_format: 'markdown' is not one of"),
        ({"test_output_format": "rst"}, "test_output_format: 'rst' is not one of"),
        ({"test_name_format": None}, "test_name_format: None is not one of"),
        ({"visibility": "never"}, "visibility: 'never' is not one of"),
        ({"visibility": "hidden"}, "visibility: hidden hides the total"),
        ({"stdout_visibility": "staff"}, "stdout_visibility: 'staff' is not one of"),
        ({"extra_data": []}, "extra_data: [] is not of type 'object'"),
        ({"extra_data": {"a": {"b\0": 1}}}, "extra_data/a: holds U+0000"),
        ({"extra_data": {"a": [float("inf")]}}, "extra_data/a/0: inf is no JSON"),
        ({"tests": {}}, "tests: {} is not of type 'array'"),
        ({"tests": ["passed"]}, "tests/0: 'passed' is not of type 'object'"),
        ({"leaderboard": [{"name": "accuracy"}]}, "leaderboard/0: 'value' is a required property"),
        ({"leaderboard": [{"value": 1}]}, "leaderboard/0: 'name' is a required property"),
        ({"leaderboard": [{"name": "a", "value": None}]}, "leaderboard/0/value: None is not of type"),
        ({"leaderboard": [{"name": "a", "value": 1, "order": "up"}]}, "leaderboard/0/order: 'up' is not one of"),
        ({"leaderboard": [{"name": "a", "value": 1, "unit": "%"}]}, "leaderboard/0: Additional properties"),
    ],
)
def test_each_rule_of_the_whole_is_kept(changes, said):
    (found,) = problems(FULL | changes)
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": 2}, "tests/0: Additional properties"),
        ({"score": None}, "tests/0/score: None is not of type 'number'"),
        ({"score": 2.5}, "tests/0/score: 2.5 is above max_score, 2"),
        ({"score": -0.5}, "tests/0/score: -0.5 is below 0"),
        ({"max_score": "2"}, "tests/0/max_score: '2' is not of type 'number'"),
        ({"score": 0, "max_score": float("inf")}, "tests/0/max_score: inf is no JSON"),
        ({"status": "skipped"}, "tests/0/status: 'skipped' is not one of"),
        ({"name": 3}, "tests/0/name: 3 is not of type 'string'"),
        ({"name": "bell \a"}, "tests/0/name: holds U+0007"),
        ({"name_format": "plain"}, "tests/0/name_format: 'plain' is not one of"),
        ({"number": 1.1}, "tests/0/number: 1.1 is not of type 'string'"),
        ({"output": "line\r\n"}, "tests/0/output: holds U+000D"),
        ({"output_format": ""}, "tests/0/output_format: '' is not one of"),
        ({"tags": "1.1"}, "tests/0/tags: '1.1' is not of type 'array'"),
        ({"tags": [1]}, "tests/0/tags/0: 1 is not of type 'string'"),
        ({"visibility": "hidden"}, "tests/0/visibility: hidden hides the total"),
        ({"extra_data": "none"}, "tests/0/extra_data: 'none' is not of type 'object'"),
    ],
)
def test_each_rule_of_a_test_is_kept(changes, said):
    (found,) = problems(FULL | {"tests": [TEST | changes]})
    assert found.startswith(said)


def test_a_maximum_below_zero_is_said_by_the_schema():
    assert "tests/0/max_score: -1 is less than the minimum of 0" in problems({"tests": [{"score": 0, "max_score": -1}]})


def test_a_score_is_at_the_top_or_in_every_test():
    unscored = {"name": "only told"}
    assert problems({"tests": [TEST, unscored]}) == ["tests/1: 'score' is a required property"]
    assert problems({"output": "nothing"}) == ["document: 'tests' is a required property"]
    (empty,) = problems({"tests": []})
    assert empty.startswith("tests: [] should be non-empty")


def test_a_score_needs_its_maximum():
    assert problems({"tests": [{"score": 1}]}) == ["tests/0/max_score: is not there, and there is a score"]


@pytest.mark.parametrize("document", [None, [], "results", 3])
def test_what_is_no_object_is_no_document(document):
    (found,) = problems(document)
    assert "is not of type 'object'" in found


def test_metadata_has_the_documented_shape():
    document = json.loads(json.dumps(upload.metadata()))
    assert set(document) == {"id", "created_at", "assignment", "submission_method", "users", "previous_submissions"}
    assert document["users"] == [{"email": "20260001@example.org", "id": 760_001, "name": "Student 01"}]
    assert isinstance(document["assignment"]["total_points"], str)
    times = [document["created_at"], document["assignment"]["due_date"]]
    assert datetime.fromisoformat(times[0]) < datetime.fromisoformat(times[1])
    assert datetime.fromisoformat(times[0]).tzinfo is not None


def test_metadata_can_be_changed_and_lack_fields_and_no_change_stays():
    changed = upload.metadata(users=None, assignment={"group_size": 3}, previous_submissions=[upload.previous(4, {})])
    assert "users" not in changed
    assert (changed["assignment"]["group_size"], changed["assignment"]["id"]) == (3, 25828)
    assert changed["previous_submissions"][0]["results"] == {}
    assert upload.metadata()["assignment"]["group_size"] is None
    old = upload.older(changed)
    assert old["assignment"]["submission_method"] == "upload"
    assert "submission_method" not in old
    assert "autograder_error" not in old["previous_submissions"][0]
    assert "autograder_error" in changed["previous_submissions"][0]


@pytest.mark.parametrize("folder", [False, True])
def test_an_archive_is_read_as_the_hand_in_that_it_is(tmp_path, folder):
    data = upload.hw1_archive({"mnist.py": "x = 1\n", "answers.md": b"# 1\n"}, "20260007", folder)
    assert data == upload.hw1_archive({"mnist.py": "x = 1\n", "answers.md": b"# 1\n"}, "20260007", folder)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        top = "hw1-20260007/" if folder else ""
        assert archive.getnames() == [f"{top}mnist.py", f"{top}answers.md"]
    path = tmp_path / "hw1-20260007.tar.gz"
    path.write_bytes(data)
    read = read_submission(path, read_rubric().limits, tmp_path)
    assert read.files == {"mnist.py": b"x = 1\n", "answers.md": b"# 1\n"}
