"""The written answers of a hand-in, each with what was measured of the networks that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.answers import sections, unanswered
from autograder.case import Case
from autograder.checks.layers import parameter_count
from autograder.elsewhere import elsewhere
from autograder.errors import HandinError
from autograder.evidence import Evidence
from autograder.home import handout_folder
from autograder.outcome import Status
from autograder.report import Written
from autograder.review import FORMULA
from autograder.submission import ANSWERS
from autograder.trainings import BY_ID, Training
from autograder.visible import visible

# What an answer says that stands in the report, or has a picture there; one that is no longer than SHORT says less.
SHORT = 300  # characters
SHORTLY = re.compile(r"report|pdf|attached|see |보고서|첨부|리포트", re.IGNORECASE)
REFERS = re.compile(r"\breport\.|\b(?:the|my|our|in) report\b|\bpdf\b|\battached\b|보고서|첨부|리포트", re.IGNORECASE)
ANSWER_LENGTH = 20_000  # characters: ten pages
_CONVOLUTIONS, _NORMS = ("1.2.9", "1.2.7"), ("1.2.7", "1.2.8", "1.2.6", "1.2.5")
# Which networks a person wants to see beside an answer.
ABOUT: dict[str, tuple[str, ...]] = {
    "1.1-E1": ("1.1",),
    "1.1-E2": ("1.1",),
    "1.2-Q4": ("1.2.1", "1.2.2"),
    "1.2-Q5": ("1.2.3",),
    "1.2-Q6": ("1.2.4", "1.2.2"),
    "1.2-Q8": _NORMS,
    "1.2-Q9": _NORMS,
    "1.2-Q12": _CONVOLUTIONS,
    "1.2-Q13": ("1.2.10", "1.2.9"),
    "2.2-E3": ("2.2a", "2.2b"),
    "2.2-E4": ("2.2a", "2.2b"),
}
_PROBES = {"1.1": "mnist.structure", "2.2a": "vgg.vgg19", "2.2b": "vgg.pretrained"}


def written_answers(case: Case) -> tuple[Written, ...]:
    """The answers that a person grades, in the rubric's order; an empty text where there is none.

    A formula that could not be read is among them.
    """
    data, template = case.submission.files.get(ANSWERS, b""), (handout_folder() / ANSWERS).read_bytes()
    found = sections(data, template)
    formula = case.outcomes.get(FORMULA)
    unread = (FORMULA,) if formula is not None and formula.status is Status.UNSETTLED else ()
    empty = set(unanswered(data, template))
    where = elsewhere(case.submission)
    answers = []
    for item in (*case.rubric.by_hand, *unread):
        name = item.partition("-")[2]
        text = visible("\n".join(found.get(name, [])), ANSWER_LENGTH)
        there = where.said if name in empty else ""
        tied = where.documents if there or (SHORTLY if len(text) < SHORT else REFERS).search(text) else ""
        offered = case.submission.candidates.get(name, ()) if tied else ()
        answers.append(Written(item, text, tuple(_beside(case, item)), there, tied, offered))
    return tuple(answers)


def _beside(case: Case, item: str) -> Iterator[str]:
    if any(name.startswith("2.2") for name in ABOUT.get(item, ())):
        yield from case.submission.foreign
    for training in (BY_ID[name] for name in ABOUT.get(item, ())):
        parts = [*_parameters(case, training), _verdict(case, training), *_claim(case, training)]
        yield f"{training.network}: {'; '.join([*parts, *_solution(case, training)])}"


def _parameters(case: Case, training: Training) -> Iterator[str]:
    probe = _PROBES.get(training.id, f"ablations.{training.id.rpartition('.')[2]}")
    seen = case.seen.get(probe)
    if isinstance(seen, Evidence) and "uses" in seen.facts:
        yield f"{parameter_count(seen):,} parameters"


def _verdict(case: Case, training: Training) -> str:
    """Of the check that decides about its accuracy, or about its function."""
    outcome = case.outcomes.get(f"{training.id}-accuracy") or case.outcomes.get(training.id)
    if outcome is None:
        return "not judged"
    told = outcome.shown if outcome.status is Status.PASSED else ""
    return f"{outcome.status.value}" + (f" ({told.rstrip('.')})" if told else "")


def _claim(case: Case, training: Training) -> Iterator[str]:
    """What the checkpoint says of its training: the student's own figures, which nobody has checked."""
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
    """On the real data, which answers are about, or on what stands in for them."""
    floors, here = case.setup.floors, case.setup.data_name(training.data)
    measured = floors.measured(training.id, training.data) or floors.measured(training.id, here)
    if measured is not None:
        seeds = len(measured.accuracies)
        spread = f"sd {100 * measured.spread:.1f}, " if seeds > 1 else ""
        on = measured.on.partition(" (")[0]
        yield f"the solution reaches {100 * measured.mean:.1f} % ({spread}{seeds} seeds, {on})"
