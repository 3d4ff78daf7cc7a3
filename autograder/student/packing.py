"""What `hw1 pack` prints: what is in the archive, what is missing, and what the check says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.render.progress import status_line
from autograder.render.text import WIDTH, Style, summary, wrapped
from autograder.text import plain

if TYPE_CHECKING:
    from autograder.check import Check
    from autograder.outcome import Outcome
    from autograder.report import Report
    from autograder.student.pack import Packing

NAME = 60  # characters of a file's name


def steps(check: Check, outcome: Outcome | None) -> None:
    """A listener who shows the check that is under way, on a terminal."""
    status_line(f"{check.title} ..." if outcome is None else "")


def packing_lines(packing: Packing, path: Path, size: int, report: Report | None, style: Style) -> Iterator[str]:
    """A row for each file, what is missing or worth knowing, what *report* says, and the archive with its *size*."""
    width = max(len(plain(one.name, NAME)) for one in packing.files)
    for one in packing.files:
        yield f"  {plain(one.name, NAME):<{width}}{_size(one.size):>11}  {style(one.what, 'dim')}"
    yield from _list("Missing", packing.missing, style)
    yield from _list("Note", packing.remarks, style)
    yield ""
    if report is not None:
        yield from wrapped(f"hw1 check: {summary(report)}")
    count = len(packing.files)
    yield style(f"{path}: {count} file{'s' if count > 1 else ''}, {_size(size)}", "bold")


def _list(title: str, sentences: Iterable[str], style: Style) -> Iterator[str]:
    rows = [f"  {line}" for sentence in sentences for line in wrapped(plain(sentence), WIDTH - 2)]
    if rows:
        yield f"\n{style(title, 'yellow')}"
        yield from rows


def _size(count: int) -> str:
    """A size as text, like ``812 B``, ``3.4 kB`` or ``80.2 MB``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"
