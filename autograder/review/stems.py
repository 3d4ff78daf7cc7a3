"""Words without what only their form adds: English and Korean.

A stem need not be a word. It should be the same for the forms of a word, and must be another one for words that say
something else: where both can't be had, forms are told apart.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from autograder.review.words import (
    DEGREES,
    DROPPED,
    ENDINGS,
    FORMS,
    KEPT,
    LIGHT,
    NEGATIONS,
    NUMBERS,
    VERBAL,
    WHOLE,
)

NOT = "¬"  # a sign, for the stem of "note" is "not"
WITHOUT, BECAUSE = "without", "because"
MOST_WORDS = 1 << 14  # that are remembered

BRITISH = re.compile(r"(?<=\w{3})is(?=(?:e|ed|es|ing|ations?)$)")
SHORTEST = 4  # letters of a stem; 3 before -s, -es, -ed and -ing

FORM = re.compile("|".join(f"(?P<f{number}>{pattern})" for number, (_, pattern) in enumerate(FORMS)))
NEGATED = re.compile(r"없|않|못|아니|아닌|아닙")
UNDONE = re.compile(r"안(?:되|된|될|됨|됩|돼|하|한|할|함|합|해)?$|안(?:되|된|됩|돼|하|한|합|해)")


@lru_cache(maxsize=MOST_WORDS)
def english(word: str) -> str:
    """A word without the ending of its form; one word for all negations, digits for a number."""
    if word in NEGATIONS:
        return NOT
    if word in NUMBERS:
        return NUMBERS[word]
    return word if word in LIGHT or word in DEGREES or word in WHOLE or not word.isalpha() else _stem(word)


def _stem(word: str) -> str:
    """*word* without the ending of its form: accumulate, accumulated and accumulation are one."""
    word = BRITISH.sub("iz", word)
    for ending in ENDINGS:
        least = 3 if ending in ("s", "es", "ed", "ing") else SHORTEST
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith(("ss", "us", "is")):
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            break
    if len(word) >= SHORTEST and word[-1] == word[-2] and word[-1] not in "sl":
        return word[:-1]  # stopped
    return word[:-1] if len(word) >= SHORTEST and word.endswith("e") else word


@lru_cache(maxsize=MOST_WORDS)
def korean(word: str) -> tuple[str, ...]:
    """A word without its endings, then ``NOT`` if it is negated, and the particle that stays."""
    if word in LIGHT:
        return ()
    if word.startswith("때문"):
        return (BECAUSE,)
    negated = UNDONE.match(word) or NEGATED.search(word)
    if negated is not None:
        without = word.endswith(("면", "이")) and word != "아니"
        return (*(korean(word[: negated.start()]) if negated.start() else ()), WITHOUT if without else NOT)
    form = FORM.match(word)
    if form is not None:
        return (FORMS[int(str(form.lastgroup)[1:])][0],)
    particles: list[str] = []
    if word in KEPT:
        return (KEPT[word],)
    if word in DROPPED or word in VERBAL:  # after a word in Latin letters
        return ()
    for _ in range(3):
        ending = next((one for one in _endings() if word.endswith(one) and len(word) - len(one) >= 2), None)
        if ending is None:
            break
        word = word.removesuffix(ending)
        if ending in KEPT:
            particles.insert(0, KEPT[ending])
        elif ending in VERBAL:
            break
    return (word, *particles) if word not in LIGHT else tuple(particles)


@cache
def _endings() -> list[str]:
    return sorted({*DROPPED, *KEPT, *VERBAL}, key=lambda one: (-len(one), one))
