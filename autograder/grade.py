"""The system in one screen: ingest, observe, judge, report.

A submission's code runs in the sandbox (``sandbox/``), beside probes of ours (``probes/``), which bring back evidence.
The checks (``checks/``) judge it by comparing it with the reference's evidence and with that of every known mistake
(``recording.py``). The grader never imports torch and never runs, imports or unpickles anything of a submission's.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace

from autograder.case import Case
from autograder.check import Ask, Check
from autograder.checks import CHECKS
from autograder.checks.task import FLAG
from autograder.errors import MisuseError, UnsettledError
from autograder.evidence import Frame, Observation, Raised, Stopped
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

LACK_SHOWN = 600  # characters of what was raised for want of a name
OF_NAMES = ("NameError", "UnboundLocalError", "MissingNameError")
FAILED_LINE = re.compile(r"; ([.@]?\w+): (?:failed|took)")  # as a worker says it (sandbox/attempt.py)
WORD = re.compile(r"\w+")
STUCK = "the import stopped before its end, and such a line may be why: {}"
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
        return unsettled(check, str(error), error.detail)
    except Exception as error:  # noqa: BLE001  a fault of ours in one check must not cost the others
        detail = tuple(traceback.format_exc().splitlines()[-6:])
        return Outcome(Status.UNGRADED, f"The kit failed here, not you ({type(error).__name__}).", detail=detail)


def unsettled(check: Check, why: str, detail: tuple[str, ...] = ()) -> Outcome:
    """The outcome where the place keeps a check from being decided; an accuracy can be settled elsewhere."""
    hint = to_hand_in(check.id.removesuffix(ACCURACY)) if check.id.endswith(ACCURACY) else ""
    said = f"Not settled: {why}. The points are open, not lost."
    return Outcome(Status.UNSETTLED, said, hint, detail=detail, shown=said)


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
        raise UnsettledError(why, *([visible(seen.message, LACK_SHOWN)] if isinstance(seen, Raised) else []))
    if isinstance(seen, Raised):
        seen = unreadable(seen, ask.probe.modules, case.submission)
        seen = attributed(seen, ask.probe, case.submission)
    return located(seen, case.submission.origins)


def lacking(seen: Observation, modules: tuple[str, ...], submission: Submission) -> str:
    """Why a name has no value that the student's notebook gives it; empty if that is not what went wrong.

    A line that can't be ended by itself stops the import that it stands in.
    """
    lacks = {name: why for module in modules for name, why in submission.lacks.get(module, {}).items()}
    if isinstance(seen, Stopped) and seen.during in modules and submission.lacks.get(seen.during):
        return STUCK.format(next(iter(submission.lacks[seen.during].values())))
    if not isinstance(seen, Raised):
        return ""
    failed = FAILED_LINE.search(seen.message)
    if failed is not None and failed[1] in lacks:
        return lacks[failed[1]]
    if seen.todo:
        return ""
    said = seen.message.partition(";")[0]
    words = WORD.findall(said) if seen.kind in OF_NAMES else []  # "name 'device' is not defined"
    last = WORD.findall(said)[-1:] if seen.kind in ("AttributeError", "KeyError", "MissingNameError") else []
    last += ["forward"] if seen.kind == "NotImplementedError" else []  # what nn.Module has in its place
    return next(
        (lacks[word] for word in (*words, *(f"{mark}{word}" for word in last for mark in ".@")) if word in lacks), ""
    )


def unreadable(seen: Raised, modules: tuple[str, ...], submission: Submission) -> Raised:
    """*seen*, or the syntax error in a notebook for which the name is not there that it misses."""
    if seen.kind not in OF_NAMES or not any(f"{module}.py" in submission.origins for module in modules):
        return seen
    words = WORD.findall(seen.message.partition(";")[0])
    name = next((word for word in words if word in submission.broken), "")
    if not name:
        return seen
    origin, text = submission.broken[name]
    frame = Frame(f"{origin.notebook}, cell {origin.cell}", origin.line, "", "")
    return Raised("SyntaxError", text, (frame,), seen.during, read=True)


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
