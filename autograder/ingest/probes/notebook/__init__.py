"""Reads one notebook without running it: its modules, its answers, and what its outputs claim."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from autograder.ingest.probes.foreign import Followed, Network, followed_for
from autograder.ingest.probes.newer import parse
from autograder.ingest.probes.notebook.answers import answers_of
from autograder.ingest.probes.notebook.cells import Cell, NotANotebookError, read_cells
from autograder.ingest.probes.notebook.choose import choose
from autograder.ingest.probes.notebook.layout import Layout
from autograder.ingest.probes.notebook.modules import Module, build
from autograder.ingest.probes.notebook.names import Names
from autograder.ingest.probes.notebook.statements import CHECK, EFFECT, Broken, Note, Statement, parse_cell
from autograder.ingest.probes.notebook.wanted import Rename
from autograder.ingest.probes.notebook.words import Claim, claims_of
from autograder.ingest.probes.questions import asked_in

MOST_NOTES = 200  # of each kind; a header has 1 MiB
NOTE_LENGTH = 300
NAME_LENGTH = 100
MOST_LACKS = 24  # names: which of them is missed in a run, its student reads, and no more than that shall be told
MODULE_BYTES = 1_000_000  # as a source has at the most (rubric.toml)

Answer = tuple[dict[str, Any], dict[str, Any]]


@dataclass
class Reading:
    """What was read of a notebook.

    Attributes:
        problem: why nothing was read, after the file's name; all else is then empty.
        remarks: on the notebook as a whole, after its name.
        marked: whether cells bear our marks.
        left_out: lines that do something when they are run.
        choices: where something else would have been possible, or is missing.
        renames: where a class is called almost as it should be.
        errors: what is not Python.
        broken: by name of what is defined there alone, what is wrong.
        foreign: networks of a library that are trained, each with the training in whose place.
    """

    problem: str = ""
    remarks: list[str] = field(default_factory=list)
    marked: bool = False
    modules: dict[str, Module] = field(default_factory=dict)
    left_out: list[Note] = field(default_factory=list)
    choices: list[Note] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    errors: list[Note] = field(default_factory=list)
    broken: dict[str, Note] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    foreign: list[tuple[Network, str]] = field(default_factory=list)


def notebook(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]) -> Answer:
    """Read a notebook.

    Params: ``file``: a descriptor of it; what the homework asks for (``Homework.told``).

    Returns:
        Facts: ``problem``, ``remarks``, ``marked``, ``modules`` (by name what each defines), ``left_out``, ``choices``
        and ``errors`` (``[cell, line, text]``), ``renames`` (``[cell, line, name, right name]``), ``more`` (how many
        there are beyond the caps), ``claims`` (``[cell, about, what, value, cell, line, network]``, the last three of a
        network of a library, or 0, 0 and nothing), ``foreign`` (``[cell, line, network, part]``), ``lacks``
        (``[module, name, cell, line, text]``: names that get their values by what may fail; attributes and keys after a
        point or an @), ``broken``
        (``[name, cell, line, text]``: definitions that can't be read).
        Arrays: ``"text <module>"`` (bytes,) uint8, ``"lines <module>"`` (lines, 2) int64: the cell and the line
        there, from 1 on; ``"answer <id>"`` (bytes,) uint8.
    """
    return read_with(Layout, params)


def read_with(kind: type[Layout], params: Mapping[str, Any]) -> Answer:
    """Read a notebook with the layout *kind*."""
    with os.fdopen(os.dup(params["file"]), "rb") as file:
        file.seek(0)
        read = read_notebook(file.read(), params, kind)
    return _packed(read)


def read_notebook(data: bytes, told: Mapping[str, Any], kind: type[Layout] = Layout) -> Reading:
    """Read a notebook's bytes; nothing is raised but MemoryError.

    Args:
        told: what the homework asks for (``Homework.told``).
        kind: what knows its notebooks.
    """
    try:
        cells, remarks = read_cells(data)
        return _read(cells, remarks, told, kind)
    except NotANotebookError as error:
        return Reading(str(error))
    except RecursionError:
        return Reading("was not read: its code is nested too deeply")


def _read(cells: list[Cell], remarks: list[str], told: Mapping[str, Any], kind: type[Layout]) -> Reading:
    statements: list[Statement] = []
    broken: list[Broken] = []
    read = Reading(remarks=remarks, marked=any(cell.marks for cell in cells))
    for cell in cells:
        if cell.kind != "code":
            continue
        parsed = parse_cell(cell, len(statements))
        statements += parsed.statements
        read.left_out += parsed.magics
        read.errors += parsed.errors
        broken += parsed.broken
    layout = kind(cells, told["trainings"])
    chosen = choose(cells, statements, broken, told["modules"], layout)
    read.choices += chosen.notes
    read.renames, read.broken = chosen.renames, chosen.broken
    names = Names(statements)
    for module, roots in chosen.roots.items():
        built = build(roots, names.without(module), read.choices)
        if built is None:
            continue
        if sum(len(line.encode()) + 1 for line in built.lines) > MODULE_BYTES:
            read.remarks.append(f"holds more than {MODULE_BYTES:,} bytes of code for {module}, which was left out")
            continue
        read.modules[module] = built
    ran = {one for module in read.modules.values() for one in module.ran}
    said = {(note.cell, note.line) for note in read.left_out}
    passed_over = [one for one in statements if one not in ran and (one.cell, one.first) not in said]
    read.left_out += _effects([one for one in passed_over if not CHECK.match(one.text)])
    followed = _followed(statements, told)
    read.foreign = [(one, layout.replaced(one, one.cell)) for one in followed.foreign]
    read.answers = answers_of(cells, asked_in(told), layout.is_heading)
    read.claims = claims_of(cells, followed, layout, told["printed"])
    read.left_out.sort(key=lambda note: (note.cell, note.line))
    return read


def _followed(statements: list[Statement], told: Mapping[str, Any]) -> Followed:
    """What becomes of the networks that the cells build."""
    followed = followed_for(told)
    for one in statements:
        with suppress(SyntaxError, ValueError):  # a piece of a line that is none by itself
            followed.read(parse(one.text).body, one.cell, one.first - 1)
    return followed


def _effects(statements: list[Statement]) -> list[Note]:
    """One note for each run of statements that do something."""
    notes: list[Note] = []
    last: Statement | None = None
    for one in statements:
        if one.kind == EFFECT and (last is None or last.kind != EFFECT or last.cell != one.cell):
            notes.append(Note(one.cell, one.first, first_line(one)[:80]))
        last = one
    return notes


def first_line(one: Statement) -> str:
    """Its first line that is neither a comment nor a decorator."""
    return next((line.strip() for line in one.lines if line.strip() and line.strip()[0] not in "#@"), "")


def _origin(network: Network | None) -> tuple[int, int, str]:
    """Where a network of a library is built, and what it is; nothing of none."""
    return (network.cell, network.line, network.what) if network is not None else (0, 0, "")


def _packed(read: Reading) -> Answer:
    import numpy as np  # only now: nothing but the arrays of the answer needs it

    def as_bytes(text: str) -> Any:
        return np.frombuffer(text.encode(), np.uint8)

    def rows(notes: list[Note]) -> list[list[Any]]:
        return [[note.cell, note.line, note.text[:NOTE_LENGTH]] for note in notes[:MOST_NOTES]]

    kinds = {"left_out": read.left_out, "choices": read.choices, "errors": read.errors}
    facts: dict[str, Any] = {
        "problem": read.problem,
        "remarks": read.remarks[:10],
        "marked": read.marked,
        "modules": {name: [one[:NOTE_LENGTH] for one in module.defines[:100]] for name, module in read.modules.items()},
        **{name: rows(notes) for name, notes in kinds.items()},
        "more": sum(max(0, len(notes) - MOST_NOTES) for notes in kinds.values()),
        "lacks": [
            [module, name[:NAME_LENGTH], one.cell, one.first, first_line(one)[:NOTE_LENGTH]]
            for module, built in read.modules.items()
            for name, one in sorted(built.lacks.items(), key=lambda item: (item[0][:1] in ".@", item[0]))
        ][:MOST_LACKS],
        "renames": [[one.cell, one.line, one.own[:NAME_LENGTH], one.right] for one in read.renames[:MOST_NOTES]],
        "broken": [
            [name[:NAME_LENGTH], note.cell, note.line, note.text[:NOTE_LENGTH]] for name, note in read.broken.items()
        ][:MOST_LACKS],
        "claims": [
            [claim.cell, claim.about, claim.what, claim.value, *_origin(claim.network)]
            for claim in read.claims[:MOST_NOTES]
        ],
        "foreign": [[*_origin(one), part] for one, part in read.foreign],
    }
    arrays: dict[str, Any] = {f"answer {item}": as_bytes(text) for item, text in read.answers.items()}
    for name, module in read.modules.items():
        arrays[f"text {name}"] = as_bytes("".join(f"{line}\n" for line in module.lines))
        arrays[f"lines {name}"] = np.array(module.origins, np.int64).reshape(-1, 2)
    return facts, arrays
