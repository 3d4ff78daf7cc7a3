"""What the stored outputs of a notebook claim: figures, never credited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.ingest.probes.foreign import Followed, Network
from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.notebook.layout import Layout
from autograder.ingest.probes.units import claimed_lines, count_of

PERCENT = re.compile(
    r"(?:accuracy|acc)\b[^\n%]{0,60}?(\d{1,3}(?:\.\d{1,12})?)\s*(?:%|percent\b)|\((\d{1,3}(?:\.\d{1,12})?)\s*%\)"
    r"|(?<![\d.])(\d{1,3}(?:\.\d{1,12})?)\s*(?:%|percent\b)[^\n\d]{0,12}\b(?:accuracy|acc\b|of the test|correct)",
    re.I,
)
FRACTION = re.compile(r"(?:accuracy|acc)\b[^\n]{0,30}?(\d{1,6})\s*/\s*(\d{1,6})", re.I)
BARE = re.compile(r"^\s*(\d[\d,]{0,14})\s*$", re.M)


@dataclass(frozen=True)
class Claim:
    """A figure that an output shows: never credited.

    Attributes:
        cell: where.
        about: the training, or nothing.
        what: ``"accuracy"``, in percent, or ``"parameters"``.
        value: the figure; of several in one cell the last.
        network: what it is of, if that is a network of a library in the place of the student's own.
    """

    cell: int
    about: str
    what: str
    value: float
    network: Network | None = None


def claims_of(cells: list[Cell], followed: Followed, layout: Layout, printed: str) -> list[Claim]:
    """What the stored outputs show, a figure of a kind for each cell.

    Args:
        followed: what became of the networks in the cells' code.
        printed: a pattern of what the homework prints of its own, or nothing.
    """
    names = "|".join(map(re.escape, sorted(layout.trainings, key=len, reverse=True))) or "(?!)"
    built = re.compile(rf"(?<!class )\b({names})\s*\(")
    theirs = set(followed.trained)
    found = []
    current = ""
    network: Network | None = None
    for cell in cells:
        if cell.kind != "code":
            continue
        for name in built.findall(cell.text):
            current = layout.training_of(name, cell.number)
        current = layout.training_at(cell.number, current)
        mentioned = [one for one in followed.mentions.get(cell.number, ()) if one.own or one in theirs]
        if mentioned:
            network = None if mentioned[-1].own else mentioned[-1]
        if network is not None:
            current = layout.replaced(network, cell.number)
        for what, value in (("accuracy", _accuracy(cell, printed)), ("parameters", _parameters(cell, printed))):
            if value is not None:
                found.append(Claim(cell.number, current, what, value, network))
    return found


def _accuracy(cell: Cell, printed: str) -> float | None:
    text = _printed(cell, printed)
    exact = [100 * int(a) / int(b) for a, b in FRACTION.findall(text) if int(b) > 0 and int(a) <= int(b)]
    rounded = [value for groups in PERCENT.findall(text) if (value := float(next(filter(None, groups)))) <= 100]
    return next(iter((*exact[-1:], *rounded[-1:])), None)


def _parameters(cell: Cell, printed: str) -> float | None:
    text = _printed(cell, printed)
    count = count_of(text)
    if count is None and "numel()" in cell.text:  # a count that is printed without a word
        bare = BARE.findall(text)
        count = float(bare[-1].replace(",", "")) if bare else None
    return count


def _printed(cell: Cell, own: str) -> str:
    """What it printed, without what the kit says of its own."""
    return "\n".join(line for text in cell.printed for line in claimed_lines(text, own))
