"""A student's check of their own work: the public seed, verdicts as soon as they are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autograder.check import Check
from autograder.disk import write_whole
from autograder.errors import MisuseError
from autograder.grade import Tell, grade
from autograder.ingest.reading import read_submission
from autograder.keeping.keeper import Keeper
from autograder.keeping.taken import Taken
from autograder.kit import Kit
from autograder.report import Report
from autograder.rubric import Limits, Rubric
from autograder.student.other_cores import OtherCores
from autograder.student.watching.recent import Recent
from autograder.student.working_copy import require_folder, where_it_is
from autograder.submission import Submission


def check_one(directory: Path, kit: Kit, checks: tuple[Check, ...], tell: Tell) -> Report:
    """Check the work in *directory*.

    Raises:
        MisuseError: it is not a folder or a working copy, or there are several in it.
    """
    found = working_copy(directory, kit.rubric.limits)
    if kit.train != "never":  # a training's time limit holds for the machine as it is when nothing else runs
        return grade(found, kit, tell, checks)
    kit.bound = keeper = Keeper(kit, Recent(), taken=Taken())
    kit.beside = OtherCores(kit, keeper, checks)
    return grade(found, kit, tell, as_read(checks, tuple(kit.rubric.parts)))


def as_read(checks: tuple[Check, ...], parts: tuple[str, ...]) -> tuple[Check, ...]:
    """*checks*, to be judged part by part as they are printed, once all that needs no torch is judged."""
    in_turn = sorted(checks, key=lambda check: check.turn)
    return tuple(replace(one, turn=1 + parts.index(one.part)) if one.turn else one for one in in_turn)


def working_copy(directory: Path, limits: Limits) -> Submission:
    """The work in *directory*, as it would be handed in.

    Raises:
        MisuseError: it is not a folder or a working copy, or there are several in it.
    """
    found = read_submission(require_folder(directory), limits, named=False)
    return replace(found, remarks=(*where_it_is(directory, found), *found.remarks))


def write_page(directory: Path, report: Report, rubric: Rubric) -> Path:
    """Write *report* as a page beside the working copy's folder, where nothing packs it; its path.

    Raises:
        MisuseError: it can't be written.
    """
    from autograder.discretion import for_students  # only now: few ask for a page
    from autograder.render.feedback_page import feedback_page

    folder = directory.resolve()
    path = folder.with_name(f"{folder.name}-feedback.html") if folder.name else folder / "feedback.html"
    page = feedback_page(for_students(report), rubric)
    try:
        write_whole(path, page.encode(errors="backslashreplace"))
    except OSError as error:
        raise MisuseError(f"{path} can't be written: {error.strerror}") from error
    return path
