"""Grading on the review page: what people decide there, checked, and at once in the journal.

Nobody's decision is written over by somebody who has not seen it: each says which mark it stands in the place of, and
is refused as a whole if there is another one by now. One lock orders all; a decision is in the journal before it is
answered, so that a killed server loses nothing.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from autograder.answers.marks import PAGE, Mark, Marks
from autograder.cohort.decisions import Decisions
from autograder.cohort.journal import Journal
from autograder.errors import MisuseError
from autograder.report import Report
from autograder.review.acts import ITEM, MARK, MOVE, READ, UNDO, Act, Acts, Changes, Given, Item, Reading
from autograder.review.answers import Answer, Question, answers_of
from autograder.text import plain, points, visible

COMMENT_LENGTH, ITEM_LENGTH, NAME_LENGTH = 500, 120, 60  # characters
CHANGED = "somebody has changed the same since, so that it can't be taken back"
GONE = "this answer is not there any more: load the page again"


class ConflictError(MisuseError):
    """Somebody else has decided meanwhile: *marks* by key say what stands there now, None if points are gone."""

    def __init__(self, text: str, marks: Mapping[str, Mark | None]) -> None:
        super().__init__(text)
        self.marks = marks


class Grading:
    """The written answers of a class while people grade them.

    Attributes:
        questions: by id, in the rubric's order; only such as have answers.
        answers: by question and key.
        acts: what was done on the page.
        marks: all points that count or ever did.
        decisions: of people, which stand in the place of points.
        touched: students whose documents don't say yet what was decided.
    """

    def __init__(self, journal: Journal, reports: Iterable[Report], questions: Iterable[Question]) -> None:
        self.journal = journal
        self.reports = {report.student: report for report in reports}
        self.answers = answers_of(self.reports.values())
        self.questions = {one.id: one for one in questions if one.id in self.answers}
        self.acts, self.marks = Acts(journal), Marks(journal.marks())
        self.decisions = Decisions.of(journal)
        self.touched: set[str] = set()
        self.lock = threading.RLock()
        self._began, self._changes = self.acts.last, 0

    @property
    def revision(self) -> str:
        """Another one whenever anything was decided."""
        return f"{self._began}-{self._changes}"

    def hear(self) -> None:
        """Take over what came into the journal in another way than by this page."""
        with self.lock:
            self.marks, self.decisions = Marks(self.journal.marks()), Decisions.of(self.journal)
            self._changes += 1

    @property
    def last_mark(self) -> int:
        """The number of the last mark; 0 if there is none."""
        return self.marks.all[-1].id if self.marks.all else 0

    def mark_on(self, answer: Answer) -> Mark | None:
        """What counts for an answer."""
        return self.marks.on(*answer.about)

    def give(
        self,
        person: str,
        question: str,
        seen: Mapping[str, int],
        items: Sequence[int],
        given: float | None,
        comment: str,
    ) -> dict[str, Mark]:
        """Give points for some answers, as one decision: the marks by key.

        Args:
            seen: by key, the number of the mark that the person saw on this answer, 0 for none.
            items: the rubric items that they have.
            given: the points; None for the sum of the items, and without items to take points back.

        Raises:
            ConflictError: another mark is there by now; nothing was taken.
            MisuseError: an answer, an item, or such points do not exist; nothing was taken.
        """
        who, asked = require_person(person), self._question(question)
        with self.lock:
            answers = [self._answer(question, key) for key in seen]
            if not answers:
                raise MisuseError("no answer was named")
            sums = self._sum(question, items)
            if given is not None:
                _require_within(given, asked)
            way = Given(tuple(dict.fromkeys(items)), _text(comment), 0.0 if given is None else given - sums)
            self._require_seen(answers, seen)
            none = given is None and not items
            marks = [(self._mark(one, way, who, none=none), way) for one in answers]
            many = f"{len(answers)} answers" if len(answers) > 1 else answers[0].alias
            kept = self._do(who, MARK, question, f"{many}: {marks[0][0]}", Changes(tuple(marks)))
            return dict(zip(seen, kept, strict=True))

    def edit_item(
        self, person: str, question: str, number: int | None, text: str, worth: float, removed: bool = False
    ) -> list[str]:
        """Add a rubric item (*number* None), or change one for all answers that have it: their keys.

        Raises:
            MisuseError: there is no such item, it says nothing, or its points are out of range.
        """
        who, asked = require_person(person), self._question(question)
        said = plain(text, ITEM_LENGTH).strip()
        if not said:
            raise MisuseError("a rubric item needs a text: the student will read it")
        if not -asked.points <= worth <= asked.points:
            most = points(asked.points)
            raise MisuseError(f"an item's points must be a number from -{most} to {most}, not {worth:g}")
        with self.lock:
            before = self.acts.item(number) if number is not None else None
            if number is not None and (before is None or before.question != question or before.removed):
                raise MisuseError("this rubric item is not there any more: load the page again")
            item = Item(number or self.acts.next_item(), question, said, worth, removed)
            return self._with_item(who, item, before)

    def move(self, person: str, question: str, keys: Sequence[str], place: str, normals: Mapping[str, str]) -> None:
        """Move answers to another group, with all that are the same.

        Args:
            place: the group; empty for one of their own.
            normals: by key, the digest of the normalised answer.

        Raises:
            MisuseError: an answer is not there, or may stand in a document, so that it has no group.
        """
        who, _ = require_person(person), self._question(question)
        with self.lock:
            answers = [self._answer(question, key) for key in keys]
            alone = [one.alias for one in answers if one.key not in normals]
            if alone or not answers:
                raise MisuseError(f"{', '.join(alone) or 'no answer'} can't be moved: it belongs to no group")
            moves = {(question, normals[key]): place for key in keys}
            self._do(who, MOVE, question, f"{len(keys)} moved", Changes(moves=moves))

    def undo(self, person: str) -> tuple[str, list[str], str]:
        """Take back the last act of a person: its question, the keys of the answers concerned, and what it was.

        Raises:
            ConflictError: somebody else has changed the same since.
            MisuseError: there is nothing to take back.
        """
        who = require_person(person)
        with self.lock:
            act = self.acts.to_undo(who)
            if act is None:
                raise MisuseError("there is nothing of yours to take back")
            here = {one.about: one for one in self.answers.get(act.question, {}).values()}
            given = [self.marks.by_id[number] for number in self.acts.marks_of(act.id)]
            concerned = {here[one.about].key: one for one in given if one.about in here}
            now = {key: self.mark_on(self.answers[act.question][key]) for key in concerned}
            changed = {key: mark for key, mark in now.items() if self._first(mark) != concerned[key]}
            if changed:
                raise ConflictError(CHANGED, changed)
            marks = [self._before(mark, who) for mark in concerned.values()]
            changes = Changes(tuple(marks), tuple(self._items_back(act)), self._moves_back(act))
            self._do(who, UNDO, act.question, act.said, changes, act.id)
            return act.question, list(concerned), act.said

    def read(self, person: str, question: str, key: str, given: float) -> None:
        """Keep the points of a second reading, which do not count.

        Raises:
            MisuseError: there are no such points, or the answer is not to be read by this person.
        """
        who, asked = require_person(person), self._question(question)
        _require_within(given, asked)
        with self.lock:
            answer = self._answer(question, key)
            mark = self.mark_on(answer)
            if mark is None or mark.points is None or mark.person == who:
                raise MisuseError(f"{answer.alias} is not to be read a second time by you")
            reading = Reading(mark.id, *answer.about, given)
            self._do(who, READ, question, f"{answer.alias}: read again", Changes(readings=(reading,)))

    def add_first_items(self) -> None:
        """Give each question that has no rubric item the first ones: all points, and half of them."""
        with self.lock:
            for one in self.questions.values():
                if not self.acts.items(one.id) and not any(act.question == one.id for act in self.acts.all):
                    first = self.acts.next_item()
                    items = (
                        Item(first, one.id, "Right", one.points),
                        Item(first + 1, one.id, "Half right", one.points / 2),
                    )
                    self._do("", ITEM, one.id, "the first rubric items", Changes(items=items))

    def _do(
        self, who: str, kind: str, question: str, said: str, changes: Changes, undoes: int | None = None
    ) -> list[Mark]:
        kept = self.acts.do(who, kind, question, said, changes, undoes)
        self._changes += 1
        if kept:
            self.marks = Marks([*self.marks.all, *kept])
            self.touched |= {one.student for one in kept}
        return kept

    def _with_item(self, who: str, item: Item, before: Item | None) -> list[str]:
        """Keep *item*, and give all answers that have it what they have by it now."""
        having, marks = [], []
        changed = {**{one.id: one for one in self.acts.items(item.question)}, item.id: item}
        for answer in self.answers[item.question].values() if before is not None else ():
            mark = self.mark_on(answer)
            way = self.acts.given(mark) if mark is not None else Given()
            if mark is not None and item.id in way.items:
                kept = tuple(one for one in way.items if one != item.id or not item.removed)
                way = replace(way, items=kept)
                none = not kept and way.adjusted == 0  # its only item was removed: it waits for a person again
                marks.append((self._mark(answer, way, who, changed, none=none), way))
                having.append(answer.key)
        verb = "added" if before is None else "removed" if item.removed else "changed"
        said = f"{item.text}, {points(item.points)} points: {verb}"
        self._do(who, ITEM, item.question, said, Changes(tuple(marks), (item,)))
        return having

    def _mark(
        self, answer: Answer, way: Given, who: str, items: Mapping[int, Item] | None = None, none: bool = False
    ) -> Mark:
        """The mark that *way* leads to, with *none* one without points; the items' texts begin its comment."""
        known = items if items is not None else {one.id: one for one in self.acts.items(answer.question)}
        theirs = [known[one] for one in way.items]
        worth = self.questions[answer.question].points
        total = round(min(max(sum(one.points for one in theirs) + way.adjusted, 0.0), worth), 6)
        said = "; ".join(one.text.rstrip(".") for one in theirs)
        comment = f"{said}. {way.comment}" if said and way.comment else said or way.comment
        now = self.mark_on(answer)
        return Mark(*answer.about, None if none else total, comment, who, PAGE, over=now.id if now is not None else 0)

    def _before(self, mark: Mark, who: str) -> tuple[Mark, Given]:
        """What stood there before *mark*, as a new one."""
        earlier, now = self._earlier(mark), self.marks.on(*mark.about)
        said, way = (earlier.said, self.acts.given(earlier)) if earlier is not None else ((None, ""), Given())
        over = now.id if now is not None else 0
        return Mark(*mark.about, *said, who, PAGE, over=over), way

    def _earlier(self, mark: Mark) -> Mark | None:
        """What counted before *mark*."""
        history = self.marks.history(*mark.about)
        return next((one for one in reversed(history) if one.id < mark.id and not one.refused), None)

    def _first(self, mark: Mark | None) -> Mark | None:
        """The mark that *mark* has brought back, if it did; itself otherwise."""
        while mark is not None and (act := self.acts.taken_back_by(mark)) is not None:
            undone = (self.marks.by_id[number] for number in self.acts.marks_of(act))
            about = mark.about
            mark = self._earlier(next(one for one in undone if one.about == about))
        return mark

    def _items_back(self, act: Act) -> Iterator[Item]:
        for became, before in self.acts.items_before(act):
            if self.acts.item(became.id) != became:
                raise ConflictError(CHANGED, {})
            yield before if before is not None else replace(became, removed=True)

    def _moves_back(self, act: Act) -> dict[tuple[str, str], str | None]:
        moves = self.acts.moves_before(act)
        if any(self.acts.place_now(about) != to for about, (to, _) in moves.items()):
            raise ConflictError(CHANGED, {})
        return {about: before for about, (_, before) in moves.items()}

    def _require_seen(self, answers: Iterable[Answer], seen: Mapping[str, int]) -> None:
        now = {one.key: self.mark_on(one) for one in answers}
        other = {key: mark for key, mark in now.items() if (mark.id if mark else 0) != seen[key]}
        if other:
            first = next(iter(other.values()))
            who = f" ({first.by})" if first is not None else ""
            raise ConflictError(f"somebody else has decided meanwhile{who}: nothing was changed", other)

    def _question(self, question: str) -> Question:
        if question not in self.questions:
            raise MisuseError(f"there is no question {plain(question) or 'without a name'}")
        return self.questions[question]

    def _answer(self, question: str, key: str) -> Answer:
        try:
            return self.answers[question][key]
        except KeyError as error:
            raise MisuseError(GONE) from error

    def _sum(self, question: str, items: Iterable[int]) -> float:
        known = {one.id: one for one in self.acts.items(question)}
        missing = [one for one in items if one not in known]
        if missing:
            raise MisuseError("a rubric item is not there any more: load the page again")
        return math.fsum(known[one].points for one in set(items))


def require_person(name: str) -> str:
    """The name under which somebody decides.

    Raises:
        MisuseError: there is none.
    """
    who = plain(name, NAME_LENGTH).strip()
    if not who:
        raise MisuseError("say who you are: no student reads it")
    return who


def _require_within(given: float, asked: Question) -> None:
    if not 0 <= given <= asked.points:  # what is no number is not within, either
        raise MisuseError(f"points must be a number from 0 to {points(asked.points)}, not {given:g}")


def _text(comment: str) -> str:
    said = visible(comment, COMMENT_LENGTH + 1).strip()
    if len(said) > COMMENT_LENGTH:
        raise MisuseError(f"the comment has more than {COMMENT_LENGTH} characters")
    return said
