"""The points that people gave for written answers: all that were ever given, and which of them count.

They only ever grow in number. A mark belongs to one student's answer as it was read, by its digest; of several on one
answer the last one counts. Where another answer is there now, the last one on an earlier answer is shown as stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.text import moment, points

FILE, IMPORTED, PAGE = "review.json", "import", "page"  # where a mark came from


@dataclass(frozen=True)
class Mark:
    """What a person gave for one answer.

    Attributes:
        answer: the answer's digest (``digest_of``); empty if it is known only that it was an earlier one.
        points: None as long as nobody has decided, or if points were taken back.
        comment: for the student.
        person: who gave it; no student reads it.
        source: ``FILE``, ``IMPORTED`` or ``PAGE``.
        over: the number of the mark on this answer that the person saw, 0 for none; None: whatever is there.
        refused: it does not count, since there was a newer one than the person saw.
        id, made: its number and its time in seconds since 1970, which the journal gives.
    """

    student: str
    item: str
    answer: str
    points: float | None
    comment: str
    person: str
    source: str
    over: int | None = None
    refused: bool = False
    id: int = 0
    made: float = 0.0

    @property
    def about(self) -> tuple[str, str, str]:
        """Student, question and answer."""
        return self.student, self.item, self.answer

    @property
    def said(self) -> tuple[float | None, str]:
        """Points and comment."""
        return self.points, self.comment

    @property
    def given(self) -> bool:
        """Whether it says anything: points that are taken back do not."""
        return self.points is not None or bool(self.comment)

    @property
    def by(self) -> str:
        """Who gave it and when, as staff read it."""
        return f"{self.person or 'somebody'}, {moment(self.made)}"

    def __str__(self) -> str:
        return "no points" if self.points is None else f"{points(self.points)} points"


class Marks:
    """All marks of a class, the first one first."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self.all = tuple(marks)
        self.by_id = {one.id: one for one in self.all}
        self._of: dict[str, dict[str, dict[str, list[Mark]]]] = {}  # by student, item and answer
        for one in self.all:
            self._of.setdefault(one.student, {}).setdefault(one.item, {}).setdefault(one.answer, []).append(one)

    def on(self, student: str, item: str, answer: str) -> Mark | None:
        """What counts for the answer with this digest."""
        return next((one for one in reversed(self.history(student, item, answer)) if not one.refused), None)

    def stale(self, student: str, item: str, answer: str) -> Mark | None:
        """The last one that was given for another answer than this."""
        others = (self.on(student, item, other) for other in self._of.get(student, {}).get(item, {}) if other != answer)
        return max((one for one in others if one is not None and one.given), key=lambda one: one.id, default=None)

    def refused(self, student: str, item: str, answer: str) -> Mark | None:
        """The last one on this answer, if it was refused."""
        last = next(reversed(self.history(student, item, answer)), None)
        return last if last is not None and last.refused else None

    def history(self, student: str, item: str, answer: str) -> Sequence[Mark]:
        """All on the answer with this digest, the first one first."""
        return self._of.get(student, {}).get(item, {}).get(answer, ())

    def items(self, student: str) -> Iterable[str]:
        """The questions of which any answer of a student has marks."""
        return self._of.get(student, {})


def digest_of(answer: str, documents: str = "") -> str:
    """The digest of an answer and of the *documents* that it may stand in instead."""
    return hashlib.sha256(f"{answer}\0{documents}".encode() if documents else answer.encode()).hexdigest()[:16]
