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
from autograder.outcome import Outcome, Status
from autograder.report import Line, Report, Written
from autograder.rubric import Rubric

FORMAT = 1
FORMULA = "1.2-Q11"  # automatic where it can be read
NAME = "review.json"


@dataclass(frozen=True)
class Mark:
    """What a person gave for one answer.

    Attributes:
        points: None as long as nobody has decided.
        comment: for the student.
        digest: of the answer that it was given for.
    """

    points: float | None
    comment: str
    digest: str


@dataclass(frozen=True)
class Review:
    """A review file.

    Attributes:
        marks: by student and item.
        students: its entries as they stand there, by student: those who are not in a run stay in the file.
    """

    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    students: Mapping[str, Any] = field(default_factory=dict)


def digest_of(answer: str) -> str:
    """Tells one answer from another."""
    return hashlib.sha256(answer.encode()).hexdigest()[:16]


def read_review(path: Path, rubric: Rubric) -> Review:
    """What stands in the review file *path*; nothing if there is none.

    Raises:
        MisuseError: it can't be read, or holds points that there are not; the text says where.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Review()
    except (OSError, ValueError) as error:
        raise MisuseError(f"{path} can't be read: {error}. Mend it, or move it away to begin anew.") from error
    try:
        if data["format"] != FORMAT:
            raise MisuseError(f"{path} has format {data['format']}, not {FORMAT}: move it away to begin anew")
        students = {str(one["student"]): one for one in data["students"]}
        marks = {
            (student, str(answer["id"])): _mark(answer, f"{path}: {student}, {answer['id']}", rubric)
            for student, one in students.items()
            for answer in one["answers"]
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise MisuseError(f"{path} is no review file ({error!r} is wrong or missing): move it away") from error
    return Review(marks, students)


def marked(report: Report, review: Review) -> Report:
    """*report* with the points that people gave for the answers that are in it."""
    answers = {one.id: one for one in report.written}
    return replace(report, lines=tuple(_marked(line, report.student, answers, review) for line in report.lines))


def review_document(reports: Iterable[Report], rubric: Rubric, review: Review) -> dict[str, Any]:
    """All answers of *reports*, and those of other students that were there before, as JSON values."""
    now = {
        report.student: {
            "student": report.student,
            "claims": list(report.claims),
            "answers": [_entry(one, report.student, review) for one in report.written],
        }
        for report in reports
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
    if FORMULA in rubric.points:
        yield FORMULA, "The output's shape as a formula, where it could not be read", rubric.points[FORMULA]


def _mark(answer: Mapping[str, Any], where: str, rubric: Rubric) -> Mark:
    points = _points(answer["points"], where, rubric, str(answer["id"]))
    return Mark(points, str(answer.get("comment", "")), str(answer["digest"]))


def _entry(written: Written, student: str, review: Review) -> dict[str, Any]:
    digest = digest_of(written.answer)
    entry = {**written.to_json(), "beside": list(written.beside), "digest": digest, "points": None, "comment": ""}
    mark = review.marks.get((student, written.id))
    if mark is None:
        return entry
    if mark.digest == digest:
        return {**entry, "points": mark.points, "comment": mark.comment}
    stale = {"points": mark.points, "comment": mark.comment}
    return {**entry, "stale": stale} if mark.points is not None or mark.comment else entry


def _marked(line: Line, student: str, answers: Mapping[str, Written], review: Review) -> Line:
    if line.id not in answers:
        return line
    mark = review.marks.get((student, line.id))
    if mark is None or mark.points is None or mark.digest != digest_of(answers[line.id].answer):
        taken_back = line.outcome.status is Status.MARKED
        return replace(line, outcome=Outcome(Status.BY_HAND, "Graded by hand.")) if taken_back else line
    return replace(line, outcome=Outcome(Status.MARKED, mark.comment, points=mark.points))


def _points(value: Any, where: str, rubric: Rubric, item: str) -> float | None:
    worth = {**rubric.points, **{name: one.points for name, one in rubric.by_hand.items()}}
    most = worth.get(item, float("inf"))  # an item that was taken out
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise MisuseError(f"{where}: points must be a number from 0 to {most:g}, or null, not {value!r}")
    return float(value)
