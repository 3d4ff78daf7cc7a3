"""A notebook with our remarks under the cells that they are about: as a notebook, and as a page.

The cells are a student's: texts are shown as texts, pictures are PNGs, and nothing runs in the page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("notebook.html")


@dataclass(frozen=True)
class ShownCell:
    """One cell as it is shown.

    Attributes:
        number: its place in the notebook, from 1 on.
        kind: ``"code"`` or ``"markdown"``.
        source: its text.
        texts: what it printed.
        pictures: PNGs, base 64.
    """

    number: int
    kind: str
    source: str
    texts: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


Remarks = Mapping[int, Sequence[str]]
"""By a cell's number, what is said under it; under 0 what is said before all."""


def notebook_json(cells: Iterable[ShownCell], remarks: Remarks) -> str:
    """The copy as a notebook (nbformat 4.5)."""
    made = [*_said(0, remarks)]
    for cell in cells:
        made += [_cell(cell), *_said(cell.number, remarks)]
    document = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=True)


def notebook_page(title: str, cells: Iterable[ShownCell], remarks: Remarks) -> str:
    """The copy as a page of HTML."""
    return str(_template().render(title=title, cells=list(cells), remarks=remarks))


def _cell(cell: ShownCell) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": cell.kind, "id": f"cell-{cell.number}", "metadata": {}, "source": cell.source}
    if cell.kind == "code":
        streams = [{"output_type": "stream", "name": "stdout", "text": text} for text in cell.texts]
        pictures = [
            {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}} for picture in cell.pictures
        ]
        made |= {"execution_count": None, "outputs": [*streams, *pictures]}
    return made


def _said(number: int, remarks: Remarks) -> list[dict[str, Any]]:
    """One cell with all remarks under a number; set in, so that Markdown takes none of it for its own."""
    if not remarks.get(number):
        return []
    lines = [f"    {line}" for text in remarks[number] for line in text.splitlines()]
    tagged = {"tags": ["hw1-feedback"]}
    source = "\n".join(lines)
    return [{"cell_type": "markdown", "id": f"hw1-feedback-{number}", "metadata": tagged, "source": source}]


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
