"""Bundles for the emulated container, as `hw1 bundle` makes them, and hand-ins to put into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autograder.home import PACKAGE, handout_folder, repository, solution_folder
from autograder.hw1.mistakes import MISTAKES
from autograder.ingest.reading import read_submission
from autograder.recording import load_recording
from autograder.rubric import read_rubric
from autograder.seeds import PUBLIC_SEED
from autograder.staff.bundle import SCRIPTS, Ingredients, bundle_files
from autograder.staff.record import with_mistake
from autograder.staff.zips import zipped

MODULES = ("mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md")


def make_bundle(path: Path, seed: bytes = PUBLIC_SEED, requirements: Path | None = None, **values: object) -> Path:
    """A bundle without real data; *values* of the rubric are changed.

    With another seed than the public one its evidence does not fit: what is secret is there, and nothing is right.
    """
    root = repository()
    assert root is not None
    rubric = read_rubric()
    pins = (requirements or PACKAGE / "gradescope" / "requirements.txt").read_bytes()
    files = bundle_files(Ingredients(root, root / "solution", rubric, seed, load_recording(), {}, pins))
    files["rubric.toml"] = changed(files["rubric.toml"].decode(), **values).encode()
    path.write_bytes(zipped(files, SCRIPTS))
    return path


def changed(rubric: str, **values: object) -> str:
    """The text of a rubric with other values, each of which stands in one line only."""
    lines = rubric.splitlines()
    for name, value in values.items():
        (at,) = [number for number, line in enumerate(lines) if line.startswith(f"{name} = ")]
        lines[at] = f"{name} = {value}"
    return "\n".join(lines) + "\n"


def solution_files(**changes: bytes) -> dict[str, bytes]:
    """The solution as a student would have written it; ``mnist=b"..."`` replaces a module."""
    return hand_in_files(solution_folder()) | {f"{name}.py": text for name, text in changes.items()}


def handout_files() -> dict[str, bytes]:
    """The untouched handout."""
    return hand_in_files(handout_folder())


def hand_in_files(folder: Path) -> dict[str, bytes]:
    """The sources and answers in *folder*."""
    return {name: (folder / name).read_bytes() for name in MODULES}


def mistaken_files(*names: str) -> dict[str, bytes]:
    """The solution with known mistakes in it."""
    known = {mistake.id: mistake for mistake in MISTAKES}
    made = read_submission(solution_folder(), read_rubric().limits)
    for name in names:
        made = replace(made, files=with_mistake(made, known[name]).files)
    return {name: made.files[name] for name in MODULES}
