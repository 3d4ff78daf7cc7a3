"""Reads a notebook's bytes as cells: nbformat 3 and 4, with caps, whatever they hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_CELLS = 2000  # a long notebook has 200
MOST_CHARACTERS = 1_000_000  # of code and text in all, as many as a source may have bytes (rubric.toml)
MOST_OUTPUTS = 50  # of a cell that are looked at
OUTPUT_BEGINS, OUTPUT_ENDS = 4_000, 16_000  # characters of an output: an accuracy stands at the end of a long log
MARK_LENGTH = 20
CHECKED = "hw1.check:"  # begins what a check in a cell leaves as text (render/cell.py): the figures are the kit's


class NotANotebookError(Exception):
    """These bytes are not a readable notebook; the text says why, after the file's name."""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        number: its place among all cells of the notebook, from 1 on.
        kind: ``"code"`` or ``"markdown"``.
        lines: its text, without line ends.
        marks: what our own notebooks say in its metadata: ``module``, ``answer``.
        printed: the texts among its outputs, cut.
    """

    number: int
    kind: str
    lines: tuple[str, ...]
    marks: Mapping[str, str]
    printed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its lines as one string."""
        return "\n".join(self.lines)


def read_cells(data: bytes) -> tuple[list[Cell], list[str]]:
    """The cells of code and text, in their order, and remarks on the notebook as a whole.

    Raises:
        NotANotebookError: it is not a notebook, or not one of Python's.
    """
    found = _listed(_document(data))
    remarks = []
    if len(found) > MOST_CELLS:
        remarks.append(f"has {len(found):,} cells, but only the first {MOST_CELLS:,} were read")
    cells, room = [], MOST_CHARACTERS
    for number, raw in enumerate(found[:MOST_CELLS], 1):
        cell = _cell(number, raw)
        if cell is None:
            continue
        room -= len(cell.text)
        if room < 0:
            remarks.append(f"has more than {MOST_CHARACTERS:,} characters, and nothing from cell {number} on was read")
            break
        cells.append(cell)
    return cells, remarks


def raw_cells(data: bytes) -> list[Any]:
    """All cells as they stand in the file; a cell's number is its place here, from 1 on.

    Raises:
        NotANotebookError: it is not a notebook.
    """
    return _listed(_document(data))


def _document(data: bytes) -> dict[str, Any]:
    """The notebook as JSON values; its language is Python."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotANotebookError("is not a notebook: it is not UTF-8 text") from error
    except RecursionError as error:
        raise NotANotebookError("is not a notebook: it is nested too deeply") from error
    except ValueError as error:
        raise NotANotebookError("is not a notebook: it is not JSON") from error
    if not isinstance(document, dict):
        raise NotANotebookError("is not a notebook: it is JSON, but has no cells")
    language = _language(document)
    if language and not language.lower().startswith(("python", "ipython")):
        raise NotANotebookError(f"is a notebook in {language[:MARK_LENGTH]}, not in Python")
    return document


def _language(document: Mapping[str, Any]) -> str:
    metadata = _table(document.get("metadata"))
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        name = _table(metadata.get(part)).get(key)
        if isinstance(name, str) and name.strip():
            return name.strip()
    return ""


def _listed(document: Mapping[str, Any]) -> list[Any]:
    """The raw cells; those of nbformat 3 lie in worksheets."""
    version = document.get("nbformat", 4)
    if type(version) is not int or version < 3:
        raise NotANotebookError("is a notebook of a format older than 3; save it again with a newer Jupyter")
    cells = document.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = document.get("worksheets")
    if isinstance(sheets, list):
        return [cell for sheet in sheets for cell in _list(_table(sheet).get("cells"))]
    raise NotANotebookError("is not a notebook: it has no cells")


def _cell(number: int, raw: object) -> Cell | None:
    """One cell, or None if it is neither code nor text."""
    table = _table(raw)
    kind = table.get("cell_type")
    if kind not in ("code", "markdown", "heading"):
        return None
    text = joined(table.get("source", table.get("input")))  # nbformat 3 has code in "input"
    if kind == "heading":
        level = table.get("level")
        text, kind = "#" * (level if type(level) is int and 1 <= level <= 6 else 1) + " " + text, "markdown"
    if kind == "code":
        language = table.get("language")
        if isinstance(language, str) and language != "python":
            return None
    given = _table(_table(table.get("metadata")).get("hw1"))
    marks = {key: given[key][:MARK_LENGTH] for key in ("module", "answer") if isinstance(given.get(key), str)}
    printed = tuple(_printed(_list(table.get("outputs"))[:MOST_OUTPUTS])) if kind == "code" else ()
    return Cell(number, kind, tuple(_lines(text)), marks, printed)


def _lines(text: str) -> list[str]:
    """As Python counts lines; half a character, which could not be written down, becomes a question mark."""
    clean = text.encode("utf-8", errors="replace").decode()
    return clean.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _printed(outputs: Iterable[object]) -> Iterator[str]:
    for output in outputs:
        table = _table(output)
        data = _table(table.get("data"))
        for text in (joined(table.get("text")), joined(data.get("text/plain"))):
            if text and not text.startswith(CHECKED):
                cut = len(text) > OUTPUT_BEGINS + OUTPUT_ENDS
                yield f"{text[:OUTPUT_BEGINS]}\n{text[-OUTPUT_ENDS:]}" if cut else text


def joined(value: object) -> str:
    """A text that is a string or a list of strings; anything else in it is passed over."""
    if isinstance(value, str):
        return value
    return "".join(one for one in _list(value) if isinstance(one, str))


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
