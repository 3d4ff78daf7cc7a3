"""A student's check of their own work: the public seed, verdicts as soon as they are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autograder.check import Check
from autograder.checks import CHECKS
from autograder.errors import MisuseError
from autograder.grade import Tell, grade
from autograder.intake.names import notebook_number, shown
from autograder.kit import Kit
from autograder.notebooks import with_notebooks
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.submission import KNOWN, Submission, read_submission


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
        MisuseError: it is not a folder, or no working copy, or several are in it.
    """
    if not directory.is_dir():
        what = "is a file; name the folder" if directory.exists() else "does not exist"
        raise MisuseError(f"{directory} {what}")
    submission = with_notebooks(read_submission(directory, kit.rubric.limits), kit)
    elsewhere = where_it_is(directory, submission)
    submission = replace(submission, remarks=(*elsewhere, *submission.remarks))
    with kit.session(submission, stage="source") as session:
        return grade(kit.case(submission), session, checks, tell)


def where_it_is(directory: Path, submission: Submission) -> tuple[str, ...]:
    """A remark, where the working copy does not lie in *directory* itself but below it.

    Raises:
        MisuseError: there is none, or several differ, so that nobody knows which is meant.
    """
    if _holds_work(directory):
        return ()
    below = sorted(child.name for child in directory.iterdir() if child.is_dir() and _holds_work(child))
    known = {*submission.files, *submission.problems, *submission.undecided} & KNOWN
    if not known:
        said = (*submission.missing.values(), *(text for text in submission.unread if text in submission.remarks))
        about = f" {said[0]}." if said else ""
        raise MisuseError(
            f"{_named(directory)} is no working copy: it holds none of {', '.join(sorted(KNOWN))}, hw1-1.ipynb and "
            f"hw1-2.ipynb.{about} Name yours, as in hw1 check DIR, or make one: hw1 init DIR"
        )
    if len(below) > 1 and submission.undecided:
        raise MisuseError(
            f"{_named(directory)} holds several working copies ({', '.join(map(shown, below))}): "
            f"name one, as in hw1 check {shown(below[0])}"
        )
    return (f"The files were found below {_named(directory)}: {', '.join(map(shown, below))}",) if below else ()


def _holds_work(folder: Path) -> bool:
    """Whether a known file or one of the notebooks lies directly in *folder*."""
    try:
        return any(child.name in KNOWN or notebook_number(child.name) for child in folder.iterdir())
    except OSError:  # closed to whoever asks
        return False


def _named(directory: Path) -> str:
    return "this folder" if str(directory) == "." else str(directory)
