"""The system in one screen: ingest, observe, judge, report.

A submission's code runs in the sandbox (``sandbox/``), beside probes of ours (``probes/``), which bring back evidence.
The checks (``checks/``) judge it by comparing it with the reference's evidence and with that of every known mistake
(``recording.py``). The grader never imports torch and never runs, imports or unpickles anything of a submission's.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.answers.collect import written_answers
from autograder.errors import MisuseError, UnsettledError
from autograder.fingerprint import fingerprint
from autograder.homework import to_hand_in
from autograder.ingest.documents import places_of, with_documents
from autograder.outcome import Outcome, Status
from autograder.report import Report, make_report
from autograder.visible import visible

if TYPE_CHECKING:
    from autograder.case import Case
    from autograder.check import Check
    from autograder.evidence import Observation
    from autograder.kit import Kit
    from autograder.sandbox.session import Sandbox
    from autograder.submission import Submission

NOTHING: Mapping[str, Observation] = {}
PRINTED = 4000  # characters of what a hand-in prints that stand in its report
Tell = Callable[["Check", "Outcome | None"], None]
"""Hears of each check twice: before it is judged (None), and after."""

PRESSED = (
    "The machine was too busy {} times to run its code in time; what could be run again alone was. "
    "The next run grades it anew."
)


def silent(check: Check, outcome: Outcome | None) -> None:
    """A listener who does not care."""


def grade(
    found: Submission,
    kit: Kit,
    tell: Tell = silent,
    checks: tuple[Check, ...] | None = None,
    known: Mapping[str, Observation] = NOTHING,
) -> Report:
    """Grade what was handed in: read its documents, observe its code, judge what was seen, report every check.

    Args:
        found: what was handed in, read as bytes.
        kit: what a run shares: rubric, seed, the evidence to compare with, the sandbox.
        tell: hears of each check.
        checks: what to judge, if not all; the report lists every check of the homework in any case.
        known: what probes have brought back before, by probe id.
    """
    submission = with_documents(found, kit)
    with kit.session(submission) as session:
        sandbox = kit.bound(session)
        return judged(kit.case(submission, sandbox, known), sandbox, checks, tell)


def judged(case: Case, sandbox: Sandbox, checks: tuple[Check, ...] | None = None, tell: Tell = silent) -> Report:
    """Judge the submission of *case*, whose code runs in *sandbox*."""
    for check in case.in_turn(case.homework.checks if checks is None else checks):
        tell(check, None)
        case.outcomes[check.id] = judge(check, case)
        tell(check, case.outcomes[check.id])
    return report_of(case, sandbox)


def report_of(case: Case, sandbox: Sandbox) -> Report:
    """What is known of every check; what was not asked for is skipped."""
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
    return replace(report, printed=printed, places=places_of(checks, submission), notes=submission.notes)


def judge(check: Check, case: Case) -> Outcome:
    """What comes of *check*. What fails on our side costs no point."""
    try:
        return check.judge(case)
    except MisuseError:
        raise
    except UnsettledError as error:
        return unsettled(check, str(error), error.detail)
    except Exception as error:  # noqa: BLE001  a fault of ours in one check must not cost the others
        detail = tuple(traceback.format_exc().splitlines()[-6:])
        return Outcome(Status.UNGRADED, f"The kit failed here, not you ({type(error).__name__}).", detail=detail)


def unsettled(check: Check, why: str, detail: tuple[str, ...] = ()) -> Outcome:
    """The outcome where the place keeps a check from being decided; an accuracy can be settled elsewhere."""
    hint = to_hand_in(check.training) if check.training else ""
    said = f"Not settled: {why}. The points are open, not lost."
    return Outcome(Status.UNSETTLED, said, hint, detail=detail, shown=said)


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
