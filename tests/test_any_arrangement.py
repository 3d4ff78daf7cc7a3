"""However right files are arranged, packed and accompanied, they earn what the flat folder earns, or are open."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from autograder.grade import judged
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.ingest.notebooks import with_notebooks
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.rubric import read_rubric
from autograder.sandbox.folders import remove
from autograder.submission import Submission
from tests.arrangements import ANSWERS, HELPER, SOURCES, Arranged, arranged, flat, packed
from tests.conftest import write_hand_in
from tests.notebooks import original_layout

RUBRIC = read_rubric()
FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
MANY = settings(max_examples=1500, deadline=None, suppress_health_check=[*HealthCheck])

WITHOUT_HELPER = {name: data for name, data in flat("modules").items() if name != "helper.py"}


def found(hand_in: Arranged, folder: Path) -> Submission:
    """What is read of it as a folder."""
    return read_submission(write_hand_in(folder / "20260001", hand_in.files), RUBRIC.limits, folder)


def look(hand_in: Arranged) -> None:
    """Each right file is there with its bytes, or open; each that is not used is named."""
    with tempfile.TemporaryDirectory() as folder:
        one = found(hand_in, Path(folder))
        said = " ".join(one.about_files)
        if hand_in.form == "notebooks":
            there = {path.read_bytes() for path in one.documents.values()}
            for name, data in flat("notebooks").items():
                assert data in there or one.files.get(name) == data or one.unread, (name, said)
        else:
            for name in in_force().known:
                right = ANSWERS if name == "answers.md" else SOURCES[name.removesuffix(".py")].encode()
                is_right = one.files.get(name) == right and (name == "answers.md" or one.files["helper.py"] == HELPER)
                assert is_right or one.open_reason(name), (name, said)
        assert not one.problems
        for name in hand_in.unused:
            assert name in said or one.unread or "was not opened" in said, name


@given(arranged())
@FEW
@example(Arranged({"hw1.zip": packed(flat("modules"), "zip", windows=True)}, "modules"))
@example(Arranged({**WITHOUT_HELPER, "b.zip": packed({"helper.py": HELPER}, "zip")}, "modules"))
@example(Arranged({"a/b.zip": packed({"c.tar": packed(flat("notebooks"), "w")}, "zip")}, "notebooks"))
def test_any_arrangement_counts_as_the_flat_folder_or_is_open(hand_in):
    look(hand_in)


@pytest.mark.slow
@given(arranged())
@MANY
def test_many_arrangements_count_as_the_flat_folder_or_are_open(hand_in):
    look(hand_in)


@pytest.fixture
def points(launcher, recording, tmp_path):
    """The outcome of each check of a hand-in with these files, graded whole but for training."""
    kit = Kit(train="never", isolation="best", recorded=lambda: recording, launcher=launcher)

    def run(name: str, files: dict[str, bytes]) -> dict[str, tuple[Status, float]]:
        folder = write_hand_in(tmp_path / name, files)
        one = with_notebooks(read_submission(folder, kit.rubric.limits, kit.scratch), kit)
        with kit.session(one) as session:
            report = judged(kit.case(one, session), session, CHECKS)
        return {line.id: (line.outcome.status, line.outcome.points) for line in report.lines if line.points}

    yield run
    remove(kit.scratch)


@pytest.mark.slow
def test_what_is_arranged_otherwise_earns_the_same_whole_grade_or_is_open(points, solution):
    modules = {name: (solution / name).read_bytes() for name in sorted(in_force().known)}
    parts = [{name: data for name, data in modules.items() if (name == "vgg.py") is second} for second in (False, True)]
    books = {name: data for name, data in original_layout(solution).items() if name.endswith(".ipynb")}
    script = b"\n".join(data for name, data in modules.items() if name.endswith(".py"))
    arrangements = {
        "nested": {"top.zip": packed({"in/hw1.tar.xz": packed(modules, "w:xz")}, "zip"), "report.pdf": b"%PDF-1.4"},
        "apart": {f"part{n}/{name}": data for n, part in enumerate(parts) for name, data in part.items()},
        "windows": {"Archive.zip": packed({f"hw1/{name}": data for name, data in modules.items()}, "zip", True)},
        "twice": {**modules, **{f"copy/{name}": data.replace(b"\n", b"\r\n") for name, data in modules.items()}},
        "notebooks": {"one/two.tgz": packed({**books, "answers.md": modules["answers.md"]}, "w:gz")},
        "script": {"homework.py": script, "answers.md": modules["answers.md"]},
    }
    whole = points("flat", modules)
    assert sum(earned for _, earned in whole.values()) > 50
    for name, files in arrangements.items():
        for check, (status, earned) in points(name, files).items():
            assert earned == whole[check][1] or status.open, (name, check, status)
