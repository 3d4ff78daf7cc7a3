"""What a notebook's cell shows of a check: a table where there is HTML, the same as text where there is none.

What a hand-in says is text in both: escaped, on one line, without anything that hides or moves other text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autograder.outcome import Outcome
from autograder.render.sentences import WORDS, mistake_named, sentences
from autograder.render.text import MARKS, check_lines, wrapped
from autograder.report import Line
from autograder.text import plain, points

TEMPLATE = Path(__file__).with_name("cell.html")
BEGINS = "hw1.check:"  # the text; what is stored of it in a notebook is no claim (ingest/probes/notebook/cells.py)


@dataclass(frozen=True, repr=False)
class Shown:
    """What a cell shows.

    Attributes:
        about: what was checked, and when it was saved.
        lines: the checks that were asked for.
        total: the points of these.
        notes: sentences on the files as a whole.
        doubt: why what was checked may not be what is on the screen; or nothing.
        error: why nothing was checked, in a sentence; all but the doubt is then empty.
    """

    about: str = ""
    lines: tuple[Line, ...] = ()
    total: str = ""
    notes: tuple[str, ...] = ()
    doubt: str = ""
    error: str = ""

    def __repr__(self) -> str:
        return "\n".join(_text(self))

    def _repr_html_(self) -> str:
        return str(_template().render(shown=self, rows=[_row(line) for line in self.lines], plain=plain))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


@dataclass(frozen=True)
class Row:
    """One check in the table: its mark with its colour, the same in a word, and the texts of its cells."""

    mark: str
    colour: str
    word: str
    title: str
    points: str
    said: tuple[str, ...]
    mistake: str


def _row(line: Line) -> Row:
    outcome = line.outcome
    mark, _, colour = MARKS[outcome.status]
    earned = "-" if outcome.status.open else points(outcome.points)
    said = sentences(outcome)
    worth = f"{earned}/{points(line.points)}" if line.points else ""
    return Row(mark, colour, WORDS[outcome.status], _titled(line), worth, said, mistake_named(outcome))


def _titled(line: Line) -> str:
    return plain(line.title if line.part == "files" else f"{line.id}: {line.title}")


def _text(shown: Shown) -> Iterator[str]:
    """The lines of the text; a fault, too, begins as all of them do."""
    yield from wrapped(f"{BEGINS} {plain(shown.error or shown.about)}")
    for text in filter(None, (shown.doubt, *shown.notes)):
        yield from wrapped(plain(text))
    for line in shown.lines:
        yield from check_lines(_titled(line), line.outcome, line.points)
        yield from _mistake(line.outcome)
    yield from wrapped(plain(shown.total))


def _mistake(outcome: Outcome) -> Iterator[str]:
    if name := mistake_named(outcome):
        yield f"      mistake: {name}"


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
