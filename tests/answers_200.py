"""A class that answers one question, with the points that each answer deserves: drawn, for no real answers may be kept.

How realistic is it? The mixture is what one expects of such questions: one answer in sixteen is empty, one in eight is
somebody else's with other case, blanks or marks, half are right, most others one of five misunderstandings. A saying
is a way to put the whole answer, in one to three sentences; its clauses and words are drawn, the usual one first. How
often the usual one is drawn (``spread``) decides how many phrasings a class has, and nobody knows that of a class
before: so classes are drawn at three spreads.

It is kinder than a real class in three ways: no answer wanders off into two more topics, spelling mistakes are rare,
and who phrases freely still takes one of a few ways. It is harder in one: each tenth answer is a right one with a slip
in one word (a negation, terms that have changed places, another number) that costs points, so that a tool that looks
at likeness alone must fail.

    python tests/answers_200.py clear 1     prints the answers of one class, by points
"""

from __future__ import annotations

import random
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.review.grouping import THRESHOLD, grouped
from autograder.review.normal import normal
from autograder.review.own import named

CLASS = 200
EMPTY, COPIED, SLIPPED = 1 / 16, 1 / 8, 1 / 10  # of a class
TYPO = 1 / 40
# How much less often the next alternative is taken: the n-th 1 / n ** spread as often as the first. Of three the first
# one has 55, 65 and 73 %.
WIDE, USUAL, NARROW = 1.0, 1.5, 2.0
ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Answer:
    """What one student wrote.

    Attributes:
        points: what it deserves.
        way: ``right``, ``half``, a misunderstanding's name, ``empty``, or ``slip``: right but for one word.
        own: what the student measured.
    """

    text: str
    points: float
    way: str
    own: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """One thing to say: how often it is said, what it deserves, and how it is put.

    Attributes:
        sayings: with alternatives in brackets, ``[one|other]``, nested if need be; the usual one first.
    """

    often: float
    points: float
    sayings: Sequence[str]


@dataclass(frozen=True)
class Question:
    """A question with what people answer.

    Attributes:
        slips: what is replaced by what in a right answer, and what it deserves then.
    """

    ways: Mapping[str, Way]
    slips: Sequence[tuple[str, str, float]]


def drawn(question: Question, seed: int, students: int = CLASS, spread: float = USUAL) -> list[Answer]:
    """The answers of a class."""
    draw = random.Random(seed)  # noqa: S311
    said = _Said(question, draw, spread)
    answers = [Answer(draw.choice(["", "", "-", "TODO"]), 0, "empty") for _ in range(round(students * EMPTY))]
    answers += [said.slipped() for _ in range(round(students * SLIPPED))]
    copied = round(students * COPIED)
    answers += [said.answer() for _ in range(students - copied - len(answers))]
    sources = draw.sample([one for one in answers if one.way != "empty"], max(1, copied // 4))  # few of them have many
    answers += [draw.choice(sources) for _ in range(copied)]
    draw.shuffle(answers)
    return [replace(one, text=_worn(one.text, draw)) if one.way != "empty" else one for one in answers]


@dataclass(frozen=True)
class Graded:
    """How a class was graded by one who accepts a group only if all its answers deserve the same points.

    Attributes:
        decisions: one for the empty answers, one for each accepted group, one for each answer of another group.
        mixed: the groups that were not accepted.
        different: the answers that are not identical with another one.
        group_sizes: of those that were accepted, the largest first.
    """

    decisions: int
    mixed: Sequence[Sequence[Answer]]
    different: int
    group_sizes: Sequence[int]


def graded(answers: Sequence[Answer], threshold: float = THRESHOLD, own: bool = False) -> Graded:
    """Grade a class group by group; *own*: each student's own measurements are known."""
    by_key = {str(number): answer for number, answer in enumerate(answers)}
    written = {key: one.text for key, one in by_key.items() if one.way != "empty"}
    if own:
        written = {key: named(text, by_key[key].own) for key, text in written.items()}
    groups = [[by_key[key] for key in group.members] for group in grouped(written, threshold)]
    accepted = [group for group in groups if len({one.points for one in group}) == 1]
    mixed = [group for group in groups if group not in accepted]
    decisions = (len(written) < len(answers)) + len(accepted) + sum(map(len, mixed))
    return Graded(decisions, mixed, len({*map(normal, written.values())}), [len(group) for group in accepted])


@dataclass(frozen=True)
class _Said:
    """What is drawn of a question."""

    question: Question
    draw: random.Random
    spread: float

    def answer(self, way: str = "") -> Answer:
        """One student's answer, *way* or any."""
        ways = self.question.ways
        way = way or self.draw.choices(list(ways), [one.often for one in ways.values()])[0]
        text = self.usual(ways[way].sayings)
        while ALTERNATIVES.search(text):
            text = ALTERNATIVES.sub(lambda found: self.usual(found[1].split("|")), text)
        own = measured(self.draw) if "{a}" in text or "{b}" in text else {}
        for name, figure in as_written(own, self.draw).items():
            text = text.replace(f"{{{name}}}", figure)
        return Answer(" ".join(text.split()), ways[way].points, way, own)

    def slipped(self) -> Answer:
        """A right answer with a slip in one word."""
        for _ in range(1000):
            if slips := slips_in(self.answer("right"), self.question):
                return self.draw.choice(slips)
        raise AssertionError("no slip fits")

    def usual(self, options: Sequence[str]) -> str:
        """One of them, the first one most often."""
        return self.draw.choices(options, [1 / (place + 1) ** self.spread for place in range(len(options))])[0]


def slips_in(right: Answer, question: Question) -> list[Answer]:
    """*right* with each of the slips that fit it."""
    fitting = [slip for slip in question.slips if slip[0] in right.text]
    return [
        replace(right, text=_instead(right.text, old, new), points=least, way="slip") for old, new, least in fitting
    ]


def right_answers(question: Question, seed: int, count: int) -> list[Answer]:
    """Right answers, phrased freely."""
    said = _Said(question, random.Random(seed), WIDE)  # noqa: S311
    return [said.answer("right") for _ in range(count)]


def _instead(text: str, old: str, new: str) -> str:
    """*text* with *new* in the place of *old*, or both in each other's."""
    if not new.startswith("<->"):
        return text.replace(old, new, 1)
    other = new.removeprefix("<->")
    both = {old.lower(): other, other.lower(): old}
    return re.sub(f"{old}|{other}", lambda found: both[found[0].lower()], text, flags=re.IGNORECASE)


def _worn(text: str, draw: random.Random) -> str:
    """*text* as somebody else types it: case, blanks, punctuation, marks, and now and then a letter."""
    if draw.random() < 0.2:
        text = text.lower()
    if draw.random() < 0.15:
        text = text.rstrip(".")
    if draw.random() < 0.1:
        text = text.replace(". ", ".\n")
    if draw.random() < 0.1:
        text = text.replace(", ", " ")
    if draw.random() < 0.1:
        text = text.replace(" ", "  ", 2)
    if draw.random() < 0.08:
        text = f"- {text}"
    if draw.random() < 0.08:
        word = draw.choice([word for word in text.split() if word.isalpha()] or [text])
        text = re.sub(rf"\b{re.escape(word)}\b", f"**{word}**", text, count=1)
    if draw.random() < TYPO and len(text) > 40:
        place = draw.randrange(10, len(text) - 10)
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text


def measured(draw: random.Random) -> Mapping[str, float]:
    """A student's own two accuracies, in percent."""
    return {"a": draw.gauss(53, 3), "b": draw.gauss(83.5, 1.8)}


def as_written(figures: Mapping[str, float], draw: random.Random) -> Mapping[str, str]:
    """*figures* as one student writes all of his."""
    digits = draw.choice([1, 1, 1, 2, 0])
    sign = draw.choice([" %", "%", ""]) if digits else draw.choice([" %", "%"])
    return {name: f"{value:.{digits}f}{sign}" for name, value in figures.items()}


def _read(asked: dict[str, Any]) -> Question:
    ways = {name: Way(one["often"], one["points"], one["sayings"]) for name, one in asked["ways"].items()}
    return Question(ways, [(old, new, points) for old, new, points in asked["slips"]])


_FILE = Path(__file__).with_suffix(".toml")
QUESTIONS = {name: _read(one) for name, one in tomllib.loads(_FILE.read_text(encoding="utf-8")).items()}


if __name__ == "__main__":
    for one in sorted(drawn(QUESTIONS[sys.argv[1]], int(sys.argv[2])), key=lambda one: (one.points, one.way, one.text)):
        print(f"{one.points:g} {one.way:12} {one.text!r}")  # noqa: T201
