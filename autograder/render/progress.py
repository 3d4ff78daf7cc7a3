"""What is under way, on the terminal: a bar or a line that is written over there, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autograder.command_line import CLEAR, note
from autograder.render.text import NAME, summary
from autograder.text import plain

if TYPE_CHECKING:
    from autograder.report import Report

BAR = 20  # columns of a bar
LINE = 400  # characters that are looked at of what is under way
WIDE = 100  # columns from which on there is room for a bar beside what is under way
DAY = 20 * 3600  # seconds: what ends later than that needs the weekday, too


def status_line(text: str) -> None:
    """What is under way, on a line that is written over; only on a terminal."""
    if sys.stderr.isatty() and sys.stdout.isatty():
        sys.stderr.write(f"{CLEAR}{fitted(plain(text, LINE), shutil.get_terminal_size().columns)}")
        sys.stderr.flush()


def counted_steps(title: str) -> Callable[[str, int, int], None]:
    """Progress of a long step: a bar that is written over on a terminal, a line each tenth elsewhere."""

    def progress(name: str, number: int, total: int) -> None:
        if sys.stderr.isatty():
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(
                CLEAR
                + fitted(f"{title}: {bar(number, total)} {number}/{total} {plain(name, NAME)}", columns)
                + ("\n" if number == total else "")
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


class ClassScreen:
    """A class that is graded: on a terminal one line that is written over, elsewhere a line for each hand-in."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> ClassScreen:
        return self

    def __exit__(self, *_: object) -> None:
        self._write("")

    def show(self, done: int, running: Sequence[tuple[str, str]], left: float | None) -> None:
        """Show how many are done, who is under way with what, and about how many seconds are left."""
        self._write(class_line(done, self._total, running, left, time.time(), shutil.get_terminal_size().columns))

    def tell(self, number: int, report: Report, earlier: bool, left: float | None) -> None:
        """Show that a report is there, which is the one with this *number*."""
        if self._terminal:
            return
        before = " (as before)" if earlier else ""
        until = ends_at(left, time.time()) if number * 10 // self._total > (number - 1) * 10 // self._total else ""
        said = f"{number}/{self._total} {plain(report.student, NAME)}: {summary(report)}{before}"
        sys.stderr.write(f"{said} ({until})\n" if until else f"{said}\n")

    def say(self, text: str) -> None:
        """Show a remark."""
        note(plain(text))

    def _write(self, text: str) -> None:
        if self._terminal:
            sys.stderr.write(f"{CLEAR}{text}")
            sys.stderr.flush()


def class_line(
    done: int, total: int, running: Sequence[tuple[str, str]], left: float | None, now: float, columns: int
) -> str:
    """What a class is at, in a line that fits into *columns*.

    Args:
        running: students under way, each with what.
        left: about how many seconds are left, if anybody can tell.
        now: seconds since 1970.
    """
    until = ends_at(left, now)
    under_way = ", ".join(f"{plain(student, 24)} {plain(what, NAME)}" for student, what in running)
    drawn = f"{bar(done, total)} " if columns >= WIDE else ""
    parts = (f"{drawn}{done}/{total}", f", {until}" if until else "", f": {under_way}" if running else "")
    return fitted("".join(parts), columns)


def ends_at(left: float | None, now: float) -> str:
    """When what takes *left* seconds more will be done, in words; nothing if that is not known.

    Args:
        now: seconds since 1970.
    """
    if left is None:
        return ""
    return f"until {time.strftime('%H:%M' if left < DAY else '%a %H:%M', time.localtime(now + left))}"


def bar(done: int, total: int) -> str:
    """How much of it is done, as a bar."""
    full = BAR * done // total if total else BAR
    return f"[{'#' * full}{'-' * (BAR - full)}]"


def fitted(text: str, columns: int) -> str:
    """*text*, cut so that it does not reach the last of *columns*, after which some terminals break the line."""
    taken = 0
    for place, character in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(character) in "WF" else not unicodedata.combining(character)
        if taken >= columns:
            return f"{text[: max(0, place - 1)]}…"
    return text
