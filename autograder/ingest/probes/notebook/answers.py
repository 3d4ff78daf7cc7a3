"""The written answers in a notebook, by their ids: in marked cells, in text, in comments and strings of code.

An answer ends where its block ends: at the next question, at a heading of a part or of the question's own level, with
its cell, and in code with its comment. A question's answer may stand in the next cell.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.questions import PLAIN, Head, Headings, level_of, outside_fences

MOST_LETTERS = 20_000  # of one answer
OUR_HEADING = re.compile(r"\s{0,3}#{1,6}\s*[A-Z]\d{1,2}\b")
# What stands in our own notebooks where nobody has written anything yet.
PLACEHOLDER = re.compile(r"\W*(?:The answer to|Write your answer to) [A-Z]\d{1,2}\b.{0,60}")
INLINE = re.compile(r"[*_\s]*\b(?:Ans(?:wer)?|답)\s*\d{0,2}\s*[).:]+[*_\s]*", re.I)
TEXTS = re.compile(r"^[ \t]*(\"\"\"|''')(.*?)\1", re.M | re.S)
SENTENCE = re.compile(r"(?:[.!?。)\]\"]|[다요음함임됨])\s*$")
GOES_ON = re.compile(
    r"(?:,|\b(?:a|an|and|are|as|at|because|but|by|for|from|in|is|it|not|of|on|or|so|than|that|the|to|we|which|with))\s*$",
    re.I,
)
HANGUL = re.compile("[가-힣]")
REMARK_LETTERS, REMARK_WORDS = 60, 8  # of a comment on a statement; an answer's last line may be as short
WRAPPED = 50  # letters: a line that is shorter was ended by its writer, and not for want of room


@dataclass
class _Found:
    """What was found so far.

    Attributes:
        asked: the headings of the questions.
        other: whether a line is a heading of something else, like an experiment's.
        lines: by id.
        item: the question that is open, or nothing.
        level: of its heading.
        answering: whether its answer has begun.
        inline: by id, what stands behind a question's mark, if that may be an answer.
    """

    asked: Headings
    other: Callable[[str], bool]
    lines: dict[str, list[str]] = field(default_factory=dict)
    item: str = ""
    level: int = 0
    answering: bool = False
    inline: dict[str, str] = field(default_factory=dict)

    def ask(self, head: Head) -> None:
        """Begin a question."""
        self.item, self.level, self.answering = head.item, head.level, False
        inline = INLINE.search(head.rest)
        if inline is not None:
            self.answer(head.rest[inline.end() :])
        elif head.rest and "?" not in head.rest and len(head.rest.split()) >= (3 if head.level == PLAIN else 6):
            self.inline.setdefault(head.item, head.rest)

    def answer(self, line: str) -> None:
        """Add a line to the open question's answer."""
        self.answering = True
        self.lines.setdefault(self.item, []).append(line)

    def close(self) -> None:
        """Close the open question."""
        self.item, self.answering = "", False

    @property
    def begun(self) -> bool:
        """Whether the open question's answer has words."""
        return self.answering and any(line.strip() for line in self.lines.get(self.item, ()))


def answers_of(cells: Iterable[Cell], asked: Headings, other: Callable[[str], bool]) -> dict[str, str]:
    """The answers by id; see above.

    Args:
        other: whether a line is a heading of something else, at which an answer ends.
    """
    found = _Found(asked, other)
    follows = False  # whether the question was asked in the cell before this one
    for cell in cells:
        marked = cell.marks.get("answer", "")
        if marked in asked.ids:
            found.lines[marked] = [
                line for line in cell.lines if not (OUR_HEADING.match(line) or PLACEHOLDER.fullmatch(line))
            ]
            found.close()
        elif cell.kind == "markdown":
            _in_text(cell.lines, follows, found)
        else:
            _in_code(cell, found)
        follows = cell.kind == "markdown" and bool(found.item)
    texts = {item: "\n".join(lines).strip()[:MOST_LETTERS] for item, lines in found.lines.items()}
    return {**found.inline, **{item: text for item, text in texts.items() if text}}


def _in_text(lines: Iterable[str], follows: bool, found: _Found) -> None:
    """Read a cell of text.

    Args:
        follows: the open question was asked right before it, so that it may be the answer without saying so.
    """
    lines = list(lines)
    plain = {place for place, _ in outside_fences(lines)}
    unmarked = not any(head is not None and head.answers for line in lines if (head := found.asked.of(line)))
    blank, asked_before = follows, bool(found.item)
    for place, line in enumerate(lines):
        head = found.asked.of(line) if place in plain else None
        if head is not None and head.answers:
            found.item = head.item or found.item
            if found.item:
                found.answer(head.rest)
        elif head is not None and head.item:
            found.ask(head)
            blank, asked_before = False, False
        elif place in plain and found.item and _ends(line, head, found):
            found.close()
        elif found.answering:
            found.answer(line)
        elif found.item and unmarked and line.strip() and (follows or not asked_before):
            if blank and not line.rstrip(" *_").endswith("?"):
                found.answer(line)
            blank = False
            continue
        blank = blank or not line.strip()
    if found.begun:
        found.close()


def _ends(line: str, head: Head | None, found: _Found) -> bool:
    if head is not None or found.other(line):
        return True
    return level_of(line) <= min(found.level, 6)


def _in_code(cell: Cell, found: _Found) -> None:
    _in_comments(cell.lines, found)
    for text in TEXTS.finditer(cell.text):
        lines = text[2].split("\n")
        if any(
            head is not None and head.item and head.item not in found.asked.part_of
            for line in lines
            if (head := found.asked.of(line))
        ):
            _in_text(lines, False, found)
            found.close()


def _in_comments(lines: Iterable[str], found: _Found) -> None:
    """Comments of a code cell; a question of a cell of text may be answered there with a mark alone."""
    pending, level = found.item, found.level
    found.close()
    block: list[str] = []  # of the answer that is open
    asked, indent = "", -1
    for line in [*lines, ""]:
        code, mark, comment = line.partition("#")
        comment = comment.strip("# \t")
        head = found.asked.of(comment) if mark else None
        alone = bool(mark) and not code.strip()
        if head is not None and head.answers and (head.item or asked or pending):
            _keep(found, block)
            found.item = head.item or asked or pending
            block, indent = [head.rest], len(code)
        elif head is not None and head.item and alone:
            _keep(found, block)
            found.close()
            asked, block = head.item, []
        elif found.item and alone and head is None and len(code) == indent:
            block.append(comment)
        elif found.item:
            _keep(found, block if alone or not line.strip() else _without_remark(block))
            found.close()
            block = []
    if pending and not found.lines.get(pending):
        found.item, found.level = pending, level


def _keep(found: _Found, block: list[str]) -> None:
    if found.item and block:
        found.lines.setdefault(found.item, []).extend(block)


def _without_remark(block: list[str]) -> list[str]:
    """An answer right above a statement without the comment on that statement."""
    own = list(block)
    while len(own) > 1 and _is_remark(own[:-1], own[-1]):
        own.pop()
    return own


def _is_remark(before: list[str], line: str) -> bool:
    if _is_code(line) or line.upper().startswith("TODO"):
        return True
    words = line.split()
    if SENTENCE.search(line) or len(line) > REMARK_LETTERS or len(words) > REMARK_WORDS:
        return False
    if HANGUL.search(" ".join(before)) and not HANGUL.search(line):
        return len(words) > 1
    last = before[-1]
    return bool(SENTENCE.search(last)) or (0 < len(last) < WRAPPED and not GOES_ON.search(last))


def _is_code(line: str) -> bool:
    """Whether a comment is a statement that was commented out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (node,) = ast.parse(line).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return isinstance(node, ast.Assign | ast.AugAssign | ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )
