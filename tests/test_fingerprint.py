"""Where a grading differs from the recording that it compares with, a sentence says in what."""

import json
from dataclasses import replace

import pytest
from conftest import setup_of
from gradescope.schema import problems

from autograder import __version__
from autograder.case import Case
from autograder.discretion import for_students
from autograder.fingerprint import SAID, differences, fingerprint
from autograder.grade import judged
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.recording import Recording
from autograder.render.gradescope import results_json
from autograder.render.page_lines import closing_lines
from autograder.render.text import elsewhere, feedback_text
from autograder.rubric import read_rubric
from autograder.submission import Submission

RUBRIC = read_rubric()
HERE = {"python": "3.11.7", "platform": "linux", "torch": "2.14.1+cpu", "cpu": "AVX512", "threads": 1}
SENTENCE = (
    "Graded on another setup than the reference: here torch 2.14.1+cpu, AVX512 instructions, "
    "where the reference was recorded torch 2.4.0, AVX2 instructions. The tolerances allow for it."
)


class Nothing:
    """A sandbox in which nothing is run."""

    printed, printed_text, pressed = 0, "", 0

    def __init__(self, environment):
        self.environment, self.layers = environment, {}


def graded(environment, recorded, checks=()):
    """A report of *checks*, graded in one environment with a recording that was made in another."""
    recording = Recording("", recorded, {}, ())
    case = Case(Submission("20260001", {}), RUBRIC, lambda: recording, setup_of())
    return judged(case, Nothing(environment), checks)


def test_what_both_tell_and_is_otherwise_is_said_in_the_words_of_each():
    other = HERE | {"torch": "2.4.0", "cpu": "AVX2"}
    assert differences(HERE, other) == (
        "torch 2.14.1+cpu, AVX512 instructions",
        "torch 2.4.0, AVX2 instructions",
    )


def test_nothing_is_different_in_what_is_the_same():
    assert differences(HERE, dict(HERE)) is None


def test_what_only_one_tells_is_no_difference():
    assert differences(HERE | {"hw1": "0.1.0"}, {"threads": 1}) is None
    assert differences({}, HERE) is None


@pytest.mark.parametrize("name", ["isolation", "basis", "differs"])
def test_what_changes_no_outcome_is_no_difference(name):
    assert differences({**HERE, name: "a"}, {**HERE, name: "b"}) is None


@pytest.mark.parametrize("name", SAID)
def test_each_thing_that_may_change_an_outcome_has_words(name):
    first, second = differences({name: "one"}, {name: "another"})
    assert first == SAID[name].format("one")
    assert second.replace("another", "one") == first


def test_a_fingerprint_holds_kit_rubric_seed_and_environment():
    found = dict(graded(HERE, HERE).fingerprint)
    ours = {"hw1": __version__, "rubric": RUBRIC.digest, "seed": "public", "isolation": "none"}
    assert found == ours | HERE


def test_where_nothing_was_compared_the_recording_is_not_opened():
    def closed():
        raise AssertionError("opened")

    case = Case(Submission("s", {}), RUBRIC, closed, setup_of())
    assert "differs" not in fingerprint(case, Nothing({"python": "3.11.7"}))


def test_a_report_says_it_in_the_fingerprint_alone_where_it_is_the_same():
    report = graded(HERE, HERE)
    assert elsewhere(report) == ()
    assert "Graded elsewhere" not in feedback_text(report, RUBRIC)
    assert "Graded elsewhere" not in results_json(report, RUBRIC)["output"]


def test_the_sentence_stands_in_every_document_and_in_the_summary():
    report = graded(HERE, HERE | {"torch": "2.4.0", "cpu": "AVX2"})
    assert elsewhere(report) == (SENTENCE,)
    for shown in (report, for_students(report)):
        assert feedback_text(shown, RUBRIC).replace("\n", " ").count(SENTENCE) == 1
        document = results_json(shown, RUBRIC)
        assert problems(document) == []
        assert SENTENCE in document["output"].split("\n\n")
    assert SENTENCE in " ".join(closing_lines(report))
    assert json.loads(json.dumps(report.to_json()))["fingerprint"]["differs"] in SENTENCE


def test_with_a_real_sandbox_it_is_the_environment_that_was_recorded_unless_torch_is_another(
    solution, launcher, recording, tmp_path
):
    checks = tuple(check for check in CHECKS if check.id == "1.1-structure")

    def run(environment):
        made = replace(recording, environment=environment)
        kit = Kit(train="never", recorded=lambda: made, launcher=launcher, scratch=tmp_path)
        submission = read_submission(solution, kit.rubric.limits)
        with kit.session(submission, stage="source") as session:
            return judged(kit.case(submission, session), session, checks).fingerprint

    first = run({})
    assert "differs" not in first
    here = {name: first[name] for name in recording.environment}
    assert "differs" not in run(here)
    differs = run(here | {"torch": "1.0"})["differs"]
    assert differs == f"here torch {here['torch']}, where the reference was recorded torch 1.0"
