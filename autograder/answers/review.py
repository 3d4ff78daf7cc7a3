"""``review.json``: the written answers of a class, and the points that people gave for them.

`hw1 grade` writes it beside the reports; a person (or the review page) fills in ``points`` and ``comment``; the next
`hw1 grade` takes them into the reports. Points belong to the answer that was read: when a student hands in another
one, it waits for a person again, and the old points stay in the file, marked as ``stale``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.outcome import Outcome, Status
from autograder.report import Line, Report, Written, waiting
from autograder.rubric import Rubric
from autograder.text import points as points_text

FORMAT = 1
NAME = "review.json"


@dataclass(frozen=True)
class Mark:
    """What a person gave for one answer.

    Attributes:
        points: None as long as nobody has decided.
        comment: for the student.
        digest: of the answer that it was given for.
        stale: points and comment that were given for an answer that was there before.
    """

    points: float | None
    comment: str
    digest: str
    stale: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Review:
    """A review file.

    Attributes:
        marks: by student and item.
        students: its entries as they stand there, by student: those who are not in a run stay in the file.
    """

    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    students: Mapping[str, Any] = field(default_factory=dict)


def digest_of(answer: str, documents: str = "") -> str:
    """The digest of an answer and of the *documents* that it may stand in instead."""
    return hashlib.sha256(f"{answer}\0{documents}".encode() if documents else answer.encode()).hexdigest()[:16]


def read_review(path: Path, rubric: Rubric) -> Review:
    """Read the review file *path*; the review is empty if there is no file.

    Raises:
        MisuseError: it can't be read, or holds points that are out of range; the text says where.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Review()
    except (OSError, ValueError) as error:
        raise MisuseError(f"{path} can't be read: {error}. Repair it, or move it away to start over.") from error
    try:
        if data["format"] != FORMAT:
            raise MisuseError(f"{path} has format {data['format']}, not {FORMAT}: move it away to start over")
        students = {str(one["student"]): one for one in data["students"]}
        marks = {
            (student, str(answer["id"])): _mark(answer, f"{path}: {student}, {answer['id']}", rubric)
            for student, one in students.items()
            for answer in one["answers"]
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise MisuseError(f"{path} is not a review file ({error!r} is wrong or missing): move it away") from error
    return Review(marks, students)


def marked(report: Report, review: Review) -> Report:
    """*report* with the points that people gave for its answers."""
    answers = {one.id: one for one in report.written}
    return replace(report, lines=tuple(_marked(line, report.student, answers, review) for line in report.lines))


def review_document(reports: Iterable[Report], rubric: Rubric, review: Review) -> dict[str, Any]:
    """All answers of *reports*, and those of other students that were there before, as JSON values."""
    now = {
        report.student: {
            "student": report.student,
            "claims": list(report.claims),
            "answers": [
                *(_entry(one, report, review) for one in report.written if _is_asked(one, report, review)),
                *_left_over(report, review),
            ],
        }
        for report in reports
        if report.written or report.student not in review.students  # nothing to say of what stands there
    }
    return {
        "format": FORMAT,
        "how": "Fill in points (0 up to the item's) and, if you like, comment; then run hw1 grade again.",
        "items": {name: {"title": title, "points": points} for name, title, points in _items(rubric)},
        "students": [one for _, one in sorted({**review.students, **now}.items())],
    }


def _items(rubric: Rubric) -> Iterator[tuple[str, str, float]]:
    for name, item in rubric.by_hand.items():
        yield name, item.title, item.points
    for check in in_force().read_answers:
        if check.id in rubric.points:
            yield check.id, f"{check.title}, where it could not be read", rubric.points[check.id]


def _mark(answer: Mapping[str, Any], where: str, rubric: Rubric) -> Mark:
    points = _points(answer["points"], where, rubric, str(answer["id"]))
    stale = answer.get("stale")
    return Mark(points, str(answer.get("comment", "")), str(answer["digest"]), stale if isinstance(stale, dict) else {})


def _is_asked(written: Written, report: Report, review: Review) -> bool:
    """Whether a person has to look at it, or has: an empty answer may be settled by one decision on all of them."""
    mark = review.marks.get((report.student, written.id))
    open_ = any(line.outcome.status.open for line in report.lines if line.id == written.id)
    return open_ or not written.empty or (mark is not None and (mark.points is not None or bool(_stale(mark))))


def _entry(written: Written, report: Report, review: Review) -> dict[str, Any]:
    digest = digest_of(written.answer, written.documents)
    entry: dict[str, Any] = {"id": written.id, "answer": written.answer, "beside": list(written.beside)}
    if written.elsewhere:
        entry["elsewhere"] = written.elsewhere
    if written.candidates:
        entry["candidates"] = list(written.candidates)
    by_decision = [one for one in report.decisions if one.id == written.id]
    if by_decision:
        entry["decided"] = f"{points_text(by_decision[0].points)} points: {by_decision[0].why}"
    entry |= {"digest": digest, "points": None, "comment": ""}
    mark = review.marks.get((report.student, written.id))
    if mark is None:
        return entry
    if mark.digest == digest:
        entry |= {"points": mark.points, "comment": mark.comment}
        return {**entry, "stale": mark.stale} if mark.stale and mark.points is None else entry
    stale = _stale(mark)
    return {**entry, "stale": stale} if stale else entry


def _stale(mark: Mark) -> dict[str, Any]:
    """What is kept of *mark* when its answer is another one: its own points, or those that were stale already."""
    given = mark.points is not None or bool(mark.comment)
    return {"points": mark.points, "comment": mark.comment} if given else dict(mark.stale)


def _left_over(report: Report, review: Review) -> Iterator[dict[str, Any]]:
    """Points for what nobody asks a person for any more, like a formula that could not be read: they stay, as stale."""
    now = {one.id for one in report.written}
    for (student, item), mark in review.marks.items():
        stale = _stale(mark)
        if student == report.student and item not in now and stale:
            empty: dict[str, Any] = {
                "id": item,
                "answer": "",
                "beside": [],
                "digest": "",
                "points": None,
                "comment": "",
            }
            yield {**empty, "stale": stale}


def _marked(line: Line, student: str, answers: Mapping[str, Written], review: Review) -> Line:
    if line.id not in answers:
        return line
    mark = review.marks.get((student, line.id))
    answer = answers[line.id]
    if mark is None or mark.points is None or mark.digest != digest_of(answer.answer, answer.documents):
        taken_back = line.outcome.status is Status.MARKED
        return replace(line, outcome=waiting(answer)) if taken_back else line
    return replace(line, outcome=Outcome(Status.MARKED, mark.comment, points=mark.points))


def _points(value: Any, where: str, rubric: Rubric, item: str) -> float | None:
    worth = rubric.all_points
    most = worth.get(item, float("inf"))  # an item that was taken out
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise MisuseError(f"{where}: points must be a number from 0 to {most:g}, or null, not {value!r}")
    return float(value)
