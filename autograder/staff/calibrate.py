"""Measures the reference's accuracy over seeds, in two workers as in grading, and writes ``floors.toml``.

Each finished run is kept in the user's own folder, so that a stopped calibration resumes where it stopped, and nothing
is measured twice with the same solution, recipe, data and versions.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from autograder.deep_learning.floors import Measured
from autograder.deep_learning.task import Task, task_of
from autograder.deep_learning.trained import Run, run_training
from autograder.errors import GraderError, MisuseError
from autograder.home import PACKAGE, home_folder
from autograder.homework import Training, in_force
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.staff.floors_file import Table, made_here, torch_version, unmeasured, update_floors
from autograder.submission import Submission

Told = Callable[[str, int, int], None]
"""Is told what was done last, how many are done, of how many."""


@dataclass(frozen=True)
class Finished:
    """One run of the reference.

    Attributes:
        accuracies: of the clean test set after each epoch, in [0, 1].
        jittered, trained: after the last epoch, by how much the accuracy is above that of the jittered copies and that
            of training images.
        seconds: wall time of the training and its scoring.
    """

    accuracies: tuple[float, ...]
    jittered: float
    trained: float
    speed: str
    parameters: int
    seconds: float


@dataclass(frozen=True)
class Calibrated:
    """All runs of one training on one data set; *task* says which."""

    task: Task
    runs: tuple[Finished, ...]


@dataclass(frozen=True)
class Request:
    """What `hw1 calibrate` was asked for.

    Attributes:
        parts: names of parts or trainings; none: all of them.
        seeds: of the trainings of each network.
        jobs: trainings side by side.
        dry: leave ``floors.toml`` as it is.
    """

    parts: tuple[str, ...]
    seeds: range
    jobs: int
    dry: bool = False


def calibrated(kit: Kit, solution: Path, wanted: Request, told: Told) -> Table:
    """Measure what was asked for and write it to ``floors.toml``; its rows.

    Raises:
        MisuseError: there is no such part.
    """
    reference = read_submission(solution, kit.rubric.limits)
    trainings = [one for part in wanted.parts for one in _named(part)] if wanted.parts else list(in_force().trainings)
    tasks: list[Task] = []
    rows: Table = {}
    for training in trainings:
        found = whole_task(kit, reference, training)
        if isinstance(found, Task):
            tasks.append(found)
        else:
            rows[training.id] = {kit.tools.data_name(training.data): unmeasured(found)}
    kit.launcher.warm("full")
    made = measure(kit, reference, tasks, wanted.seeds, wanted.jobs, told)
    rows |= rows_of(made, f"hw1 calibrate, seeds {wanted.seeds.start} to {wanted.seeds.stop - 1}")
    if not wanted.dry:
        update_floors(rows)
    return rows


def whole_task(kit: Kit, reference: Submission, training: Training) -> Task | str:
    """*training* to be trained through all of its epochs and scored on all images; or why that can't be done here.

    The reason goes into a file that is shared: it names no folder.
    """
    try:
        task = task_of(kit.case(reference), training)
        task.load()
    except MisuseError:
        return f"{training.data} was not available"
    try:
        task.given()
    except MisuseError:
        return "the pre-trained weights were not available"
    return replace(task, measured=None, whole=True)


def _named(part: str) -> tuple[Training, ...]:
    found = in_force().trainings_of(part)
    if not found:
        raise MisuseError(
            f"there is no training {part!r}; choose among {', '.join(one.id for one in in_force().trainings)}"
        )
    return found


def rows_of(calibrated: Iterable[Calibrated], how: str) -> Table:
    """What was measured, as the file's rows."""
    table: Table = {}
    for one in calibrated:
        task, runs = one.task, one.runs
        last = tuple(run.accuracies[-1] for run in runs)
        measured = Measured(
            last,
            runs[0].speed,
            task.data.identity,
            task.data.describe(),
            len(task.data.test_labels),
            runs[0].parameters,
        )
        epochs = [round(sum(run.accuracies[e] for run in runs) / len(runs), 4) for e in range(task.recipe.epochs)]
        table.setdefault(task.training.id, {})[task.data.name] = {
            "measured": True,
            "seeds": len(runs),
            "mean": round(measured.mean, 5),
            "spread": round(measured.spread, 5),
            "lowest": min(last),
            "floor": round(measured.floor(task.recipe.floor), 5),
            "epochs": epochs,
            "accuracies": list(last),
            "jittered": round(max(run.jittered for run in runs), 4),
            "trained": round(max(run.trained for run in runs), 4),
            "parameters": measured.parameters,
            "speed": measured.speed,
            "data": measured.data,
            "on": measured.on,
            "test_images": measured.test_images,
            "seconds": round(sum(run.seconds for run in runs) / len(runs), 1),
            "made": made_here(how),
        }
    return table


def measure(
    kit: Kit, reference: Submission, tasks: Iterable[Task], seeds: Iterable[int], jobs: int, told: Told
) -> list[Calibrated]:
    """Train the reference on each of *tasks* with each of *seeds*, *jobs* at a time.

    Raises:
        GraderError: the reference does not train.
    """
    wanted = [(task, seed) for task in tasks for seed in seeds]
    journal = Journal(home_folder() / "calibration.jsonl")
    done = 0

    def one(task: Task, seed: int) -> Finished:
        nonlocal done
        mark = mark_of(kit, reference, task, seed)
        found = journal.find(mark)
        if found is None:
            found = _measured(kit, reference, task, seed)
            journal.keep(mark, found)
        done += 1
        told(
            f"{task.training.id} on {task.data.name}, seed {seed}: {100 * found.accuracies[-1]:.2f} %",
            done,
            len(wanted),
        )
        return found

    with ThreadPoolExecutor(jobs) as pool:
        runs = list(pool.map(lambda pair: one(*pair), wanted))
    by_task: dict[int, list[Finished]] = {}
    for (task, _), run in zip(wanted, runs, strict=True):
        by_task.setdefault(id(task), []).append(run)
    kept = {id(task): task for task, _ in wanted}
    return [Calibrated(kept[name], tuple(found)) for name, found in by_task.items()]


def _measured(kit: Kit, reference: Submission, task: Task, seed: int) -> Finished:
    start = time.monotonic()
    with kit.session(reference) as session:
        case = replace(kit.case(reference, session), seed=b"calibration %d" % seed)
        run = run_training(case, task, own=True, number=1)
    if not isinstance(run, Run):
        raise GraderError(f"the reference does not train on {task.data.title}: {run.reason}")
    last = run.scores[-1]
    shares = {name: right / total for name, (right, total) in vars(last).items() if total}
    return Finished(
        accuracies=tuple(round(score.accuracy, 6) for score in run.scores),
        jittered=round(shares["originals"] - shares["copies"], 6),
        trained=round(shares["clean"] - shares["seen"], 6),
        speed=run.speed,
        parameters=run.parameters,
        seconds=round(time.monotonic() - start, 1),
    )


def mark_of(kit: Kit, reference: Submission, task: Task, seed: int) -> str:
    """The digest of everything that could change a run's accuracy."""
    machine = kit.tools.machine()
    sources = [reference.files[f"{name}.py"] for name in task.training.modules]
    sources += [(PACKAGE / "deep_learning/probes" / f"{name}.py").read_bytes() for name in ("fit", "speeds", "loader")]
    recipe = {name: value for name, value in asdict(task.recipe).items() if name not in ("floor", "seconds_per_image")}
    parts = (task.training.id, seed, task.data.digest, sorted(recipe.items()), machine, torch_version(), sources)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


class Journal:
    """Finished runs, a line each, in the user's own folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: dict[str, Finished] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                    mark = entry.pop("mark")
                    self._kept[mark] = Finished(**{**entry, "accuracies": tuple(entry["accuracies"])})
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue  # cut off when it was written

    def find(self, mark: str) -> Finished | None:
        """The run of this mark, if there is one."""
        return self._kept.get(mark)

    def keep(self, mark: str, run: Finished) -> None:
        """Append the run to the journal.

        Raises:
            MisuseError: the disk is full.
        """
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"mark": mark, **asdict(run)}) + "\n")
        except OSError as error:
            raise MisuseError(f"{self.path} can't be written: {error.strerror}") from error
        self._kept[mark] = run
