"""The report of a student who is on the roster and handed in nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from autograder.fingerprint import graded_by
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import Report, make_report
from autograder.submission import Submission

NO_HAND_IN = "no hand-in"


def absent(student: str) -> Submission:
    """A submission in place of *student*'s missing hand-in."""
    return Submission(student, {}, remarks=(NO_HAND_IN,), absent=True)


def is_absent(report: Report) -> bool:
    """Whether *report* is of who handed in nothing."""
    return report.digest == _digest()


@cache
def _digest() -> str:
    return absent("").digest  # the same for everybody: an id is no part of it


def report_of_absent(submission: Submission, kit: Kit) -> Report:
    """A report without points, also for written answers; nothing is run, and nothing is left for a person to grade."""
    nothing = Outcome(Status.FAILED, "No hand-in.", shown="No hand-in.")
    outcomes = {check.id: nothing for check in kit.homework.checks}
    about = graded_by(kit.rubric, kit.seed)
    said = submission.about_files
    report = make_report(submission.id, submission.digest, kit.homework.checks, outcomes, kit.rubric, said, about, said)
    return replace(report, lines=tuple(replace(line, outcome=nothing) for line in report.lines))
