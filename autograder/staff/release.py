"""Makes the handout from the solution, and knows whether the existing one is up to date."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.errors import GraderError, MisuseError
from autograder.homework import ANSWERS, in_force
from autograder.ingest.sections import head_of, ids, sections
from autograder.recording import load_recording
from autograder.rubric import Rubric, read_rubric
from autograder.sandbox.folders import remove
from autograder.staff.leaks import find_leaks
from autograder.staff.marks import student_text
from autograder.staff.notebooks import SUFFIX, student_notebooks
from autograder.staff.record import kit_digest
from autograder.text import points

README = "README.md"
TESTS = Path(__file__).with_name("TESTS.txt")  # the handout's tests, whatever the homework is
POINTS = re.compile(r"\{\{points: (?P<name>.+?)(?P<kind> automatic| by hand)?\}\}")


def names_of_handout(solution: Path) -> tuple[str, ...]:
    """The names of the files that the handout is made of: the homework's modules, answers, README and notebooks.

    Raises:
        GraderError: the solution has a module that the homework does not define.
    """
    modules = [module.file for module in in_force().modules]
    others = sorted({path.name for path in solution.glob("*.py")} - set(modules))
    if others:
        raise GraderError(
            f"{solution / others[0]} would not be in the handout: the homework does not define this module"
        )
    return (*modules, ANSWERS, README, *sorted(path.name for path in solution.glob(f"*{SUFFIX}")))


def student_version(name: str, text: str) -> str:
    """The handout's version of one of the solution's modules or Markdown files.

    Raises:
        GraderError: a mark has no partner.
    """
    return student_text(name, text, name.endswith(".py"))


def with_points(text: str, rubric: Rubric) -> str:
    """*text* with the rubric's figures: ``{{points: 2.1a}}``, ``{{points: 2.1 by hand}}``, ``{{points: all}}``.

    Raises:
        GraderError: the rubric has no such check, question or part.
    """

    def figure(found: re.Match[str]) -> str:
        name, kind = found["name"], found["kind"] or ""
        parts = {item: line.part for item, line in rubric.by_hand.items()}
        parts |= {check.id: check.part for check in in_force().checks}
        of_kind = {"": rubric.all_points, " automatic": rubric.points}.get(kind)
        worth = {one: line.points for one, line in rubric.by_hand.items()} if of_kind is None else of_kind
        counted = [value for one, value in worth.items() if name in ("all", one, parts[one])]
        if not counted and name not in rubric.parts:
            raise GraderError(f"{found[0]} is in the solution, but the rubric has no {name}")
        return points(sum(counted))

    return POINTS.sub(figure, text)


def handout_of(solution: Path) -> dict[str, bytes]:
    """The handout's files by name, made from the solution's.

    Raises:
        GraderError: a file is missing or is not a notebook, a mark is wrong, a question is missing or asked twice, or
            the result would leak.
    """
    rubric = read_rubric().of(in_force())
    texts: dict[str, str] = {}
    for name in names_of_handout(solution):
        try:
            texts[name] = with_points((solution / name).read_text(encoding="utf-8"), rubric)
        except OSError as error:
            raise GraderError(f"{solution / name} can't be read: {error.strerror}") from error
    notebooks = {name: text for name, text in texts.items() if name.endswith(SUFFIX)}
    made = {name: student_version(name, text) for name, text in texts.items() if name not in notebooks}
    _require_questions_once(made[ANSWERS], made[README])
    made |= student_notebooks(notebooks, made)
    made[in_force().tests] = tests_of_handout()
    files = {name: text.encode() for name, text in made.items()}
    leaks = find_leaks(solution, files)
    if leaks:
        raise GraderError(f"the handout would leak the solution: {leaks[0]}")
    return files


def tests_of_handout() -> str:
    """The file with which pytest runs the checks; its examples are about the last module."""
    module = in_force().modules[-1]
    about = f"{module.name}."
    check = next((one.id for one in in_force().checks if one.about.startswith(about)), module.name)
    return TESTS.read_text(encoding="utf-8").format(module=module.name, name=module.defines[0], check=check)


def _require_questions_once(answers: str, readme: str) -> None:
    """See to it that the questions are the homework's, and asked in ``answers.md`` alone: a copy gets out of step."""
    asked = list(sections(answers.encode()))
    if asked != list(ids()):
        raise GraderError(f"{ANSWERS} asks {', '.join(asked)}; the homework asks {', '.join(ids())}")
    copies = [head.item for line in readme.splitlines() if (head := head_of(line)) and head.item]
    if copies:
        raise GraderError(f"{README} asks {copies[0]} again, which {ANSWERS} asks: delete it from {README}")


def make_handout(solution: Path, handout: Path) -> list[str]:
    """Write the handout into *handout*, in place of what was there; the names of its files.

    Raises:
        GraderError: it can't be made; see ``handout_of``.
    """
    made = handout_of(solution)
    remove(handout)
    handout.mkdir(parents=True)
    for name, data in made.items():
        (handout / name).write_bytes(data)
    return list(made)


def require_in_step(solution: Path, handout: Path, recorded: Path | None = None) -> None:
    """Require that the handout and the public evidence are what `hw1 release` would make now.

    Raises:
        MisuseError: one of them is not.
        GraderError: the handout can't be made, or there is no evidence.
    """
    there = {p.relative_to(handout).as_posix(): p.read_bytes() for p in handout.rglob("*") if p.is_file()}
    made = handout_of(solution)
    differing = sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))
    if differing:
        raise MisuseError(
            f"{handout.name}/ does not match the solution ({', '.join(differing[:3])}): run `hw1 release` first"
        )
    if load_recording(recorded).kit != kit_digest(solution):
        raise MisuseError(
            "the recorded evidence was made with another solution or other checks: run `hw1 release` first"
        )
