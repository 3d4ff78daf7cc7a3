"""What `hw1 pack` prints: what is in the archive, what is missing, and what the check says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.render.text import WIDTH, Style, summary, wrapped
from autograder.text import plain

if TYPE_CHECKING:
    from autograder.report import Report
    from autograder.student.pack import Packing

NAME = 60  # characters of a file's name
COLUMN = 34  # of the names; what a file is stands behind it where there is room
FORMAT = 1  # of the JSON document


def packing_lines(
    packing: Packing, path: Path, size: int, report: Report | None, style: Style, again: str = ""
) -> Iterator[str]:
    """A row for each file, what is missing or worth knowing, what *report* says, and the archive with its *size*.

    Args:
        again: the command that shows what of the report needs work.
    """
    width = min(COLUMN, max(len(plain(one.name, NAME)) for one in packing.files))
    for one in packing.files:
        row = f"  {plain(one.name, NAME):<{width}}{_size(one.size):>11}"
        yield row + (f"  {style(one.what, 'dim')}" if len(row) + 2 + len(one.what) <= WIDTH else "")
    yield from _list("Missing", packing.missing, style)
    yield from _list("Note", packing.remarks, style)
    yield ""
    if report is not None:
        yield from wrapped(f"hw1 check: {summary(report)}")
        if again and not report.all_passed:
            yield from ("What needs work:", f"  {again}")
    count = len(packing.files)
    yield style(f"{path}: {count} file{'s' if count > 1 else ''}, {_size(size)}", "bold")


def packing_json(packing: Packing, path: Path, size: int, report: Report | None, student: str) -> dict[str, Any]:
    """The same as JSON values: the archive, its files, what is missing or worth knowing, the report.

    Args:
        student: the id under which it is packed.
    """
    return {
        "format": FORMAT,
        "student": student,
        "archive": str(path),
        "bytes": size,
        "files": [{"name": one.name, "bytes": one.size, "what": one.what} for one in packing.files],
        "missing": list(packing.missing),
        "remarks": list(packing.remarks),
        "report": report.to_json() if report is not None else None,
    }


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
