"""The system in one screen: ingest, observe, judge, report.

A submission's code runs in the sandbox (``sandbox/``), beside probes of ours (``probes/``), which bring back evidence.
The checks (``checks/``) judge it by comparing it with the reference's evidence and with that of every known mistake
(``recording.py``). The grader never imports torch and never runs, imports or unpickles anything of a submission's.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from autograder.errors import MisuseError, UnsettledError
from autograder.evidence import NOTHING
from autograder.homework import to_hand_in
from autograder.ingest.documents import with_documents
from autograder.outcome import Outcome, Status
from autograder.report import Report
from autograder.reporting import report_of

if TYPE_CHECKING:
    from autograder.case import Case
    from autograder.check import Check
    from autograder.evidence import Observation
    from autograder.kit import Kit
    from autograder.sandbox.session import Sandbox
    from autograder.submission import Submission

Tell = Callable[["Check", "Outcome | None"], None]
"""Is told of each check twice: before it is judged (None), and after."""


def silent(check: Check, outcome: Outcome | None) -> None:
    """A listener that ignores what it is told."""


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
        tell: is told of each check.
        checks: what to judge, if not all; the report lists every check of the homework in any case.
        known: what probes have brought back before, by probe id.
    """
    submission = with_documents(found, kit)
    with kit.session(submission) as session, kit.beside(submission, session):
        sandbox = kit.bound(session)
        return judged(kit.case(submission, sandbox, known), sandbox, checks, tell)


def judged(case: Case, sandbox: Sandbox, checks: tuple[Check, ...] | None = None, tell: Tell = silent) -> Report:
    """Judge the submission of *case*, whose code runs in *sandbox*."""
    for check in case.in_turn(case.homework.checks if checks is None else checks):
        tell(check, None)
        case.outcomes[check.id] = judge(check, case)
        tell(check, case.outcomes[check.id])
    return report_of(case, sandbox)


def judge(check: Check, case: Case) -> Outcome:
    """Judge *check*. What fails on our side costs no point."""
    try:
        return check.judge(case)
    except MisuseError:
        raise
    except UnsettledError as error:
        return unsettled(check, error)
    except Exception as error:  # noqa: BLE001  a fault of ours in one check must not cost the others
        detail = tuple(traceback.format_exc().splitlines()[-6:])
        return Outcome(Status.UNGRADED, f"The kit failed here, not you ({type(error).__name__}).", detail=detail)


def unsettled(check: Check, error: UnsettledError) -> Outcome:
    """The outcome of a check that can't be decided here; an accuracy can be settled elsewhere."""
    hint = to_hand_in(check.training) if check.training else ""
    said = f"Not settled: {error}. The points are open, not lost."
    return Outcome(Status.UNSETTLED, said, hint, detail=error.detail, shown=said, cut_short=error.cut_short)
