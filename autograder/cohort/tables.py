"""The class's tables, made of the journal: all that were ever graded into this folder, not the last command's alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Graded, Journal
from autograder.report import Report

GONE = "the hand-in is no longer where it was; this is what it earned"


def class_reports(journal: Journal, folder: ReportFolder) -> list[Report]:
    """Every student's last report with the points that people gave, by student."""
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
    known = journal.graded().items()
    journal.mark_gone({student: student not in now and _is_gone(one, given) for student, one in known})


def _is_gone(one: Graded, given: set[str]) -> bool:
    """Whether the hand-in, which this run has not found, is no longer where it was."""
    if not one.origin or Path(one.origin).exists():
        return False
    place = Path(one.origin)
    there = next(parent for parent in (place, *place.parents) if parent.exists())
    return there.is_dir() or str(there) in given  # a member of an archive, which was read in this run
