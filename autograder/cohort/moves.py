"""Who moved between two runs of a class: by how much, in which check, and because of what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.cohort.decisions import Decisions, decided
from autograder.cohort.journal import Graded, Journal, Run, existing
from autograder.errors import MisuseError
from autograder.outcome import Status
from autograder.report import Line, Report

WORDS = {
    "kit": "another version of the kit",
    "rubric": "another rubric",
    "evidence": "other checks or mistakes",
    "floors": "other floors",
    "train": "another --train",
    "device": "another device",
    "data": "other data",
    "seed": "another seed",
}
HAND_IN = "another hand-in"
AGAIN = "it was graded again"
DECIDED = "decided by a person"
NOTHING = Decisions()


@dataclass(frozen=True)
class Change:
    """One check of one student in two runs.

    Attributes:
        was, now: the points; None where the check was not there.
        before, after: the verdicts in a word, with the mistake's name if there is one.
        worded: only the sentences differ.
    """

    check: str
    was: float | None
    now: float | None
    before: str
    after: str
    worded: bool = False

    @property
    def by(self) -> float:
        """How many points that is."""
        return (self.now or 0.0) - (self.was or 0.0)


@dataclass(frozen=True)
class Moved:
    """One student in two runs.

    Attributes:
        was, now: the points in all; None where the student was not there.
        changes: the checks that differ, those that differ in words only among them.
        causes: what was different, in words.
    """

    student: str
    was: float | None
    now: float | None
    changes: tuple[Change, ...]
    causes: tuple[str, ...]

    @property
    def by(self) -> float:
        """How many points that is."""
        return (self.now or 0.0) - (self.was or 0.0)

    @property
    def moved(self) -> bool:
        """Whether points or verdicts differ, not words alone."""
        return self.was is None or self.now is None or any(not change.worded for change in self.changes)


def moves(
    before: Mapping[str, Graded],
    after: Mapping[str, Graded],
    runs: Mapping[int, Run],
    then: Decisions = NOTHING,
    since: Decisions = NOTHING,
) -> list[Moved]:
    """Each student whose report differs in anything but where it was made, by student; it has what was decided.

    Args:
        before, after: the class's reports after either run (``Journal.graded``).
        runs: by number, what each report's run depended on.
        then, since: the decisions that counted after either run.
    """
    found = []
    same = then.counting == since.counting
    for student in sorted({*before, *after}):
        old, new = before.get(student), after.get(student)
        again = old is None or new is None or old.run != new.run
        if same and not (again and _differ(old, new)):
            continue
        was, now = _decided(old, then), _decided(new, since)
        changes = tuple(_changes(was, now))
        if changes or was is None or now is None:
            total_was, total_now = (one.earned if one is not None else None for one in (was, now))
            causes = [DECIDED] if was and now and _told(was) != _told(now) else []
            causes += [cause for cause in _causes(old, new, runs) if again and not (causes and cause == AGAIN)]
            found.append(Moved(student, total_was, total_now, changes, tuple(causes)))
    return found


def _decided(graded: Graded | None, decisions: Decisions) -> Report | None:
    report = graded.report() if graded is not None else None
    return decided(report, decisions) if report is not None else None


def _told(report: Report) -> list[tuple[str, float, str]]:
    return [(one.id, one.points, one.why) for one in report.decisions]


def _differ(old: Graded | None, new: Graded | None) -> bool:
    """Whether anything that is compared is another one, as it stands in the journal."""
    if old is None or new is None:
        return True
    return any(name not in old.body or old.body[name] != new.body.get(name) for name in ("format", "checks"))


def _changes(was: Report | None, now: Report | None) -> Iterator[Change]:
    """The checks in which two reports differ; none where one of them is missing."""
    if was is None or now is None:
        return
    old, new = ({line.id: line for line in one.lines} for one in (was, now))
    for check in dict.fromkeys((*old, *new)):
        before, after = old.get(check), new.get(check)
        if before is None or after is None or _verdict(before) != _verdict(after):
            yield Change(check, _points(before), _points(after), _word(before), _word(after))
        elif before.outcome != after.outcome:
            points = before.outcome.points
            yield Change(check, points, points, _word(before), _word(after), worded=True)


def _verdict(line: Line) -> tuple[str, float, str]:
    return line.outcome.status.value, line.outcome.points, line.outcome.mistake


def _points(line: Line | None) -> float | None:
    return line.outcome.points if line is not None else None


def _word(line: Line | None) -> str:
    if line is None:
        return "not there"
    if line.outcome.status is Status.MARKED:
        return DECIDED
    return f"{line.outcome.status.value}, {line.outcome.mistake}" if line.outcome.mistake else line.outcome.status.value


def _causes(old: Graded | None, new: Graded | None, runs: Mapping[int, Run]) -> Iterator[str]:
    """What is different between what two reports were made of."""
    if old is None or new is None:
        yield "a new hand-in" if old is None else "it was not there then"
        return
    first, second = (runs[one.run].basis if one.run in runs else {} for one in (old, new))
    causes = [HAND_IN] if old.digest != new.digest else []
    causes += [words for name, words in WORDS.items() if first.get(name) != second.get(name)]
    where = [{name: one.body.get("fingerprint", {}).get(name) for name in ("torch", "python")} for one in (old, new)]
    causes += ["another environment"] if where[0] != where[1] and HAND_IN not in causes else []
    yield from causes or [AGAIN]


def since_before(journal: Journal) -> list[Moved]:
    """Who was there before the run under way and has other points now, with all that is decided by now."""
    decisions = Decisions.of(journal)
    runs = {run.id: run for run in journal.runs()}
    now = max(runs, default=0)
    found = moves(journal.graded(now - 1, now), journal.graded(now, now), runs, decisions, decisions) if now > 1 else []
    return [one for one in found if one.was is not None and one.by]


def compared(folder: Path, numbers: Sequence[int] = ()) -> tuple[list[Moved], Run, Run]:
    """What moved in the class in *folder* between the two runs with these *numbers*, or between the last two.

    Raises:
        MisuseError: there is no journal, or no such run.
    """
    with existing(folder) as journal:
        runs = {run.id: run for run in journal.runs()}
        listed = f"there are the runs {', '.join(map(str, runs))}" if runs else "nothing was graded"
        if len(numbers) not in (0, 2) or not set(numbers) <= set(runs):
            raise MisuseError(f"name two runs of {folder}, the earlier one first: {listed}")
        if len(runs) < 2:
            raise MisuseError(f"{folder} has only one run: there is nothing to compare it with")
        old, new = numbers or sorted(runs)[-2:]
        then, since = (Decisions.of(journal, runs[run].ended or runs[run].began) for run in (old, new))
        return moves(journal.graded(old), journal.graded(new), runs, then, since), runs[old], runs[new]
