"""``words.toml``, as tables."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
KOREAN: dict[str, str] = WORDS["korean"]


def words(text: str) -> frozenset[str]:
    """The words of one entry."""
    return frozenset(text.split())


def lines(text: str) -> Sequence[str]:
    """Its lines."""
    return [line for line in text.splitlines() if line.strip()]


def pairs(text: str) -> Sequence[tuple[str, str]]:
    """What stands left and right of the sign in each of its lines."""
    halves = (line.partition("=") for line in lines(text))
    return [(left.strip(), right.strip()) for left, _, right in halves]


LIGHT = words(WORDS["light"])
DEGREES = words(WORDS["degrees"])
NEGATIONS = words(WORDS["negations"])
WHOLE = words(WORDS["whole"])
PERCENT = words(WORDS["percent"])
UNITS = words(WORDS["units"])
POLAR = words(WORDS["polar"])
ENDINGS = tuple(WORDS["endings"].split())
OPPOSITES = tuple(WORDS["opposites"].split())
NUMBERS = {word: str(value) for value, word in enumerate(WORDS["numbers"].split())}
ALIKE = tuple(tuple(line.split()) for line in lines(WORDS["alike"]))
PHRASES = tuple((left.split(), right.split()) for left, right in pairs(WORDS["phrases"]))
DROPPED = words(KOREAN["dropped"])
KEPT = {ending: line.split()[0] for line in lines(KOREAN["kept"]) for ending in line.split()}
VERBAL = words(KOREAN["verbal"])
FORMS = pairs(KOREAN["forms"])
