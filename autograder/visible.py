"""Text of a submission that keeps its lines, and nothing that can't be seen."""

from __future__ import annotations

import unicodedata


def visible(text: str, length: int) -> str:
    """*text* without control, direction and other invisible characters but line ends and tabs, cut at *length*."""
    return "".join(c for c in text.strip()[:length] if c in "\n\t" or unicodedata.category(c)[0] != "C").strip()
