"""A student trains: their networks with their own ``Trainer``, in the sandbox, all epochs, with the true labels.

After each epoch the whole test set is run in a second worker, and the state is kept, so that a stopped training goes
on with the next epoch. The results lie in ``checkpoints/`` beside the student's files (``folder.py``).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from autograder.case import Case
from autograder.command_line import quoted, typed
from autograder.deep_learning.table import StudyRow
from autograder.deep_learning.task import Task, task_of
from autograder.errors import MisuseError
from autograder.evidence import Array
from autograder.homework import Homework, Training
from autograder.ingest.documents import with_documents
from autograder.ingest.names import CHECKPOINTS
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.sandbox.session import Session
from autograder.student.training.epochs import Batch, Epochs, Shown, confusion_of
from autograder.student.training.folder import TrainFolder
from autograder.student.training.log import Log, Setting, Trained, TrainedEpoch, Untrained, title_of
from autograder.student.working_copy import called, folder_words, require_folder, where_it_is, works_below
from autograder.submission import Submission

BESIDE = ("floor", "guard", "seconds_per_image")  # of a recipe; the training does not depend on them
SEEDS = 1 << 31


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a training of which *epochs* are kept."""

    def __init__(self, training: Training, epochs: int) -> None:
        self.epochs = epochs
        super().__init__((f"after epoch {epochs} of " if epochs else "with ") + title_of(training))

    def sentence(self, words: Iterable[str]) -> str:
        """How to go on, for someone who typed *words* after ``hw1``."""
        again = [word for word in words if word != "--again" or not self.epochs]
        return f"stopped; `{quoted(['hw1', *again])}` goes on {self}"


@dataclass(frozen=True)
class Wanted:
    """What `hw1 train` was asked for.

    Attributes:
        folder: the student's working copy.
        part: of the homework, or one training, or several with commas between them; nothing: all of them.
        seed: to be trained with; None: one of its own for each training.
        half: leave checkpoints in float16.
        again: train anew what is trained already.
    """

    folder: Path
    part: str = ""
    seed: int | None = None
    half: bool = False
    again: bool = False


class Screen(Protocol):
    """Shows what is under way."""

    def wait(self, title: str) -> None:
        """Show that a training is being prepared; without a title: that it is ready."""

    def say(self, text: str) -> None:
        """Show a line."""

    def epoch(
        self, title: str, number: int, of: int, accuracy: float | None, batch: Callable[[], Batch | None]
    ) -> AbstractContextManager[Callable[[], None]]:
        """Show an epoch under way; what the context gives is called when it is trained and is now tested.

        *accuracy* is that of the epoch before, *batch* gives the batch under way.
        """

    def trained(self, title: str, number: int, of: int, epoch: TrainedEpoch) -> None:
        """Show what an epoch gave."""

    def came_of(self, result: Trained | Untrained) -> None:
        """Show the result of a training."""


def train(kit: Kit, wanted: Wanted, screen: Screen) -> tuple[list[Trained | Untrained], tuple[StudyRow, ...]]:
    """Train what is wanted; the results, and the homework's study if one of its trainings was among them.

    Raises:
        MisuseError: there is no such part, folder or device, or the folder can't be written.
        Interrupted: Ctrl-C.
    """
    homework = kit.homework
    trainings = wanted_trainings(homework, wanted.part)
    submission = working_copy(kit, wanted.folder)
    folder = TrainFolder(wanted.folder / CHECKPOINTS)
    kit.launcher.warm("full", kit.extras([submission]))
    results: list[Trained | Untrained] = []
    training = trainings[0]
    screen.wait(title_of(training))
    try:
        kit.tools.machine()  # a device that is not there is said before anything else
        with kit.session(submission) as session:
            for training in trainings:
                bench = _Bench(kit.case(submission, session), session, kit.scratch, folder, wanted, screen, training)
                results.append(bench.result())
                screen.came_of(results[-1])
            return results, _study(kit, folder, trainings)
    except KeyboardInterrupt as error:
        begun = folder.unfinished(training.id)
        raise Interrupted(training, len(begun.epochs) if begun else 0) from error
    finally:
        screen.wait("")


def wanted_trainings(homework: Homework, part: str) -> tuple[Training, ...]:
    """The trainings that *part* names, in the homework's order.

    Raises:
        MisuseError: there is none of this name; the text lists what there is.
    """
    if not homework.trainings:
        raise MisuseError("nothing is trained in this homework")
    named = {name: homework.trainings_of(name) for name in map(str.strip, part.split(",")) if name}
    unknown = next((name for name, found in named.items() if not found), None)
    if unknown is not None:
        names = ", ".join(dict.fromkeys(name for one in homework.trainings for name in (one.part, one.id)))
        raise MisuseError(f"there is no training {unknown!r}; choose among {names}")
    wanted = {one.id for found in named.values() for one in found}
    return tuple(one for one in homework.trainings if not wanted or one.id in wanted)


def working_copy(kit: Kit, folder: Path) -> Submission:
    """The student's files, and what stands in notebooks beside them.

    Raises:
        MisuseError: *folder* is not a working copy, or the data's folder is not there.
    """
    found = read_submission(require_folder(folder), kit.rubric.limits, named=False)
    if where_it_is(folder, found, "train"):
        below = works_below(folder)[0]  # the checkpoints belong beside the sources
        raise MisuseError(f"your files are not in {called(folder)} but below: {typed('train', *folder_words(below))}")
    if kit.data is not None and not kit.data.is_dir():
        raise MisuseError(f"{kit.data} is not a folder; `hw1 data DIR` gets the data into one")
    return with_documents(found, kit)


def _study(kit: Kit, folder: TrainFolder, trainings: Iterable[Training]) -> tuple[StudyRow, ...]:
    study = kit.homework.study
    begun = next((one for one in trainings if study is not None and one.id in study.rows), None)
    if study is None or begun is None:
        return ()
    try:
        data = kit.tools.data(begun.data)
    except MisuseError:
        return ()  # each of them has said so
    return folder.write_study(study, data, kit.tools.floors)


@dataclass(frozen=True)
class _Bench:
    """One training, with everything that it needs."""

    case: Case
    session: Session
    scratch: Path
    folder: TrainFolder
    wanted: Wanted
    screen: Screen
    training: Training

    def result(self) -> Trained | Untrained:
        """Its result, of an earlier run or of this one."""
        try:
            task = task_of(self.case, self.training)
            task.given()
            setting = setting_of(task, self.case.submission)
        except MisuseError as error:
            return self._not_now(f"{error}.")
        finished, begun = self.folder.finished(self.training.id), self.folder.unfinished(self.training.id)
        if begun is not None and _fits(begun, setting, self.wanted.seed):
            return self._train(task, begun, self.folder.state(self.training.id))
        if not self.wanted.again:
            real = next((log for log in (finished, begun) if log and not log.setting.stand_in), None)
            if real is not None and setting.stand_in:
                return self._spare(real)
            if finished is not None and _fits(finished, setting, self.wanted.seed):
                return self._already(finished)
        if finished is not None and not self.wanted.again:
            changes = finished.setting.changes(setting)
            why = f"since {changes} changed" if changes else f"with the seed {self.wanted.seed}"
            self.screen.say(f"{title_of(self.training)}  trained again, {why}")
        seed = secrets.randbelow(SEEDS) if self.wanted.seed is None else self.wanted.seed
        return self._train(task, Log(setting, seed, floor=task.floor if task.recipe.floor else 0.0), {})

    def _already(self, log: Log) -> Trained:
        remark = "already trained; --again trains it again"
        if self.wanted.half and not log.half:
            log, remark = self.folder.halve(log), "already trained; its checkpoint is now in half precision"
        return Trained(log, self.folder.files(self.training.id), remark)

    def _spare(self, log: Log) -> Trained | Untrained:
        """A training on the homework's data is not replaced by one for practice."""
        how = "--data DIR names the data, --again trains for practice instead"
        if log.checkpoint:
            return Trained(log, self.folder.files(self.training.id), f"it is kept; {how}")
        return self._not_now(f"Its training on {log.setting.on} is not finished; {how}.")

    def _not_now(self, reason: str) -> Untrained:
        return Untrained(self.training, Outcome(Status.UNSETTLED, reason))

    def _train(self, task: Task, log: Log, state: Mapping[str, Array]) -> Trained | Untrained:
        """Train all epochs that *log* does not have yet, from *state* on."""
        epochs, title, of = Epochs(self.case, self.scratch, task), title_of(self.training), task.recipe.epochs
        self.screen.wait(title)
        begun = epochs.begin(log.seed, state)
        if isinstance(begun, Outcome) and log.epochs:
            self.screen.say(
                f"{title}  started over, since it can't go on after epoch {len(log.epochs)}: {begun.reason}"
            )
            log = replace(log, epochs=())
            begun = epochs.begin(log.seed, {})
        if isinstance(begun, Outcome):
            return Untrained(self.training, begun)
        log = replace(log, speed=begun.speed, remark=begun.remark, parameters=begun.parameters, made=self._made())
        if log.epochs:
            self.screen.say(f"{title}  going on after epoch {len(log.epochs)}")
        else:
            self.folder.forget(self.training.id)
        shown: Shown | Outcome | None = None
        for number in range(len(log.epochs) + 1, of + 1):
            before = log.epochs[-1].accuracy if log.epochs else None
            with self.screen.epoch(title, number, of, before, epochs.batch) as testing:
                shown = epochs.train(number, testing)
            if isinstance(shown, Outcome):
                return Untrained(self.training, shown)
            log = replace(log, epochs=(*log.epochs, shown.epoch))
            if shown.can_go_on:
                self.folder.keep(log, shown.state)  # before it is told: what stands on the screen is kept
            self.screen.trained(title, number, of, shown.epoch)
        assert isinstance(shown, Shown)  # noqa: S101  an unfinished training has an epoch left
        log = replace(log, confusion=confusion_of(shown.logits, task.data.test_labels), half=self.wanted.half)
        return Trained(self.folder.finish(log, shown.state, task.data), self.folder.files(self.training.id))

    def _made(self) -> dict[str, str]:
        """What the training ran on."""
        from autograder import __version__

        machine, environment = self.case.tools.machine(), self.session.environment
        versions = {name: str(environment.get(name, "")) for name in ("torch", "python")}
        return {"device": f"{machine.device} ({machine.name})", "hw1": __version__, **versions}


def setting_of(task: Task, submission: Submission) -> Setting:
    """Everything that decides the training, apart from chance.

    Raises:
        MisuseError: the data are not available.
    """
    data = task.data
    recipe = {name: value for name, value in asdict(task.recipe).items() if name not in BESIDE}
    sources = sources_of(submission, task.training.modules)
    return Setting(task.training.id, data.name, data.digest, data.describe(), data.stand_in, recipe, sources)


def sources_of(submission: Submission, modules: tuple[str, ...]) -> dict[str, str]:
    """Hashes of *modules*, and of each further file of the student's whose name stands in one of them."""
    names = [f"{module}.py" for module in modules]
    others = [name for name in sorted(submission.files) if name.endswith(".py") and name not in names]
    for name in names:  # it grows as it is walked through
        text = submission.files.get(name, b"")
        mentioned = [other for other in others if re.search(rb"\b%s\b" % re.escape(Path(other).stem.encode()), text)]
        names += [other for other in mentioned if other not in names]
    return {name: hashlib.sha256(submission.files.get(name, b"")).hexdigest()[:16] for name in sorted(names)}


def _fits(log: Log, setting: Setting, seed: int | None) -> bool:
    """Whether *log* is of a training with this setting, and with *seed* if one is asked for."""
    return not log.setting.changes(setting) and seed in (None, log.seed)
