"""A student's check of their own work: the public seed, verdicts as soon as they are there."""

from __future__ import annotations

from pathlib import Path

from autograder.check import Check
from autograder.checks import CHECKS
from autograder.errors import MisuseError
from autograder.grade import Tell, grade
from autograder.kit import Kit
from autograder.notebooks import with_notebooks
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.submission import read_submission


def chosen(parts: list[str] | None, rubric: Rubric) -> tuple[Check, ...]:
    """The checks of *parts* (``2.1``, or a check's id or its beginning, ``2.1c``), or all of them.

    Raises:
        MisuseError: nothing begins so.
    """
    if not parts:
        return CHECKS
    picked = []
    for part in parts:
        found = [c for c in CHECKS if c.part == part or c.id == part or c.id.startswith((f"{part}-", f"{part}."))]
        if not found:
            names = ", ".join(name for name in rubric.parts if name != "files")
            raise MisuseError(f"there is no part {part!r}; there are {names}, and the checks' own numbers, like 2.1c")
        picked += found
    return tuple(check for check in CHECKS if check in picked)


def check_one(directory: Path, kit: Kit, checks: tuple[Check, ...], tell: Tell) -> Report:
    """Check the work in *directory*.

    Raises:
        MisuseError: it is not a folder.
    """
    if not directory.is_dir():
        what = "is a file; name the folder" if directory.exists() else "does not exist"
        raise MisuseError(f"{directory} {what}")
    submission = with_notebooks(read_submission(directory, kit.rubric.limits), kit)
    with kit.session(submission, stage="source") as session:
        return grade(kit.case(submission), session, checks, tell)
