"""Reads a report's text and finds the figures in it: what a student says was measured. Nothing of it is credited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PAGES = 100  # that are read; a report has ten
CHARACTERS = 400_000  # of text that is looked at
FIGURES = 40
AROUND = 60  # characters of text before and after a figure
FIGURE = re.compile(r"\d{1,3}(?:\.\d{1,4})?\s?%|\b\d{1,3}(?:,\d{3}){1,3}\b")  # an accuracy, a parameter count


def pdf(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures in one PDF.

    Params: ``file``, a descriptor of it.

    Returns:
        Facts: ``error`` (why it can't be read, or nothing), ``pages``, ``read`` (how many of them), ``characters``,
        ``figures`` (``[page, figure, the text around it]``).
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    nothing: dict[str, Any] = {"error": "", "pages": 0, "read": 0, "characters": 0, "figures": []}
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
        [number, match[0], text[max(0, match.start() - AROUND) : match.end() + AROUND]]
        for number, text in enumerate(texts, 1)
        for match in FIGURE.finditer(text)
    ]
    characters = sum(len(text) for text in texts)
    facts = {"pages": min(pages, 1 << 30), "read": len(texts), "characters": characters, "figures": figures[:FIGURES]}
    return {**nothing, **facts}, {}


def _texts(reader: Any, pages: int) -> Iterator[str]:
    """The text of each page, white space as single blanks; until there is enough of it."""
    room = CHARACTERS
    for number in range(pages):
        text = " ".join(reader.pages[number].extract_text().split())[:room]
        room -= len(text)
        yield text
        if room <= 0:
            return
