"""All that is known of one verdict: what was run, seen and wanted, how far it is from each mistake, and since when.

It comes from the journal and from the evidence to compare with; nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.check import Check, Probe
from autograder.cohort.journal import Graded, Journal
from autograder.compare import Compare
from autograder.errors import MisuseError
from autograder.evidence import Evidence, Observation, Raised, Stopped
from autograder.expect import in_tolerances
from autograder.homework import Homework
from autograder.ingest.passages import MOST_LINES, defined, lines_of
from autograder.ingest.reading import read_submission
from autograder.keeping.frames import decoded
from autograder.report import Line

if TYPE_CHECKING:
    from autograder.recording import Recording
    from autograder.rubric import Limits

REFERENCE = "the reference"
FACT = 160  # characters of a fact
KNOWN = 8  # students that are named where one is not known


@dataclass(frozen=True)
class Observed:
    """One probe that the verdict stands on.

    Attributes:
        seconds: how long it took.
        saw: what it brought, in a line each.
        away: how far that is from the reference and from each known mistake, in tolerances, the nearest first;
            infinite where a fact or a shape differs.
    """

    probe: str
    call: str
    seconds: float
    saw: tuple[str, ...]
    away: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Explained:
    """All about one check of one student.

    Attributes:
        origin: where the hand-in was found.
        place: where in a notebook it stands, if it does.
        source: the student's own lines that it is about, with their numbers.
        history: the runs in which the verdict was another one than before: number, points, verdict.
    """

    student: str
    line: Line
    about: str
    origin: str
    place: str
    source: tuple[tuple[int, str], ...]
    observed: tuple[Observed, ...]
    history: tuple[tuple[int, float, str], ...]
    fingerprint: Mapping[str, Any]


def explain(
    journal: Journal, homework: Homework, recording: Recording | None, limits: Limits, student: str, check_id: str
) -> Explained:
    """All that is known of the last verdict on *check_id* of *student*.

    Args:
        recording: what it was compared with; None: no distances.

    Raises:
        MisuseError: there is no such student or check in the journal.
    """
    history = journal.history(student)
    report = history[-1].report() if history else None
    if report is None:
        known = sorted(journal.graded())
        listed = ", ".join(known[:KNOWN]) + (f" and {len(known) - KNOWN} more" if len(known) > KNOWN else "")
        raise MisuseError(f"{student} was not graded into {journal.path.parent}: there are {listed or 'no students'}")
    lines = {line.id: line for line in report.lines}
    if check_id not in lines:
        raise MisuseError(f"there is no check {check_id!r}; there are {', '.join(lines)}")
    check = next((one for one in homework.checks if one.id == check_id), None)
    place = report.places.get(check_id)
    return Explained(
        student,
        lines[check_id],
        check.about if check is not None else "",
        history[-1].origin,
        str(place) if place is not None else "",
        tuple(_source(check, Path(history[-1].origin), limits)) if check is not None and place is None else (),
        tuple(_observed(check, journal, student, recording)) if check is not None else (),
        tuple(_turns(history, check_id)),
        report.fingerprint,
    )


def _turns(history: Sequence[Graded], check_id: str) -> Iterator[tuple[int, float, str]]:
    """Run by run, the verdict where it is another one than before."""
    before: tuple[float, str] | None = None
    for one in history:
        report = one.report()
        for line in report.lines if report is not None else ():
            outcome = line.outcome
            said = f"{outcome.status.value}, {outcome.mistake}" if outcome.mistake else outcome.status.value
            if line.id == check_id and (outcome.points, said) != before:
                before = outcome.points, said
                yield one.run, outcome.points, said


def _observed(check: Check, journal: Journal, student: str, recording: Recording | None) -> Iterator[Observed]:
    """The probes of *check* that the journal holds, each with its distances."""
    stands_on = journal.stands_on(student).get(check.id, {})
    judge = check.judge
    if not isinstance(judge, Compare):
        return
    for probe in (judge.probe, judge.instead):
        stand = stands_on.get(probe.id) if probe is not None else None
        kept = journal.observation(stand.key) if stand is not None else None
        seen = decoded(kept.frame, probe) if kept is not None and probe is not None else None
        if kept is not None and probe is not None and seen is not None:
            away = _away(judge, probe, seen, recording) if recording is not None else ()
            yield Observed(probe.id, probe.call, kept.seconds, tuple(_saw(seen)), tuple(away))


def _away(judge: Compare, probe: Probe, seen: Observation, recording: Recording) -> list[tuple[str, float]]:
    mine = judge.decides(seen)
    reference = recording.reference.get(probe.id)
    found = []
    if reference is not None:
        wanted = judge.deciding(judge.view(reference))
        found.append((REFERENCE, in_tolerances(judge.deciding(mine), wanted)))
    for mistake in recording.mistakes:
        view = mistake.views.get(f"{judge.check_id}/{probe.id}") if judge.check_id in mistake.fails else None
        if view is not None:
            found.append((mistake.id, in_tolerances(mine, view)))
    return sorted(found, key=lambda pair: (pair[1], pair[0] != REFERENCE))


def _saw(seen: Observation) -> Iterator[str]:
    match seen:
        case Stopped():
            yield f"stopped: {seen.reason} {seen.detail}".strip()
        case Raised():
            yield f"raised {seen.kind}: {seen.message}"
            yield from (str(frame) for frame in seen.frames)
        case Evidence():
            yield from (f"{name}: {value!r}"[:FACT] for name, value in seen.facts.items())
            yield from (f"{name}: {array.dtype} {array.shape}" for name, array in seen.arrays.items())


def _source(check: Check, origin: Path, limits: Limits) -> Iterator[tuple[int, str]]:
    """The lines of the hand-in that *check* is about, if it still lies where it was found."""
    module, _, name = check.about.partition(".")
    if not name or not origin.exists():
        return
    text = lines_of(read_submission(origin, limits).files.get(f"{module}.py", b""))
    for number in islice(defined(check.about, text), MOST_LINES):
        yield number + 1, text[number]
