"""Trainings on the terminal: a bar while an epoch is under way, a line when it is over, and the result."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.deep_learning.table import COLUMNS, StudyRow, study_table
from autograder.outcome import Status
from autograder.render.progress import status_line
from autograder.render.text import MARKS, WIDTH, Style, without_colour, wrapped
from autograder.student.training.log import Log, Trained, TrainedEpoch, Untrained, title_of
from autograder.text import plain

if TYPE_CHECKING:
    from autograder.student.training.epochs import Batch

POLL_EACH = 0.2  # seconds; the worker tells of its batches three times a second


@dataclass(frozen=True)
class TrainingScreen:
    """What a student sees while training.

    Attributes:
        where: the folder of the checkpoints, as it is shown.
        style: colours.
        unicode: whether the terminal has more than ASCII.
        aside: lines go to stderr: stdout is for a program.
    """

    where: str = "checkpoints"
    style: Style = without_colour
    unicode: bool = True
    aside: bool = False

    def wait(self, title: str) -> None:
        """On a terminal, show that something is being prepared, until there is more to show."""
        status_line(f"{title} ..." if title else "")

    def say(self, text: str) -> None:
        """Write a line."""
        self._write([plain(text)])

    @contextmanager
    def epoch(
        self, title: str, number: int, of: int, accuracy: float | None, batch: Callable[[], Batch | None]
    ) -> Iterator[Callable[[], None]]:
        """A bar for an epoch under way, on a terminal; what it yields is called when the epoch is trained."""
        self.wait("")
        if not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        texts = [TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[told]}")]
        columns = (texts[0], BarColumn(), texts[1], TimeRemainingColumn(compact=True, elapsed_when_finished=True))
        last = f"  accuracy {100 * accuracy:.1f} %" if accuracy is not None else ""
        over = threading.Event()
        with Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
        ) as bar:
            task = bar.add_task(f"{plain(title)}  epoch {number}/{of}", total=None, told=last.strip())

            def follow() -> None:
                while not over.wait(POLL_EACH):
                    now = batch()
                    if now is not None:
                        loss = "" if now.loss is None else f"  loss {now.loss:.3f}"
                        told = f"{now.number}/{now.of}{loss}{last}"
                        bar.update(task, completed=now.number, total=now.of, told=told)

            def testing() -> None:
                over.set()
                follower.join()
                bar.update(task, total=None, told=f"testing{last}")

            follower = threading.Thread(target=follow, daemon=True)
            follower.start()
            try:
                yield testing
            finally:
                over.set()
                follower.join()

    def trained(self, title: str, number: int, of: int, epoch: TrainedEpoch) -> None:
        """A line for an epoch that is over."""
        loss = f"loss {epoch.losses[-1]:.3f}  " if epoch.losses else ""
        figures = f"{loss}accuracy {100 * epoch.accuracy:.1f} %  ({epoch.seconds:.1f} s)"
        self.say(f"{title}  epoch {number}/{of}  {figures}")

    def came_of(self, result: Trained | Untrained) -> None:
        """Show the result of a training."""
        self._write(result_lines(result, self.where, self.style, self.unicode))

    def _write(self, lines: Iterable[str]) -> None:
        self.wait("")
        out = sys.stderr if self.aside else sys.stdout
        out.write("".join(f"{line}\n" for line in lines))
        out.flush()


def result_lines(
    result: Trained | Untrained, where: str, style: Style = without_colour, unicode: bool = True
) -> Iterator[str]:
    """The result of a training: its mark and title; under it accuracy, floor and files, or what is wrong.

    Args:
        result: the training.
        where: the folder of the checkpoints, as it is shown.
        style: colours.
        unicode: whether there is more than ASCII.
    """
    if isinstance(result, Untrained):
        outcome = result.outcome
        status, title = outcome.status, title_of(result.training)
        lines = [("not started: " if status is Status.TODO else "not trained: ") + outcome.reason]
        lines += [f"hint: {outcome.hint}"] if outcome.hint else []
    else:
        log = result.log
        below = log.lost_in is not None or log.accuracy < log.floor
        status, title = (Status.UNSETTLED if below else Status.PASSED), title_of(log.training)
        lines = [*_found(log, result.remark), f"{where}: {', '.join(result.files)}"]
    rich, simple, colour = MARKS[status]
    yield f"{style(rich if unicode else simple, colour)} {style(title, 'bold')}"
    for line in lines:
        yield from (f"    {part}" for part in wrapped(plain(line), WIDTH - 4))


def _found(log: Log, remark: str) -> Iterator[str]:
    """The accuracy in words, and what is worth knowing of the training."""
    floor = ""
    if log.floor:
        side = "above" if log.accuracy >= log.floor else "below"
        floor = f", {side} the floor of {100 * log.floor:.2f}".rstrip("0").rstrip(".") + " %"
    yield f"{100 * log.accuracy:.2f} %{floor}, on {log.setting.on}" + (f"; {remark}" if remark else "")
    if log.lost_in is not None:
        yield f"The loss became NaN or infinite in epoch {log.lost_in}: the grader can't use this checkpoint."
    if log.remark:
        yield log.remark


def closing_lines(
    results: Iterable[Trained | Untrained],
    table: Iterable[StudyRow],
    where: str,
    style: Style = without_colour,
    unicode: bool = True,
    columns: int = COLUMNS,
) -> Iterator[str]:
    """The ten experiments side by side, if there are any, and what to do with what was trained."""
    rows = list(table)
    if rows:
        yield from ("", *study_table(rows, style, unicode, columns))
    logs = [result.log for result in results if isinstance(result, Trained)]
    practice = dict.fromkeys(log.setting.on.partition(" (")[0] for log in logs if log.setting.stand_in)
    if logs:
        yield ""
    if practice:
        what = " and ".join(practice).capitalize()
        yield f"{what} stand in for the homework's data: these checkpoints are for practice."
        yield "For those that you hand in, get the data with `hw1 data` and train with --data DIR."
    if any(not log.setting.stand_in for log in logs):
        yield f"Hand in the folder {where} with your files."
