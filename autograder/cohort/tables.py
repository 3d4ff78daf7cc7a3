"""The class's tables, made of the journal: all that were ever graded into this folder, not the last command's alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from autograder.cohort.class_table import class_csv, class_json
from autograder.cohort.decisions import Decisions
from autograder.cohort.figures import ClassFigures, class_figures
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal, existing
from autograder.cohort.people import people_of
from autograder.errors import MisuseError
from autograder.report import Report
from autograder.rubric import Rubric

CHANGED = (
    "the rubric has changed since these hand-ins were graded, and the points are those of then: run hw1 grade again"
)
GONE = "the hand-in is no longer where it was; this is what it earned"


@contextmanager
def opened(directory: Path, rubric: Rubric) -> Iterator[tuple[Journal, ReportFolder]]:
    """The journal of a class that was graded, and its folder of reports.

    Raises:
        MisuseError: nothing was ever graded into *directory*, or another command writes to it.
    """
    with existing(directory) as journal:
        students = journal.graded()
        if not students:
            raise MisuseError(f"no hand-in is graded in {directory} yet: run hw1 grade first")
        folder = ReportFolder(directory, rubric)
        folder.expect(students)
        if any(run.basis.get("rubric", rubric.digest) != rubric.digest for run in journal.runs()[-1:]):
            journal.remarks.append(CHANGED)
        yield journal, folder


def render_class(journal: Journal, folder: ReportFolder) -> list[Report]:
    """Make every student's documents anew; all reports.

    Raises:
        MisuseError: a file can't be written.
    """
    return [folder.refresh(report) for report in class_reports(journal, folder)]


def write_tables(reports: list[Report], journal: Journal, folder: ReportFolder) -> tuple[Path, ClassFigures]:
    """Write the class's tables and figures: where ``grades.csv`` is, and the figures.

    Raises:
        MisuseError: a file can't be written.
    """
    figures = class_figures(reports)
    folder.write_table("class.json", json.dumps(class_json(figures), indent=1, ensure_ascii=False))
    folder.write_table("class.csv", class_csv(figures))
    return folder.write_grades(reports, people_of(journal)), figures


def class_reports(journal: Journal, folder: ReportFolder) -> list[Report]:
    """Every student's last report with the points that people gave and what they decided, by student."""
    folder.decisions = Decisions.of(journal)
    gone = journal.gone()
    found = []
    for student, graded in journal.graded().items():
        report = graded.report()
        if report is not None:
            said = (*report.remarks, GONE) if student in gone else report.remarks
            found.append(folder.marked(replace(report, remarks=said)))
    return found


def note_gone(journal: Journal, graded: Iterable[str], paths: Iterable[Path]) -> None:
    """Note who is no longer among the hand-ins.

    Args:
        graded: the students of this run.
        paths: what was named for it.
    """
    now, given = set(graded), {str(path.absolute()) for path in paths}
    known = journal.origins().items()
    journal.mark_gone({student: student not in now and _is_gone(origin, given) for student, origin in known})


def _is_gone(origin: str, given: set[str]) -> bool:
    """Whether the hand-in, which this run has not found, is no longer where it was."""
    place = Path(origin)
    if not origin or place.exists():
        return False
    there = next(parent for parent in (place, *place.parents) if parent.exists())
    return there.is_dir() or str(there) in given  # a member of an archive, which was read in this run
