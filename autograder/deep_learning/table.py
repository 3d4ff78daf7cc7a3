"""Trainings side by side, one row for each: for the terminal and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.render.text import Style
from autograder.text import plain

HEAD = ("experiment", "network", "optimizer", "parameters", "accuracy", "the reference gives")
WORDS = (
    False,
    True,
    True,
    False,
    False,
    False,
)  # columns of words begin at the left, columns of numbers end at the right
GAP = "  "
COLUMNS = 110  # that a table has at the most


@dataclass(frozen=True)
class StudyRow:
    """One of the experiments and its result.

    Attributes:
        number: from 1.
        network: like ``784-30-10, sigmoid``.
        optimizer: its name.
        parameters: of the student's network.
        accuracy: on the test images, in [0, 1]; None while the network is not trained.
        expected: mean and standard deviation of the reference's accuracy, in [0, 1]; None where nobody measured it.
    """

    number: int
    network: str
    optimizer: str
    parameters: int
    accuracy: float | None
    expected: tuple[float, float] | None


def study_table(rows: Iterable[StudyRow], style: Style, unicode: bool = True, columns: int = COLUMNS) -> Iterator[str]:
    """A row for each experiment, under a line of titles; no line is wider than *columns*.

    A network that is too long for its column goes on in the next line. Without *unicode* the text is ASCII.
    """
    table = [(row.accuracy is not None, _cells(row, "±" if unicode else "+-")) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(HEAD, *(cells for _, cells in table), strict=True)]
    others = sum(widths) - widths[1] + len(GAP) * (len(HEAD) - 1)
    widths[1] = min(widths[1], max(columns - others, len(HEAD[1])))
    yield style(_line(HEAD, widths), "bold")
    for trained, (number, network, *figures) in table:
        first, *rest = textwrap.wrap(network, widths[1]) or [""]
        lines = [_line((number, first, *figures), widths)]
        lines += [_line(("", more, *("" for _ in figures)), widths) for more in rest]
        for line in lines:
            yield style(line, "" if trained else "dim")


def study_markdown(rows: Iterable[StudyRow]) -> str:
    """The rows as a table in Markdown, with a line end."""
    rule = "|".join("---" if words else "---:" for words in WORDS)
    head, *lines = (" | ".join(cell.replace("|", r"\|") for cell in cells) for cells in (HEAD, *map(_cells, rows)))
    return "".join([f"| {head} |\n|{rule}|\n", *(f"| {line} |\n" for line in lines)])


def percent(value: float) -> str:
    """A share in [0, 1] as ``97.5``."""
    return f"{100 * value:.1f}"


def _cells(row: StudyRow, sign: str = "±") -> tuple[str, ...]:
    """One row's text, column by column."""
    accuracy = "not trained" if row.accuracy is None else f"{percent(row.accuracy)} %"
    expected = "not measured"
    if row.expected is not None:
        mean, deviation = row.expected
        expected = f"{percent(mean)} {sign} {percent(deviation)} %"
    return f"{row.number}", plain(row.network), plain(row.optimizer), f"{row.parameters:,}", accuracy, expected


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    aligned = (
        f"{cell:<{width}}" if words else f"{cell:>{width}}"
        for cell, width, words in zip(cells, widths, WORDS, strict=True)
    )
    return GAP.join(aligned).rstrip()
