"""Makes the handout's notebooks out of the solution's.

What need not be maintained twice is added here: below each import of the homework's classes their stubs, commented
out, for those who work in the notebook, and a cell that checks them; above each answer cell its question, from
``answers.md``. Outputs, execution counts and what editors leave in the metadata are taken away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import nbformat

from autograder.errors import GraderError
from autograder.homework import ANSWERS, CHECKER, in_force
from autograder.staff.marks import student_text

SUFFIX = ".ipynb"
OURS = "hw1"  # the key of what we say of a cell in its metadata
KEPT = ("kernelspec", "language_info")  # of a notebook's metadata
INVITATION = "# To work here and not in {module}.py, uncomment this whole cell (Ctrl-A, Ctrl-/) and delete the import."
QUESTIONS = re.compile(r"^## (?=[QE]\d)", re.MULTILINE)


def cells_of(name: str, text: str) -> list[Any]:
    """The cells of the notebook *name*.

    Raises:
        GraderError: it is not a valid notebook of format 4.5.
    """
    return list(_read(name, text).cells)


def student_notebooks(notebooks: Mapping[str, str], files: Mapping[str, str]) -> dict[str, str]:
    """The handout's version of each of *notebooks*, by name and in their order.

    Args:
        notebooks: the solution's, as JSON.
        files: the handout's modules and ``answers.md``.

    Raises:
        GraderError: a notebook is not valid, a mark has no partner, or a class or question does not exist.
    """
    shown: set[str] = set()  # a class has its stub, and its check, where it is imported first
    return {name: _student_notebook(name, text, files, shown) for name, text in notebooks.items()}


def _read(name: str, text: str) -> Any:
    try:
        notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except Exception as error:  # what the library raises depends on what is wrong
        raise GraderError(f"{name} is not a valid notebook: {str(error).splitlines()[0]}") from error
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        raise GraderError(f"{name} has format {notebook.nbformat}.{notebook.nbformat_minor}, not 4.5")
    return notebook


def _student_notebook(name: str, text: str, files: Mapping[str, str], shown: set[str]) -> str:
    """The handout's version of one notebook, as JSON in nbformat's own form, with a line end."""
    notebook = _read(name, text)
    notebook.metadata = {key: notebook.metadata[key] for key in KEPT if key in notebook.metadata}
    made = [one for cell in notebook.cells for one in _student_cells(name, cell, files, shown)]
    notebook.cells = [nbformat.from_dict(cell) for cell in made]  # type: ignore[no-untyped-call]
    ids = [cell["id"] for cell in made]
    if len(set(ids)) < len(ids):
        raise GraderError(f"{name}: two cells have one id")
    return f"{nbformat.writes(notebook)}\n"  # type: ignore[no-untyped-call]


def _student_cells(name: str, cell: Any, files: Mapping[str, str], shown: set[str]) -> Iterator[dict[str, Any]]:
    """A cell of the solution's as students get it, with its question above it or its stubs below it."""
    python = cell.cell_type == "code"
    source = student_text(f"{name}, cell {cell.id}", f"{cell.source}\n", python).removesuffix("\n")
    item = cell.metadata.get(OURS, {}).get("answer")
    if item is not None:
        question, place = _question(name, files[ANSWERS], item)
        yield _cell("markdown", f"question-{item}", question)
        source = place
    yield _cell(cell.cell_type, cell.id, source, {"answer": item} if item is not None else None)
    for module, names in _imported(source) if python else ():
        new = [one for one in names if one not in shown]
        if new:
            yield _cell("code", f"{cell.id}-here", _switched_off(module, new, files), {"module": module})
            yield from _checking(f"{cell.id}-check", new)
            shown.update(new)


def _checking(id: str, names: list[str]) -> Iterator[dict[str, Any]]:
    """The cell that checks *names*, if there is a check of any of them."""
    checked = {name for check in in_force().checks for name in check.about.split(".")[1:]}
    listed = ", ".join(f'"{name}"' for name in names if name in checked)
    if listed:
        source = f"import {CHECKER}\n\n{CHECKER}.check({listed})  # checks the saved files: Ctrl-S first"
        yield _cell("code", id, source)


def _cell(kind: str, id: str, source: str, ours: dict[str, str] | None = None) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": id, "metadata": {OURS: ours} if ours else {}, "source": source}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def _question(name: str, answers: str, item: str) -> tuple[str, str]:
    """The question *item* as it stands in ``answers.md``, a heading lower, and the line to write at."""
    for section in QUESTIONS.split(answers)[1:]:
        heading, _, body = section.partition("\n")
        if heading.startswith(f"{item}: "):
            text, _, place = body.strip().rpartition("\n\n")
            return f"### {heading}\n\n{text}", place
    raise GraderError(f"{name}: there is no question {item} in {ANSWERS}")


def _imported(source: str) -> Iterator[tuple[str, list[str]]]:
    """Of a cell that consists of imports, the homework's modules and what it takes from each."""
    try:
        lines = ast.parse(source).body
    except SyntaxError:  # a cell with a line for IPython
        return
    for line in lines:
        if isinstance(line, ast.ImportFrom) and line.module and f"{line.module}.py" in in_force().sources:
            yield line.module, [alias.name for alias in line.names]


def _switched_off(module: str, names: list[str], files: Mapping[str, str]) -> str:
    """The stubs of *names* with the imports that they need, all of it commented out."""
    text = files[f"{module}.py"]
    pieces = _classes(text)
    missing = [name for name in names if name not in pieces]
    if missing:
        raise GraderError(f"{module}.py has no class {missing[0]}")
    imports = [line for line in ast.parse(text).body if isinstance(line, ast.Import | ast.ImportFrom)]
    head = "\n".join(ast.unparse(line) for line in imports)
    whole = "\n\n\n".join([f"{INVITATION.format(module=module)}\n{head}", *(pieces[name] for name in names)])
    return "\n".join(f"# {line}" if line else "" for line in whole.splitlines())


def _classes(text: str) -> dict[str, str]:
    """Each class of a module by name, with the functions below it that follow it."""
    lines = text.splitlines()
    found = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    begins = [node.lineno - 1 for node in found]
    ends = [*begins[1:], len(lines)][: len(begins)]
    return {
        node.name: "\n".join(lines[begin:end]).rstrip() for node, begin, end in zip(found, begins, ends, strict=True)
    }
