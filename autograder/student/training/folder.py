"""The folder ``checkpoints/`` of a working copy: what trainings leave there, and what an unfinished one goes on from.

Of a training ``1.2.6``: ``1.2.6.safetensors`` (the weights, to be handed in), ``1.2.6.json`` (the log), two pictures,
and while it is not finished ``1.2.6-unfinished.safetensors``. Each file is written whole or not at all. The log is
written last: a training is finished if its log names the checkpoint that is there.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.deep_learning.curves import curve_facts
from autograder.deep_learning.floors import Floors
from autograder.deep_learning.pictures import confusion_matrix, learning_curve, study_chart
from autograder.deep_learning.table import StudyRow, study_markdown
from autograder.disk import write_whole
from autograder.errors import HandinError, MisuseError
from autograder.evidence import Array
from autograder.hashing import hash_of
from autograder.homework import Study
from autograder.ingest.checkpoint import SUFFIX, read_checkpoint, write_checkpoint
from autograder.student.training.log import Log, title_of

if TYPE_CHECKING:
    from autograder.deep_learning.data import Dataset

UNFINISHED = f"-unfinished{SUFFIX}"
WEIGHTS = "weights "  # begins the names of a worker's parameters and buffers


class TrainFolder:
    """Reads and writes the folder of checkpoints.

    Args:
        folder: made if it is not there.

    Raises:
        MisuseError: it can't be written to, or is a link.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.is_symlink():
            raise MisuseError(f"{folder} is a symbolic link, which the grader does not follow: make it a folder")
        try:
            folder.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise MisuseError(f"{folder} can't be written: {error.strerror}") from error

    def path(self, training: str, ending: str) -> Path:
        """The path of one of a training's files."""
        return self.folder / f"{training}{ending}"

    def files(self, training: str) -> tuple[str, ...]:
        """The names of what a finished training has left."""
        return tuple(f"{training}{ending}" for ending in (SUFFIX, ".json", "-curve.png", "-confusion.png"))

    def log(self, training: str) -> Log | None:
        """The training's log; None if there is none, or it can't be read."""
        try:
            return Log.from_json(self.path(training, ".json").read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def finished(self, training: str) -> Log | None:
        """The log of a training whose checkpoint is there, unchanged."""
        log = self.log(training)
        try:
            return log if log and hash_of(self.path(training, SUFFIX)) == log.checkpoint else None
        except HandinError:
            return None

    def unfinished(self, training: str) -> Log | None:
        """The log of a training that was stopped; None if there is none, or a damaged one."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path(training, UNFINISHED), framework="np") as file:
                return Log.from_json(file.metadata()["log"])
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def state(self, training: str) -> dict[str, Array]:
        """The state that an unfinished training goes on from."""
        from safetensors import safe_open

        with safe_open(self.path(training, UNFINISHED), framework="np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no mapping

    def keep(self, log: Log, state: Mapping[str, Array]) -> None:
        """Keep an unfinished training, so that it can be resumed.

        Raises:
            MisuseError: the disk is full.
        """
        from safetensors.numpy import save

        path = self.path(log.training.id, UNFINISHED)
        _write(path, save(dict(state), {"log": log.to_json()}))

    def forget(self, training: str) -> None:
        """Remove the state of an unfinished training."""
        with contextlib.suppress(OSError):
            self.path(training, UNFINISHED).unlink(missing_ok=True)

    def finish(self, log: Log, weights: Mapping[str, Array], data: Dataset) -> Log:
        """Write checkpoint, pictures and log, and forget the state that it went on from; the log as it was written.

        Args:
            log: with all epochs.
            weights: parameters and buffers by name, each after ``"weights "``.
            data: what it was trained on.

        Raises:
            MisuseError: the disk is full.
        """
        training = log.training.id
        arrays = {name.removeprefix(WEIGHTS): a for name, a in weights.items() if name.startswith(WEIGHTS)}
        log = self._write_checkpoint(log, arrays)
        title, floor = title_of(log.training), log.floor or None
        learning_curve(self.path(training, "-curve.png"), title, log.epochs, floor=floor, label=log.setting.on)
        picture = self.path(training, "-confusion.png")
        confusion_matrix(picture, title, log.confusion, data.classes, label=log.setting.on)
        _write(self.path(training, ".json"), log.to_json().encode())
        self.forget(training)
        return log

    def halve(self, log: Log) -> Log:
        """Rewrite a finished training's checkpoint in float16, and return the changed log.

        Raises:
            MisuseError: it can't be read, or the disk is full.
        """
        path = self.path(log.training.id, SUFFIX)
        try:
            arrays = read_checkpoint(path).arrays
        except HandinError as error:
            raise MisuseError(f"{path}: {error}") from error
        log = self._write_checkpoint(replace(log, half=True), arrays)
        _write(self.path(log.training.id, ".json"), log.to_json().encode())
        return log

    def _write_checkpoint(self, log: Log, arrays: Mapping[str, Array]) -> Log:
        path = self.path(log.training.id, SUFFIX)
        write_checkpoint(path, arrays, _facts(log), half=log.half)
        return replace(log, checkpoint=hash_of(path))

    def write_study(self, study: Study, data: Dataset, floors: Floors) -> tuple[StudyRow, ...]:
        """Show *study*'s finished trainings on *data* side by side, as a table and as a picture.

        Returns:
            The rows; if there are none, nothing is written.

        Raises:
            MisuseError: the disk is full.
        """
        rows = tuple(self._row(study, training, data, floors) for training in study.rows)
        if all(row.accuracy is None for row in rows):
            return ()
        text = f"# {study.title}\n\nOn {data.describe()}.\n\n{study_markdown(rows)}"
        _write(self.folder / f"{study.file}.md", text.encode())
        study_chart(self.folder / f"{study.file}.png", rows, label=data.describe())
        return rows

    def _row(self, study: Study, training: str, data: Dataset, floors: Floors) -> StudyRow:
        network, optimizer, parameters = study.rows[training]
        number = list(study.rows).index(training) + 1
        log = self.log(training)
        measured = floors.measured(training, data.name)
        expected = (measured.mean, measured.spread) if measured and measured.data == data.identity else None
        if log is None or log.setting.digest != data.digest:
            return StudyRow(number, network, optimizer, parameters, None, expected)
        return StudyRow(number, network, optimizer, log.parameters, log.accuracy, expected)


def _facts(log: Log) -> dict[str, str]:
    """The facts that a checkpoint holds beside its weights."""
    setting = log.setting
    recipe = ", ".join(f"{name} {value}" for name, value in setting.recipe.items())
    facts = {"training": setting.training, "data": setting.data, "digest": setting.digest, "recipe": recipe}
    facts |= {"seed": f"{log.seed}", "epochs": f"{len(log.epochs)}", "accuracy": f"{log.accuracy:.4f}"}
    facts |= {"parameters": f"{log.parameters}", **curve_facts(setting.on, log.epochs, log.confusion)}
    return {**facts, "speed": log.speed, **log.made}


def _write(path: Path, data: bytes) -> None:
    """Write *data* to *path*, whole or not at all."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise MisuseError(f"{path} can't be written ({len(data) / 1e6:,.1f} MB): {error.strerror}") from error
