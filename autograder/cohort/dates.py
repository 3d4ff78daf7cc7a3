"""When each hand-in of a class was handed in, as far as anybody says so, and what the roster grants its student."""

from __future__ import annotations

from dataclasses import replace

from autograder.cohort.journal import Graded
from autograder.late import FILES, KNOWN, MARKED, NO_ALLOWANCE, Lateness, Rules, whole_seconds
from autograder.report import Report
from autograder.submission import Submission


def dated(report: Report, submission: Submission, rules: Rules | None, known: Graded | None) -> Report:
    """*report* of *submission* with when that was handed in.

    Args:
        known: the student's last report. A run without a roster takes over what was granted then, and the time of the
            same hand-in.
    """
    late = None if rules is None or submission.absent else _lateness(submission, rules, known)
    return report if report.late == late else replace(report, late=late)


def _lateness(submission: Submission, rules: Rules, known: Graded | None) -> Lateness | None:
    before = _before(known) if submission.allowance is None else None
    granted = submission.allowance or (before.allowance if before is not None else NO_ALLOWANCE)
    at = granted.handed_in or whole_seconds(submission.handed_in or 0.0)
    granted = replace(granted, handed_in=None)
    if at is None and known is not None and known.digest == submission.digest and before is not None:
        at = before.handed_in if before.source == KNOWN else None
    if at is not None:
        return Lateness(rules, at, KNOWN, granted)
    if submission.marked_late is not None:  # who marks also says who was in time, but stamps files with its own times
        return Lateness(rules, None, MARKED, granted) if submission.marked_late else None
    by_files = Lateness(rules, whole_seconds(submission.modified), FILES, granted)
    return by_files if by_files.remark else None


def _before(known: Graded | None) -> Lateness | None:
    """What the student's last report says of it."""
    try:
        return Lateness.from_json(known.body["late"]) if known is not None else None
    except (KeyError, ValueError, TypeError):
        return None
