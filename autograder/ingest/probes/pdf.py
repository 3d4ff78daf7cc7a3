"""Reads a report's text: its figures, and what is under headings like the questions'. Nothing is credited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.ingest.probes.questions import Head, Headings, asked_in
from autograder.ingest.probes.units import figures_of

PAGES = 100  # that are read; a report has ten
CHARACTERS = 400_000  # of text that is looked at
FIGURES = 40
BLOCKS = 3  # that are kept of one question: a list of contents names each once more
LEAST, MOST = 10, 6_000  # characters of such a block: shorter than any sentence, three pages
NUMBERED = re.compile(r"\s*(?:\(?\d{1,2}[.)]|[IVX]{1,4}[.)]|[•·▪-])\s+(?!\d)")

Block = tuple[int, list[str]]  # the page that it begins on, its lines


def pdf(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures in one PDF, and its text by question.

    Params: ``file``, a descriptor of it; what the homework asks for (``Homework.told``).

    Returns:
        Facts: ``error`` (why it can't be read, or nothing), ``pages``, ``read`` (how many of them), ``characters``,
        ``figures`` (``[page, figure, the text around it]``), ``candidates`` (``[id, page]``). Arrays: for each of the
        last, in their order, ``"candidate <place>"`` (bytes,) uint8.
    """
    import numpy as np  # only now: nothing but the arrays of the answer needs it
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    nothing: dict[str, Any] = {"error": "", "pages": 0, "read": 0, "characters": 0, "figures": [], "candidates": []}
    with open(params["file"], "rb", closefd=False) as file:
        file.seek(0)
        if file.read(1024).find(b"%PDF-") < 0:
            return {**nothing, "error": "it is not a PDF"}, {}
        file.seek(0)
        try:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                return {**nothing, "error": "it is encrypted"}, {}
            pages = len(reader.pages)
            texts = list(_texts(reader, min(pages, PAGES)))
        except (
            PyPdfError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            OSError,
            RecursionError,
        ) as error:
            return {**nothing, "error": f"it is damaged ({type(error).__name__})"}, {}
    figures = [
        [number, figure, around]
        for number, text in enumerate(texts, 1)
        for figure, around in figures_of(text, params["printed"])
    ]
    found = candidates(texts, asked_in(params))
    facts = {
        "pages": min(pages, 1 << 30),
        "read": len(texts),
        "characters": sum(len(" ".join(text.split())) for text in texts),
        "figures": figures[:FIGURES],
        "candidates": [[item, page] for item, page, _ in found],
    }
    letters = {
        f"candidate {place}": np.frombuffer(text.encode(errors="replace"), np.uint8)
        for place, (_, _, text) in enumerate(found)
    }
    return {**nothing, **facts}, letters


def candidates(texts: list[str], asked: Headings) -> list[tuple[str, int, str]]:
    """What stands under headings like the questions', as (id, page from 1 on, text): the longest of each first.

    Where nothing is headed like a question, all of the part that the homework says may hold it.
    """
    lines = [(page, line) for page, text in enumerate(texts, 1) for line in text.splitlines()]
    found: dict[str, list[Block]] = {}
    parts: dict[str, list[Block]] = {}
    block: list[str] | None = None
    part: list[str] | None = None
    question = ""
    for page, line in lines:
        head = _head(line, asked)
        if head is not None and not (head.answers and head.item in ("", question)):
            question, block = head.item, None
            if head.item:
                block = [head.rest]
                found.setdefault(head.item, []).append((page, block))
            if head.part and head.part != "?":
                part = []
                parts.setdefault(head.part, []).append((page, part))
                continue
            if (head.item and head.item not in asked.part_of) or head.part:
                part = None
        elif block is not None:
            block.append(head.rest if head is not None else line)
        if part is not None:
            part.append(line)
    for item, number in asked.part_of.items():
        found.setdefault(item, parts.get(number, []))
    return [(item, *one) for item in sorted(found) for one in _longest(found[item])]


def _head(line: str, asked: Headings) -> Head | None:
    numbered = NUMBERED.match(line)
    return asked.of(line[numbered.end() :] if numbered else line, printed=True)


def _longest(blocks: list[Block]) -> list[tuple[int, str]]:
    texts = [(page, "\n".join(lines).strip()[:MOST]) for page, lines in blocks]
    return sorted((one for one in texts if len(one[1]) >= LEAST), key=lambda one: -len(one[1]))[:BLOCKS]


def _texts(reader: Any, pages: int) -> Iterator[str]:
    """The text of each page; until there is enough of it."""
    room = CHARACTERS
    for number in range(pages):
        text = reader.pages[number].extract_text()[:room]
        room -= len(text)
        yield text
        if room <= 0:
            return
