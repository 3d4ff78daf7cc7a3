"""The class's tables, made of the journal: all that were ever graded into this folder, not the last command's alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.cohort.class_rows import page_rows
from autograder.cohort.class_table import class_csv, class_json
from autograder.cohort.figures import ClassFigures, class_figures
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal, existing
from autograder.cohort.pages import restore_pages
from autograder.cohort.people import people_of
from autograder.cohort.reviewing import take_over
from autograder.errors import MisuseError
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.text import moment

CHANGED = (
    "the rubric has changed since these hand-ins were graded, and the points are those of then: run hw1 grade again"
)
PAGES = (
    "the copies with remarks are gone, and the journal has no notebook of more than 4 MB to make them again: run hw1 "
    "grade --rerun on"
)
PAGE = "index.html"
OPENED = ("feedback.html", "feedback.txt", "report.json")  # so end the files beside a report that the page leads to
ON_PAGE = ("students", "handed in", "totals", "checks", "look at")  # of class.json
SHOWN = 8  # students that are named
GONE = "the hand-in is no longer where it was; this is what it earned"


@contextmanager
def opened(directory: Path, rubric: Rubric, by: str | None = None) -> Iterator[tuple[Journal, ReportFolder]]:
    """The journal of a class that was graded, with what people wrote into the review file, and its folder of reports.

    Args:
        by: who runs the command; the system's user if it is None.

    Raises:
        MisuseError: nothing was ever graded into *directory*, another command writes to it, or what stands in the
            review file fits nothing.
    """
    with existing(directory) as journal:
        students = journal.origins()
        if not students:
            raise MisuseError(f"no hand-in is graded in {directory} yet: run hw1 grade first")
        folder = ReportFolder(directory, rubric)
        folder.expect(students)
        if any(run.basis.get("rubric", rubric.digest) != rubric.digest for run in journal.runs()[-1:]):
            journal.remarks.append(CHANGED)
        take_over(journal, folder, by)
        yield journal, folder


def render_class(journal: Journal, folder: ReportFolder) -> list[Report]:
    """Make every student's documents anew, and those pages that are gone; all reports.

    Raises:
        MisuseError: a file can't be written.
    """
    folder.hear(journal)
    reports = last_reports(journal)
    lost = [report.student for report in reports if not restore_pages(report, journal, folder)]
    if lost and (said := f"{PAGES} {', '.join(lost[:SHOWN])}") not in journal.remarks:
        journal.remarks.append(said)
    return [folder.refresh(report) for report in reports]


def remake(
    reports: Iterable[Report], students: Collection[str] | None, journal: Journal, folder: ReportFolder
) -> list[Report]:
    """Make the documents of *students*, or of all, and the tables again; all reports with what people decided by now.

    Args:
        reports: ``last_reports``.

    Raises:
        MisuseError: a file can't be written.
    """
    folder.hear(journal)
    made = [folder.marked(report) for report in reports]
    for report in made:
        if students is None or report.student in students:
            folder.refresh(report)
    write_tables(made, journal, folder)
    return made


def write_tables(reports: list[Report], journal: Journal, folder: ReportFolder) -> tuple[Path, ClassFigures]:
    """Write the class's tables, figures and page: where ``grades.csv`` is, and the figures.

    What somebody has written into the review file meanwhile is taken first.

    Raises:
        MisuseError: a file can't be written, or what stands in the review file fits nothing.
    """
    if take_over(journal, folder):
        reports = render_class(journal, folder)
    stand_on, people = journal.all_stand_on(), people_of(journal)
    figures = class_figures(reports, stand_on)
    values = class_json(figures)
    folder.write_table("class.json", json.dumps(values, indent=1, ensure_ascii=False))
    folder.write_table("class.csv", class_csv(figures))
    links = {report.student: folder.links(report.student, OPENED) for report in reports}
    rows = page_rows(reports, figures, stand_on, people, links)
    folder.write_table(PAGE, _page({**{name: values[name] for name in ON_PAGE}, **rows}, journal, folder))
    return folder.write_grades(reports, people), figures


def _page(values: Mapping[str, Any], journal: Journal, folder: ReportFolder) -> str:
    from autograder.render.class_page import class_page  # it is no part of the students' wheel

    began = [moment(run.began) for run in journal.runs()[-1:]]
    return class_page(folder.rubric.title, "".join(began), values)


def class_reports(journal: Journal, folder: ReportFolder) -> list[Report]:
    """Every student's last report with the points that people gave and what they decided, by student."""
    folder.hear(journal)
    return [folder.marked(report) for report in last_reports(journal)]


def last_reports(journal: Journal) -> list[Report]:
    """Every student's last report as the kit made it, by student."""
    gone = journal.gone()
    found = []
    for student, graded in journal.graded().items():
        report = graded.report()
        if report is not None:
            said = (*report.remarks, GONE) if student in gone else report.remarks
            found.append(replace(report, remarks=said))
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
