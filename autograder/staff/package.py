"""What students get, as one zip: the handout, the kit as a wheel, how to start, what has changed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from autograder import __version__
from autograder.errors import GraderError, MisuseError
from autograder.grade import grade
from autograder.home import PACKAGE, data_folder, handout_folder, home_folder
from autograder.homework import BESIDE, homework_folder, in_force
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.recording import public_recording
from autograder.rubric import PYTHONS, read_rubric
from autograder.staff.leaks import Forbidden, data_arrays, hidden_arrays, known_seeds
from autograder.staff.release import handout_of, require_in_step
from autograder.staff.verify import Fault, handout_faults
from autograder.staff.zips import refuse, require_file, write_proved

START = Path(__file__).with_name("START.md")
LEAKY = "the handout would give away what students must not have"
BUILT = "1580601600"  # seconds since 1970: the time that hatchling gives files where nobody names another
HEADING = re.compile(r"^## (?=\S)", re.MULTILINE)
ENTRY = re.compile(r"^- handout: (.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)  # with the lines that go on


def write_handout_zip(root: Path, solution: Path, path: Path, kit: Kit) -> dict[str, bytes]:
    """Write what students get to *path*, whole or not at all, the same bytes for the same repository; its files.

    Args:
        root: the repository's.
        kit: with the public seed.

    Raises:
        MisuseError: handout or evidence are out of date, hatchling is not installed, or nothing can be written there.
        GraderError: the wheel can't be built, or what was made gives something away.
    """
    require_file(path, f"{in_force().name}-handout.zip")
    require_in_step(solution, handout_folder())
    files = handout_files(root, solution)
    write_proved(path, files, students_must_not(solution), lambda part: refuse(LEAKY, earning(part, kit)), leaky=LEAKY)
    return files


def handout_files(root: Path, solution: Path) -> dict[str, bytes]:
    """What the zip holds, by path.

    Raises:
        MisuseError: hatchling is not installed.
        GraderError: the wheel can't be built, or there is no changelog.
    """
    with tempfile.TemporaryDirectory(prefix="hw1-wheel-") as scratch:
        wheel = build_wheel(root, Path(scratch))
        files = {wheel.name: wheel.read_bytes()}
    try:
        changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    except OSError as error:
        raise GraderError(f"{root / 'CHANGELOG.md'} can't be read: {error.strerror}") from error
    name = in_force().name
    files |= {f"{name}/{file}": data for file, data in handout_of(solution).items()} | package_files()
    option = f" --homework {BESIDE}/{homework_folder().name}" if package_files() else ""
    rubric = read_rubric()
    names = {"wheel": wheel.name, "python": rubric.python or PYTHONS[0], "name": name, "hw1": f"hw1{option}"}
    names["part"] = list(rubric.parts)[-2]  # any, as an example
    files["START.md"] = START.read_text(encoding="utf-8").format(**names).encode()
    files["CHANGES.md"] = students_changes(changelog).encode()
    return files


def package_files() -> dict[str, bytes]:
    """The package of the homework in force with its handout, by path; nothing of the one that the wheel brings."""
    folder = homework_folder()
    if folder.parent == PACKAGE:
        return {}
    wanted = [*folder.glob("*.py"), *folder.glob("*.toml"), *folder.glob("probes/*.py"), public_recording()]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in wanted}
    files |= {f"assignment/{path.name}": path.read_bytes() for path in handout_folder().iterdir() if path.is_file()}
    return {f"{BESIDE}/{folder.name}/{name}": data for name, data in files.items()}


def build_wheel(root: Path, folder: Path) -> Path:
    """The wheel of the repository *root*, built into *folder*; the same bytes for the same files.

    Raises:
        MisuseError: hatchling is not installed.
        GraderError: it fails.
    """
    if find_spec("hatchling") is None:
        raise MisuseError("hatchling, which builds the wheel, is not installed: python -m pip install hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": BUILT, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise GraderError(f"the wheel could not be built: {(done.stderr or done.stdout).strip()[-600:]}")
    return wheels[0]


def students_changes(changelog: str) -> str:
    """The entries for students, under the headings of their versions; unreleased ones belong to this handout."""
    return "\n".join(["# Changes", *_changes(changelog)]) + "\n"


def _changes(changelog: str) -> Iterator[str]:
    for section in HEADING.split(changelog)[1:]:
        title, _, body = section.partition("\n")
        entries = ENTRY.findall(body)
        name = title.strip().replace("[Unreleased]", f"This handout (kit {__version__})")
        if entries:
            yield from ("", f"## {re.sub(r'[][]', '', name)}", "", *(f"- {entry}" for entry in entries))


# The proof


def students_must_not(solution: Path) -> Forbidden:
    """What no student may get: solution, staff's code, every staff seed, hidden arrays."""
    home = home_folder()
    arrays = hidden_arrays(home, public_recording()) | data_arrays([data_folder()])
    return Forbidden(solution, seeds=known_seeds(home), arrays=arrays)


def earning(path: Path, kit: Kit) -> list[Fault]:
    """The checks that are not "not started" when the zip's handout is graded as a hand-in."""
    with tempfile.TemporaryDirectory(prefix="hw1-proof-") as scratch:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(scratch)
        submission = read_submission(Path(scratch) / in_force().name, kit.rubric.limits)
        return handout_faults(grade(submission, kit))
