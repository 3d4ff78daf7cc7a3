"""Text that came from a submission, made harmless before it is shown."""

from __future__ import annotations

import unicodedata

LENGTH = 800
READ = 8  # times the length: how much of a text is looked at, however much of it is invisible
MARKS = 3  # on one letter: Vietnamese and Hebrew need two or three, a tower of them covers other lines
# Letters, marks and signs that show nothing: fillers, joiners and variation selectors can carry hidden text.
INVISIBLE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810)}
INVISIBLE |= {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}


def plain(text: str, length: int = LENGTH) -> str:
    """One line without control, direction or other invisible characters, at most *length* characters."""
    kept: list[str] = []
    marks = 0
    for character in text[: READ * length]:
        category = unicodedata.category(character)
        if character in "\n\r\t" or category[0] == "Z":
            character = " "
        elif category[0] == "C" or ord(character) in INVISIBLE:
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MARKS:
            kept.append(character)
    cut = len(kept) > length or len(text) > READ * length
    return "".join([*kept[: length - 1], "…"]) if cut else "".join(kept)


def points(value: float) -> str:
    """``2`` or ``2.5``."""
    return f"{value:g}"
