"""What a student sees while their work is watched: a list that changes in place; plain lines without a terminal."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from autograder.check import Check
from autograder.outcome import Outcome
from autograder.render.screen import style, unicode, write_lines
from autograder.render.text import WIDTH, summary, wrapped
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.student.watching.changes import said_of_verdicts
from autograder.student.watching.verdicts import Verdicts, blocks, fitted, listed
from autograder.text import plain

if TYPE_CHECKING:
    from rich.text import Text

EACH = 0.03  # seconds between two frames
LEAST = 4  # lines of the list, however low the terminal is
BEGINS = "Checking ..."
ENDS = "Ctrl-C ends the watch."
WAITS = f"Waiting for the next save. {ENDS}"


class Screen:
    """Plain lines: all verdicts once, then those that change, as soon as they are there.

    Args:
        verdicts: what is known of the checks.
    """

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        self._first = True

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave what was written."""

    def begin(self, saved: str) -> None:
        """A round begins, since *saved*, a clause; empty for the first one."""
        self.verdicts.begin()
        write_lines([f"\n{_now()}  {saved}."] if saved else [BEGINS])

    def tell(self, check: Check, outcome: Outcome | None) -> None:
        """*check* is judged now (None), or has been."""
        if outcome is None:
            return
        shown = self.verdicts.now.get(check.id)
        self.verdicts.tell(check, outcome)
        if not self._first and outcome != shown:  # what a round has shown that was given up is put right, too
            write_lines(self.verdicts.lines(check, self.verdicts.change(check)))

    def end(self, report: Report, seconds: float) -> None:
        """The round has come to its end after *seconds*."""
        if self._first:
            write_lines(listed(blocks(self.verdicts, {}, False), self.verdicts.heading))
            write_lines(line for remark in report.remarks for line in ("", *wrapped(plain(remark))))
            write_lines(["", *wrapped(summary(report)), WAITS])
        else:
            said = said_of_verdicts(self.verdicts.changes())
            write_lines(wrapped(f"{said[0].upper()}{said[1:]} ({seconds:.1f} s)."))
            write_lines(wrapped(summary(report)))
        self._first = False
        self.verdicts.end()

    def say(self, text: str) -> None:
        """Say why there is no verdict."""
        write_lines(["", *wrapped(f"{_now()}  {plain(text)}")])


class LiveScreen(Screen):
    """A list that changes in place, for a terminal; a thread of its own draws it, so that no check waits for that."""

    def __init__(self, verdicts: Verdicts) -> None:
        from rich.console import Console
        from rich.live import Live

        super().__init__(verdicts)
        self._lock = threading.RLock()  # of all that a frame is made of
        self._dirty, self._over = threading.Event(), False
        self._running, self._changes = True, dict[str, str]()
        self._saved, self._status, self._totals, self._remarks = "", BEGINS, "", list[str]()
        self._console = Console(highlight=False)
        how: dict[str, Any] = {"auto_refresh": False, "redirect_stdout": False, "redirect_stderr": False}
        self._live = Live(console=self._console, get_renderable=self._frame, vertical_overflow="crop", **how)
        self._drawer = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> LiveScreen:
        self._live.start(refresh=True)
        self._drawer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the list as it is, and the cursor below it."""
        with self._lock:
            self._over = True
        self._dirty.set()
        self._drawer.join(1)
        self._live.stop()

    def begin(self, saved: str) -> None:
        """A round begins, since *saved*, a clause; empty for the first one."""
        with self._lock:
            self.verdicts.begin()
            self._running = True
            self._saved = f"{_now()}  {saved}; " if saved else ""
            self._status = f"{self._saved}checking ..." if saved else BEGINS
        self._dirty.set()

    def tell(self, check: Check, outcome: Outcome | None) -> None:
        """*check* is judged now (None), or has been."""
        with self._lock:
            if outcome is None:
                said = f"{self._saved}checking {plain(check.title)}"
                self._status = f"{said[0].upper()}{said[1:]}"
            else:
                self.verdicts.tell(check, outcome)
                self._changes[check.id] = self.verdicts.change(check)
        self._dirty.set()

    def end(self, report: Report, seconds: float) -> None:
        """The round has come to its end after *seconds*."""
        with self._lock:
            self._running, self._changes = False, self.verdicts.changes()
            said = f"{self._saved}{said_of_verdicts(self._changes)} ({seconds:.1f} s)."
            self._status = said if self._saved else ""
            self._totals, self._remarks = summary(report), [plain(remark) for remark in report.remarks]
            self.verdicts.end()
        self._dirty.set()

    def say(self, text: str) -> None:
        """Say why there is no verdict."""
        with self._lock:
            self._running, self._status = False, f"{_now()}  {plain(text)}"
        self._dirty.set()

    def _draw(self) -> None:
        while not self._over:
            self._dirty.wait()
            self._dirty.clear()
            if not self._over:
                self._live.refresh()
                time.sleep(EACH)

    def _frame(self) -> Text:
        from rich.text import Text

        size = self._console.size
        with self._lock:
            rows = self.rows(size.height, min(WIDTH, size.width))
        return Text.from_ansi("\n".join(rows), no_wrap=True, overflow="ellipsis")

    def rows(self, height: int, width: int) -> list[str]:
        """The whole of it, for a terminal of *height* lines and *width* columns; the cursor stands in its last line."""
        totals = [style(line, "bold") for line in wrapped(self._totals, width)]
        status = wrapped(self._status, width)[: 1 if self._running else None]  # the list does not jump meanwhile
        hint = [] if self._over else [style(ENDS if self._running else WAITS, "dim")]
        below = [*([""] if totals or status else []), *totals, *status, *hint]
        room = max(LEAST, height - 1 - len(below))
        shown = fitted(blocks(self.verdicts, self._changes, self._running), self.verdicts.heading, room)
        said = [line for remark in self._remarks for line in ("", *wrapped(remark, width))]
        return [*shown, *(said if len(shown) + len(said) <= room else []), *below]


def screen_for(checks: tuple[Check, ...], rubric: Rubric, verbose: bool) -> Screen:
    """The screen that fits to where the command writes."""
    verdicts = Verdicts(checks, rubric, verbose, style, unicode())
    if not sys.stdout.isatty():
        return Screen(verdicts)
    from rich.console import Console

    return Screen(verdicts) if Console().is_dumb_terminal else LiveScreen(verdicts)


def _now() -> str:
    return time.strftime("%H:%M:%S")
