"""Text that came from a submission, made harmless before it is shown."""

from __future__ import annotations

import unicodedata

LENGTH = 800


def plain(text: str, length: int = LENGTH) -> str:
    """One line without control, direction or other invisible characters, at most *length* characters."""
    spaced = "".join(" " if c in "\n\r\t" or unicodedata.category(c) in ("Zl", "Zp") else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= length else f"{kept[: length - 1]}…"


def points(value: float) -> str:
    """``2`` or ``2.5``."""
    return f"{value:g}"
