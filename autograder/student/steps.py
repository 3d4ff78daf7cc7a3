"""Which check is under way, on the terminal's last line."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from autograder.case import Listener
from autograder.check import Check
from autograder.outcome import Outcome
from autograder.render.progress import status_line


class Steps(Listener):
    """A listener who shows which check of how many is under way, and how its training goes; only on a terminal.

    Args:
        total: how many checks there are.
    """

    def __init__(self, total: int) -> None:
        self._total, self._number, self._now = total, 0, ""

    def __enter__(self) -> Self:
        status_line("Reading the files ...")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status_line("")

    def tell(self, check: Check, outcome: Outcome | None) -> None:
        """Show that *check* is under way, or that it no longer is."""
        if outcome is not None:
            status_line("")
            return
        self._number += 1
        self._now = f"Checking {self._number} of {self._total}: {check.title}"
        status_line(f"{self._now} ...")

    def trains(self, epoch: int, epochs: int, accuracy: float | None) -> None:
        """Show how a training goes."""
        so_far = f", {100 * accuracy:.1f} % so far" if accuracy is not None else ""
        status_line(f"{self._now}, epoch {epoch} of {epochs}{so_far}")
