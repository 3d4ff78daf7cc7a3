"""Makes of hand-ins what is compared of them, and of handout and solution what is nobody's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from autograder.home import handout_folder
from autograder.homework import ANSWERS, in_force
from autograder.ingest.names import shown
from autograder.ingest.sections import as_text
from autograder.similar.pieces import Piece, Work
from autograder.similar.prose import read_answers, words_of
from autograder.similar.source import read_sources
from autograder.submission import Submission


def work_of(submission: Submission, name: str, archived: bool = False) -> Work:
    """What is compared of a hand-in whose notebooks are modules; the other arguments are the work's."""
    sources = {path: as_text(data).text for path, data in submission.files.items() if path.endswith(".py")}
    pieces, said = read_sources(sources, _parts())
    pieces = [replace(piece, origins=submission.origins.get(piece.where, ())) for piece in pieces]
    if ANSWERS in submission.files:
        pieces += read_answers(submission.files[ANSWERS], _template(), ANSWERS)
    if not any(piece.signs for piece in pieces) and not submission.checkpoints:
        said.append("there is nothing to compare")
    return Work(name, submission.id, archived, tuple(pieces), tuple(shown(one, 200) for one in said))


def given_pieces(folders: Iterable[Path]) -> list[Piece]:
    """What stands in *folders*, those of the handout and the solution: sources, answers, questions and notebooks."""
    pieces: list[Piece] = []
    for folder in folders:
        sources: dict[str, str] = {}
        for path in sorted(folder.iterdir()):
            text = as_text(path.read_bytes()).text if path.suffix in (".py", ".md", ".ipynb") else ""
            if path.suffix == ".py":
                sources[path.name] = text
            elif path.suffix == ".md":
                pieces.append(words_of("", path.name, text))
            elif text:
                for number, (kind, cell) in enumerate(_cells(text)):
                    if kind == "code":
                        sources[f"{path.name} {number}"] = cell
                    else:
                        pieces.append(words_of("", path.name, cell))
        pieces += read_sources(sources, {})[0]
    return pieces


def _parts() -> dict[str, str]:
    """By name of a class or function the part that it is; other names that people have for it among them."""
    homework = in_force()
    also = {name: right for module in homework.modules for name, right in module.also}
    return {**{name: name for name in homework.defined_in}, **also}


def _template() -> bytes:
    path = handout_folder() / ANSWERS
    return path.read_bytes() if path.is_file() else b""


def _cells(text: str) -> Iterator[tuple[str, str]]:
    """Kind and source of each cell of a notebook of ours."""
    for cell in json.loads(text)["cells"]:
        yield cell["cell_type"], "".join(cell["source"])
