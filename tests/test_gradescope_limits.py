"""Half a CPU, 768 MB, ten minutes: set up by its own script without a network, all that is handed in is graded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gradescope.container import Container, chroot_problem
from gradescope.kits import handout_files, make_bundle, mistaken_files, solution_files
from gradescope.schema import problems
from gradescope.upload import hw1_archive, metadata

from autograder.home import PACKAGE
from autograder.hw1.checks import CHECKS
from autograder.hw1.mistakes import MISTAKES
from autograder.rubric import read_rubric
from autograder.sandbox.folders import remove
from autograder.staff.box.records import Limits, Measured
from autograder.staff.box.run import run_in_box

RUBRIC = read_rubric()
BOX = RUBRIC.gradescope
LIMITS = Limits(BOX.cpus, BOX.memory_mb, BOX.minutes * 60)
CPU_BUILD = "torch==2.13.0+cpu"  # any build without CUDA does; this one's wheel is often at hand
HANGS = b"\nwhile True:\n    pass\n"
KILLS = b"""
import os
for pid in (os.getppid(), -1):
    try:
        os.kill(pid, 9)
    except OSError:
        pass
os._exit(0)
"""
EATS = b"kept = []\nwhile True:\n    kept.append(bytearray(b'x' * 10_000_000))\n"
FILLS = b"""
import itertools
for number in itertools.count():
    with open(str(number), "wb") as file:
        file.write(bytes(10_000_000))
"""
TEN = (
    *("mnist-net-softmax", "train-no-zero-grad", "test-no-eval-mode", "conf-transposed", "exp3-relu"),
    *(
        "exp7-batch-norm-after-relu",
        "exp10-no-pooling",
        "convblock1-no-bias",
        "convblock2-pools-twice",
        "vgg19-squeeze",
    ),
)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(chroot_problem()), reason="needs Linux, root and namespaces")]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    """The packages that the bundle pins, torch as a build without CUDA and no torchvision, as files."""
    folder = tmp_path_factory.mktemp("wheels")
    pins = (PACKAGE / "gradescope" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    others = [line for line in pins if line and line[0].isalnum() and not line.startswith(("torch==", "torchvision=="))]
    (folder / "requirements.txt").write_text("\n".join([CPU_BUILD, *others]) + "\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(
        [*command, "--requirement", str(folder / "requirements.txt")], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"the wheels are not available: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="module")
def container(wheels, tmp_path_factory):
    """Set up once, as the builder does."""
    folder = tmp_path_factory.mktemp("container")
    bundle = make_bundle(folder / "autograder.zip", requirements=wheels / "requirements.txt")
    made = Container(folder / "made", bundle, chrooted=True, also=[wheels])
    ran = made.setup(600, {"HW1_WHEELS": str(wheels)})
    assert ran.status == 0, ran.said
    assert "hw1 is ready: torch 2.13.0+cpu" in ran.said
    yield made
    remove(folder)


def graded(made: Container, files: dict[str, bytes]) -> tuple[dict, Measured]:
    made.submit(files, metadata())
    command, environment = made.command()
    phases = made.folder / "phases"
    measured = run_in_box(command, LIMITS, environment=environment, cwd=made.autograder, phases=phases)
    document, text = made.results()
    assert document is not None, text or measured.said
    assert problems(document) == []
    assert len(document["tests"]) == len(CHECKS) + len(RUBRIC.by_hand)
    assert not measured.timed_out
    assert not [test["name"] for test in document["tests"] if "Not run" in test["output"]]
    return document, measured


def outcomes(document: dict) -> dict[str, str]:
    return {test["name"].partition(":")[0]: test["tags"][1] for test in document["tests"]}


def test_setup_closes_what_is_secret_and_leaves_python_open(container):
    source = container.autograder / "source"
    assert source.stat().st_mode & 0o077 == 0
    assert (container.autograder / "venv" / "bin" / "python").exists()


def test_the_solution_fits_and_lacks_only_what_needs_torchvision(container):
    document, measured = graded(container, {"hw1-20260001.tar.gz": hw1_archive(solution_files())})
    assert measured.killed == 0
    assert measured.peak_mb < BOX.memory_mb
    found = outcomes(document)
    assert [name for name, word in found.items() if word == "ungraded"] == ["2.2b-structure", "2.2b-accuracy"]
    assert sum(test["score"] for test in document["tests"]) == 58
    assert "uid" in document["extra_data"]["fingerprint"]["isolation"]
    assert "torch 2.13.0+cpu" in json.dumps(document)


def test_the_handout_fits_and_is_to_do(container):
    document, measured = graded(container, handout_files())
    assert measured.killed == 0
    found = outcomes(document)
    assert {word for name, word in found.items() if not name.startswith("2.2b")} == {"todo"}


@pytest.mark.parametrize("mistake", TEN)
def test_a_mistake_fits_and_fails_what_it_should_by_its_name(container, mistake):
    (known,) = [one for one in MISTAKES if one.id == mistake]
    document, measured = graded(container, {"hw1-20260001.tar.gz": hw1_archive(mistaken_files(mistake))})
    assert measured.killed == 0
    found = outcomes(document)
    failed = {name for name, word in found.items() if word == "failed" and not name.endswith("-accuracy")}
    assert failed == set(known.fails)
    assert "| layer | wanted | yours |" in json.dumps(document) or not mistake.startswith("convblock1-no-bias")


@pytest.mark.parametrize(
    "changes, checks",
    [
        ({"mnist": HANGS, "vgg": HANGS}, ("1.1-structure", "2.1a", "2.1c-function")),
        ({"mnist": KILLS}, ("1.1-structure", "1.1-accuracy")),
        ({"trainer": EATS}, ("1.2a", "1.2b", "1.2c")),
        ({"ablations": FILLS}, ("1.2.1", "1.2.10")),
    ],
    ids=["hangs", "kills", "eats the memory", "fills the disk"],
)
def test_what_hangs_kills_or_takes_too_much_costs_itself_alone(container, changes, checks):
    files = solution_files()
    for module, text in changes.items():
        files[f"{module}.py"] += text
    document, _ = graded(container, files)
    found = outcomes(document)
    assert {found[check] for check in checks} <= {"stopped", "unsettled"}
    others = {"1.1-structure", "1.2a", "1.2.2", "2.1b"} - {name for name in found if found[name] != "passed"}
    assert len(others) >= 2


def test_an_upload_of_a_hundred_megabytes_fits(container):
    files = solution_files()
    document, measured = graded(container, {**files, "report.pdf": b"%PDF-1.4\n" + bytes(100_000_000)})
    assert measured.killed == 0
    assert outcomes(document)["2.1c-function"] == "passed"


def test_an_upload_of_a_notebook_alone_is_read(container):
    notebook = (PACKAGE.parent / "assignment" / "hw1-1.ipynb").read_bytes()
    document, _ = graded(container, {"hw1-1.ipynb": notebook})
    assert set(outcomes(document).values()) <= {"todo", "failed", "by hand"}
