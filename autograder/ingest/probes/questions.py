"""How people head an answer: what a line begins, in a file of answers, in a notebook or in a report.

The handout's ``## Q4: ...`` is one form of many: ``# Question 4``, ``Q4.``, ``**Q4**``, ``1.2 Q4)``, ``문제 4``,
``Answer 4:``. Headings of a part, like ``HW 2.1``, begin no answer, but end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ITEMS = (*(f"Q{number}" for number in range(1, 14)), "E1", "E2", "E3", "E4")
LOOKED_AT = 200  # characters of a line: a heading is shorter
TITLE = 90  # characters: a longer line is a sentence, no title
PLAIN = 7  # the level of a line that is no Markdown heading: below all of these
PART_OF = {"E1": "1.1", "E2": "1.1", "E3": "2.2", "E4": "2.2"}

MARKDOWN = re.compile(r" {0,3}(#{1,6})(?!#)[ \t]*")
DECORATION = re.compile(r"(?:[\s>*_+•·\-]|<[a-z/][^<>]{0,60}>)*", re.I)
CLOSING = re.compile(r"(?:[\s*_]|</[a-z][^<>]{0,60}>)*", re.I)
BOLD = re.compile(r"\s*(?:[>+•·-]\s*)?(?:\*\*|__|<[a-z])", re.I)
# "1.2", "Part 1.2:", "HW 2.2", "[1.1]", "1.2-" before a question.
SECTION = re.compile(
    r"[\[(]?\s*(?:(?:HW|Home\s?work|Part|Section|Sec|TODO|Task|Exercise|과제)\s*[.:\-]?\s*)?"
    r"(?P<part>[12]\s?[.\-]\s?[12])(?:[.\-]\d{1,2}|[abc])?(?![.\-]?\d|\w)\s*[\])]?\s*[.:,)\-–—]?\s*",
    re.I,
)
NAMED_PART = re.compile(  # a title, no sentence that begins with "Part 1.2 uses"
    r"[\[(]?\s*(?:HW|Home\s?work|Part|Section|Sec|TODO|Task|Exercise|과제)\s*[.:\-]?\s*[12]\s?[.\-]\s?[12]"
    r"(?:[abc]|[.\-]\d{1,2})?\s*(?:[\])*_\s]*|[\]).:,\-–—]+.{0,60}|\s(?-i:[A-Z가-힣])[^.?!]{0,60})",
    re.I,
)
QUESTION = re.compile(
    r"[\[(]?\s*(?P<word>Questions?|Quiz|Q|Problem|Prob|Exercise|문제|문항|질문)"
    r"[*_]*\s*(?:no\b|number\b)?[.\-_#:\s]*(?P<number>1[0-3]|[1-9])(?![\w.]?\d)(?:\s*번)?",
    re.I,
)
ANSWER = re.compile(
    r"[\[(]?\s*(?:My\s+)?(?:Answers?|Ans|Solution|답변|정답|답)[*_]*(?:\s+(?:to|for|of))?"
    r"(?:\s+(?:the\s+)?(?:Question|Problem|Q))?[*_]*\s*(?:no\b)?[.\-_#\s]*(?P<number>1[0-3]|[1-9])?(?!\d)(?:\s*번)?"
    r"(?:[*_\s]*[).:\]\-–—>=]+[*_]*|[*_]*\s*$)",
    re.I,
)
SHORT_ANSWER = re.compile(r"[\[(]?\s*A(?P<number>1[0-3]|[1-9])?(?!\d)[*_\s]*(?:[).:\]]|[-=]>)+[*_]*")
ESSAY = re.compile(r"[\[(]?\s*(?:Essay\s*|E)(?P<number>[1-4])(?!\d)", re.I)
PRINTED = re.compile(r"[12]\s?[.\-]\s?[12][.):]?\s+(?-i:[A-Z가-힣])[^.%]{0,60}", re.I)
# More than one question: the heading of a group.
GROUP = re.compile(
    r"\s*(?:[-–—~,/&]|to\b|and\b|through\b|부터|와|과)\s*(?:Questions?|Q|문제|E)?\s*\.?\s*\d{1,2}(?!\d)", re.I
)
END = re.compile(r"[*_\s]*(?:[).:\]]+|[-–—](?=\s)|$)[*_]*")
TITLES = {
    "E1": re.compile(r"motivation|design (?:choice|rationale|decision)|설계|동기", re.I),
    "E2": re.compile(r"most (?:\w+ )?confus|confus\w* (?:pair|digit|class|number)|혼동|헷갈", re.I),
    "E4": re.compile(
        r"compar\w*.{0,40}(?:confusion|matri)|(?:confusion|matri).{0,40}compar|(?:혼동|행렬).{0,20}비교", re.I
    ),
    "E3": re.compile(
        r"classification (?:result|accurac|performance)|(?:training|experiment\w*) results?|분류 결과", re.I
    ),
}
IN_PART = {"E3": re.compile(r"results?\b|결과", re.I), "E4": re.compile(r"comparison|compare|비교", re.I)}


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


def head_of(line: str, printed: bool = False) -> Head | None:
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
    section = SECTION.match(text, place)
    if section is not None:
        place = section.end()
    found = _question(text, place, titled) or _essay(text, place, titled)
    if found is not None:
        item, end = found
        return Head(item, "" if item else "?", level, False, _rest(line[end:]))
    answer = ANSWER.match(text, place) or SHORT_ANSWER.match(text, place)
    if answer is not None:
        number = answer["number"]
        return Head(f"Q{int(number)}" if number else "", "", level, True, _rest(line[answer.end() :]))
    part = _digits(section["part"]) if section else ""
    if item := _title(text[place:], part, titled):
        return Head(item, "", level, False, "")
    named = (
        titled or NAMED_PART.fullmatch(text.rstrip(), start) or (printed and PRINTED.fullmatch(text.rstrip(), start))
    )
    is_part = section is not None and named and len(line.strip()) <= TITLE
    return Head("", part, level, False, "") if is_part else None


def level_of(line: str) -> int:
    """Of a Markdown heading, from 1 on; PLAIN for any other line."""
    heading = MARKDOWN.match(line[:LOOKED_AT])
    return len(heading[1]) if heading else PLAIN


def outside_fences(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each line with its place, but for what stands between ``` and ```; a fence that does not end is none."""
    lines = list(lines)
    fences = [place for place, line in enumerate(lines) if line.lstrip()[:3] in ("```", "~~~")]
    inside = [range(first, last + 1) for first, last in zip(fences[::2], fences[1::2], strict=False)]
    hidden = {place for one in inside for place in one}
    return ((place, line) for place, line in enumerate(lines) if place not in hidden)


def ends(line: str, level: int) -> bool:
    """Whether *line* is a heading that ends an answer whose own heading is of *level*."""
    return level_of(line) < (3 if level == PLAIN else level)


def _question(text: str, place: int, titled: bool) -> tuple[str, int] | None:
    """The item and where its mark ends; no item if there are several."""
    found = QUESTION.match(text, place)
    if found is None:
        return None
    after = text[found.end() : found.end() + 1]
    if GROUP.match(text, found.end()):
        return ("", found.end()) if titled else None
    end = END.match(text, found.end())
    if end is None and not (titled and not (after.isalnum() or after == "_")):
        return None
    return f"Q{int(found['number'])}", end.end() if end else found.end()


def _essay(text: str, place: int, titled: bool) -> tuple[str, int] | None:
    found = ESSAY.match(text, place)
    if found is None or GROUP.match(text, found.end()):
        return None
    after = text[found.end() : found.end() + 1]
    end = END.match(text, found.end())
    if end is None and not (titled and not (after.isalnum() or after == "_")):
        return None
    return f"E{found['number']}", end.end() if end else found.end()


def _title(title: str, part: str, titled: bool) -> str:
    """The essay that a title is of."""
    plain = title.strip().strip("*_# ")
    if not plain or len(plain) > TITLE or plain.endswith((".", ",", ";")) or not (titled or part):
        return ""
    for item, pattern in TITLES.items():
        if pattern.search(plain) and part in ("", PART_OF[item]):
            return item
    if part == "2.2":
        return next((item for item, pattern in IN_PART.items() if pattern.search(plain)), "")
    return ""


def _rest(text: str) -> str:
    return text[_after(CLOSING, text, 0) :].strip()


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _digits(part: str) -> str:
    return ".".join(re.findall(r"\d", part))
