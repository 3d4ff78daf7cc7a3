"""Right work in other people's styles earns its points."""

import tomllib
from pathlib import Path

import pytest
from conftest import every_other_slow, setup_of

from autograder.case import Case
from autograder.grade import judged
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.observing import Observer
from autograder.outcome import Status
from autograder.recording import load_recording
from autograder.rubric import read_rubric
from autograder.sandbox.host import new_launcher
from autograder.sandbox.session import Session

FOLDER = Path(__file__).parent / "variants"
VARIANTS = sorted(path.parent.name for path in FOLDER.glob("*/touched.toml"))
RUBRIC = read_rubric()


@pytest.fixture(scope="session")
def warm_launcher():
    launcher = new_launcher()
    launcher.warm("extras", ("matplotlib.pyplot", "sklearn.metrics", "tqdm"))
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def public_recording():
    return load_recording()


def test_there_are_variants_of_every_part():
    assert len(VARIANTS) >= 40
    wanted = {name for variant in VARIANTS for name in touched(variant)["checks"]}
    compared = {check.id for check in CHECKS if hasattr(check.judge, "probe") and check.id in RUBRIC.points}
    assert wanted == compared


def touched(variant: str) -> dict:
    return tomllib.loads((FOLDER / variant / "touched.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("variant", every_other_slow(VARIANTS))
def test_each_variant_passes_every_check_it_names(variant, warm_launcher, public_recording):
    names = touched(variant)["checks"]
    checks = tuple(check for check in CHECKS if check.id in names)
    assert len(checks) == len(names)
    submission = read_submission(FOLDER / variant, RUBRIC.limits)
    limits = RUBRIC.limits
    with Session(warm_launcher, submission.files, limits.memory_mb << 20, limits.import_seconds, "extras") as session:
        run = Observer(submission, session)
        case = Case(submission, RUBRIC, lambda: public_recording, setup_of(train="never"), run=run)
        report = judged(case, session, checks)
    wrong = {
        line.id: (line.outcome.status.value, line.outcome.reason, line.outcome.mistake, line.outcome.detail)
        for line in report.lines
        if line.id in names and line.outcome.status is not Status.PASSED
    }
    assert not wrong
