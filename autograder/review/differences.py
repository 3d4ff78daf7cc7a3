"""In what one answer differs from another, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby

from autograder.review.normal import normal

PIECE = re.compile(r"\s+|\d+(?:[.,]\d+)*|\w+|[^\w\s]")
SIGNS = "<>=+/^%"  # those of formulas; a star is emphasis more often
MOST = 1_000  # words of one answer that are compared: a hostile text of one word takes the square of them


def spans(base: str, other: str) -> list[tuple[str, bool]]:
    """*other* in pieces, each with whether it differs from *base*; the pieces joined are *other*.

    Case, white space and punctuation are no difference. What only *base* has is not shown. Texts of more than ``MOST``
    words are marked as a whole if they are not identical.
    """
    pieces = PIECE.findall(other)
    ours = [(place, normal(piece)) for place, piece in enumerate(pieces) if _says(piece)]
    theirs = [normal(piece) for piece in PIECE.findall(base) if _says(piece)]
    if max(len(ours), len(theirs)) > MOST:
        return [(other, normal(base) != normal(other))] if other else []
    marked = [False] * len(pieces)
    matcher = SequenceMatcher(None, theirs, [word for _, word in ours], autojunk=False)
    for kind, _, _, begin, end in matcher.get_opcodes():
        if kind != "equal" and begin < end:  # with the blanks between words that differ
            first, last = ours[begin][0], ours[end - 1][0]
            marked[first : last + 1] = [True] * (last + 1 - first)
    return [
        ("".join(piece for piece, _ in run), differs)
        for differs, run in groupby(zip(pieces, marked, strict=True), key=lambda one: one[1])
    ]


def _says(piece: str) -> bool:
    return piece in SIGNS or any(character.isalnum() for character in piece)
