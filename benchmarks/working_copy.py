"""A student's working copy, half-way: some TODOs done, with slips or without, the others as handed out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from autograder.home import handout_folder, solution_folder
from autograder.homework import ANSWERS, in_force
from autograder.hw1.mistakes import MISTAKES, Mistake
from autograder.staff.marks import MARKDOWN, PYTHON, STUB, WRITE_HERE

HEADING = re.compile(r"^### TODO (\S+): (.*)$", re.MULTILINE)
KNOWN = {mistake.id: mistake for mistake in MISTAKES}


def todos() -> dict[str, str]:
    """The handout's TODOs in their order, each with its title."""
    return dict(HEADING.findall((solution_folder() / "README.md").read_text(encoding="utf-8")))


def questions() -> list[str]:
    """The written questions."""
    return [question.id for question in in_force().questions]


def module_of(name: str, done: Collection[str], slips: Iterable[str] = ()) -> str:
    """The text of ``name.py``: the TODOs *done* with the solution's lines in them, each slip a known mistake's id."""
    text = (solution_folder() / f"{name}.py").read_text(encoding="utf-8")
    for mistake in map(known, slips):
        text = mistake.apply(text) if mistake.module == name else text
    return PYTHON.sub(lambda found: found["secret"] if found["todo"] in done else found.expand(STUB), text)


def known(slip: str) -> Mistake:
    """The mistake of that id."""
    return KNOWN[slip]


def write_work(folder: Path, done: Collection[str], slips: Iterable[str] = (), answered: Collection[str] = ()) -> None:
    """Put what is done into the working copy *folder*; what `hw1 init` has put there stays otherwise."""
    slips = list(slips)
    for module in in_force().modules:
        (folder / module.file).write_text(module_of(module.name, done, slips), encoding="utf-8")
    if answered:
        text = (solution_folder() / ANSWERS).read_text(encoding="utf-8")
        text = MARKDOWN.sub(lambda one: one["secret"] if one["todo"] in answered else one.expand(WRITE_HERE), text)
        (folder / ANSWERS).write_text(text, encoding="utf-8")


def fresh(folder: Path) -> Path:
    """A working copy of the handout, as `hw1 init` makes it."""
    folder.mkdir(parents=True)
    for path in handout_folder().iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
