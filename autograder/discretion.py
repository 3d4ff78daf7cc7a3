"""What students may read of a report.

``report.json`` and ``grades.csv`` are staff's and say everything. ``feedback.txt`` and ``results.json`` are students':
they never say who looks like whom or what was suspected, nor where things lie on the machine that graded.

With a secret seed, inputs, weights and the order of the test images are secret, too, and a hostile hand-in could carry
them out in anything that its worker says: the text of an exception, the name of a layer, a shape, a loss. Then a check
says its fixed sentence, plus the known mistake's, in words of our own: a list of what may be said, not of what may not.
What is left to a hand-in is the choice among these sentences.
"""

from __future__ import annotations

from dataclasses import replace

from autograder.check import Check
from autograder.compare import ON_THE_CPU, STAND_INS_NOTE
from autograder.homework import in_force
from autograder.outcome import Outcome, Status, Table
from autograder.report import AS_WANTED, DIFFERS, MISSING, Line, Report

SECRET = "secret"  # noqa: S105  the fingerprint's word for a seed that is not the public one
FINGERPRINT = ("hw1", "rubric", "seed", "python", "platform", "torch", "cpu", "threads", "isolation", "differs")

PENDING = (
    "Not settled yet: something that decides it is missing on the machine that graded. The points are open, not lost."
)
A_PERSON = "Not settled yet: a person will look at it. The points are open, not lost."
OUR_FAULT = "Not graded: the kit failed here, not you. The points are open, not lost."
TO_DO = "The handout's stub is still there."
CUT_OFF = "Stopped: it took too long, used too much, or ended the process."
SEE_MORE = "`hw1 check` shows what was seen and what was wanted, with public inputs."

FAILED_OTHERWISE = "It is not what the handout describes."

NO_CHECK = Check("", "", "", lambda case: Outcome(Status.UNGRADED))
MAX_REMARKS = 20  # a folder may hold a thousand links


def for_students(report: Report) -> Report:
    """*report* as its student may read it; the points are the same."""
    secret = report.fingerprint.get("seed") == SECRET
    fingerprint = {name: report.fingerprint[name] for name in FINGERPRINT if name in report.fingerprint}
    remarks = list(report.told)
    if len(remarks) > MAX_REMARKS:
        remarks[MAX_REMARKS:] = [f"{len(remarks) - MAX_REMARKS:,} more files were not read."]
    lines = tuple(replace(line, outcome=_outcome(line, secret)) for line in report.lines)
    printed = "" if secret else report.printed  # it is a worker's word
    kept = replace(report, lines=lines, remarks=tuple(remarks), fingerprint=fingerprint, printed=printed)
    written = tuple(replace(one, beside=(), candidates=()) for one in report.written)
    learnt = tuple(replace(one, expected=None) for one in report.learnt) if secret else report.learnt
    return replace(kept, written=written, learnt=learnt, claims=(), decisions=(), claimed=(), alike=())


def _outcome(line: Line, secret: bool) -> Outcome:
    if _check_of(line.id).from_bytes:
        return line.outcome
    return _discreet(line) if secret else _decent(line.outcome)


def _decent(outcome: Outcome) -> Outcome:
    """The report under the public seed: all but suspicions and paths of the machine that graded."""
    outcome = replace(outcome, flag="")
    match outcome.status:
        case Status.UNSETTLED if outcome.suspected:
            return _only(outcome, A_PERSON)
        case Status.UNSETTLED if not outcome.shown:
            return _only(outcome, PENDING)
        case Status.UNSETTLED:
            return replace(outcome, reason=outcome.shown)
        case Status.UNGRADED if not outcome.shown:
            return replace(outcome, detail=())  # which may be our own traceback
    return outcome


def _discreet(line: Line) -> Outcome:
    """The report under a secret seed: fixed sentences."""
    outcome = line.outcome
    shown, hint = outcome.shown, outcome.hint if outcome.shown else ""
    fixed = _check_of(line.id).remarks | {ON_THE_CPU, STAND_INS_NOTE}
    remarks = tuple(remark for remark in outcome.remarks if remark in fixed)
    table = _discreet_table(outcome.table)
    match outcome.status:
        case Status.PASSED:
            return _only(outcome, remarks=(*((shown,) if shown else ()), *remarks))
        case Status.FAILED if outcome.mistake:
            return _only(outcome, outcome.reason, mistake=outcome.mistake, remarks=remarks, table=table)
        case Status.FAILED:
            said = shown or _unknown(line.id)
            return _only(outcome, said, hint or _see_more(line.id), remarks=remarks, table=table)
        case Status.STOPPED:
            return _only(outcome, shown or CUT_OFF, hint or _see_more(line.id))
        case Status.TODO:
            return _only(outcome, TO_DO)
        case Status.UNSETTLED:
            return _only(outcome, A_PERSON if outcome.suspected else shown or PENDING, hint)
        case Status.UNGRADED:
            return _only(outcome, shown or OUR_FAULT, hint)
        case Status.BY_HAND:  # where the answer may stand: read from the student's own documents, by no code of theirs
            return _only(outcome, outcome.reason, remarks=outcome.remarks)
    return _only(outcome, outcome.reason)  # not asked for, or points that a person gave


def _discreet_table(table: Table) -> Table:
    """Whether each layer that the handout wants is there, without any shape that a worker has told."""

    def said(wanted: str, mine: str) -> str:
        return MISSING if not mine else AS_WANTED if mine == wanted else DIFFERS

    return tuple((name, wanted, said(wanted, mine)) for name, wanted, mine in table if wanted)


def _only(
    outcome: Outcome,
    reason: str = "",
    hint: str = "",
    mistake: str = "",
    remarks: tuple[str, ...] = (),
    table: Table = (),
) -> Outcome:
    """The verdict and the points, with these texts and no others."""
    told = Outcome(outcome.status, reason, hint, mistake, remarks=remarks, points=outcome.points, table=table)
    return replace(told, cut_short=outcome.cut_short)


def _check_of(check_id: str) -> Check:
    """The check of this id; for a written answer, or a check of an earlier version, an unknown one."""
    return in_force().check.get(check_id, NO_CHECK)


def _unknown(check_id: str) -> str:
    return _check_of(check_id).unknown or FAILED_OTHERWISE


def _see_more(check_id: str) -> str:
    training = _check_of(check_id).training
    return f"`hw1 train --part {training}` trains it on your own machine." if training else SEE_MORE
