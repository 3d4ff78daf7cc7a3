"""Copies of a hand-in's notebooks with the outcome of each check under the cell that it is about."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autograder.check import Probe
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal
from autograder.discretion import for_students
from autograder.evidence import Evidence, Observation
from autograder.ingest.names import shown
from autograder.ingest.notebooks import MEMORY_MB, SECONDS
from autograder.keeping.frames import decoded
from autograder.outcome import Status
from autograder.render.notebook import ShownCell, notebook_json, notebook_page
from autograder.render.text import check_lines, summary
from autograder.report import Line, Report
from autograder.submission import Submission
from autograder.text import visible

if TYPE_CHECKING:
    from autograder.kit import Kit

CELLS = "cells of "  # and the notebook's name: a probe's id
ENDINGS = (".feedback.ipynb", ".feedback.html")  # of the pages, behind the name of their notebook
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
    with kit.reading(submission) as session:
        seen = {name: session.observe(_cells_of(name, os.fspath(submission.documents[name])), b"") for name in names}
    return _pages(report, seen)


def restore_pages(report: Report, journal: Journal, folder: ReportFolder) -> bool:
    """Make those pages beside *report* that are gone again, of what *journal* holds; whether it holds enough for all.

    Raises:
        MisuseError: a file can't be written.
    """
    stands = (one for probes in journal.stands_on(report.student).values() for one in probes.items())
    names = {probe.removeprefix(CELLS): stand.key for probe, stand in stands if probe.startswith(CELLS)}
    there = folder.of(report.student)
    if all((there / page).exists() for name in names for page in _called(name)):
        return True
    kept = {name: journal.observation(key) for name, key in names.items()}
    seen = {name: decoded(one.frame, _cells_of(name)) for name, one in kept.items() if one is not None}
    for page, text in _pages(report, seen).items():
        if not (there / page).exists():
            folder.write_pages(report.student, {page: text})
    return None not in kept.values()


def _cells_of(name: str, file: str = "") -> Probe:
    """The probe that reads the notebook *name*, which lies at *file*."""
    reads = (file,) if file else ()
    asked = f"{CELLS}{name}", "shown_cells", (), "source", {"file": file}, SECONDS, SHOWN_BYTES
    return Probe(*asked, fresh=True, memory_mb=MEMORY_MB, reads=reads)


def _pages(report: Report, seen: Mapping[str, Observation | None]) -> dict[str, str]:
    """The pages by file name, of what *seen* has of each notebook."""
    report = for_students(report)
    pages: dict[str, str] = {}
    for name, one in seen.items():
        cells = list(_cells(one.arrays["cells"])) if isinstance(one, Evidence) and one.arrays else []
        if cells:
            remarks = remarks_by_cell(report, shown(name))
            copy, page = _called(name)
            pages[copy] = notebook_json(cells, remarks)
            pages[page] = notebook_page(f"{_base(name)}: {report.student}", cells, remarks)
    return pages


def _called(name: str) -> tuple[str, str]:
    """The names of the two pages of a notebook."""
    notebook, page = ENDINGS
    return f"{_base(name)}{notebook}", f"{_base(name)}{page}"


def _base(name: str) -> str:
    return shown(name).rpartition("/")[2].removesuffix(".ipynb")


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
