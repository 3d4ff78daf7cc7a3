"""Text as Markdown: what a hand-in wrote stays text, and our sentences' `code` stays code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from autograder.text import plain

# What begins or ends something anywhere in a line, in Markdown or in HTML, and what does only where a line begins
# (spec.commonmark.org 0.31, and GitHub's tables and strike-through); a backslash before it makes it a character.
ANYWHERE = re.compile(r"([\\`*_\[\]<&|~$])")
BEGINNING = re.compile(r"^(\s*)([#>+\-=]|\d+(?=[.)]))")
CODE = re.compile(r"`([^`]+)`")


def markdown(text: str) -> str:
    """One line: everything is literal but pairs of backticks, between which stands code."""
    text = plain(text)
    pieces, end = [], 0
    for found in CODE.finditer(text):
        pieces += [_escaped(text[end : found.start()]), f"`{found[1]}`"]
        end = found.end()
    return _begun("".join([*pieces, _escaped(text[end:])]))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; a cell's bar is escaped, in code, too."""
    ruled = [head, ["---"] * len(head)]
    lines = [f"| {' | '.join(cells)} |" for cells in ruled]
    return [*lines, *(f"| {' | '.join(_escaped(plain(cell)) for cell in row)} |" for row in rows)]


def _escaped(text: str) -> str:
    return ANYWHERE.sub(r"\\\1", text).replace("://", r":\/\/")


def _begun(text: str) -> str:
    """*text* at the beginning of a line."""
    found = BEGINNING.match(text)
    if found is None:
        return text
    before, sign = found[1], found[2]
    return f"{before}{sign}\\{text[found.end() :]}" if sign.isdigit() else f"{before}\\{text[len(before) :]}"
