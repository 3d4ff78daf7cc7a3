"""What the tests share: the solution, a warm sandbox, and grading a hand-in made out of the solution."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

# Before anything of the kit's runs: no test touches the folder of the person who runs it.
os.environ["HW1_HOME"] = tempfile.mkdtemp(prefix="hw1-tests-")
os.environ.pop("HW1_DATA", None)
# A run in the background, as a script starts one, has Ctrl-C switched off and would hand that down to what it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
from browsing import chromium
from written import HEAD

from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.journal import Journal
from autograder.deep_learning.data import Dataset
from autograder.deep_learning.floors import Floors
from autograder.deep_learning.machine import Machine
from autograder.deep_learning.setup import Setup
from autograder.grade import grade
from autograder.home import repository, solution_folder
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.keeping.keeper import Keeper
from autograder.kit import Kit
from autograder.outcome import Outcome
from autograder.recording import Recording, load_recording
from autograder.report import Report
from autograder.rubric import Rubric, read_rubric
from autograder.sandbox.folders import remove
from autograder.sandbox.host import Launcher, new_launcher


def setup_of(data: Dataset | None = None, floors: Floors | None = None, train: str = "auto") -> Setup:
    """What networks are trained with, for judges that are tested without a sandbox."""
    stand_ins = {"mnist": "digits", "cifar10": "shapes"}
    names = {kind: data.name if data is not None else name for kind, name in stand_ins.items()}
    return Setup(lambda kind: data, names.__getitem__, dict, Machine, floors or Floors(), train)


def every_other_slow(cases: Sequence[str]) -> list[Any]:
    """*cases* as parameters, of which every second one is run with the slow tests only: all are of one kind."""
    return [pytest.param(one, marks=pytest.mark.slow) if number % 2 else one for number, one in enumerate(cases)]


Files = Mapping[str, str | bytes | None]
"""Contents by path; None takes the solution's file away."""


def write_hand_in(folder: Path, files: Files, base: Path | None = None) -> Path:
    """Write a hand-in into *folder*: *base*'s files, some of them replaced, added or (None) left out."""
    folder.mkdir(parents=True, exist_ok=True)
    contents: dict[str, str | bytes | None] = {}
    if base is not None:
        contents |= {path.name: path.read_bytes() for path in base.iterdir() if path.is_file()}
    for name, content in (contents | dict(files)).items():
        if content is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


# The files that take longest, up to a minute each; they begin first, so that both workers end together.
LONG = (
    *("test_train", "test_bad_input", "test_cli", "test_commands", "test_gradescope", "test_variants", "test_redteam"),
    *("test_review_page", "test_forms", "test_guards", "test_pictures", "test_hand_ins", "test_bad_training"),
    *("test_notebooks", "test_second_homework", "test_explain", "test_class_commands"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_unconfigure() -> None:
    """Take the tests' own folder away."""
    shutil.rmtree(os.environ["HW1_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def solution() -> Path:
    """The solution's folder."""
    return solution_folder()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium; tests that use it are skipped where it is not installed."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def assignment() -> Path:
    """The handout's folder."""
    root = repository()
    assert root is not None
    return root / "assignment"


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """One warm parent for all tests."""
    launcher = new_launcher()
    launcher.warm("extras", ("matplotlib.pyplot",))
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def recording() -> Recording:
    """The evidence recorded for the public seed."""
    return load_recording()


@pytest.fixture(scope="session")
def isolated(launcher: Launcher) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A scratch folder, and the layers that workers put on here: tried once, not for each test's kit."""
    scratch = Path(tempfile.mkdtemp(prefix="hw1-tests-"))  # pytest's own folders are closed to other users
    yield scratch, Kit(isolation="best", launcher=launcher, scratch=scratch).layers
    remove(scratch)


@pytest.fixture
def kit(launcher: Launcher, recording: Recording, isolated: tuple[Path, tuple[str, ...]]) -> Kit:
    """A kit for the public seed, without training, isolated as well as it goes here."""
    scratch, layers = isolated
    kit = Kit(train="never", isolation="best", recorded=lambda: recording, launcher=launcher, scratch=scratch)
    kit.layers = layers
    return kit


@pytest.fixture(scope="session")
def seen_before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """What the solution's untouched modules bring: most hand-ins here change one of them."""
    with Journal(tmp_path_factory.mktemp("journal") / JOURNAL) as journal:
        yield journal


@pytest.fixture
def grade_folder(
    launcher: Launcher, recording: Recording, isolated: tuple[Path, tuple[str, ...]], seen_before: Journal
) -> Callable[..., Report]:
    """Grades a folder as it is, with the public seed, without training, isolated as well as it goes here.

    What was observed for another test is not observed again, unless it asks for *anew*: where the question is what one
    module does to its neighbours in the sandbox.
    """
    scratch, layers = isolated

    def run(
        folder: Path,
        rubric: Rubric | None = None,
        checks: tuple = CHECKS,
        isolation: str = "best",
        anew: bool = False,
    ) -> Report:
        how = {"train": "never", "recorded": lambda: recording, "launcher": launcher, "scratch": scratch}
        kit = Kit(rubric or read_rubric(), isolation=isolation, **how)
        kit.layers = layers if isolation == "best" else ()
        if not anew:
            kit.bound = kit.kept = Keeper(kit, seen_before)
        submission = read_submission(folder, kit.rubric.limits)
        return grade(submission, kit, checks=checks)

    return run


@pytest.fixture
def check_folder(grade_folder: Callable[..., Report], solution: Path) -> Callable[..., Report]:
    """Grades the solution with some of its files replaced, added or (None) left out."""

    def run(tmp_path: Path, files: Files, **how: object) -> Report:
        return grade_folder(write_hand_in(tmp_path / "20260042", files, solution), **how)

    return run


@pytest.fixture
def judged(check_folder: Callable[..., Report], tmp_path: Path) -> Callable[..., Outcome]:
    """The outcome of one check of one module's source."""

    def run(module: str, source: str, check_id: str) -> Outcome:
        checks = tuple(check for check in CHECKS if check.id == check_id)
        report = check_folder(tmp_path, {f"{module}.py": HEAD + source}, checks=checks)
        return next(line.outcome for line in report.lines if line.id == check_id)

    return run
