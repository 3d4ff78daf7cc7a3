"""The written answers of a hand-in, each with what was measured of the networks that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.answers.elsewhere import elsewhere
from autograder.case import Case
from autograder.errors import HandinError
from autograder.hashing import hash_of
from autograder.home import handout_folder
from autograder.homework import ANSWERS, Training
from autograder.ingest.sections import blank, sections, unanswered
from autograder.outcome import Status
from autograder.report import Written
from autograder.text import visible

# What an answer says that stands in the report, or has a picture there; one that is no longer than SHORT says less.
SHORT = 300  # characters
SHORTLY = re.compile(r"report|pdf|attached|see |보고서|첨부|리포트", re.IGNORECASE)
REFERS = re.compile(r"\breport\.|\b(?:the|my|our|in) report\b|\bpdf\b|\battached\b|보고서|첨부|리포트", re.IGNORECASE)
ANSWER_LENGTH = 20_000  # characters: ten pages

BEGUN = {Status.PASSED, Status.FAILED, Status.STOPPED}  # what is open says nothing: nobody may have the weights


def written_answers(case: Case) -> tuple[Written, ...]:
    """The answers that a person grades, in the rubric's order; an empty text where there is none.

    Those that a check could not read are among them.
    """
    data, template = case.submission.files.get(ANSWERS, b""), (handout_folder() / ANSWERS).read_bytes()
    found = sections(data, template)
    judged = {check.id: case.outcomes.get(check.id) for check in case.homework.read_answers}
    unread = [item for item, outcome in judged.items() if outcome and outcome.status is Status.UNSETTLED]
    unread_here, nothing = set(unanswered(data, template)), _left_empty(case, data, template)
    begun = any(one.status in BEGUN for name, one in case.outcomes.items() if case.rubric.worth(name))
    untouched = len(nothing) == len(case.homework.questions) and not begun
    where = elsewhere(case.submission)
    answers = []
    for item in (*case.rubric.by_hand, *unread):
        name = item.partition("-")[2]
        text = visible("\n".join(found.get(name, [])), ANSWER_LENGTH)
        there = where.said if name in unread_here else ""
        tied = where.documents if there or (SHORTLY if len(text) < SHORT else REFERS).search(text) else ""
        offered = case.submission.candidates.get(name, ()) if tied else ()
        empty = name in nothing and not (there or tied or offered)
        one = Written(item, text, tuple(_beside(case, item)), there, tied, offered, empty, untouched and empty)
        answers.append(one)
    return tuple(answers)


def _left_empty(case: Case, data: bytes, template: bytes) -> set[str]:
    """The questions to which nothing was written; none if nothing at all was found beside a notebook of the student's.

    A notebook in which no answer was found may have some in a form that is not known here.
    """
    nothing = blank(data, template)
    theirs = {one for name, one in case.submission.document_hashes.items() if name.lower().endswith(".ipynb")}
    if len(nothing) < len(case.homework.questions) or not theirs:
        return nothing
    return set() if theirs - {hash_of(path) for path in handout_folder().glob("*.ipynb")} else nothing


def _beside(case: Case, item: str) -> Iterator[str]:
    homework = case.homework
    beside = {question.item: question.beside for question in homework.questions}
    if any(homework.training[name].given for name in beside.get(item, ())):
        yield from case.submission.foreign
    for training in (homework.training[name] for name in beside.get(item, ())):
        parts = [*_parameters(case, training), _verdict(case, training), *_claim(case, training)]
        yield f"{training.network}: {'; '.join([*parts, *_solution(case, training)])}"


def _parameters(case: Case, training: Training) -> Iterator[str]:
    about = f"{training.module}.{training.network}"
    judged = [check.id for check in case.homework.checks if check.about == about and check.id in case.outcomes]
    figures = [case.outcomes[check_id].figures for check_id in judged]
    counts = [found["parameters"] for found in figures if "parameters" in found]
    if counts:
        yield f"{counts[0]:,.0f} parameters"


def _verdict(case: Case, training: Training) -> str:
    """The verdict of the check that decides its accuracy, or its function."""
    checks = sorted(case.homework.checks, key=lambda check: check.training != training.id)
    about = f"{training.module}.{training.network}"
    decides = [check.id for check in checks if check.training == training.id or check.about == about]
    outcome = next((case.outcomes[name] for name in decides if name in case.outcomes), None)
    if outcome is None:
        return "not judged"
    told = outcome.shown if outcome.status is Status.PASSED else ""
    return f"{outcome.status.value}" + (f" ({told.rstrip('.')})" if told else "")


def _claim(case: Case, training: Training) -> Iterator[str]:
    """What the checkpoint says about its training: the student's own figures, which nobody has checked."""
    try:
        checkpoint = case.checkpoint(training.id)
    except HandinError:
        return
    facts = checkpoint.facts if checkpoint is not None else {}
    try:
        accuracy = float(facts.get("accuracy", ""))
    except ValueError:
        return
    if 0 <= accuracy <= 1:
        yield f"the checkpoint says {100 * accuracy:.1f} % (not checked)"


def _solution(case: Case, training: Training) -> Iterator[str]:
    """What the solution reaches on the real data, which answers are about, or on what stands in for them."""
    floors, here = case.tools.floors, case.tools.data_name(training.data)
    measured = floors.measured(training.id, training.data) or floors.measured(training.id, here)
    if measured is not None:
        seeds = len(measured.accuracies)
        spread = f"sd {100 * measured.spread:.1f}, " if seeds > 1 else ""
        on = measured.on.partition(" (")[0]
        yield f"the solution reaches {100 * measured.mean:.1f} % ({spread}{seeds} seeds, {on})"
