"""What is written and claimed in a notebook: answers by their ids, and figures that stored outputs show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.probes.notebook.cells import Cell
from autograder.probes.notebook.sections import sections_of

MOST_LETTERS = 20_000  # of one answer
MOST_QUESTION = 13

QUESTION = re.compile(r"[\s#>*_\-]*Q\s*\.?\s*(\d{1,2})\s*[).:\]]", re.I)
ANSWER = re.compile(r"[\s#>*_\-]*(?:Ans(?:wer)?|A)\s*\.?\s*(\d{0,2})\s*[*_]*\s*[).:\]][*_]*", re.I)
OUR_HEADING = re.compile(r"\s{0,3}#{1,6}\s*[QE]\d{1,2}\b")
# What stands in our own notebooks where nobody has written anything yet.
PLACEHOLDER = re.compile(r"\W*(?:The answer to|Write your answer to) [QE]\d{1,2}\b.{0,60}")
ID = re.compile(r"Q([1-9]|1[0-3])|E[1-4]")
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


def answers_of(cells: Iterable[Cell]) -> dict[str, str]:
    """By id, what was answered: in our marked cells, after ``Q4) ... Ans)`` in text, after ``# A1)`` in code."""
    found: dict[str, list[str]] = {}
    pending = ""
    for cell in cells:
        marked = cell.marks.get("answer", "")
        if ID.fullmatch(marked):
            found[marked] = [
                line for line in cell.lines if not (OUR_HEADING.match(line) or PLACEHOLDER.fullmatch(line))
            ]
        elif cell.kind == "markdown":
            pending = _in_text(cell, pending, found)
        else:
            _in_comments(cell, found)
    texts = {item: "\n".join(lines).strip()[:MOST_LETTERS] for item, lines in found.items()}
    return {item: text for item, text in texts.items() if text}


def _in_text(cell: Cell, pending: str, found: dict[str, list[str]]) -> str:
    """Read a markdown cell; the question that is still open at its end."""
    item, answering, blank = pending, False, False
    for line in cell.lines:
        question, answer = QUESTION.match(line), ANSWER.match(line)
        if question is not None and 1 <= int(question[1]) <= MOST_QUESTION:
            item, answering, blank = f"Q{int(question[1])}", False, False
            inline = ANSWER.search(line[question.end() :], 0) if "Ans" in line[question.end() :] else None
            if inline is not None:
                found.setdefault(item, []).append(line[question.end() + inline.end() :])
                answering = True
        elif answer is not None and (item or answer[1]):
            item = f"Q{int(answer[1])}" if answer[1] and 1 <= int(answer[1]) <= MOST_QUESTION else item
            answering = bool(item)
            if answering:
                found.setdefault(item, []).append(line[answer.end() :])
        elif answering:
            found[item].append(line)
        elif item and item != pending and blank and line.strip() and not _has_answer_mark(cell):
            answering = True  # no mark at all: what follows the question's paragraph
            found.setdefault(item, []).append(line)
        blank = not line.strip()
    return "" if answering else item


def _has_answer_mark(cell: Cell) -> bool:
    return any(ANSWER.match(line) for line in cell.lines)


def _in_comments(cell: Cell, found: dict[str, list[str]]) -> None:
    item = ""
    for line in cell.lines:
        _, mark, comment = line.partition("#")
        comment = comment.strip("# \t")
        answer = ANSWER.match(comment) if mark else None
        if answer is not None and answer[1] and 1 <= int(answer[1]) <= MOST_QUESTION:
            item = f"Q{int(answer[1])}"
            found.setdefault(item, []).append(comment[answer.end() :].strip())
        elif not mark or line.lstrip()[:1] != "#" or QUESTION.match(comment):
            item = ""
        elif item:
            found[item].append(comment)


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
