"""The report of a case: what is known of every check, and what staff should know of the hand-in as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.answers.collect import written_answers
from autograder.fingerprint import fingerprint
from autograder.ingest.documents import places_of
from autograder.outcome import Outcome, Status
from autograder.report import Report, make_report
from autograder.text import visible

if TYPE_CHECKING:
    from autograder.case import Case
    from autograder.learnt import Learnt
    from autograder.sandbox.session import Sandbox

PRINTED = 4000  # characters of what a hand-in prints that stand in its report
PRESSED = (
    "The machine was too busy {} times to run its code in time; what could be run again alone was. "
    "The next run grades it anew."
)


def report_of(case: Case, sandbox: Sandbox) -> Report:
    """What is known of every check; what was not asked for is skipped."""
    from autograder.ingest.passages import passages_of  # only now: the first verdicts come before it is needed

    submission, checks = case.submission, case.homework.checks
    skipped = Outcome(Status.SKIPPED, "Not asked for.")
    report = make_report(
        submission.id,
        submission.digest,
        checks,
        {check.id: skipped for check in checks} | case.outcomes,
        case.rubric,
        remarks(case, sandbox),
        fingerprint(case, sandbox),
        submission.about_files,
        written_answers(case),
        submission.claims,
    )
    printed = visible(sandbox.printed_text, PRINTED)
    places, notes = places_of(checks, submission), submission.notes
    passages, learnt = passages_of(checks, case.outcomes, submission), _learnt(case)
    report = replace(report, printed=printed, places=places, notes=notes, claimed=submission.claimed)
    return replace(report, passages=passages, learnt=learnt)


def _learnt(case: Case) -> tuple[Learnt, ...]:
    """What its checkpoints say of the trainings."""
    if not case.submission.checkpoints:
        return ()
    from autograder.deep_learning.curves import learnt_of  # only now: most hand-ins have none

    return learnt_of(case)


def remarks(case: Case, sandbox: Sandbox) -> tuple[str, ...]:
    """What staff should know of the hand-in as a whole."""
    printed = (
        [f"It printed {sandbox.printed:,} bytes; the first 65,536 were kept."] if sandbox.printed > 1 << 16 else []
    )
    flagged = [
        f"{name}: looks remembered, please look at it: {' '.join(outcome.detail[:1])}"
        for name, outcome in case.outcomes.items()
        if outcome.suspected
    ]
    flagged += [f"{name}: {outcome.flag}." for name, outcome in case.outcomes.items() if outcome.flag]
    pressed = [PRESSED.format(sandbox.pressed)] if sandbox.pressed else []
    return (*flagged, *case.submission.flags, *case.submission.about_files, *printed, *pressed)
