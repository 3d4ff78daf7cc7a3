"""What `hw1 check` shows in the terminal: each check when it is judged, and the points at the end."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator

import typer

from autograder.check import Check
from autograder.outcome import Outcome
from autograder.render.progress import status_line
from autograder.render.text import check_lines, elsewhere, heading, summary, wrapped
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.text import plain

PRINTED_LINES = 40  # of what a submission prints


def style(text: str, colour: str) -> str:
    """*text* in green, red, yellow, dim or bold, where the terminal has colours and nobody minds."""
    if not text or not colour or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    if colour in ("bold", "dim"):
        return typer.style(text, bold=colour == "bold" or None, dim=colour == "dim" or None)
    return typer.style(text, fg=colour)


def unicode() -> bool:
    """Whether the terminal shows more than ASCII."""
    return "utf" in (sys.stdout.encoding or "").lower()


def columns() -> int:
    """The terminal's width; elsewhere the width that tables like."""
    return shutil.get_terminal_size((160, 24)).columns


def quiet(check: Check, outcome: Outcome | None) -> None:
    """A listener who prints nothing."""


def printer(rubric: Rubric, verbose: bool) -> Callable[[Check, Outcome | None], None]:
    """A listener who prints each check when it is judged, under the heading of its part."""
    part = ""

    def tell(check: Check, outcome: Outcome | None) -> None:
        nonlocal part
        if outcome is None:
            status_line(f"{check.title} ...")
            return
        status_line("")
        lines = []
        if check.part != part:
            part = check.part
            lines.append(("\n" if part != "files" else "") + heading(part, rubric.parts.get(part, ""), style))
        worth = rubric.worth(check.id)
        title = check.title if check.part == "files" else f"{check.id}: {check.title}"
        lines += check_lines(title, outcome.worth(worth), worth, style, verbose, unicode())
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()

    return tell


def summary_lines(report: Report, verbose: bool = False) -> Iterator[str]:
    """Lines on the hand-in as a whole; with *verbose* also what its code has printed."""
    if verbose and report.printed:
        yield f"\n{style('What your code printed', 'bold')}"
        lines = report.printed.splitlines()
        yield from (style(f"  {plain(line)}", "dim") for line in lines[:PRINTED_LINES])
        if len(lines) > PRINTED_LINES:
            yield style(f"  ... {len(lines) - PRINTED_LINES} more lines; --json shows them", "dim")
    for remark in report.remarks:
        yield from ("", *wrapped(plain(remark)))
    yield from ("", *(style(line, "bold") for line in wrapped(summary(report))))
    for sentence in elsewhere(report):
        yield from (style(line, "dim") for line in wrapped(plain(sentence)))
    if report.fingerprint.get("isolation") == "none":
        yield style("Not isolated: your own code ran as you. Never check anybody else's code this way.", "dim")
