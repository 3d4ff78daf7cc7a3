"""Written answers as words, without case and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from autograder.ingest.sections import sections
from autograder.similar.pieces import ANSWERS, Collected, Piece

# Chinese and Japanese write no blanks: a sign is a word there. Korean does.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
MOST_WORDS = 5_000  # of an answer, ten pages


def read_answers(data: bytes, template: bytes, where: str) -> list[Piece]:
    """The answers in a hand-in's file, by question."""
    found: Mapping[str, list[str]] = sections(data, template)
    return [words_of(item, f"{where}, {item}", "\n".join(lines)) for item, lines in found.items()]


def words_of(part: str, where: str, text: str) -> Piece:
    """*text* as a piece."""
    collected = Collected()
    for word, begin, end in _words(text):
        collected.add(word, begin, end)
    return collected.piece(ANSWERS, part, where, text)


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    for count, found in enumerate(WORD.finditer(text)):
        if count == MOST_WORDS:
            return
        yield unicodedata.normalize("NFKC", found[0]).casefold(), found.start(), found.end()
