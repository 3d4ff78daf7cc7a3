"""What is under way, on the terminal: a bar or a line that is written over there, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.render.text import NAME, summary
from autograder.text import plain

if TYPE_CHECKING:
    from autograder.report import Report

CLEAR = "\r\x1b[K"


def status_line(text: str) -> None:
    """What is under way, on a line that is written over; only on a terminal."""
    if sys.stderr.isatty() and sys.stdout.isatty():
        sys.stderr.write(f"{CLEAR}{plain(text, 100)}")
        sys.stderr.flush()


def counted_steps(title: str) -> Callable[[str, int, int], None]:
    """Progress of a long step: a line that is written over on a terminal, a line each tenth elsewhere."""

    def progress(name: str, number: int, total: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(
                f"{CLEAR}{title}: {number}/{total} {plain(name, NAME)}" + ("\n" if number == total else "")
            )
        elif number == total or number % max(1, total // 10) == 0:
            sys.stderr.write(f"{title}: {number}/{total}\n")
        sys.stderr.flush()

    return progress


def counted_bytes() -> Callable[[str, int, int], None]:
    """Progress of downloads: a line that is written over on a terminal, a line each tenth elsewhere."""
    last = ("", -1)

    def progress(name: str, done: int, total: int) -> None:
        nonlocal last
        step = done * (100 if sys.stderr.isatty() else 10) // total if total else done >> 20
        if (name, step) != last:
            last = (name, step)
            of = f" of {total / 1e6:.1f}" if total else ""
            text = f"Fetching {plain(name, NAME)}: {done / 1e6:.1f}{of} MB"
            ending = "\n" if not sys.stderr.isatty() or done == total else ""
            sys.stderr.write(f"{CLEAR if sys.stderr.isatty() else ''}{text}{ending}")
            sys.stderr.flush()

    return progress


@contextmanager
def class_bar(total: int) -> Iterator[tuple[Callable[[Report, bool], None], Callable[[str, str], None]]]:
    """A bar with what is running on a terminal; a line for each hand-in elsewhere.

    Yields:
        Two listeners: for each report (and whether it is an earlier run's), and for each student's check under way.
    """
    if not sys.stderr.isatty():
        count = iter(range(1, total + 1))

        def told(report: Report, earlier: bool) -> None:
            before = " (as before)" if earlier else ""
            sys.stderr.write(f"{next(count)}/{total} {plain(report.student, NAME)}: {summary(report)}{before}\n")

        yield told, lambda student, check_id: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=total)
        running: dict[str, str] = {}

        def show() -> None:
            bar.update(
                task, description=", ".join(f"{student} {check_id}" for student, check_id in list(running.items())[:4])
            )

        def watch(student: str, check_id: str) -> None:
            running[plain(student, NAME)] = check_id
            show()

        def advance(report: Report, earlier: bool) -> None:
            running.pop(plain(report.student, NAME), None)
            bar.advance(task)
            show()

        yield advance, watch
