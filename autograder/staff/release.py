"""Makes the handout out of the solution, and proves that nothing of the solution is in it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GraderError
from autograder.staff.marks import secrets_of, student_text
from autograder.staff.notebooks import SUFFIX, cells_of, student_notebooks

FILES = ("mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md", "README.md", "hw1-1.ipynb", "hw1-2.ipynb")
RUN = 3  # this many solution lines in a row are a leak
TRIVIAL = 8  # characters: a line of fewer, like `return x`, is nobody's


@dataclass(frozen=True)
class Leak:
    """Solution lines found where they must not be."""

    file: str
    lines: tuple[str, ...]


def student_version(name: str, text: str) -> str:
    """The handout's version of one of the solution's modules or Markdown files.

    Raises:
        GraderError: a mark without its partner.
    """
    return student_text(name, text, name.endswith(".py"))


def make_handout(solution: Path, handout: Path) -> list[str]:
    """Write the handout into *handout*, in place of what was there; the names of its files.

    Raises:
        GraderError: a file is missing or no notebook, a mark is wrong, or the result would leak.
    """
    texts: dict[str, str] = {}
    for name in FILES:
        try:
            texts[name] = (solution / name).read_text(encoding="utf-8")
        except OSError as error:
            raise GraderError(f"{solution / name} can't be read: {error.strerror}") from error
    notebooks = {name: text for name, text in texts.items() if name.endswith(SUFFIX)}
    made = {name: student_version(name, text) for name, text in texts.items() if name not in notebooks}
    made |= student_notebooks(notebooks, made)
    leaks = find_leaks(solution, {name: text.encode() for name, text in made.items()})
    if leaks:
        raise GraderError(f"the handout would leak the solution: {leaks[0].file}: {' / '.join(leaks[0].lines)}")
    if handout.exists():
        shutil.rmtree(handout)
    handout.mkdir(parents=True)
    for name, text in made.items():
        (handout / name).write_text(text, encoding="utf-8", newline="\n")
    return list(made)


def secret_lines(solution: Path) -> list[list[str]]:
    """The blocks between SOLUTION marks, each as its normalised, non-trivial lines."""
    blocks = []
    for path in sorted(solution.iterdir()):
        for text, python in _marked_texts(path):
            for secret in secrets_of(text, python):
                lines = [_normal(line) for line in secret]
                blocks.append([line for line in lines if len(line) >= TRIVIAL])
    return blocks


def find_leaks(solution: Path, files: dict[str, bytes]) -> list[Leak]:
    """Runs of three solution lines in any of *files*, and copies of the solution's files."""
    blocks = secret_lines(solution)
    whole = {path.read_bytes(): path.name for path in solution.iterdir() if path.is_file()}
    marked = {data for data, name in whole.items() if b"BEGIN SOLUTION" in data}
    leaks = []
    for name, data in files.items():
        if data in marked:
            leaks.append(Leak(name, (f"is the solution's {whole[data]}",)))
        lines = {_normal(line) for text in _texts(name, data) for line in text.splitlines()}
        for block in blocks:
            runs = [block[i : i + RUN] for i in range(max(1, len(block) - RUN + 1))]
            found = [run for run in runs if len(run) == RUN and all(line in lines for line in run)]
            leaks += [Leak(name, tuple(run)) for run in found[:1]]
    return leaks


def _marked_texts(path: Path) -> list[tuple[str, bool]]:
    """The texts of a file of the solution's in which marks may stand, and whether each is Python."""
    if path.suffix not in (".py", ".md", SUFFIX):
        return []
    text = path.read_text(encoding="utf-8")
    if path.suffix == SUFFIX:
        return [(f"{cell.source}\n", cell.cell_type == "code") for cell in cells_of(path.name, text)]
    return [(text, path.suffix == ".py")]


def _texts(name: str, data: bytes) -> list[str]:
    """*data* as text; of a notebook also each text in it, its cells and outputs, as it is meant."""
    text = data.decode("utf-8", errors="replace")
    if not name.endswith(SUFFIX):
        return [text]
    try:
        return [text, *_strings(json.loads(text))]
    except ValueError:
        return [text]


def _strings(value: object) -> list[str]:
    """Every string in a JSON document."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _strings(part)]


def _normal(line: str) -> str:
    """A line without comment and white space; one that is commented out as if it were not."""
    return "".join(line.strip().lstrip("# ").partition("  #")[0].split())
