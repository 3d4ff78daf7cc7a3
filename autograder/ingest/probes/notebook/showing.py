"""A notebook's cells as they may be shown: texts and pictures, but nothing that a browser would run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autograder.ingest.probes.notebook.cells import Cell, NotANotebookError, joined, raw_cells, read_cells

MOST_SHOWN = 20 << 20  # bytes of all that is shown
TEXT_LENGTH = 10_000  # characters of a printed output
PICTURE_LENGTH = 2 << 20  # characters of a PNG in base 64
PICTURE = re.compile(r"[A-Za-z0-9+/]{1,}={0,2}")
ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
MOST_OUTPUTS = 20  # of a cell


def shown_cells(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cells of a notebook, for a copy with remarks.

    Params: ``file``: a descriptor of it.

    Returns:
        Facts: ``problem`` (why there are none, or nothing). Arrays: ``cells`` (bytes,) uint8: JSON, a list of
        ``{"number", "kind", "source", "outputs"}``, an output ``{"text"}`` or ``{"png"}`` (base 64).
    """
    import numpy as np  # only now: nothing but the answer's array needs it

    with os.fdopen(os.dup(params["file"]), "rb") as file:
        file.seek(0)
        data = file.read()
    try:
        cells, _ = read_cells(data)
        raw = raw_cells(data)
    except (NotANotebookError, RecursionError) as error:
        return {"problem": f"{error}"[:200] or "was not read"}, {}
    listed, room = [], MOST_SHOWN
    for cell in cells:
        entry = _entry(cell, raw[cell.number - 1])
        room -= len(json.dumps(entry))
        if room < 0:
            break
        listed.append(entry)
    return {"problem": ""}, {"cells": np.frombuffer(json.dumps(listed).encode(), np.uint8)}


def _entry(cell: Cell, raw: object) -> dict[str, Any]:
    outputs = raw.get("outputs") if isinstance(raw, dict) and cell.kind == "code" else []
    shown = list(_outputs(outputs[:MOST_OUTPUTS] if isinstance(outputs, list) else []))
    return {"number": cell.number, "kind": cell.kind, "source": cell.text, "outputs": shown}


def _outputs(outputs: Iterable[object]) -> Iterator[dict[str, str]]:
    for output in outputs:
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        data = data if isinstance(data, dict) else {}
        picture = joined(data.get("image/png", output.get("png"))).replace("\n", "")
        text = joined(output.get("text")) or joined(data.get("text/plain")) or joined(output.get("traceback"))
        if picture and len(picture) <= PICTURE_LENGTH and PICTURE.fullmatch(picture):
            yield {"png": picture}
        elif text:
            yield {"text": ANSI.sub("", text[:TEXT_LENGTH])}
