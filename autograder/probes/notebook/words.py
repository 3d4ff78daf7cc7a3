"""What the stored outputs of a notebook claim: figures, never credited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.probes.notebook.cells import Cell
from autograder.probes.notebook.sections import sections_of

PERCENT = re.compile(
    r"(?:accuracy|acc)\b[^\n%]{0,60}?(\d{1,3}(?:\.\d{1,12})?)\s*%|\((\d{1,3}(?:\.\d{1,12})?)\s*%\)", re.I
)
FRACTION = re.compile(r"(?:accuracy|acc)\b[^\n]{0,30}?(\d{1,6})\s*/\s*(\d{1,6})", re.I)
COUNT_AFTER = re.compile(r"\bparam(?:eter)?s?\b[^\n\d]{0,40}?(\d[\d,]{0,14})", re.I)
COUNT_BEFORE = re.compile(r"(\d[\d,]{0,14})\s*(?:trainable\s+)?param(?:eter)?s?\b", re.I)
BARE = re.compile(r"^\s*(\d[\d,]{0,14})\s*$", re.M)
USED = re.compile(r"(?<!class )\b(MNIST_Net|Exp\d{1,2}|VGG19|pretrained_vgg|PretrainedVGG)\s*\(")


@dataclass(frozen=True)
class Claim:
    """A figure that an output shows: never credited.

    Attributes:
        cell: where.
        about: the training or experiment, ``"1.1"``, ``"1.2.3"``, ``"2.2a"``, ``"2.2b"``, or nothing.
        what: ``"accuracy"``, in percent, or ``"parameters"``.
        value: the figure; of several in one cell the last.
    """

    cell: int
    about: str
    what: str
    value: float


def claims_of(cells: list[Cell]) -> list[Claim]:
    """What the stored outputs show, a figure of a kind for each cell."""
    slots = {number: section.slot for section in sections_of(cells) for number in section.cells}
    found = []
    current = ""
    for cell in cells:
        if cell.kind != "code":
            continue
        for used in USED.findall(cell.text):
            current = _about(used, slots.get(cell.number))
        if cell.number in slots and not current.startswith("2"):
            current = _about("MNIST_Net", slots[cell.number])
        for what, value in (("accuracy", _accuracy(cell)), ("parameters", _parameters(cell))):
            if value is not None:
                found.append(Claim(cell.number, current, what, value))
    return found


def _about(name: str, slot: int | None) -> str:
    if name == "MNIST_Net":
        return "1.1" if not slot else f"1.2.{slot}"
    if name.startswith("Exp"):
        return f"1.2.{int(name[3:])}"
    return "2.2a" if name == "VGG19" else "2.2b"


def _accuracy(cell: Cell) -> float | None:
    text = "\n".join(cell.printed)
    exact = [100 * int(a) / int(b) for a, b in FRACTION.findall(text) if int(b) > 0 and int(a) <= int(b)]
    rounded = [float(one or other) for one, other in PERCENT.findall(text) if float(one or other) <= 100]
    return next(iter((*exact[-1:], *rounded[-1:])), None)


def _parameters(cell: Cell) -> float | None:
    text = "\n".join(cell.printed)
    digits = COUNT_AFTER.findall(text) or COUNT_BEFORE.findall(text)
    if not digits and "numel()" in cell.text:  # a count that is printed without a word
        digits = BARE.findall(text)
    return float(digits[-1].replace(",", "")) if digits else None
