"""Makes the handout out of the solution, and proves that nothing of the solution is in it.

Between ``# BEGIN SOLUTION <todo>: <hint>`` and ``# END SOLUTION`` of a Python file stands what students do not get:
they get ``# TODO <todo>: <hint>`` and a ``raise NotImplementedError`` with the same text. In Markdown the marks are
comments, ``<!-- BEGIN SOLUTION Q1 -->``, and the block becomes a line to write at.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GraderError

FILES = ("mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md", "README.md")
PYTHON_MARKS = re.compile(
    r"^(?P<indent> *)# BEGIN SOLUTION (?P<todo>\S+): (?P<hint>.*)\n(?P<secret>(?:.*\n)*?) *# END SOLUTION\n",
    re.MULTILINE,
)
MARKDOWN_MARKS = re.compile(
    r"^<!-- BEGIN SOLUTION (?P<todo>\S+) -->\n(?P<secret>(?:.*\n)*?)<!-- END SOLUTION -->\n", re.MULTILINE
)
RUN = 3  # this many solution lines in a row are a leak
TRIVIAL = 8  # characters: a line of fewer, like `return x`, is nobody's


@dataclass(frozen=True)
class Leak:
    """Solution lines found where they must not be."""

    file: str
    lines: tuple[str, ...]


def student_version(name: str, text: str) -> str:
    """The handout's version of one of the solution's files.

    Raises:
        GraderError: a mark without its partner.
    """
    if name.endswith(".py"):
        made = PYTHON_MARKS.sub(
            r'\g<indent># TODO \g<todo>: \g<hint>\n\g<indent>raise NotImplementedError("TODO \g<todo>: \g<hint>")\n',
            text,
        )
    else:
        made = MARKDOWN_MARKS.sub(r"*Write your answer to \g<todo> here.*\n", text)
    if "BEGIN SOLUTION" in made or "END SOLUTION" in made:
        raise GraderError(f"{name}: a SOLUTION mark without its partner, or without its number and hint")
    return made


def make_handout(solution: Path, handout: Path) -> list[str]:
    """Write the handout into *handout*, in place of what was there; the names of its files.

    Raises:
        GraderError: a file is missing, a mark is wrong, or the result would leak.
    """
    made: dict[str, str] = {}
    for name in FILES:
        try:
            made[name] = student_version(name, (solution / name).read_text(encoding="utf-8"))
        except OSError as error:
            raise GraderError(f"{solution / name} can't be read: {error.strerror}") from error
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
        marks = {".py": PYTHON_MARKS, ".md": MARKDOWN_MARKS}.get(path.suffix)
        for match in marks.finditer(path.read_text(encoding="utf-8")) if marks else ():
            lines = [_normal(line) for line in match["secret"].splitlines()]
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
        lines = {_normal(line) for line in data.decode("utf-8", errors="replace").splitlines()}
        for block in blocks:
            runs = [block[i : i + RUN] for i in range(max(1, len(block) - RUN + 1))]
            found = [run for run in runs if len(run) == RUN and all(line in lines for line in run)]
            leaks += [Leak(name, tuple(run)) for run in found[:1]]
    return leaks


def _normal(line: str) -> str:
    """A line without comment and white space."""
    return "".join(line.partition("  #")[0].split())
