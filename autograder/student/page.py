"""`hw1 check` on the terminal: a page that is printed part by part, in the handout's order, as soon as it can be."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from autograder.check import Check
from autograder.outcome import Outcome, Status
from autograder.render.page_lines import Look, by_part, opening_line, part_lines
from autograder.render.progress import status_line
from autograder.render.screen import write_lines
from autograder.report import Line
from autograder.student.steps import Steps

if TYPE_CHECKING:
    from autograder.kit import Kit

NOT_REACHED = Outcome(Status.SKIPPED, "Not judged: it was stopped before.")


class Page(Steps):
    """A listener who prints the page.

    Checks are judged in an order of their own, what is cheap first. A part is held back until all of it is judged, and
    all parts before it are: its heading says its points. Where the judging is stopped, what is there is printed.

    Args:
        folder: the working copy, as it is called.
        checks: those that were asked for.
    """

    def __init__(self, folder: str, checks: tuple[Check, ...], kit: Kit, look: Look) -> None:
        super().__init__(len(checks))
        self._rubric, self._look = kit.rubric, look
        self._opening = opening_line(folder, len(checks), len(kit.homework.checks))
        self._whole = len(checks) == len(kit.homework.checks)
        self._waiting = by_part(checks, kit.rubric.parts)
        self._there: dict[str, Outcome] = {}

    def __enter__(self) -> Self:
        status_line("")
        write_lines([self._opening])
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            for part in [
                part for part, checks in self._waiting.items() if any(one.id in self._there for one in checks)
            ]:
                self._print_part(part)

    def tell(self, check: Check, outcome: Outcome | None) -> None:
        """Take the outcome of *check*, and print what need not be held back any longer."""
        super().tell(check, outcome)
        if outcome is None:
            return
        self._there[check.id] = outcome
        for part in list(self._waiting):
            if not all(one.id in self._there for one in self._waiting[part]):
                return
            self._print_part(part)

    def _print_part(self, part: str) -> None:
        lines = [self._line(check) for check in self._waiting.pop(part)]
        write_lines(part_lines(part, lines, self._rubric, self._look, by_hand=self._whole))

    def _line(self, check: Check) -> Line:
        worth = self._rubric.worth(check.id)
        outcome = self._there.get(check.id, NOT_REACHED)
        return Line(check.id, check.title, check.part, worth, outcome.worth(worth))
