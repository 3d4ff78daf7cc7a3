"""Writes what goes back to a learning management system (LMS), and lists who can't be matched there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.cohort import lms
from autograder.cohort.absent import is_absent
from autograder.cohort.folder import ReportFolder
from autograder.errors import MisuseError
from autograder.render.table import cell, csv_text
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.submission import Owner
from autograder.text import plain, shown

SYSTEMS = ("canvas", "moodle", "gradescope")
UNKNOWN = {
    "canvas": "its Canvas number is not known: give a roster with canvas_id",
    "moodle": "its Moodle number is not known: give a roster with moodle_id",
    "gradescope": "neither a roster nor Gradescope's export names it",
}
SHOWN = 5  # students that are named in a line


@dataclass(frozen=True)
class Exported:
    """What was written, who is not in it, each with why, and remarks."""

    paths: tuple[Path, ...]
    left_out: Mapping[str, str]
    remarks: tuple[str, ...]


def export(
    system: str,
    reports: list[Report],
    people: Mapping[str, Owner],
    folder: ReportFolder,
    rubric: Rubric,
    assignment: str | None = None,
) -> Exported:
    """Write a class's grades for *system*, one of SYSTEMS.

    Args:
        people: how the roster and the LMS call the students.
        assignment: what the assignment is called in Canvas; otherwise the rubric's title.

    Raises:
        MisuseError: there is no such system, nobody is known there, or a file can't be written.
    """
    if system not in SYSTEMS:
        raise MisuseError(f"--export must be one of {', '.join(SYSTEMS)}, not {shown(system)}")
    owners = [(report, people.get(report.student, Owner())) for report in sorted(reports, key=lambda one: one.student)]
    rows, left_out = [], {}
    shared = _shared(owners, system)
    for report, owner in owners:
        why = _why_not(owner, system, shared)
        if why:
            left_out[report.student] = why
        else:
            rows.append((report, owner))
    if not rows:
        raise MisuseError(f"nobody of the class is known in {system.capitalize()}: run hw1 grade with --roster once")
    remarks = list(_remarks(rows, left_out))
    files: dict[str, str | bytes] = {}
    if system == "canvas":
        files["canvas.csv"] = lms.canvas_csv(rows, rubric, assignment or rubric.title)
        there = [(report, owner) for report, owner in rows if not is_absent(report)]
        packed, without = lms.canvas_zip(there, rubric)
        if packed:
            files["canvas-feedback.zip"] = packed
        if without:
            why = "no file of theirs that can hold a text is known by its name in Canvas's download"
            remarks.append(f"not in canvas-feedback.zip: {_listed(without)}; {why}")
    elif system == "moodle":
        files["moodle.csv"], files["moodle-feedback.zip"] = lms.moodle_csv(rows, rubric), lms.moodle_zip(rows, rubric)
    else:
        files["gradescope.csv"] = lms.gradescope_csv(rows, rubric)
    files[f"{system}-left-out.csv"] = _table(left_out)
    paths = tuple(folder.write_table(name, data) for name, data in files.items())
    return Exported(paths, left_out, tuple(remarks))


def _why_not(owner: Owner, system: str, shared: set[str]) -> str:
    """Why a student can't be matched; empty if they can."""
    number = owner.numbers.get(system, "")
    if system == "gradescope":
        return "" if number or owner.listed else UNKNOWN[system]
    if number in shared:
        return f"another student has the number {number} there, too"
    return "" if number else UNKNOWN[system]


def _shared(owners: list[lms.Row], system: str) -> set[str]:
    """Numbers that several students have: whose they are is not known."""
    numbers = Counter(owner.numbers.get(system, "") for _, owner in owners)
    return {number for number, count in numbers.items() if number and count > 1}


def _remarks(rows: list[lms.Row], left_out: Mapping[str, str]) -> Iterator[str]:
    waiting = sum(bool(report.open or report.by_hand) for report, _ in rows)
    if waiting:
        yield f"{waiting} of {len(rows)} have points that nobody has decided yet: these are not in their grades"
    if left_out:
        yield f"left out: {_listed(list(left_out))}"


def _listed(students: list[str]) -> str:
    more = f" and {len(students) - SHOWN} more" if len(students) > SHOWN else ""
    return f"{', '.join(shown(one) for one in students[:SHOWN])}{more}"


def _table(left_out: Mapping[str, str]) -> str:
    return csv_text([("student", "why"), *((cell(plain(student)), why) for student, why in left_out.items())])
