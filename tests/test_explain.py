"""`hw1 explain` answers a complaint from the journal alone: nothing is run."""

from __future__ import annotations

import json
import math
import shutil

import pytest
from conftest import write_hand_in
from test_cli import GRADE, hw1

from autograder.cohort.explain import REFERENCE, explain
from autograder.cohort.journal import existing
from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.recording import load_recording
from autograder.render.text import without_colour
from autograder.rubric import read_rubric
from autograder.staff.explain_lines import explain_json, explain_lines

LIMITS = read_rubric().limits


@pytest.fixture(scope="module")
def graded(solution, tmp_path_factory):
    """One hand-in that never clears its gradients and mends its confusion matrix later: two runs."""
    root = tmp_path_factory.mktemp("explained")
    text = (solution / "trainer.py").read_text(encoding="utf-8")
    wrong = text.replace("self.optimizer.zero_grad()", "pass")
    assert wrong != text
    for trainer in ("raise ImportError('not yet')\n", wrong):
        write_hand_in(root / "in" / "20260003", {"trainer.py": trainer})
        assert hw1("grade", "in", "-o", "out", *GRADE, cwd=root).returncode == 0
    return root


def explained(graded, check, recording=True, student="20260003"):
    with existing(graded / "out") as journal:
        evidence = load_recording() if recording else None
        return explain(journal, in_force(), evidence, LIMITS, student, check)


def test_a_verdict_comes_with_its_probe_its_distances_and_the_students_lines(graded):
    found = explained(graded, "1.2a")
    assert found.line.outcome.mistake == "train-no-zero-grad"
    (observed,) = found.observed
    assert observed.probe == "trainer.train"
    assert observed.seconds > 0
    (nearest, little), *others = observed.away
    assert (nearest, little < 1) == ("train-no-zero-grad", True)
    assert dict(others)[REFERENCE] > 100
    assert [away for _, away in observed.away] == sorted(away for _, away in observed.away)
    assert found.source[0][1].strip().startswith("def train")
    assert all("def test" not in text for _, text in found.source)
    assert [(points, verdict) for _, points, verdict in found.history] == [
        (0, "failed"),
        (0, "failed, train-no-zero-grad"),
    ]


def test_the_students_own_lines_stand_in_the_report_and_on_the_students_page(graded):
    folder = graded / "out" / "20260003"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    passage = report["passages"]["trainer.Trainer.train"]
    assert (passage["where"], passage["lines"][0]) == ("trainer.py", list(explained(graded, "1.2a").source[0]))
    page = (folder / "feedback.html").read_text(encoding="utf-8")
    assert "<code>train-no-zero-grad</code>" in page
    assert "Your lines: trainer.py" in page


def test_it_is_told_on_a_screen_and_as_json(graded):
    lines = list(explain_lines(explained(graded, "1.2a"), without_colour))
    text = "\n".join(lines)
    assert lines[0] == "20260003, 1.2a: 0 of 2 points"
    assert "never clears its gradients" in text
    assert "The student's trainer.Trainer.train:" in text
    assert "run 1: 0, failed; run 2: 0, failed, train-no-zero-grad" in text
    assert len(lines) < 90
    values = json.loads(json.dumps(explain_json(explained(graded, "1.2a")), allow_nan=False))
    assert values["observed"][0]["away"][0][0] == "train-no-zero-grad"
    assert any(away is None for _, away in values["observed"][0]["away"])


def test_without_the_evidence_there_are_no_distances(graded):
    (observed,) = explained(graded, "1.2a", recording=False).observed
    assert observed.away == ()
    assert observed.saw


def test_what_passed_is_explained_too_and_so_is_what_compares_nothing(graded):
    (observed,) = explained(graded, "1.2b").observed
    assert observed.away[0][0] == REFERENCE
    assert not math.isinf(observed.away[0][1])
    assert explained(graded, "files-answers").observed == ()
    assert explained(graded, "1.1-E1").line.outcome.status.value == "by hand"


def test_a_hand_in_that_went_away_costs_its_lines_alone(graded, tmp_path):
    copy = shutil.copytree(graded, tmp_path / "copy")
    shutil.rmtree(graded / "in", ignore_errors=False)
    try:
        assert explained(copy, "1.2a").source == ()
    finally:
        shutil.copytree(copy / "in", graded / "in")


@pytest.mark.parametrize(
    ("student", "check", "words"),
    [
        ("20260009", "1.2a", "was not graded into .*: there are 20260003"),
        ("20260003", "9.9", "no check '9.9'; there are"),
    ],
)
def test_who_or_what_is_not_there_is_misuse(graded, student, check, words):
    with pytest.raises(MisuseError, match=words):
        explained(graded, check, student=student)


def test_the_command(graded):
    done = hw1("explain", "out", "20260003", "1.2a", cwd=graded)
    assert (done.returncode, done.stderr) == (0, "")
    assert "How far that is, in tolerances" in done.stdout
    assert json.loads(hw1("explain", "out", "20260003", "1.2a", "--json", cwd=graded).stdout)["student"] == "20260003"
    assert hw1("explain", "in", "20260003", "1.2a", cwd=graded).returncode == 2
