"""What an answer says, reduced to the words that tell, in their order.

Two answers may stand together if these are the same. So one word that is another one, one that is missing or added, a
negation, a number, or two that have changed places keep answers apart; articles, the forms of a word and a few words
that mean the same do not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from autograder.review.words import (
    ALIKE,
    DEGREES,
    DROPPED,
    FORMS,
    KEPT,
    LIGHT,
    NEGATIONS,
    NUMBERS,
    PERCENT,
    PHRASES,
    POLAR,
    VERBAL,
    WHOLE,
)

NOT, WITHOUT, BECAUSE, IF = "not", "without", "because", "if"
FIGURE = "#%"  # in the place of a percentage
RUN = re.compile(r"[가-힣]+|[^가-힣]+")  # gradient가 is two words
DIGITS = re.compile(r"-?\.?\d")
BETWEEN = frozenset({"than", "vs", "versus", "or", "from"})
MEASURED = 10  # at least: 84.8 without a sign is a percentage as well if no unit follows, 1.5 is none

# How far percentages of two answers may be apart, as log-odds: each student measures his own. Seeds alone move 50 % to
# 56 % (0.24), 81 % to 85 % (0.27), 98.2 % to 98.6 % (0.25); nobody's 50 % is another one's 11 % (2.1).
APART = 0.5
NEAREST = 0.05  # percent to 0 and 100, which have no log-odds


@dataclass(frozen=True)
class Telling:
    """What tells in one answer.

    Attributes:
        words: stems in their order; ``not`` for each negation, ``%`` for each percentage, other numbers as values.
        figures: the percentages, in their order.
    """

    words: tuple[str, ...]
    figures: tuple[float, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Of each two percentages, which one is larger: 1 the first, -1 the second, 0 none."""
        return tuple((a > b) - (a < b) for a, b in combinations(self.figures[:20], 2))

    @property
    def exact(self) -> tuple[object, ...]:
        """What two answers that stand together have in common."""
        return self.words, self.order

    @property
    def polar(self) -> tuple[object, ...]:
        """What even loosely similar ones have in common: negations, directions, numbers and their order."""
        return tuple(word for word in self.words if word in _polar() or DIGITS.match(word)), self.order

    @property
    def log_odds(self) -> tuple[float, ...]:
        """Those of the percentages."""
        return tuple(map(_log_odds, self.figures))


def telling(text: str) -> Telling:
    """What tells in *text*, which is in its normal form (``normal``)."""
    words: list[str] = []
    figures: list[float] = []
    for word in _phrased(list(_stems(text.split()))):
        last = words[-1] if words else ""
        if word.endswith("%") and len(word) > 1:
            figures.append(float(word[:-1]))
            words.append(FIGURE)
        elif word == NOT and last == IF:
            words[-1] = WITHOUT
        elif word not in LIGHT and (word not in DEGREES or last == NOT):
            words.append(_alike().get(word, word))
    return Telling(tuple(words), tuple(figures))


def _stems(words: Sequence[str]) -> Iterator[str]:
    """Numbers as values, percentages with a sign after them, negations as one word, others without their endings."""
    for place, whole in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        for word in RUN.findall(whole):
            if DIGITS.match(word):
                yield _number(word, following)
            elif word in PERCENT and place and words[place - 1][-1].isdigit():
                continue
            elif "가" <= word[0] <= "힣":
                yield from _korean(word)
            else:
                yield _english(word)


def _number(word: str, following: str) -> str:
    """``1,000`` as ``1000``; a percentage that was measured as ``98.2%``; another one as ``25 %`` without the blank."""
    try:
        value = float(word.rstrip("%").replace(",", ""))
    except ValueError:
        return word
    if not math.isfinite(value):
        return word
    fraction = word.rstrip("%").partition(".")[2]
    of_hundred = word.endswith("%") or following in PERCENT
    bare = MEASURED <= value <= 100 and (
        not following or following in LIGHT or following in BETWEEN or bool(DIGITS.match(following))
    )
    if fraction and 0 <= value <= 100 and (of_hundred or bare):
        return f"{value!r}%"
    if 0.5 <= value < 1 and len(fraction) >= 3:  # 0.982; 0.25 is a value, and so is 0.001
        return f"{round(100 * value, 6)!r}%"
    return f"{value:.15g} of 100" if of_hundred else f"{value:.15g}"


@cache
def _english(word: str) -> str:
    if word in NEGATIONS:
        return NOT
    if word in NUMBERS:
        return NUMBERS[word]
    return word if word in LIGHT or word in DEGREES or word in WHOLE or not word.isalpha() else _stem(word)


BRITISH = re.compile(r"(?<=\w{3})is(?=(?:e|ed|es|ing|ations?)$)")
ENDINGS = (
    "ations",
    "ation",
    "ating",
    "ated",
    "ates",
    "ate",
    "ings",
    "ing",
    "edly",
    "ed",
    "ions",
    "ion",
    "ies",
    "es",
    "s",
    "ly",
)
SHORTEST = 4  # letters of a stem; 3 before -s, -es, -ed and -ing


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


@cache
def _alike() -> dict[str, str]:
    """The word that stands for another one."""
    table: dict[str, str] = {}
    for line in ALIKE:
        first, *others = (next(_stems([word])) for word in line)
        table |= dict.fromkeys(others, first)
    return table


@cache
def _polar() -> frozenset[str]:
    stems = [stem for word in POLAR for stem in _stems([word])]
    return frozenset({NOT, FIGURE, *POLAR, *(_alike().get(stem, stem) for stem in stems)})


@cache
def _phrases() -> dict[tuple[str, ...], tuple[str, ...]]:
    return {tuple(_stems(left)): tuple(_stems(right)) for left, right in PHRASES}


def _phrased(words: list[str]) -> Iterator[str]:
    """*words* with one word, or none, for each phrase that is listed."""
    place, longest = 0, max(map(len, _phrases()))
    while place < len(words):
        for length in range(longest, 1, -1):
            meant = _phrases().get(tuple(words[place : place + length]))
            if meant is not None:
                yield from meant
                place += length
                break
        else:
            yield words[place]
            place += 1


FORM = re.compile("|".join(f"(?P<f{number}>{pattern})" for number, (_, pattern) in enumerate(FORMS)))
NEGATED = re.compile(r"없|않|못|아니|아닌|아닙")
UNDONE = re.compile(r"안(?:되|된|될|됨|됩|돼|하|한|할|함|합|해)?$|안(?:되|된|됩|돼|하|한|합|해)")


@cache
def _korean(word: str) -> tuple[str, ...]:
    """A word without its endings, then ``not`` if it is negated, and the particle that stays."""
    if word in LIGHT:
        return ()
    if word.startswith("때문"):
        return (BECAUSE,)
    negated = UNDONE.match(word) or NEGATED.search(word)
    if negated is not None:
        without = word.endswith(("면", "이")) and word != "아니"
        return (*(_korean(word[: negated.start()]) if negated.start() else ()), WITHOUT if without else NOT)
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


def _log_odds(percent: float) -> float:
    share = min(max(percent, NEAREST), 100 - NEAREST) / 100
    return math.log(share / (1 - share))


def in_order(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether the words that both have stand in the same order in both."""
    first, second = list(one), list(other)
    common = {*first} & {*second}
    return [word for word in first if word in common] == [word for word in second if word in common]
