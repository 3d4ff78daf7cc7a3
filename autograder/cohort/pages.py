"""Copies of a hand-in's notebooks with the outcome of each check under the cell that it is about."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autograder.check import Probe
from autograder.discretion import for_students
from autograder.evidence import Evidence
from autograder.ingest.names import shown
from autograder.ingest.notebooks import MEMORY_MB, SECONDS
from autograder.outcome import Status
from autograder.render.notebook import ShownCell, notebook_json, notebook_page
from autograder.render.text import check_lines, summary
from autograder.report import Line, Report
from autograder.submission import Submission
from autograder.text import visible

if TYPE_CHECKING:
    from autograder.kit import Kit

SHOWN_BYTES = 24 << 20
SOURCE_LENGTH, TEXT_LENGTH = 200_000, 10_000  # characters of a cell, of an output
PICTURE = re.compile(r"[A-Za-z0-9+/]{1,2100000}={0,2}")


def notebook_pages(submission: Submission, report: Report, kit: Kit) -> dict[str, str]:
    """For each notebook that counts ``<name>.feedback.ipynb`` and ``<name>.feedback.html``, as its student may read it.

    A notebook that can't be shown has none: all that it says stands in ``feedback.txt``, too.
    """
    wanted = {place.notebook for place in report.places.values()}
    names = [name for name in submission.documents if shown(name) in wanted]
    if not names:
        return {}
    report = for_students(report)
    pages: dict[str, str] = {}
    with kit.reading(submission) as session:
        for name in names:
            file = os.fspath(submission.documents[name])
            probe = Probe(
                f"cells of {name}",
                "shown_cells",
                (),
                "source",
                {"file": file},
                SECONDS,
                SHOWN_BYTES,
                fresh=True,
                memory_mb=MEMORY_MB,
                reads=(file,),
            )
            seen = session.observe(probe, b"")
            cells = list(_cells(seen.arrays["cells"])) if isinstance(seen, Evidence) and seen.arrays else []
            if cells:
                remarks = remarks_by_cell(report, shown(name))
                base = shown(name).rpartition("/")[2].removesuffix(".ipynb")
                pages[f"{base}.feedback.ipynb"] = notebook_json(cells, remarks)
                pages[f"{base}.feedback.html"] = notebook_page(f"{base}: {report.student}", cells, remarks)
    return pages


def remarks_by_cell(report: Report, notebook: str) -> dict[int, list[str]]:
    """The remarks under each cell of *notebook*; under 0 the sum, and remarks without a cell in any notebook."""
    said: dict[int, list[str]] = {0: [summary(report)]}
    for line in report.lines:
        origin = report.places.get(line.id)
        if origin is None and line.outcome.status is not Status.BY_HAND:
            said[0].append(_text(line))
        elif origin is not None and origin.notebook == notebook:
            said.setdefault(origin.cell, []).append(_text(line))
    waiting = [line.outcome.remarks for line in report.lines if line.outcome.status is Status.BY_HAND]
    said[0] += [f"Written answers: {text}" for text in dict.fromkeys(text for texts in waiting for text in texts)]
    for origin, text in report.notes:
        if origin.notebook == notebook:
            said.setdefault(origin.cell, []).append(f"line {origin.line}: {text}")
    return said


def _text(line: Line) -> str:
    title = line.title if line.part == "files" else f"{line.id}: {line.title}"
    return "\n".join(text.removeprefix("  ") for text in check_lines(title, line.outcome, line.points, verbose=True))


def _cells(data: Any) -> Iterator[ShownCell]:
    """The cells that a worker lists; anything of another form is left out."""
    try:
        listed = json.loads(data.tobytes())
    except (ValueError, RecursionError):
        return
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case {
                "number": int(number),
                "kind": "code" | "markdown" as kind,
                "source": str(source),
                "outputs": list(out),
            }:
                texts = tuple(visible(one["text"], TEXT_LENGTH) for one in out if _is_text(one, "text"))
                pictures = tuple(one["png"] for one in out if _is_text(one, "png") and PICTURE.fullmatch(one["png"]))
                yield ShownCell(number, kind, visible(source, SOURCE_LENGTH), texts, pictures)


def _is_text(output: object, name: str) -> bool:
    return isinstance(output, Mapping) and isinstance(output.get(name), str)
