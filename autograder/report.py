"""All outcomes of one submission: every check, always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.check import Check
from autograder.evidence import Origin
from autograder.late import Deduction, Lateness
from autograder.learnt import Learnt
from autograder.outcome import Outcome, Status
from autograder.rubric import Rubric
from autograder.submission import Alike, Claimed

FORMAT = 1
BY_DECISION = "by decision"  # the part of the lines that are no check's: a bonus, a penalty
AS_WANTED, DIFFERS, MISSING = "as wanted", "different", "missing"  # all that a table may say where the seed is secret


@dataclass(frozen=True)
class Line:
    """One check with its outcome; ``points`` is what it is worth."""

    id: str
    title: str
    part: str
    points: float
    outcome: Outcome


@dataclass(frozen=True)
class Written:
    """One written answer.

    Attributes:
        id: the rubric's, ``"1.2-Q4"``.
        answer: what the student wrote, lines kept, without invisible characters.
        beside: what was measured of the networks it is about, in sentences.
        elsewhere: where else it may stand, if the file for answers holds none.
        documents: the digest of the documents that it may stand in; a person's points belong to these, too.
        candidates: what stands in these under a heading like the question's, each with its place; never counted.
        empty: nothing is written there, or the handout's own, and nothing else may hold it.
        untouched: so is every question of the hand-in, and no check of it has begun.
    """

    id: str
    answer: str
    beside: tuple[str, ...] = ()
    elsewhere: str = ""
    documents: str = ""
    candidates: tuple[str, ...] = ()
    empty: bool = False
    untouched: bool = False

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Written:
        """Make an answer of :meth:`to_json`'s values.

        Raises:
            KeyError, TypeError: the values are not an answer's.
        """
        beside = tuple(str(line) for line in data["beside"])
        elsewhere, documents = (str(data.get(name, "")) for name in ("elsewhere", "documents"))  # new ones have both
        candidates = tuple(str(text) for text in data.get("candidates", ()))
        blank = data.get("empty") is True, data.get("untouched") is True
        return cls(str(data["id"]), str(data["answer"]), beside, elsewhere, documents, candidates, *blank)


@dataclass(frozen=True)
class Decided:
    """What a person has decided, which this report shows; staff's, with what the kit had said.

    Attributes:
        id: of the check or the written answer, or ``"bonus"``, ``"penalty"``, ``"late"``.
        points: what was given or, as less than 0, taken off.
        why: the reason, which the student reads.
        by, at: who decided it, and when (``"2026-11-28 17:30 UTC"``); no student reads it.
        before: the outcome that it stands in the place of; None if there is none.
        changed: whether that is another one than at that time.
    """

    id: str
    points: float
    why: str
    by: str
    at: str
    before: Outcome | None = None
    changed: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "before": self.before.to_json() if self.before is not None else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Decided:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: the values are not a decision's.
        """
        before = data["before"]
        return cls(**{**data, "before": Outcome.from_json(before) if before is not None else None})


@dataclass(frozen=True)
class Passage:
    """Lines of a student's own.

    Attributes:
        where: the file, or the notebook and its cell.
        lines: with their numbers there.
        more: how many follow that are left out.
    """

    where: str
    lines: tuple[tuple[int, str], ...]
    more: int = 0

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Passage:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: the values are not a passage's.
        """
        lines = tuple((int(number), str(text)) for number, text in data["lines"])
        return cls(str(data["where"]), lines, int(data["more"]))


@dataclass(frozen=True)
class Report:
    """What a hand-in earned, and why.

    Attributes:
        student: the id.
        digest: of the hand-in's bytes.
        lines: every automatic check in the rubric's order, then the written answers.
        remarks: what staff should know of the hand-in.
        told: those of the remarks that its student may read: they are about the hand-in's own files.
        written: the answers that people grade, with what was measured beside them.
        claims: figures that the hand-in's documents hold, for staff to compare; never credited.
        fingerprint: where and with what it was graded.
        complete: whether every check was judged.
        printed: the beginning of what the hand-in's code has printed.
        places: by check, where what it judges stands, if that is in a notebook.
        notes: on single lines of notebooks, what was left out, chosen or is wrong.
        late: when it was handed in, where the rubric has rules for that and anything is known of it.
        decisions: of people, which stand in the place of the kit's verdicts; staff's.
        claimed: those of the claims that are figures of a known kind, as values.
        alike: whose checkpoints the hand-in's resemble, which its remarks say in sentences; staff's.
        passages: by what a check that is not passed is about (``"module.Class.method"``), the student's own lines.
        learnt: what the hand-in's checkpoints say of their trainings; the student's own claims.
    """

    student: str
    digest: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]
    fingerprint: Mapping[str, Any]
    complete: bool
    told: tuple[str, ...] = ()
    written: tuple[Written, ...] = ()
    claims: tuple[str, ...] = ()
    printed: str = ""
    places: Mapping[str, Origin] = field(default_factory=dict)
    notes: tuple[tuple[Origin, str], ...] = ()
    late: Lateness | None = None
    decisions: tuple[Decided, ...] = ()
    claimed: tuple[Claimed, ...] = ()
    alike: tuple[Alike, ...] = ()
    passages: Mapping[str, Passage] = field(default_factory=dict)
    learnt: tuple[Learnt, ...] = ()

    @property
    def earned(self) -> float:
        """Points settled in the student's favour."""
        return sum(line.outcome.points for line in self.lines)

    @property
    def deduction(self) -> Deduction:
        """What is taken off since it was handed in late, and why."""
        return self.late.deduction(self.earned) if self.late is not None else Deduction()

    @property
    def total(self) -> float:
        """What is left of what was earned; never below 0."""
        taken = self.deduction.points
        return round(self.earned - taken, 6) if taken else self.earned

    @property
    def noted(self) -> tuple[str, ...]:
        """The remarks, and what staff should know of the time when it was handed in."""
        when = (self.late.remark, self.deduction.why) if self.late is not None else ()
        return (*self.remarks, *filter(None, when))

    @property
    def lost(self) -> float:
        """Points settled against it, whatever the bonus; those of work that has not begun are not among them."""
        settled = (line for line in self.lines if not line.outcome.status.open)
        lost = (line.points - line.outcome.points for line in settled if line.outcome.status is not Status.TODO)
        return sum(points for points in lost if points > 0)

    @property
    def not_started(self) -> float:
        """Points of work that is still the handout's; nothing has been earned there, and nothing is open."""
        return sum(line.points for line in self.lines if line.outcome.status is Status.TODO)

    @property
    def asked_for(self) -> Report:
        """This report with only the checks that were asked for, and the answers that they read."""
        judged = tuple(line for line in self.lines if line.outcome.status is not Status.SKIPPED)
        if len(judged) == len(self.lines):
            return self
        people = {one.id for one in self.written}
        lines = tuple(line for line in judged if not _is_by_hand(line, people))
        ids = {line.id for line in lines}
        return replace(self, lines=lines, written=tuple(one for one in self.written if one.id in ids))

    @property
    def open(self) -> float:
        """Automatic points that nothing has settled yet."""
        open_lines = (line for line in self.lines if line.outcome.status.open)
        return sum(line.points for line in open_lines if line.outcome.status is not Status.BY_HAND)

    @property
    def by_hand(self) -> float:
        """Points that a person gives."""
        return sum(line.points for line in self.lines if line.outcome.status is Status.BY_HAND)

    @property
    def maximum(self) -> float:
        """All points; never moves."""
        return sum(line.points for line in self.lines)

    @property
    def all_passed(self) -> bool:
        """Whether nothing was lost, stopped or left to do; open points and those that people give do not count."""
        fine, people = (Status.PASSED, Status.MARKED), {one.id for one in self.written}
        rest = (line.outcome.status for line in self.lines if not _is_by_hand(line, people))
        return all(status.open or status in fine for status in rest)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "format": FORMAT,
            "student": self.student,
            "digest": self.digest,
            "points": {
                "earned": self.earned,
                "lost": self.lost,
                "not started": self.not_started,
                "open": self.open,
                "by hand": self.by_hand,
                **({"late": 0.0 - self.deduction.points, "total": self.total} if self.late is not None else {}),
            },
            "maximum": self.maximum,
            "complete": self.complete,
            "remarks": list(self.remarks),
            "told": list(self.told),
            "checks": [
                {"id": n.id, "title": n.title, "part": n.part, "maximum": n.points, **n.outcome.to_json()}
                for n in self.lines
            ],
            "claims": list(self.claims),
            "printed": self.printed,
            "places": {name: list(place) for name, place in self.places.items()},
            "notes": [[*place, text] for place, text in self.notes],
            "written": [one.to_json() for one in self.written],
            "fingerprint": dict(self.fingerprint),
            **({"late": self._lateness(self.late)} if self.late is not None else {}),
            "decisions": [one.to_json() for one in self.decisions],
            "claimed": [one.to_json() for one in self.claimed],
            "alike": [one.to_json() for one in self.alike],
            "passages": {name: one.to_json() for name, one in self.passages.items()},
            "learnt": [one.to_json() for one in self.learnt],
        }

    def _lateness(self, late: Lateness) -> dict[str, Any]:
        """As JSON values, with the sentences for who reads them."""
        return {**late.to_json(), "why": self.deduction.why, "remark": late.remark}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: the values are not a report's, or have another format.
        """
        if data["format"] != FORMAT:
            raise ValueError(f"a report of format {data['format']}, not {FORMAT}")
        lines = []
        for entry in data["checks"]:
            values = dict(entry)
            head = {name: values.pop(name) for name in ("id", "title", "part")}
            lines.append(Line(**head, points=values.pop("maximum"), outcome=Outcome.from_json(values)))
        remarks, print_ = tuple(data["remarks"]), dict(data["fingerprint"])
        whole = bool(data["complete"])
        # A report of an earlier version has none of these.
        told, claims = tuple(data.get("told", ())), tuple(data.get("claims", ()))
        written = tuple(Written.from_json(one) for one in data.get("written", ()))
        said = told, written, claims, str(data.get("printed", ""))
        places = {str(name): Origin.from_json(place) for name, place in data.get("places", {}).items()}
        notes = tuple((Origin.from_json(place), str(text)) for *place, text in data.get("notes", ()))
        late = Lateness.from_json(data["late"]) if "late" in data else None
        decisions = tuple(Decided.from_json(one) for one in data.get("decisions", ()))
        made = cls(data["student"], data["digest"], tuple(lines), remarks, print_, whole, *said, places, notes)
        claimed = tuple(Claimed.from_json(one) for one in data.get("claimed", ()))
        alike = tuple(Alike.from_json(one) for one in data.get("alike", ()))
        passages = {str(name): Passage.from_json(one) for name, one in data.get("passages", {}).items()}
        learnt = tuple(Learnt.from_json(one) for one in data.get("learnt", ()))
        made = replace(made, late=late, decisions=decisions, claimed=claimed, alike=alike)
        return replace(made, passages=passages, learnt=learnt)


def _is_by_hand(line: Line, people: set[str]) -> bool:
    """Whether a person grades *line*, which may be one of the answers *people*, or would if something were there."""
    return line.outcome.status is Status.BY_HAND or (line.outcome.status is Status.TODO and line.id in people)


BY_HAND = Outcome(Status.BY_HAND, "Graded by hand.")


def waiting(answer: Written) -> Outcome:
    """The outcome of an answer that a person grades; where no question was answered, there is nothing to grade."""
    if answer.untouched:
        return Outcome(Status.TODO, "No question has an answer yet.")
    return replace(BY_HAND, remarks=(f"{answer.elsewhere}.",)) if answer.elsewhere else BY_HAND


def make_report(
    student: str,
    digest: str,
    checks: Iterable[Check],
    outcomes: Mapping[str, Outcome],
    rubric: Rubric,
    remarks: Iterable[str],
    fingerprint: Mapping[str, Any],
    told: Iterable[str] = (),
    written: Iterable[Written] = (),
    claims: Iterable[str] = (),
) -> Report:
    """Put every check's outcome into its line; one that was not judged is ungraded."""
    missing = Outcome(Status.UNGRADED, "Not judged.")
    lines = []
    for check in checks:
        points = rubric.worth(check.id)
        lines.append(Line(check.id, check.title, check.part, points, outcomes.get(check.id, missing).worth(points)))
    answers = tuple(written)
    said = {one.id: waiting(one) for one in answers}
    lines += [
        Line(name, item.title, item.part, item.points, said.get(name, BY_HAND)) for name, item in rubric.by_hand.items()
    ]
    complete = all(line.outcome.status is not Status.UNGRADED for line in lines)
    rest = tuple(remarks), fingerprint, complete, tuple(told), answers, tuple(claims)
    return Report(student, digest, tuple(lines), *rest)
