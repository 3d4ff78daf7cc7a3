"""Reads the written answers in ``answers.md``: one section for each id."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from autograder.homework import in_force
from autograder.ingest.probes.questions import PLAIN, Head, asked_in, ends, level_of, outside_fences

LEAST = 10  # characters: shorter than any sentence
ABOVE = 80  # characters above the first question: who wrote it, and when
MARKS = (  # the longer one first, since it begins with the shorter
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The last one fits all bytes.
GUESSES = (("cp949", "CP949 (Korean)"), ("cp1252", "Windows-1252"), ("latin-1", "Latin-1"))


@dataclass(frozen=True)
class Read:
    """A file of answers as text.

    Attributes:
        text: without what could not be read.
        problem: what is wrong with its encoding, after the file's name; empty if nothing is.
        guessed: whether the encoding is a guess, so that some letters may be wrong.
    """

    text: str
    problem: str = ""
    guessed: bool = False


def as_text(data: bytes) -> Read:
    """Decode a file of answers as UTF-8, as its first bytes say, or as an editor most likely wrote it."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            text = _decoded(data, encoding)
            if text is not None:
                return Read(_with_plain_ends(text))
            return Read(
                "", f"begins like {encoding.removesuffix('-sig').upper()} and is damaged; save it as UTF-8", True
            )
    text = _decoded(data, "utf-8")
    if text is not None and "\0" not in text:
        return Read(_with_plain_ends(text))
    if b"\0" in data:
        encoding = "utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be"
        text = _decoded(data, encoding)
        if text is None or "\0" in text:
            return Read("", "is not UTF-8; save it as UTF-8", True)
        return Read(_with_plain_ends(text), "is not UTF-8 and was read as UTF-16; save it as UTF-8", True)
    found = ((name, _decoded(data, encoding)) for encoding, name in GUESSES)
    name, guess = next((name, text) for name, text in found if text is not None)
    return Read(_with_plain_ends(guess), f"is not UTF-8 and was read as {name}; save it as UTF-8", True)


def ids() -> tuple[str, ...]:
    """The questions' ids, in the order of the template."""
    return tuple(question.id for question in in_force().questions)


def head_of(line: str) -> Head | None:
    """What *line* begins."""
    return _head_of(line, in_force().name)


@lru_cache(maxsize=1 << 13)  # each line is asked for several times, and all hand-ins have the template's
def _head_of(line: str, homework: str) -> Head | None:
    """As ``head_of``, in the *homework* that is in force."""
    return asked_in(in_force().told).of(line)


def sections(data: bytes, template: bytes = b"") -> Mapping[str, list[str]]:
    """The lines under each heading of a question, comments left out.

    If an id has two sections, the last one with own words counts. A line that only looks like a heading (``Q4.``)
    is one if there is no Markdown heading of the same id that something is written under.

    Args:
        template: the handout's file, whose lines are nobody's own words.
    """
    return _sections(data, template, in_force().name)


@lru_cache(maxsize=16)  # several checks ask for the same, and all for the template's
def _sections(data: bytes, template: bytes, homework: str) -> Mapping[str, list[str]]:
    """As ``sections``, in the *homework* that is in force."""
    lines = _without_comments(as_text(data).text).splitlines()
    given = _of_template(template)
    heads = [(place, head) for place, line in outside_fences(lines) if (head := head_of(line)) or _may_end(line)]
    headings = [(place, head) for place, head in heads if head is None or head.level < PLAIN]
    answered = {item for item, own in _cut(lines, headings) if _has_words(item, own, given)}
    kept = [(place, head) for place, head in heads if head is None or head.level < PLAIN or head.item not in answered]
    found: dict[str, list[str]] = {}
    for item, own in _cut(lines, kept):
        if item not in found or _has_words(item, own, given) or not _has_words(item, found[item], given):
            found[item] = own
    return found


def unanswered(data: bytes, template: bytes) -> list[str]:
    """The ids without an answer: missing, empty, the template's own text, or shorter than a sentence."""
    found, given = sections(data, template), _of_template(template)
    return [item for item in ids() if not _has_words(item, found.get(item, []), given)]


def blank(data: bytes, template: bytes) -> set[str]:
    """The ids under which not a single letter was written; none where there are words that belong to no question."""
    found, given = sections(data, template), _of_template(template)
    known = {line.strip() for line in as_text(template).text.splitlines()}
    known |= {line.strip() for lines in found.values() for line in lines}
    answered = {item for item in ids() if "".join(_own_lines(found.get(item, []), given.get(item, [])))}
    above, asked = 0, False
    for line in map(str.strip, _without_comments(as_text(data).text).splitlines()):
        head = head_of(line)
        asked = asked or head is not None
        if head is not None and head.rest.strip("*_ ") and line not in known:
            answered.add(head.item)  # a heading of their own, which may say it all
        elif head is None and line not in known:
            above += len(line)
            if asked or above > ABOVE:
                return set()
    return set(ids()) - answered


def answer_to(item: str, data: bytes, template: bytes) -> str:
    """The text under the id *item*, without the template's own lines; empty if there is none."""
    own = sections(data, template).get(item, [])
    return "\n".join(_own_lines(own, _of_template(template).get(item, []))).strip()


def escaped(text: str) -> str:
    """*text* without anything that would begin another answer, or hide the ones below it."""
    lines = text.replace("<!--", "<! --").replace("```", "'''").replace("~~~", "'''").splitlines()
    return "\n".join(f"\\{line.lstrip()}" if head_of(line) or _may_end(line) else line for line in lines).strip()


def _cut(lines: list[str], heads: list[tuple[int, Head | None]]) -> Iterator[tuple[str, list[str]]]:
    """Each id with its lines: up to the next question, part, or heading above its own."""
    begun: tuple[Head, int] | None = None
    for place, head in [*heads, (len(lines), None)]:
        if begun is not None:
            own, first = begun
            goes_on = head is not None and head.answers and head.item in ("", own.item)
            if goes_on or (head is None and place < len(lines) and not ends(lines[place], own.level)):
                continue
            yield own.item, _body(own, lines[first + 1 : place])
        begun = (head, place) if head is not None and head.item else None


def _body(head: Head, lines: list[str]) -> list[str]:
    """The lines of an answer, with the rest of its mark's line unless that is a question."""
    own = [_unmarked(line) for line in lines]
    inline = head.rest.strip("*_ ")
    if not inline or inline.endswith(("?", "?)")):
        return own
    if head.level < PLAIN and (any(line.strip() for line in own) or len(inline.split()) < 5):  # the title of a question
        return own
    return [inline, *own]


def _unmarked(line: str) -> str:
    """*line* without the mark of an answer."""
    head = head_of(line)
    return head.rest if head is not None and head.answers else line


def _may_end(line: str) -> bool:
    return level_of(line) < PLAIN


def _of_template(template: bytes) -> Mapping[str, list[str]]:
    return sections(template) if template else {}


def _has_words(item: str, lines: list[str], given: Mapping[str, list[str]]) -> bool:
    return len(" ".join(_own_lines(lines, given.get(item, [])))) >= LEAST


def _own_lines(lines: list[str], template: list[str]) -> list[str]:
    given = {line.strip() for line in template}
    return [line.strip() for line in lines if line.strip() not in given]


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_comments(text: str) -> str:
    """*text* without its ``<!-- -->``; one that does not end is text. A pattern would take hours on a million."""
    kept, place = [], 0
    while (begin := text.find("<!--", place)) >= 0 and (end := text.find("-->", begin + 4)) >= 0:
        kept.append(text[place:begin])
        place = end + 3
    return "".join([*kept, text[place:]])
