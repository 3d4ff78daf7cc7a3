r"""Hostile text made plain: what a submission brings is shown without anything that moves, hides or covers other text.

``plain`` makes one line of it, ``visible`` keeps its lines, ``shown`` writes what is hidden as ``\x1b``.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

LENGTH = 800
NAME = 80  # characters of a file's name
READ = 8  # times the length: how much of a text is looked at, however much of it is invisible
MARKS = 3  # on one letter: Vietnamese and Hebrew need two or three, a tower of them covers other lines
# Letters, marks and signs that show nothing: fillers, joiners and variation selectors can carry hidden text.
INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810)}
INVISIBLE |= {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


def plain(text: str, length: int = LENGTH) -> str:
    """One line without control, direction or other invisible characters, at most *length* characters."""
    return _cut(_harmless(text[: READ * length], _dropped), length, len(text) > READ * length)


def visible(text: str, length: int) -> str:
    """*text* without control, direction and other invisible characters but line ends and tabs, cut at *length*."""
    lines = text.strip()[:length].replace("\r", "").split("\n")
    return "\n".join("".join(_harmless(line, lambda c: c if c == "\t" else _dropped(c))) for line in lines).strip()


def shown(text: str, length: int = NAME) -> str:
    r"""*text* in one line: control, direction and invisible characters as ``\x1b``, at most *length* characters."""
    return _cut(_harmless(text[: length + 1], lambda c: c.encode("unicode_escape").decode("ascii")), length)


def points(value: float) -> str:
    """Points as text, like ``2`` or ``2.5``."""
    return f"{value:g}"


def moment(seconds: float) -> str:
    """A time in seconds since 1970 as staff read it, the same on every machine."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def lasting(seconds: float) -> str:
    """How long that is, in round figures, like ``40 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _harmless(text: str, hidden: Callable[[str], str]) -> Iterable[str]:
    """The characters of *text*; what *hidden* makes of those that can't be seen or end a line; no tower of marks."""
    return text if text.isascii() and text.isprintable() else _each(text, hidden)


def _each(text: str, hidden: Callable[[str], str]) -> Iterator[str]:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        seen = character
        if (category[0] in "CZ" and character != " ") or ord(character) in INVISIBLE:
            seen = hidden(character)
            if not seen:
                continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MARKS:
            yield from seen


def _dropped(character: str) -> str:
    return " " if character in "\n\r\t" or unicodedata.category(character)[0] == "Z" else ""


def _cut(characters: Iterable[str], length: int, cut: bool = False) -> str:
    kept = "".join(itertools.islice(characters, length + 1))
    return f"{kept[: length - 1]}…" if cut or len(kept) > length else kept
