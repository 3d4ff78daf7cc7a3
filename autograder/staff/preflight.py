"""Whether grading fits into Gradescope's container: tried within its CPU and memory, with a true verdict.

The bundle's own script is run, as Gradescope runs it. Where it does not fit, it is run again with more of everything,
so that the verdict can say how much it takes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from autograder.errors import GraderError, MisuseError
from autograder.gradescope.places import ROOT, Places
from autograder.gradescope.run import PHASES
from autograder.kit import Kit
from autograder.outcome import MEMORY, TIME
from autograder.rubric import MOST_MINUTES, Gradescope, read_rubric, rubric_file
from autograder.staff.box.records import Limits, Measured
from autograder.staff.box.run import run_in_box
from autograder.staff.bundle import SCRIPTS, SECONDS, hard_seconds, ingredients, lay_out, write_bundle
from autograder.staff.of_homework import part
from autograder.staff.trial import Trial, solved

PLENTY = 8  # times the memory, for the second run: torch with CUDA needs 1.5 GB for what a build without it does in 0.6
SETUP_SECONDS = 1800  # fetching and unpacking 400 MB of wheels
CUT_SHORT = {TIME: "longer than there is time for here", MEMORY: "more memory than there is here"}
STEPS = (1024, 1536, 2048, 3072, 4096, 6144, 8192)  # MB, as containers are offered

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Tried:
    """One upload in the box.

    Attributes:
        within: what it took in the container's box.
        short: why it does not fit, in sentences; empty where it does.
        notes: what was not graded for another reason, like a package that is not there.
        needs: what it took with plenty of everything, where it does not fit.
    """

    name: str
    within: Measured
    short: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    needs: Measured | None = None


@dataclass(frozen=True)
class Preflight:
    """All that was tried.

    Attributes:
        torch: the build that was imported.
    """

    box: Gradescope
    torch: str
    tried: tuple[Tried, ...]

    @property
    def fits(self) -> bool:
        """Whether the container is large enough."""
        return not any(one.short for one in self.tried)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to raise, in sentences."""
        return tuple(advice(self))


@dataclass(frozen=True)
class Wanted:
    """What `hw1 preflight` was asked for; None: what there is by itself.

    Attributes:
        bundle: to be tried.
        python: an interpreter whose environment has the kit.
        setup: make the environment with the bundle's ``setup.sh``.
        requirements: pins for a bundle that is made for this.
        cpus, memory_mb: of the container.
    """

    bundle: Path | None = None
    python: Path | None = None
    setup: bool = False
    requirements: Path | None = None
    cpus: float | None = None
    memory_mb: int | None = None


def preflight_of(wanted: Wanted, solution: Path, told: Told) -> Preflight:
    """Do what was asked for, with a bundle for the public seed if none was named.

    Raises:
        MisuseError: a file that was named is not there or does not fit.
        GraderError: the bundle can't be made, or nothing here can hold a command to limits.
    """
    with tempfile.TemporaryDirectory(prefix="hw1-preflight-") as scratch:
        Path(scratch).chmod(0o711)  # as in the container, workers become users who must come to Python
        bundle = wanted.bundle
        if bundle is None:
            bundle = Path(scratch) / "autograder.zip"
            with Kit() as kit:
                made_of = ingredients(kit, solution, wanted.requirements)
            write_bundle(made_of, bundle)
        elif not _is_bundle(bundle):
            raise MisuseError(f"{bundle} is not a Gradescope bundle: `hw1 bundle -o {bundle}` makes one")
        box = box_of(bundle, wanted)
        python = set_up(bundle, Path(scratch) / "environment") if wanted.setup else wanted.python
        return preflight(bundle, solution, box, python or Path(sys.executable), told)


def _is_bundle(path: Path) -> bool:
    if not is_zipfile(path):
        return False
    with ZipFile(path) as archive:
        return set(SCRIPTS) <= set(archive.namelist())


def box_of(bundle: Path, wanted: Wanted) -> Gradescope:
    """The container's size as *bundle*'s rubric has it, or as it was asked for."""
    with tempfile.TemporaryDirectory(prefix="hw1-preflight-") as scratch, ZipFile(bundle) as archive:
        box = read_rubric(Path(archive.extract(rubric_file().name, scratch))).gradescope
    return replace(box, cpus=wanted.cpus or box.cpus, memory_mb=wanted.memory_mb or box.memory_mb)


def preflight(bundle: Path, solution: Path, box: Gradescope, python: Path, told: Told = lambda *_: None) -> Preflight:
    """Try the uploads with *bundle* and the interpreter *python*.

    Raises:
        MisuseError: *python* can't import the kit or torch.
        GraderError: nothing here can hold a command to limits, or the bundle's script fails by itself.
    """
    torch = torch_of(python)
    tried = []
    with tempfile.TemporaryDirectory(prefix="hw1-preflight-") as scratch:
        Path(scratch).chmod(0o711)
        trials = make_trials(solution, Path(scratch))
        for number, trial in enumerate(trials, 1):
            tried.append(_tried(trial, bundle, box, python, Path(scratch) / f"box-{number}"))
            told(trial.name, number, len(trials))
    return Preflight(box, torch, tuple(tried))


def torch_of(python: Path) -> str:
    """The version of *python*'s torch.

    Raises:
        MisuseError: it has none, or not the kit.
    """
    code = "import autograder.gradescope.run, torch; print(torch.__version__)"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MisuseError(f"{python} can't be run: {getattr(error, 'strerror', None) or error}") from error
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2] or f"it ends with {done.returncode}"
        raise MisuseError(f"{python} can't import the kit and torch ({why}): --setup makes an environment that can")
    return done.stdout.strip()


def set_up(bundle: Path, root: Path) -> Path:
    """The interpreter of the environment that the bundle's ``setup.sh`` makes below *root*.

    Raises:
        GraderError: it fails; the text is its own.
    """
    root.mkdir(parents=True, exist_ok=True)
    places = lay_out(bundle, root, None)
    environment = {**os.environ, ROOT: str(root), "HW1_PYTHON": sys.executable}
    command = ["bash", str(places.source / "setup.sh")]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SETUP_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GraderError(f"setup.sh did not come to its end: {error}") from error
    if done.returncode:
        raise GraderError(f"setup.sh failed: {done.stderr.strip()[-600:]}")
    return root / "venv" / "bin" / "python"


def make_trials(solution: Path, scratch: Path) -> tuple[Trial, ...]:
    """The uploads that the homework names, below *scratch*; the solution where it names none."""
    named = part("staff.trials")
    return (solved("the solution", solution, scratch),) if named is None else named.make_trials(solution, scratch)


def _tried(trial: Trial, bundle: Path, box: Gradescope, python: Path, root: Path) -> Tried:
    places = lay_out(bundle, root, trial.folder)
    within, document = _run(places, box, python)
    short, notes = tuple(shortcomings(within, document, trial)), tuple(ungraded(document))
    if not short:
        return Tried(trial.name, within, notes=notes)
    plenty = replace(box, cpus=float(os.cpu_count() or 1), memory_mb=box.memory_mb * PLENTY, minutes=MOST_MINUTES)
    needs, _ = _run(places, plenty, python)
    return Tried(trial.name, within, short, notes, needs)


def _run(places: Places, box: Gradescope, python: Path) -> tuple[Measured, dict[str, Any]]:
    """Grade the upload that is laid out, within *box*.

    Raises:
        GraderError: no document was left, which happens only where the script itself fails.
    """
    text = places.rubric.read_text(encoding="utf-8")
    places.rubric.write_text(with_box(text, box), encoding="utf-8")
    (places.source / SECONDS).write_text(f"{hard_seconds(box)}\n", encoding="ascii")
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    phases = places.root / "phases"
    environment |= {ROOT: str(places.root), "HW1_PYTHON": str(python), PHASES: str(phases)}
    limits = Limits(box.cpus, box.memory_mb, box.minutes * 60)
    command = ["bash", str(places.source / "run_autograder")]
    measured = run_in_box(command, limits, environment=environment, cwd=places.root, phases=phases)
    try:
        return measured, json.loads(places.results.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GraderError(f"the bundle left no results.json: {measured.said[-600:]}") from error


def with_box(rubric: str, box: Gradescope) -> str:
    """The text of a rubric with the size of *box* in its table ``[gradescope]``, whether it names one or not."""
    before, head, table = rubric.partition("[gradescope]")
    table, begin, after = table.partition("\n[")
    for name in ("minutes", "cpus", "memory_mb"):
        line = f"{name} = {getattr(box, name)}"
        pattern = rf"^[ \t]*{name}[ \t]*=[^#\n]*?(?=[ \t]*(?:#|$))"  # up to its comment
        table, found = re.subn(pattern, line, table, flags=re.MULTILINE)
        table += "" if found else f"\n{line}"
    return "".join((before, head or "\n[gradescope]", table, begin, after))


def shortcomings(measured: Measured, document: dict[str, Any], trial: Trial) -> Iterable[str]:
    """Why the run did not fit, in sentences."""
    if measured.timed_out:
        yield "the container's time was up, and Gradescope would have shown no check at all"
    if measured.killed:
        yield f"{measured.killed} of its processes were killed for their memory"
    if "ended" in document["extra_data"] and not measured.timed_out:
        yield "the grader ended before it was done"
    if trial.whole:
        for fact in (test["extra_data"] for test in document["tests"]):
            if fact["cut_short"] in CUT_SHORT:
                yield f"{fact['check']} was not decided: {CUT_SHORT[fact['cut_short']]}"


def ungraded(document: dict[str, Any]) -> Iterable[str]:
    """What the kit could not grade at all, once for each reason."""
    reasons: dict[str, list[str]] = {}
    for fact in (test["extra_data"] for test in document["tests"]):
        if fact["ungraded"]:
            reasons.setdefault(fact["ungraded"], []).append(fact["check"])
    return [f"{', '.join(names)} not graded: {reason}" for reason, names in reasons.items()]


def advice(found: Preflight) -> Iterable[str]:
    """What to raise; nothing where all fits."""
    lacking = [one for one in found.tried if one.short]
    if not lacking:
        return
    box = found.box
    peak = max(one.needs.peak_mb for one in lacking if one.needs is not None)
    seconds = max(one.needs.cpu_seconds / box.cpus for one in lacking if one.needs is not None)
    if peak > 0.9 * box.memory_mb:
        size = next((step for step in STEPS if step > 1.15 * peak), None)
        raised = f"set the container's memory to {size:,} MB" if size else "no container is that large"
        yield f"It takes {peak:,.0f} MB, the container has {box.memory_mb:,}: {raised}, here and in rubric.toml."
        if "+cpu" not in found.torch:
            yield (
                f"torch {found.torch} may be a build with CUDA, which takes 160 MB more than one without. setup.sh "
                "installs the latter: --setup tries with that one."
            )
    if seconds > box.seconds:
        yield (
            f"It takes {seconds / 60:.1f} minutes with {box.cpus:g} CPUs, of {box.seconds / 60:.1f}: give the container"
            f" {box.cpus * 2:g}, or more minutes (40 at most), here and in rubric.toml."
        )
    elif peak <= 0.9 * box.memory_mb:
        yield "What it takes would fit; what it was cut short by is said above."
