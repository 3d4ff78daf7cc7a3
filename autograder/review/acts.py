"""What people do on the review page, as the journal keeps it: acts, and what each of them changed.

An act is one decision of one person: points for some answers, a rubric item that was added or changed, answers that
were moved to another group, a second reading. All that an act changes is written together. Nothing is ever removed: an
act that is taken back is followed by another one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from autograder.answers.marks import Mark
from autograder.cohort.journal import Journal, add_marks

MARK, ITEM, MOVE, READ, UNDO, WRITTEN = "mark", "item", "move", "read", "undo", "written"  # kinds of acts
UNDONE = (MARK, ITEM, MOVE)  # those that can be taken back


@dataclass(frozen=True)
class Item:
    """A rubric item of a question: what several answers have in common, and what that is worth.

    Attributes:
        points: added to the points of an answer that has it; below 0 taken off.
        removed: it is offered no more, and no answer has it.
    """

    id: int
    question: str
    text: str
    points: float
    removed: bool = False


@dataclass(frozen=True)
class Given:
    """How a person came to the points of a mark.

    Attributes:
        items: the numbers of the rubric items that the answer has.
        comment: the person's own, without the items' texts.
        adjusted: added to the items' points.
    """

    items: tuple[int, ...] = ()
    comment: str = ""
    adjusted: float = 0.0


@dataclass(frozen=True)
class Reading:
    """Points that a second person gave without knowing the first one's; they do not count.

    Attributes:
        mark: the number of the first one's mark at that time.
    """

    mark: int
    student: str
    question: str
    answer: str
    points: float
    person: str = ""


@dataclass(frozen=True)
class Act:
    """One decision.

    Attributes:
        said: what it was, in a sentence.
        undoes: the number of the act that it takes back.
    """

    id: int
    person: str
    kind: str
    question: str
    said: str
    undoes: int | None = None


@dataclass(frozen=True)
class Changes:
    """What an act changes.

    Attributes:
        marks: with how each came about.
        moves: by question and normalised answer, its group; None if it stands where it stood by itself.
    """

    marks: tuple[tuple[Mark, Given], ...] = ()
    items: tuple[Item, ...] = ()
    moves: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()


class Acts:
    """All acts of a class, and what they have led to."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.all = [
            Act(*row) for row in journal.rows("SELECT id, person, kind, question, said, undoes FROM act ORDER BY id")
        ]
        by = "SELECT mark, act, items, comment, adjusted FROM mark_by"
        self._given: dict[int, Given] = {}
        self._marks: dict[int, list[int]] = {}  # by act
        for mark, act, items, comment, adjusted in journal.rows(by):
            self._given[mark] = Given(tuple(json.loads(items)), comment, adjusted)
            self._marks.setdefault(act, []).append(mark)
        undoes = {act.id: act.undoes for act in self.all}
        self._undone = {mark: undoes.get(act) for act, marks in self._marks.items() for mark in marks}
        self._items: list[tuple[int, Item]] = [  # each with its act
            (act, Item(item, question, text, points, bool(removed)))
            for act, item, question, text, points, removed in journal.rows(
                "SELECT act, item, question, text, points, removed FROM rubric_item ORDER BY id"
            )
        ]
        self._moves: list[tuple[int, tuple[str, str], str | None]] = [
            (act, (question, answer), place)
            for act, question, answer, place in journal.rows(
                "SELECT act, question, answer, place FROM moved ORDER BY id"
            )
        ]
        person = {act.id: act.person for act in self.all}
        self.readings = [
            Reading(mark, student, question, answer, points, person.get(act, ""))
            for act, mark, student, question, answer, points in journal.rows(
                "SELECT act, mark, student, question, answer, points FROM reading ORDER BY id"
            )
        ]

    @property
    def last(self) -> int:
        """The number of the last act; 0 if there is none."""
        return self.all[-1].id if self.all else 0

    def items(self, question: str) -> list[Item]:
        """The rubric items of a question as they are now, in the order in which they were added."""
        return [one for one in self._now().values() if one.question == question and not one.removed]

    def item(self, number: int) -> Item | None:
        """A rubric item as it is now, a removed one too."""
        return self._now().get(number)

    def next_item(self) -> int:
        """The number of the next rubric item."""
        return 1 + max((one.id for _, one in self._items), default=0)

    def given(self, mark: Mark) -> Given:
        """How a mark came about; of one that was not given on the page all is comment."""
        return self._given.get(mark.id) or Given((), mark.comment, mark.points or 0.0)

    def moves(self, question: str) -> dict[str, str]:
        """By normalised answer, the group that a person moved it to."""
        places = {answer: place for _, (about, answer), place in self._moves if about == question}
        return {answer: place for answer, place in places.items() if place is not None}

    def to_undo(self, person: str) -> Act | None:
        """The last act of a person that was not taken back."""
        undone = {act.undoes for act in self.all if act.kind == UNDO}
        own = (act for act in reversed(self.all) if act.person == person and act.kind in UNDONE)
        return next((act for act in own if act.id not in undone), None)

    def marks_of(self, act: int) -> list[int]:
        """The numbers of the marks that an act gave."""
        return self._marks.get(act, [])

    def taken_back_by(self, mark: Mark) -> int | None:
        """The number of the act that was taken back by giving *mark*; None if it was given for itself."""
        return self._undone.get(mark.id)

    def items_before(self, act: Act) -> list[tuple[Item, Item | None]]:
        """The items that an act changed, each as it became and as it was before; None if it was not there."""
        found = []
        for place, (own, item) in enumerate(self._items):
            if own == act.id:
                before = [one for _, one in self._items[:place] if one.id == item.id]
                found.append((item, before[-1] if before else None))
        return found

    def moves_before(self, act: Act) -> dict[tuple[str, str], tuple[str | None, str | None]]:
        """What an act moved, each with where to and where it was before."""
        found = {}
        for place, (own, about, to) in enumerate(self._moves):
            if own == act.id:
                before = [earlier for _, other, earlier in self._moves[:place] if other == about]
                found[about] = to, before[-1] if before else None
        return found

    def place_now(self, about: tuple[str, str]) -> str | None:
        """Where a person last moved a normalised answer of a question."""
        return next((place for _, other, place in reversed(self._moves) if other == about), None)

    def do(
        self, person: str, kind: str, question: str, said: str, changes: Changes, undoes: int | None = None
    ) -> list[Mark]:
        """Keep an act with all that it changes, all of it or nothing: its marks as they are kept.

        Raises:
            MisuseError: it can't be written.
        """
        now = time.time()
        with self._journal.writing() as db:
            query = "INSERT INTO act (made, person, kind, question, said, undoes) VALUES (?, ?, ?, ?, ?, ?)"
            number = db.execute(query, (now, person, kind, question, said, undoes)).lastrowid or 0
            kept = add_marks(db, (mark for mark, _ in changes.marks), now)
            ways = [given for _, given in changes.marks]
            db.executemany(
                "INSERT INTO mark_by VALUES (?, ?, ?, ?, ?)",
                [
                    (mark.id, number, json.dumps(given.items), given.comment, given.adjusted)
                    for mark, given in zip(kept, ways, strict=True)
                ],
            )
            db.executemany(
                "INSERT INTO rubric_item (act, item, question, text, points, removed) VALUES (?, ?, ?, ?, ?, ?)",
                [(number, one.id, one.question, one.text, one.points, one.removed) for one in changes.items],
            )
            db.executemany(
                "INSERT INTO moved (act, question, answer, place) VALUES (?, ?, ?, ?)",
                [(number, *about, place) for about, place in changes.moves.items()],
            )
            db.executemany(
                "INSERT INTO reading (act, mark, student, question, answer, points) VALUES (?, ?, ?, ?, ?, ?)",
                [(number, one.mark, one.student, one.question, one.answer, one.points) for one in changes.readings],
            )
        self.all.append(Act(number, person, kind, question, said, undoes))
        self._given |= {mark.id: given for mark, given in zip(kept, ways, strict=True)}
        self._marks[number] = [mark.id for mark in kept]
        self._undone |= {mark.id: undoes for mark in kept}
        self._items += [(number, one) for one in changes.items]
        self._moves += [(number, about, place) for about, place in changes.moves.items()]
        self.readings += [replace(one, person=person) for one in changes.readings]
        return kept

    def _now(self) -> dict[int, Item]:
        return {one.id: one for _, one in self._items}


def last_written(acts: Iterable[Act]) -> int:
    """The number of the last mark that stands in the documents of the class; 0 if none does."""
    return max((int(act.said) for act in acts if act.kind == WRITTEN and act.said.isdecimal()), default=0)
