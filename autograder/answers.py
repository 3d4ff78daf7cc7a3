"""The written answers in ``answers.md``: one section for each id."""

from __future__ import annotations

import re

ITEMS = (*(f"Q{number}" for number in range(1, 14)), "E1", "E2", "E3", "E4")
HEADING = re.compile(r"^#{1,6}[ \t]*([QE]\d{1,2})\b", re.MULTILINE)
LEAST = 10  # characters: shorter than any sentence


def sections(data: bytes) -> dict[str, list[str]]:
    """The lines under each heading that begins with an id, comments left out; the last of two such headings counts."""
    text = _without_comments(data.decode("utf-8", errors="replace").replace("\r\n", "\n"))
    marks = list(HEADING.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    return {mark[1]: text[mark.end() : end].splitlines()[1:] for mark, end in zip(marks, ends, strict=True)}


def unanswered(data: bytes, template: bytes) -> list[str]:
    """The ids without an answer: missing, empty, the template's own text, or shorter than a sentence."""
    found, given = sections(data), sections(template)
    return [item for item in ITEMS if len(_own_words(found.get(item, []), given.get(item, []))) < LEAST]


def answer_to(item: str, data: bytes, template: bytes) -> str:
    """What was written under the id *item*, without the template's own lines; empty if nothing was."""
    return "\n".join(_own_lines(sections(data).get(item, []), sections(template).get(item, []))).strip()


def _own_words(lines: list[str], template: list[str]) -> str:
    """What of *lines* is not the template's, in one line."""
    return " ".join(_own_lines(lines, template))


def _own_lines(lines: list[str], template: list[str]) -> list[str]:
    given = {line.strip() for line in template}
    return [line.strip() for line in lines if line.strip() not in given]


def _without_comments(text: str) -> str:
    """*text* without its ``<!-- -->``; one that does not end is text. A pattern would take hours on a million."""
    kept, place = [], 0
    while (begin := text.find("<!--", place)) >= 0 and (end := text.find("-->", begin + 4)) >= 0:
        kept.append(text[place:begin])
        place = end + 3
    return "".join([*kept, text[place:]])
