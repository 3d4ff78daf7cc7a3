"""Recognises how people head an answer: what a line begins, in a file of answers, a notebook or a report.

A template's ``## Q4: ...`` is one form of many: ``# Question 4``, ``Q4.``, ``**Q4**``, ``1.2 Q4)``, ``문제 4``,
``Answer 4:``. Headings of a part, like ``HW 2.1``, begin no answer, but end one. Which questions and parts there are,
the homework says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

LOOKED_AT = 200  # characters of a line: a heading is shorter
TITLE = 90  # characters: a longer line is a sentence, no title
PLAIN = 7  # the level of a line that is no Markdown heading: below all of these
QUESTION_LETTER = "Q"  # whose numbers stand behind "Question" and "Answer", too
WORDS = {"E": r"Essay\s*"}  # what another letter stands for

MARKDOWN = re.compile(r" {0,3}(#{1,6})(?!#)[ \t]*")
DECORATION = re.compile(r"(?:[\s>*_+•·\-]|<[a-z/][^<>]{0,60}>)*", re.I)
CLOSING = re.compile(r"(?:[\s*_]|</[a-z][^<>]{0,60}>)*", re.I)
BOLD = re.compile(r"\s*(?:[>+•·-]\s*)?(?:\*\*|__|<[a-z])", re.I)
PART_WORD = r"(?:HW|Home\s?work|Part|Section|Sec|TODO|Task|Exercise|과제)\s*[.:\-]?\s*"
# More than one question: the heading of a group.
GROUP = re.compile(
    r"\s*(?:[-–—~,/&]|to\b|and\b|through\b|부터|와|과)\s*(?:Questions?|Q|문제|E)?\s*\.?\s*\d{1,2}(?!\d)", re.I
)
END = re.compile(r"[*_\s]*(?:[).:\]]+|[-–—](?=\s)|$)[*_]*")


@dataclass(frozen=True)
class Head:
    """What a line begins.

    Attributes:
        item: the id of the question; empty for a part's heading and for an answer's mark without a number.
        part: of a part's heading its number, like ``"1.1"``; ``"?"`` for a group of questions.
        level: of a Markdown heading, from 1 on; PLAIN for another line.
        answers: whether it is the mark of an answer, like ``Ans)``, and not of a question.
        rest: what stands behind it in its line.
    """

    item: str
    part: str
    level: int
    answers: bool
    rest: str


@dataclass(frozen=True)
class Asked:
    """One question.

    Attributes:
        id: a letter and a number.
        part: the part whose whole text may hold the answer, or nothing.
        titles: finds titles that head its answer.
        in_part: the same below a heading of its part.
    """

    id: str
    part: str
    titles: re.Pattern[str] | None
    in_part: re.Pattern[str] | None


class Headings:
    """The headings of a homework's questions and parts.

    Args:
        questions: of each its id, part, and the patterns of titles, or nothing in their place.
        parts: as in ``"1.2"``.
    """

    def __init__(self, questions: Iterable[Sequence[str]], parts: Iterable[str]):
        self.asked = tuple(Asked(item, part, _titles(own), _titles(below)) for item, part, own, below in questions)
        self.ids = tuple(one.id for one in self.asked)
        self.part_of = {one.id: one.part for one in self.asked if one.part}
        letters = dict.fromkeys(item[0] for item in self.ids if item[0] != QUESTION_LETTER)
        number, part = _numbers(self.ids, QUESTION_LETTER), _parts(parts)
        # "1.2", "Part 1.2:", "HW 2.2", "[1.1]", "1.2-" before a question.
        self._section = re.compile(
            rf"[\[(]?\s*(?:{PART_WORD})?"
            rf"(?P<part>{part})(?:[.\-]\d{{1,2}}|[abc])?(?![.\-]?\d|\w)\s*[\])]?\s*[.:,)\-–—]?\s*",
            re.I,
        )
        self._named_part = re.compile(  # a title, no sentence that begins with "Part 1.2 uses"
            rf"[\[(]?\s*{PART_WORD}(?:{part})"
            r"(?:[abc]|[.\-]\d{1,2})?\s*(?:[\])*_\s]*|[\]).:,\-–—]+.{0,60}|\s(?-i:[A-Z가-힣])[^.?!]{0,60})",
            re.I,
        )
        self._printed = re.compile(rf"(?:{part})[.):]?\s+(?-i:[A-Z가-힣])[^.%]{{0,60}}", re.I)
        question = re.compile(
            r"[\[(]?\s*(?P<word>Questions?|Quiz|Q|Problem|Prob|Exercise|문제|문항|질문)"
            rf"[*_]*\s*(?:no\b|number\b)?[.\-_#:\s]*(?P<number>{number})(?![\w.]?\d)(?:\s*번)?",
            re.I,
        )
        self._lettered = ((QUESTION_LETTER, question), *((letter, _lettered(letter, self.ids)) for letter in letters))
        self._answer = re.compile(
            r"[\[(]?\s*(?:My\s+)?(?:Answers?|Ans|Solution|답변|정답|답)[*_]*(?:\s+(?:to|for|of))?"
            r"(?:\s+(?:the\s+)?(?:Question|Problem|Q))?[*_]*\s*(?:no\b)?[.\-_#\s]*"
            rf"(?P<number>{number})?(?!\d)(?:\s*번)?"
            r"(?:[*_\s]*[).:\]\-–—>=]+[*_]*|[*_]*\s*$)",
            re.I,
        )
        self._short_answer = re.compile(rf"[\[(]?\s*A(?P<number>{number})?(?!\d)[*_\s]*(?:[).:\]]|[-=]>)+[*_]*")

    def of(self, line: str, printed: bool = False) -> Head | None:
        """What *line* begins; None for a line of text, and for a Markdown heading of anything else.

        Args:
            printed: it is of a printed page, where a heading is a short line like ``1.1 Digits``.
        """
        text = line[:LOOKED_AT]
        heading = MARKDOWN.match(text)
        level = len(heading[1]) if heading else PLAIN
        titled = heading is not None or BOLD.match(text) is not None
        begin = heading.end() if heading else 0
        start = place = _after(DECORATION, text, begin)
        if not text[start : start + 1]:
            return None
        section = self._section.match(text, place)
        if section is not None:
            place = section.end()
        found = self._question(text, place, titled)
        if found is not None:
            item, end = found
            return Head(item, "" if item else "?", level, False, _rest(line[end:]))
        answer = self._answer.match(text, place) or self._short_answer.match(text, place)
        if answer is not None:
            number = answer["number"]
            item = f"{QUESTION_LETTER}{int(number)}" if number else ""
            return Head(item, "", level, True, _rest(line[answer.end() :]))
        part = ".".join(re.findall(r"\d+", section["part"])) if section else ""
        if item := self._title(text[place:], part, titled):
            return Head(item, "", level, False, "")
        plain = text.rstrip()
        named = (
            titled or self._named_part.fullmatch(plain, start) or (printed and self._printed.fullmatch(plain, start))
        )
        is_part = section is not None and named and len(line.strip()) <= TITLE
        return Head("", part, level, False, "") if is_part else None

    def _question(self, text: str, place: int, titled: bool) -> tuple[str, int] | None:
        """The item and where its mark ends; no item if there are several."""
        for letter, pattern in self._lettered:
            found = pattern.match(text, place)
            if found is None:
                continue
            after = text[found.end() : found.end() + 1]
            if GROUP.match(text, found.end()):
                if letter == QUESTION_LETTER and titled:
                    return "", found.end()
                continue
            end = END.match(text, found.end())
            if end is not None or (titled and not (after.isalnum() or after == "_")):
                return f"{letter}{int(found['number'])}", end.end() if end else found.end()
        return None

    def _title(self, title: str, part: str, titled: bool) -> str:
        """The question that a title is of."""
        plain = title.strip().strip("*_# ")
        if not plain or len(plain) > TITLE or plain.endswith((".", ",", ";")) or not (titled or part):
            return ""
        for one in self.asked:
            if one.titles and one.titles.search(plain) and part in ("", one.part):
                return one.id
        below = (one for one in self.asked if part and one.part == part and one.in_part)
        return next((one.id for one in below if one.in_part and one.in_part.search(plain)), "")


@cache
def headings_of(questions: tuple[tuple[str, ...], ...], parts: tuple[str, ...]) -> Headings:
    """The same for equal questions and parts."""
    return Headings(questions, parts)


def asked_in(params: Mapping[str, Any]) -> Headings:
    """The headings of the questions that a probe's ``params`` tell of (``Homework.told``)."""
    return headings_of(tuple(map(tuple, params["questions"])), tuple(params["parts"]))


def level_of(line: str) -> int:
    """The level of a Markdown heading, from 1 on; PLAIN for any other line."""
    heading = MARKDOWN.match(line[:LOOKED_AT])
    return len(heading[1]) if heading else PLAIN


def outside_fences(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each line with its place, except between ``` and ```; a fence without an end does not count."""
    lines = list(lines)
    fences = [place for place, line in enumerate(lines) if line.lstrip()[:3] in ("```", "~~~")]
    inside = [range(first, last + 1) for first, last in zip(fences[::2], fences[1::2], strict=False)]
    hidden = {place for one in inside for place in one}
    return ((place, line) for place, line in enumerate(lines) if place not in hidden)


def ends(line: str, level: int) -> bool:
    """Whether *line* is a heading that ends an answer whose own heading is of *level*."""
    return level_of(line) < (3 if level == PLAIN else level)


def _numbers(ids: Iterable[str], letter: str) -> str:
    """A pattern of the numbers behind *letter*; it matches nothing if there are none."""
    numbers = sorted((item[1:] for item in ids if item[0] == letter), key=lambda number: (-len(number), number))
    return "|".join(map(re.escape, numbers)) or "(?!)"


def _lettered(letter: str, ids: Iterable[str]) -> re.Pattern[str]:
    words = f"{WORDS[letter]}|{letter}" if letter in WORDS else letter
    return re.compile(rf"[\[(]?\s*(?:{words})(?P<number>{_numbers(ids, letter)})(?!\d)", re.I)


def _parts(parts: Iterable[str]) -> str:
    """The same of parts, with blanks or a dash in them."""
    return "|".join(r"\s?[.\-]\s?".join(map(re.escape, part.split("."))) for part in parts) or "(?!)"


def _titles(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern, re.I) if pattern else None


def _rest(text: str) -> str:
    return text[_after(CLOSING, text, 0) :].strip()


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place
