"""All that the review page may ask for: what is shown, what is decided, and the two together for each request."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.answers.review import marked
from autograder.cohort.decisions import decided, undecided
from autograder.cohort.folder import ReportFolder
from autograder.cohort.marking import Marking
from autograder.cohort.overriding import Entry, Overrides
from autograder.errors import MisuseError
from autograder.report import Report
from autograder.review.documents import Documents
from autograder.review.grading import GONE, ConflictError, Grading, require_person
from autograder.review.papers import Papers
from autograder.review.presence import Presence
from autograder.review.view import View, student_values
from autograder.rubric import Rubric
from autograder.text import plain

Body = Mapping[str, Any]


class Desk:
    """The class on the table: each method answers one request, with JSON values.

    Each raises MisuseError, with a sentence for the page, if what is asked for does not exist or can't be done.
    """

    def __init__(
        self, grading: Grading, view: View, documents: Documents, papers: Papers, rubric: Rubric, by: str
    ) -> None:
        self._grading, self._view, self._documents = grading, view, documents
        self._papers, self._rubric, self._by = papers, rubric, by
        self._presence = Presence()

    def overview(self, query: Body) -> Body:
        """The class and its questions."""
        return {**self._view.overview(self._by), "trouble": self._documents.trouble}

    def question(self, question: str, query: Body) -> Body:
        """A question with its answers."""
        self._require(question)
        threshold = query.get("threshold")
        return self._view.question(question, query.get("names") == "1", _share(threshold) if threshold else None)

    def mark(self, body: Body) -> Body:
        """Points for some answers."""
        question, seen = _text(body, "question"), _table(body, "answers")
        given = body.get("points")
        marks = self._grading.give(
            _text(body, "by"),
            question,
            {str(key): _number(value) for key, value in seen.items()},
            [_number(one) for one in _list(body, "items")],
            None if given is None else _float(given),
            _text(body, "comment"),
        )
        return {"marks": {key: self._view.mark(mark) for key, mark in marks.items()}, **self._now(question)}

    def undo(self, body: Body) -> Body:
        """The last act of a person is taken back."""
        question, answers, said = self._grading.undo(_text(body, "by"))
        return {"question": question, "answers": answers, "said": said, **self._now(question)}

    def item(self, body: Body) -> Body:
        """A rubric item is added, changed or removed."""
        question, number = _text(body, "question"), body.get("id")
        changed = self._grading.edit_item(
            _text(body, "by"),
            question,
            None if number is None else _number(number),
            _text(body, "text"),
            _float(body.get("points")),
            body.get("removed") is True,
        )
        return {"changed": changed, **self._now(question)}

    def move(self, body: Body) -> Body:
        """Answers are moved to another group."""
        question, keys = _text(body, "question"), [str(one) for one in _list(body, "answers")]
        self._require(question)
        self._grading.move(_text(body, "by"), question, keys, _text(body, "to"), self._view.normals(question))
        return self._now(question)

    def conflicts(self, error: ConflictError) -> Body:
        """What stands in the way of a decision, as ``mark`` shows it."""
        return {key: self._view.mark(mark) for key, mark in error.marks.items()}

    def here(self, body: Body) -> Body:
        """Where somebody is, and who else is here."""
        keys = [str(one) for one in _list(body, "answers")]
        others = self._presence.say(plain(_text(body, "by")), _text(body, "question"), keys)
        told = [{"by": one.person, "question": one.question, "answers": list(one.answers)} for one in others]
        return {"others": told, "rev": self._grading.revision}

    def pages(self, key: str) -> Body:
        """The pages of the documents that an answer may stand in, as text."""
        found, why = self._papers.pages(self._student(key))
        pages = [{"number": one.number, "document": one.document, "text": one.text} for one in found]
        return {"pages": pages, "why": why}

    def picture(self, key: str, number: int) -> bytes:
        """One of these pages as a PNG."""
        return self._papers.picture(self._student(key), number)

    def second(self, question: str, query: Body) -> Body:
        """What somebody is to read a second time."""
        self._require(question)
        return self._view.second(question, plain(str(query.get("by", ""))))

    def read(self, body: Body) -> Body:
        """The points of a second reading."""
        question = _text(body, "question")
        self._grading.read(_text(body, "by"), question, _text(body, "key"), _float(body.get("points")))
        return self._view.agreement(question)

    def student(self, student: str) -> Body:
        """One student's checks."""
        report = self._grading.reports.get(student)
        if report is None:
            raise MisuseError(f"there is no report of {plain(student) or 'nobody'}")
        return student_values(self._as_decided(report))

    def override(self, body: Body) -> Body:
        """Points of a check or an answer in the kit's place."""
        entry = Entry(_text(body, "student"), _text(body, "check"), _text(body, "points"), _text(body, "why"))
        with self._overrides(_text(body, "by")) as overrides:
            return {"said": "; ".join(overrides.decide({"": entry}))}

    def undo_override(self, body: Body) -> Body:
        """Such a decision is taken back."""
        with self._overrides(_text(body, "by")) as overrides:
            return {"said": overrides.undo(_text(body, "student"), _text(body, "check"))}

    def exported(self) -> bytes:
        """All answers with their points as CSV."""
        with tempfile.TemporaryDirectory() as scratch, self._marking(self._by) as marking:
            path = Path(scratch) / "answers.csv"
            marking.export(path)
            return path.read_bytes()

    def imported(self, data: bytes, by: str) -> Body:
        """Points are taken from a CSV."""
        with tempfile.TemporaryDirectory() as scratch, self._marking(by) as marking:
            path = Path(scratch) / "answers.csv"
            path.write_bytes(data)
            try:
                return {"taken": marking.take(path)}
            except MisuseError as error:
                raise MisuseError(str(error).replace(f"{path}: ", "").replace(str(path), "the table")) from error

    def _now(self, question: str) -> Body:
        return {"items": self._view.items(question), "rev": self._grading.revision}

    def _require(self, question: str) -> None:
        if question not in self._grading.questions:
            raise MisuseError(f"there is no question {plain(question)}")

    def _student(self, key: str) -> str:
        for answers in self._grading.answers.values():
            if key in answers:
                return answers[key].student
        raise MisuseError(GONE)

    def _as_decided(self, report: Report) -> Report:
        with self._grading.lock:
            return decided(marked(undecided(report), self._grading.marks), self._grading.decisions)

    @contextmanager
    def _writing(self) -> Iterator[ReportFolder]:
        """The folder, for what goes into the journal in another way than by grading; that is heard afterwards."""
        with self._documents.lock:
            self._documents.folder.hear(self._grading.journal)
            yield self._documents.folder
        self._grading.hear()

    @contextmanager
    def _overrides(self, by: str) -> Iterator[Overrides]:
        with self._writing() as folder:
            yield Overrides(self._grading.journal, folder, self._rubric, require_person(by))

    @contextmanager
    def _marking(self, by: str) -> Iterator[Marking]:
        with self._writing() as folder:
            yield Marking(self._grading.journal, folder, require_person(by))


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise MisuseError(f"{name} must be a text")
    return value.encode(errors="replace").decode()  # JSON may hold halves of characters


def _list(body: Body, name: str) -> list[Any]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise MisuseError(f"{name} must be a list")
    return value


def _table(body: Body, name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise MisuseError(f"{name} must be an object")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MisuseError("a number is expected")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MisuseError("points must be a number")
    return float(value)


def _share(text: Any) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise MisuseError("the threshold must be a number from 0 to 1")
    return round(value, 3)
