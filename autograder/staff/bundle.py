"""Gradescope's ``autograder.zip``: made, opened again, and tried before it is said to be done.

It holds the kit as the students' wheel, recorded evidence in the place of the solution, and what is secret: the staff
seed, and the images with labels that accuracies are measured on. No source of a mistake, no line of the solution.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.deep_learning.data import Dataset
from autograder.deep_learning.data.excerpt import excerpt_files
from autograder.deep_learning.floors import floors_file
from autograder.errors import GraderError, MisuseError
from autograder.gradescope.desk import unrun_report
from autograder.gradescope.places import NOT_RUN_YET, ROOT, SECRETS, Places
from autograder.home import PACKAGE, handout_folder, home_folder
from autograder.homework import in_force
from autograder.kit import Kit
from autograder.recording import Recording, save_recording
from autograder.render.gradescope import results_json
from autograder.rubric import Gradescope, Rubric, rubric_file
from autograder.seeds import PUBLIC_SEED
from autograder.staff.leaks import Forbidden, known_seeds, public_evidence
from autograder.staff.package import build_wheel, package_files
from autograder.staff.zips import require_file, write_proved

SCRIPTS = ("setup.sh", "run_autograder")
SECONDS, PYTHON = "seconds", "python"
DOCKERFILE, REQUIREMENTS = "Dockerfile", "requirements.txt"
HARNESS_SECONDS = 15  # before Gradescope's own deadline: a grader that hangs is ended, and the document is read
TRIAL_SECONDS = 240


@dataclass(frozen=True)
class Ingredients:
    """What a bundle is made of.

    Attributes:
        root: the repository.
        solution: its folder.
        seed: whose evidence *recording* is.
        datasets: ``"mnist"`` and ``"cifar10"``, those that there are; the embedded ones need not be brought along.
        requirements: pins of the packages, a file's content.
    """

    root: Path
    solution: Path
    rubric: Rubric
    seed: bytes
    recording: Recording
    datasets: Mapping[str, Dataset]
    requirements: bytes


def ingredients(kit: Kit, solution: Path, requirements: Path | None) -> Ingredients:
    """What a bundle for *kit*'s seed and data is made of; data sets that are not available are left out."""
    datasets, _ = kit.tools.sets()
    pins = _read(requirements or PACKAGE / "gradescope" / REQUIREMENTS)  # first: to record the evidence takes a while
    return Ingredients(PACKAGE.parent, solution, kit.rubric, kit.seed, kit.recording, datasets, pins)


def bundle_lines(made_of: Ingredients, files: Mapping[str, bytes], path: Path) -> Iterator[str]:
    """The lines that tell staff what was made."""
    yield f"{path}: {path.stat().st_size / 1e6:.1f} MB; it graded the untouched handout: no check is started"
    for name, data in sorted(files.items()):
        yield f"  {name}, {len(data) / 1e3:,.0f} kB"
    secret = made_of.seed != PUBLIC_SEED
    yield (
        "It holds the staff seed: upload it to Gradescope and give it to nobody else."
        if secret
        else "It holds the public seed: use it for trials only."
    )
    if not made_of.datasets:
        yield "Accuracies are measured on the embedded data; --data DIR adds images of the real data."
    yield "`hw1 preflight` checks whether it fits into the container."


def write_bundle(made_of: Ingredients, path: Path) -> dict[str, bytes]:
    """Write the bundle to *path*, whole or not at all, the same bytes for the same ingredients; its files.

    Raises:
        MisuseError: nothing can be written there, or a file that was named can't be read.
        GraderError: it would give the solution away, or its scripts do not run.
    """
    require_file(path, "autograder.zip")
    files = bundle_files(made_of)

    write_proved(
        path,
        files,
        others_must_not(made_of.solution, made_of.seed),
        require_running,
        leaky="the bundle would give the solution away",
        scripts=SCRIPTS,
        private=True,  # it holds the staff seed
    )
    return files


def bundle_files(made_of: Ingredients) -> dict[str, bytes]:
    """What the bundle holds, by path.

    Raises:
        MisuseError: a file that was named can't be read.
    """
    rubric = made_of.rubric
    box = rubric.gradescope
    unrun = results_json(unrun_report(rubric), rubric)
    files = {name: (PACKAGE / "gradescope" / name).read_bytes() for name in (*SCRIPTS, DOCKERFILE)}
    files |= {
        REQUIREMENTS: made_of.requirements,
        NOT_RUN_YET: json.dumps(unrun, indent=1, ensure_ascii=False).encode(),
        SECONDS: f"{hard_seconds(box)}\n".encode(),
        PYTHON: f"{rubric.python}\n".encode(),
        **{path.name: path.read_bytes() for path in (rubric_file(), floors_file())},
        **package_files(),
    }
    with tempfile.TemporaryDirectory(prefix="hw1-bundle-") as scratch:
        wheel = build_wheel(made_of.root, Path(scratch))
        files[wheel.name] = wheel.read_bytes()
        if made_of.seed != PUBLIC_SEED:
            evidence = Path(scratch) / "evidence.npz"
            save_recording(made_of.recording, evidence)
            files |= {f"{SECRETS}/seed": made_of.seed.hex().encode(), f"{SECRETS}/evidence.npz": evidence.read_bytes()}
    for kind, data in made_of.datasets.items():
        trained = [one for one in in_force().trainings if one.data == kind and one.id in box.train]
        whole = bool(trained)  # what is trained there needs all of them
        files |= {f"{SECRETS}/data/{name}": content for name, content in excerpt_files(data, whole).items()}
    return files


def hard_seconds(box: Gradescope) -> int:
    """When ``run_autograder`` ends a grader that hangs."""
    return round(box.minutes * 60 - min(HARNESS_SECONDS, box.reserve_seconds / 2))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MisuseError(f"{path} can't be read: {error.strerror}") from error


# Opened again


def others_must_not(solution: Path, seed: bytes) -> Forbidden:
    """What may not be in a bundle for *seed*: *solution*, staff's modules, any other seed, hidden arrays."""
    # Its evidence and its images are what it is for; an array anywhere else is one too many.
    own = (*public_evidence(), f"{SECRETS}/evidence.npz", f"{SECRETS}/data")
    others = tuple(known for known in known_seeds(home_folder()) if known != seed)
    return Forbidden(solution, seeds=others, allowed=own)


def require_running(path: Path) -> None:
    """Grade the untouched handout with the bundle: every check must be "not started", the document complete.

    Raises:
        GraderError: a script fails, or the document is not what it should be.
    """
    if sys.platform != "linux" or shutil.which("bash") is None:
        return  # isolation and scripts are Linux's; the container will be
    with tempfile.TemporaryDirectory(prefix="hw1-bundle-") as scratch:
        places = lay_out(path, Path(scratch), handout_folder())
        rubric = places.rubric.read_text(encoding="utf-8")  # the handout is ours, and this machine may have no layers
        places.rubric.write_text(re.sub("^isolation = .*$", 'isolation = "none"', rubric, flags=re.M), encoding="utf-8")
        for script in SCRIPTS:
            _run(["bash", "-n", str(places.source / script)], places)
        said = _run([str(places.source / "run_autograder")], places)
        document = json.loads(places.results.read_text(encoding="utf-8"))
        faults = trial_faults(document)
        if faults:
            raise GraderError(f"the bundle does not grade the handout as it should: {faults[0]} {said[-600:]}".strip())


def lay_out(bundle: Path, root: Path, upload: Path | None) -> Places:
    """*bundle* and the folder *upload*, if there is one, below *root* as Gradescope lays them out."""
    places = Places(root)
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(places.source)
    for script in SCRIPTS:
        (places.source / script).chmod(0o755)
    if (places.source / SECRETS).is_dir():
        (places.source / SECRETS).chmod(0o700)
    if upload is not None:
        shutil.copytree(upload, places.submission)
    return places


def trial_faults(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with the document of the untouched handout."""
    faults = [f"{test['name']}: {test['score']} points" for test in document["tests"] if test["score"]]
    known = ("todo", "by hand")
    faults += [f"{test['name']}: {test['output']}" for test in document["tests"] if test["tags"][1] not in known]
    return faults if document["extra_data"]["complete"] else [*faults, f"incomplete: {document['output']}"]


def _run(command: list[str], places: Places) -> str:
    environment = {**os.environ, ROOT: str(places.root), "HW1_PYTHON": sys.executable}
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=places.root,
            capture_output=True,
            text=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GraderError(f"the bundle's {Path(command[-1]).name} can't be run: {error}") from error
    if done.returncode:
        raise GraderError(f"the bundle's {Path(command[-1]).name} fails: {done.stderr.strip()[-600:]}")
    return done.stdout + done.stderr
