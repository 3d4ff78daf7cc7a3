"""The same verdict in three places: `hw1 check`, `hw1 grade` and the bundle agree on every check of a hand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_hand_in
from gradescope.container import Container, chroot_problem
from gradescope.kits import changed, handout_files, make_bundle, mistaken_files, solution_files
from gradescope.upload import hw1_archive, metadata
from notebooks import own_layout

from autograder.errors import MisuseError
from autograder.fingerprint import differences
from autograder.hw1.checks import CHECKS
from autograder.kit import Kit
from autograder.recording import Recording
from autograder.report import Report
from autograder.student.check import check_one

HW1 = str(Path(sys.executable).parent / "hw1")
VARIANTS = Path(__file__).parent / "variants"
MISTAKES = (
    *("mnist-net-softmax", "mnist-net-squeeze", "mnist-net-returns-tuple", "mnist-net-unused-layer"),
    *("train-no-zero-grad", "train-eval-left-on-between-epochs", "train-step-twice", "train-own-adam"),
    *("test-no-eval-mode", "test-error-rate", "test-trains", "conf-transposed", "conf-normalised"),
    *("exp1-softmax", "exp3-two-layers", "exp7-no-batch-norm", "exp9-padding", "exp10-pooling-3"),
    *("convblock1-no-bias", "convblock1-momentum", "convblock2-three-convolutions", "convblock2-no-padding"),
    *("vgg19-squeeze", "vgg19-head-4096", "vgg19-softmax", "vgg19-torchvision", "pretrained-vgg-frozen-features"),
)
SEVERAL = (("train-no-zero-grad", "vgg19-squeeze"), ("convblock1-no-pooling", "exp5-sigmoid", "conf-mistakes-only"))


def hand_ins() -> dict[str, dict[str, bytes]]:
    """Forty, by the student's id: right ones, known mistakes, several at once, and what does not even run."""
    right = solution_files()
    made = [right, handout_files(), *(mistaken_files(name) for name in MISTAKES)]
    made += [mistaken_files(*names) for names in SEVERAL]
    vgg, trainer = right["vgg.py"], right["trainer.py"]
    made += [
        solution_files(vgg=b"def broken(:\n"),
        solution_files(trainer=b"import nothing_of_this_name\n" + trainer),
        solution_files(mnist=b"raise SystemExit(0)\n"),
        solution_files(ablations=b"x = 1\n"),
        {name: text for name, text in right.items() if name != "ablations.py"},
        {},
        solution_files(vgg=vgg.replace(b"\n", b"\r\n")),
        {"hw1-1.ipynb": own_layout({name: right[f"{name}.py"].decode() for name in ("mnist", "ablations", "trainer")})},
    ]
    made += [solution_files(**{path.stem: path.read_bytes()}) for path in variant_modules()]
    return {f"2026{number:04}": files for number, files in enumerate(made, 1)}


def variant_modules() -> list[Path]:
    """One module of other people's ways each of the two largest parts."""
    names = ("vgg_functional_params/vgg.py", "trainer_korean_prints/trainer.py")
    return [VARIANTS / name for name in names]


def graded(folder: Path, out: Path) -> dict[str, Report]:
    command = [HW1, "grade", str(folder), "-o", str(out), "--seed", "public", "--train", "never"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {
        path.parent.name: Report.from_json(json.loads(path.read_text(encoding="utf-8")))
        for path in out.glob("*/report.json")
    }


def verdicts(report: Report) -> dict[str, tuple[str, float, str]]:
    automatic = {check.id for check in CHECKS}
    outcomes = {line.id: line.outcome for line in report.lines if line.id in automatic}
    return {name: (one.status.value, one.points, one.mistake) for name, one in outcomes.items()}


def in_the_bundle(document: dict) -> dict[str, tuple[str, float]]:
    """Status and points by check."""
    titles = {(check.title if check.part == "files" else f"{check.id}: {check.title}"): check.id for check in CHECKS}
    tests = [(titles[test["name"]], test) for test in document["tests"] if test["name"] in titles]
    return {name: (test["tags"][1], test["score"]) for name, test in tests}


@pytest.fixture
def container(tmp_path):
    bundle = make_bundle(tmp_path / "autograder.zip")
    made = Container(tmp_path / "container", bundle, chrooted=not chroot_problem())
    rubric = made.autograder / "source" / "rubric.toml"
    # As with --train never: what is trained in one place and not in another would be settled in one place alone.
    rubric.write_text(changed(rubric.read_text(encoding="utf-8"), train="[]"), encoding="utf-8")
    return made


def agree(hand_ins: dict[str, dict[str, bytes]], container: Container, recording: Recording, tmp_path: Path) -> None:
    for student, files in hand_ins.items():
        write_hand_in(tmp_path / "in" / student, files)
    reports = graded(tmp_path / "in", tmp_path / "out")
    for student, files in hand_ins.items():
        by_staff = verdicts(reports[student])
        by_student = fingerprint = None
        with Kit(train="never", recorded=lambda: recording) as kit:
            try:
                checked = check_one(tmp_path / "in" / student, kit, CHECKS, lambda check, outcome: None)
                by_student, fingerprint = verdicts(checked), checked.fingerprint
            except MisuseError:
                assert not files  # what is no working copy is not judged as one
        assert not files or by_student == by_staff, student
        container.submit({f"hw1-{student}.tar.gz": hw1_archive(files, student)} if files else {}, metadata())
        ran = container.run(200)
        assert ran.results is not None, ran.said
        assert in_the_bundle(ran.results) == {name: found[:2] for name, found in by_staff.items()}, student
        here = reports[student].fingerprint
        said = differences(here, ran.results["extra_data"]["fingerprint"])
        assert fingerprint is None or differences(here, fingerprint) is None
        assert said is not None
        assert "the rubric" in said[0]  # the one that was changed above


@pytest.mark.slow
def test_a_right_and_a_wrong_hand_in_get_the_same_in_all_three(container, recording, tmp_path):
    wrong = mistaken_files("train-no-zero-grad", "vgg19-squeeze")
    agree({"20260001": solution_files(), "20260002": wrong}, container, recording, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_forty_hand_ins_get_the_same_in_all_three(container, recording, tmp_path):
    many = hand_ins()
    assert len(many) >= 40
    agree(many, container, recording, tmp_path)
