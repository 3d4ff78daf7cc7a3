"""The system in one screen: ingest, observe, judge, report.

A submission's code runs in the sandbox (``sandbox/``), beside probes of ours (``probes/``), which bring back evidence.
The checks (``checks/``) judge it by comparing it with the reference's evidence and with that of every known mistake
(``recording.py``). The grader never imports torch and never runs, imports or unpickles anything of a submission's.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace

from autograder.case import Case
from autograder.check import Ask, Check
from autograder.checks import CHECKS
from autograder.checks.files import newer_form, reading
from autograder.checks.task import FLAG
from autograder.errors import MisuseError, UnsettledError
from autograder.evidence import Frame, Observation, Raised
from autograder.fingerprint import fingerprint
from autograder.outcome import Outcome, Status
from autograder.packages import attributed
from autograder.report import Report, make_report
from autograder.sandbox.session import Sandbox
from autograder.submission import Origin, Submission
from autograder.trainings import ACCURACY, to_hand_in
from autograder.visible import visible
from autograder.written import written_answers

PRINTED = 4000  # characters of what a hand-in prints that stand in its report
Tell = Callable[[Check, "Outcome | None"], None]
"""Hears of each check twice: before it is judged (None), and after."""

NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")
PRESSED = (
    "The machine was too busy {} times to run its code in time; what could be run again alone was. "
    "The next run grades it anew."
)


def silent(check: Check, outcome: Outcome | None) -> None:
    """A listener who does not care."""


def grade(case: Case, session: Sandbox, checks: tuple[Check, ...] = CHECKS, tell: Tell = silent) -> Report:
    """Judge a submission.

    Args:
        case: the submission and what it is compared with.
        session: the sandbox that holds it.
        checks: what to judge; the report lists all of the rubric's in any case.
        tell: hears of each check.
    """
    for check in case.in_turn(checks):
        tell(check, None)
        case.outcomes[check.id] = judge(check, case, session)
        tell(check, case.outcomes[check.id])
    skipped = Outcome(Status.SKIPPED, "Not asked for.")
    outcomes = {check.id: skipped for check in CHECKS} | case.outcomes
    report = make_report(
        case.submission.id,
        case.submission.digest,
        CHECKS,
        outcomes,
        case.rubric,
        remarks(case, session),
        fingerprint(case, session),
        case.submission.about_files,
        written_answers(case),
        case.submission.claims,
    )
    return replace(report, printed=visible(session.printed_text, PRINTED))


def judge(check: Check, case: Case, session: Sandbox) -> Outcome:
    """Ask the judge; as long as it needs to know more, observe. What fails on our side costs no point."""
    try:
        while isinstance(verdict := check.judge(case), Ask):
            case.seen[verdict.probe.id] = observe(verdict, case, session)
        return verdict
    except MisuseError:
        raise
    except UnsettledError as error:
        return unsettled(check, str(error))
    except Exception as error:  # noqa: BLE001  a fault of ours in one check must not cost the others
        detail = tuple(traceback.format_exc().splitlines()[-6:])
        return Outcome(Status.UNGRADED, f"The kit failed here, not you ({type(error).__name__}).", detail=detail)


def unsettled(check: Check, why: str) -> Outcome:
    """The outcome where the place keeps a check from being decided; an accuracy can be settled elsewhere."""
    hint = to_hand_in(check.id.removesuffix(ACCURACY)) if check.id.endswith(ACCURACY) else ""
    said = f"Not settled: {why}. The points are open, not lost."
    return Outcome(Status.UNSETTLED, said, hint, shown=said)


def observe(ask: Ask, case: Case, session: Sandbox) -> Observation:
    """Run a probe in the sandbox with the key that is its own, unless a file that it needs could not be read.

    Raises:
        UnsettledError: it can't be told here whether the file was handed in, or which one counts.
    """
    for module in ask.probe.modules:
        file = f"{module}.py"
        why = case.submission.open_reason(file)
        if why:
            raise UnsettledError(why)
        problem = case.submission.lack(file)
        if problem:
            return Raised("MissingFileError", problem, during=module)
    seen = session.observe(ask.probe, case.key(ask.probe), ask.arrays)
    why = lacking(seen, ask.probe.modules, case.submission)
    if why:
        raise UnsettledError(why)
    if isinstance(seen, Raised):
        seen = attributed(seen, ask.probe, case.submission)
        if seen.kind in NO_PYTHON and seen.frames:
            seen = read_again(seen, case, session)
    return located(seen, case.submission.origins)


def read_again(seen: Raised, case: Case, session: Sandbox) -> Raised:
    """*seen* with what only a newer Python reads in the source that this one could not parse, which no code decides."""
    file = seen.frames[-1].file
    if file not in case.submission.files:
        return seen
    probe = reading(file)
    if probe.id not in case.seen:
        case.seen[probe.id] = session.observe(probe, case.key(probe))
    lack = newer_form(case.seen[probe.id], file, case.submission.origins.get(file, ()))
    return replace(seen, lacks=(lack,)) if lack is not None else seen


def lacking(seen: Observation, modules: tuple[str, ...], submission: Submission) -> str:
    """Why a name has no value that the student's notebook gives it; empty if that is not what was raised."""
    if not isinstance(seen, Raised) or seen.kind not in ("NameError", "MissingNameError"):
        return ""
    words = seen.message.partition(";")[0].replace("'", " ").split()  # "name 'device' is not defined"
    lacks = {name: why for module in modules for name, why in submission.lacks.get(module, {}).items()}
    return next((lacks[word] for word in words if word in lacks), "")


def located(seen: Observation, origins: Mapping[str, tuple[Origin, ...]]) -> Observation:
    """*seen* with the cells of a notebook in the place of lines of the sources that were made of it."""
    if not isinstance(seen, Raised):
        return seen
    frames = tuple(_in_notebook(frame, origins.get(frame.file, ())) for frame in seen.frames)
    file, _, rest = seen.message.partition(" ")
    lacks = seen.kind == "MissingNameError" and origins.get(file)
    return replace(seen, frames=frames, message=f"{origins[file][0].notebook} {rest}" if lacks else seen.message)


def _in_notebook(frame: Frame, origins: tuple[Origin, ...]) -> Frame:
    if not 1 <= frame.line <= len(origins):
        return frame
    origin = origins[frame.line - 1]
    return replace(frame, file=f"{origin.notebook}, cell {origin.cell}", line=origin.line)


def remarks(case: Case, session: Sandbox) -> tuple[str, ...]:
    """What staff should know of the hand-in as a whole."""
    printed = (
        [f"It printed {session.printed:,} bytes; the first 65,536 were kept."] if session.printed > 1 << 16 else []
    )
    flagged = [
        f"{name}: looks remembered, please look at it: {' '.join(outcome.detail[:1])}"
        for name, outcome in case.outcomes.items()
        if outcome.mistake == FLAG
    ]
    flagged += [f"{name}: {outcome.flag}." for name, outcome in case.outcomes.items() if outcome.flag]
    pressed = [PRESSED.format(session.pressed)] if session.pressed else []
    return (*flagged, *case.submission.flags, *case.submission.about_files, *printed, *pressed)
