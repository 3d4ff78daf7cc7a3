"""What an answer says, reduced to the words that tell, in their order.

Two answers may stand together if these are the same. So one word that is another one, one that is missing or added, a
negation, a number, or two that have changed places keep answers apart; articles, the forms of a word and a few words
that mean the same do not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from autograder.review.stems import NOT, WITHOUT, english, korean
from autograder.review.words import ALIKE, DEGREES, LIGHT, OPPOSITES, PERCENT, PHRASES, POLAR, UNITS

IF = "if"
VARIABLES = ("a", "i")
FIGURE = "#%"  # in the place of a percentage
RUN = re.compile(r"[가-힣]+|[^가-힣]+")  # gradient가 is two words
DIGITS = re.compile(r"-?\.?\d")
MEASURED = 10  # at least: 84.8 without a sign is a percentage as well if no unit follows, 1.5 is none

# How far percentages of two answers may be apart, as log-odds: each student measures his own. Seeds alone move 50 % to
# 56 % (0.24), 81 % to 85 % (0.27), 98.2 % to 98.6 % (0.25); nobody's 50 % is another one's 11 % (2.1). Without a
# decimal point it may be no measurement but a dropout of 25 % (30 %: 0.25), or 50 % (45 %: 0.20).
APART, APART_ROUNDED = 0.5, 0.19
MOST = 20  # measurements of one answer; further ones are numbers like others
NEAREST = 0.05  # percent to 0 and 100, which have no log-odds


@dataclass(frozen=True)
class Figure:
    """A percentage, and whether it has no decimal point."""

    value: float
    rounded: bool

    @property
    def log_odds(self) -> float:
        """The logarithm of its odds; those of 0 and 100 as if they were a bit more and less."""
        share = min(max(self.value, NEAREST), 100 - NEAREST) / 100
        return math.log(share / (1 - share))


@dataclass(frozen=True)
class Telling:
    """What tells in one answer.

    Attributes:
        words: stems in their order; ``NOT`` for a negation, ``FIGURE`` for a measurement, other numbers as values.
        figures: the measurements, in their order.
    """

    words: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Of each two measurements, which one is larger: 1 the first, -1 the second, 0 none."""
        return tuple((a.value > b.value) - (a.value < b.value) for a, b in combinations(self.figures[:MOST], 2))

    @property
    def exact(self) -> tuple[object, ...]:
        """What two answers that stand together have in common."""
        return self.words, self.order

    @property
    def polar(self) -> tuple[object, ...]:
        """What even loosely similar ones have in common: negations, directions, numbers and their order."""
        return tuple(filter(_is_polar, self.words)), self.order

    def may_meet(self, other: Telling) -> bool:
        """Whether a loose group may have both: the same directions, and what both name in the same order."""
        common = {*self.words} & {*other.words}
        ours, theirs = ([word for word in one.words if word in common] for one in (self, other))
        return self.polar == other.polar and ours == theirs


def telling(text: str) -> Telling:
    """What tells in *text*, which is in its normal form (``normal``)."""
    words: list[str] = []
    figures: list[Figure] = []
    stems = list(_phrased(list(_stems(text.split()))))
    measured = sum(map(_is_percentage, stems)) > 1
    for word in stems:
        last = words[-1] if words else ""
        if _is_percentage(word) and (measured or "." in word) and len(figures) < MOST:
            figures.append(Figure(float(word[:-1]), "." not in word))
            words.append(FIGURE)
        elif word == NOT and last == IF:
            words[-1] = WITHOUT
        elif word not in LIGHT and (word not in DEGREES or last in (NOT, WITHOUT)):
            words.append(_alike().get(word, word))
    return Telling(tuple(words), tuple(figures))


def _is_polar(word: str) -> bool:
    return word in _polar() or word.startswith(OPPOSITES) or not word[0].isalpha()


def _is_percentage(word: str) -> bool:
    return len(word) > 1 and word.endswith("%")


def _stems(words: Sequence[str]) -> Iterator[str]:
    """Numbers as values, percentages with a sign after them, negations as one word, others without their endings."""
    place = 0
    while place < len(words):
        whole, (following, further) = words[place], (*words[place + 1 : place + 3], "", "")[:2]
        place += 1
        if whole.isdecimal() and following == "/" and further.isdecimal() and int(further):
            yield f"{int(whole[:15]) / int(further[:15]):.15g}" if int(further[:15]) else whole
            place += 2
            continue
        for word in RUN.findall(whole):
            if DIGITS.match(word):
                yield _number(word, following)
                place += following in PERCENT
            elif word == "안" and following.endswith("면"):
                yield WITHOUT
            elif word in VARIABLES and not (following.isascii() and following.isalpha()):
                yield word.upper()  # A 때문에, a + b: no article, no pronoun
            elif "가" <= word[0] <= "힣":
                yield from korean(word)
            else:
                yield english(word)


def _number(word: str, following: str) -> str:
    """``1,000`` as ``1000``; a percentage with a sign, and with a decimal point if it was written with one."""
    try:
        value = float(word.rstrip("%").replace(",", ""))
    except ValueError:
        return word
    if not math.isfinite(value):
        return word
    fraction = word.rstrip("%").partition(".")[2]
    of_hundred = word.endswith("%") or following in PERCENT
    if 0 <= value <= 100 and (of_hundred or (fraction and value >= MEASURED and following not in UNITS)):
        return f"{value!r}%" if fraction else f"{value:g}%"
    if 0.5 <= value < 1 and len(fraction) >= 3:  # 0.982; 0.25 is a value, and so is 0.001
        return f"{float(100 * value):.10g}%" if 100 * value % 1 else f"{100 * value:.1f}%"
    return f"{value:.15g}/100" if of_hundred else f"{value:.15g}"


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
    return frozenset({NOT, *POLAR, *(_alike().get(stem, stem) for stem in stems)})


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
