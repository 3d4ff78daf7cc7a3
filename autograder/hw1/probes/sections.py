"""Which part of the homework each code cell belongs to, by the headings of the original notebooks' layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.ingest.probes.notebook.cells import Cell

FREE = 0  # the free network of 1.1; the experiments are 1 to 10
EXPERIMENTS = tuple(range(1, 11))
IN_ORDER = (*EXPERIMENTS[:8], FREE, *EXPERIMENTS[8:])  # as the original notebook has them

HEADING = re.compile(r"\s{0,3}(#{1,6})\s*\S")
EXPERIMENT = re.compile(
    r"\s{0,3}#{1,6}[\s*_]*"
    r"(?:(?:Exp(?:eriment)?\.?[\s*_]*)?\(\s*(\d{1,2})\s*\)|Exp(?:eriment)?\.?[\s*_]*(\d{1,2})\b(?!\.\d))",
    re.I,
)
COMMENT = re.compile(r"\s*#+[\s*_-]*Exp(?:eriment)?\.?[\s*_]*\(?\s*(\d{1,2})\b()", re.I)  # in a code cell's first lines
HOMEWORK = re.compile(r"\b(?:HW|TODO|Part)\s*-?\s*(\d\s*[.\-]\s*\d)(?!\d)", re.I)


@dataclass(frozen=True)
class Section:
    """The cells under one heading.

    Attributes:
        slot: an experiment's number, or FREE.
        cell: the heading's cell.
        cells: the numbers of the code cells.
    """

    slot: int
    cell: int
    cells: tuple[int, ...]


def slot_name(slot: int) -> str:
    """The slot in words."""
    return f"experiment ({slot})" if slot else "the network of HW 1.1"


def sections_of(cells: Iterable[Cell]) -> list[Section]:
    """The sections that belong to a network, in their order; cells under no such heading are in none.

    A section ends at the next one, at a heading of a higher level, and at any other heading with ``HW``, ``TODO`` or
    ``Part`` and a number.
    """
    found: list[tuple[int, int, list[int]]] = []
    current: list[int] | None = None
    level = 0
    for cell in cells:
        if cell.kind == "code":
            begun = next((slot for line in _first_lines(cell) if (slot := _experiment(COMMENT, line))), None)
            if begun is not None and not (current is not None and found[-1][0] == begun):
                current, level = [], 6
                found.append((begun, cell.number, current))
            if current is not None:
                current.append(cell.number)
            continue
        fenced = False
        for line in cell.lines:
            fenced ^= line.lstrip().startswith("```")
            heading = None if fenced else HEADING.match(line)
            if heading is None:
                continue
            slot = _slot(line)
            if slot is not None:
                current, level = [], len(heading[1])
                found.append((slot, cell.number, current))
            elif len(heading[1]) < level or HOMEWORK.search(line):
                current = None
    return [Section(slot, cell, tuple(code)) for slot, cell, code in found]


def _slot(line: str) -> int | None:
    homework = HOMEWORK.search(line)
    if homework is not None:
        return FREE if re.fullmatch(r"1\D+1", homework[1]) else None
    return _experiment(EXPERIMENT, line)


def _experiment(pattern: re.Pattern[str], line: str) -> int | None:
    found = pattern.match(line)
    number = int(found[1] or found[2]) if found else 0
    return number if number in EXPERIMENTS else None


def _first_lines(cell: Cell) -> list[str]:
    return [line for line in cell.lines[:5] if line.strip()][:2]


def fill_gaps(assigned: Mapping[int, int], places: list[int]) -> dict[int, int]:
    """Slots for what stands under no heading, where the order leaves one choice alone.

    Args:
        assigned: by slot, the place of its network.
        places: of networks without a slot, ascending.

    Returns:
        By slot, which of *places*: between two neighbours that have their slots lie as many as slots are missing.
    """
    known = [slot for slot in IN_ORDER if slot in assigned]
    if [assigned[slot] for slot in known] != sorted(assigned.values()):
        return {}
    filled: dict[int, int] = {}
    ends = [-1, *(IN_ORDER.index(slot) for slot in known), len(IN_ORDER)]
    bounds = [-1.0, *(float(assigned[slot]) for slot in known), float("inf")]
    for left, right, low, high in zip(ends, ends[1:], bounds, bounds[1:], strict=False):
        missing = IN_ORDER[left + 1 : right]
        between = [place for place in places if low < place < high]
        if missing and len(missing) == len(between):
            filled |= zip(missing, between, strict=True)
    return filled
