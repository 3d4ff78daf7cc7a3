"""``review.json``: the written answers of a class, and the points that people gave for them.

The points are the journal's; the file shows them, beside each answer and what was measured. Whoever fills in
``points`` and ``comment`` in it changes what it showed, and the next command takes that into the journal. Points belong
to the answer that was read: when a student hands in another one, it waits for a person again, and the old points are
shown as ``stale``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.answers.marks import FILE, Mark, Marks, digest_of
from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.outcome import Outcome, Status
from autograder.report import Line, Report, Written, waiting
from autograder.rubric import Rubric
from autograder.text import points as points_text

FORMAT = 1
ANEW = "it is written again from the journal"
NAME = FILE
Said = tuple[float | None, str]
"""Points and comment."""


@dataclass(frozen=True)
class Entry:
    """What is written down for one answer.

    Attributes:
        answer: its digest.
        said: points, None as long as nobody has decided, and comment.
        seen: the number of the mark that stood there before, 0 for none; None: whatever counts now.
        stale: what stands there of an earlier answer.
    """

    student: str
    item: str
    answer: str
    said: Said
    seen: int | None = 0
    stale: Said = (None, "")

    @property
    def about(self) -> tuple[str, str, str]:
        """Student, question and answer."""
        return self.student, self.item, self.answer


@dataclass(frozen=True)
class Review:
    """A review file.

    Attributes:
        students: its entries as they stand there, by student: of whom the journal knows nothing, they stay in the file.
    """

    entries: tuple[Entry, ...] = ()
    students: Mapping[str, Any] = field(default_factory=dict)


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
        raise MisuseError(f"{path} can't be read: {error}. Repair it, or move it away: {ANEW}.") from error
    worth = rubric.all_points
    try:
        if data["format"] != FORMAT:
            raise MisuseError(f"{path} has format {data['format']}, not {FORMAT}: move it away; {ANEW}")
        students = {str(one["student"]): one for one in data["students"]}
        entries = tuple(
            _read(student, answer, f"{path}: {student}, {answer['id']}", worth)
            for student, one in students.items()
            for answer in one["answers"]
        )
        listed = [*(str(one["student"]) for one in data["students"]), *((one.student, one.item) for one in entries)]
    except (KeyError, TypeError, AttributeError) as error:
        raise MisuseError(f"{path} is not a review file ({error!r} is wrong or missing): move it away") from error
    if len(set(listed)) < len(listed):
        twice = next(one for number, one in enumerate(listed) if one in listed[:number])
        raise MisuseError(f"{path}: {twice if isinstance(twice, str) else ', '.join(twice)} is there twice")
    return Review(entries, students)


def change(entry: Entry, marks: Marks, person: str, source: str) -> Mark | None:
    """The mark that *entry* asks for; None if it says what stood there before, or what counts anyway.

    It is refused if another mark came since that the person can't have seen. The file's own are seen by who saves it:
    a file is what was saved last.
    """
    now = marks.on(*entry.about)
    before = now if entry.seen is None else marks.by_id.get(entry.seen)
    if before is not None and before.about != entry.about:
        before = None  # a number of another journal
    seen = before.id if before is not None else 0
    last = now.id if now is not None else 0
    refused = marks.refused(*entry.about)
    known = [before.said if before is not None else (None, "")]
    known += [now.said] if now is not None else []
    known += [refused.said] if refused is not None and refused.over == seen else []  # and the file is not yet rewritten
    if entry.said in known:
        return None
    newer = [one for one in marks.history(*entry.about) if one.id > seen and not one.refused]
    unseen = any((one.source, source) != (FILE, FILE) for one in newer)
    return Mark(*entry.about, *entry.said, person, source, over=seen if unseen else last, refused=unseen)


def marked(report: Report, marks: Marks) -> Report:
    """*report* with the points that people gave for its answers."""
    answers = {one.id: one for one in report.written}
    return replace(report, lines=tuple(_marked(line, report.student, answers, marks) for line in report.lines))


def review_document(
    reports: Iterable[Report], rubric: Rubric, marks: Marks, students: Mapping[str, Any]
) -> dict[str, Any]:
    """All answers of *reports*, and the entries of other *students* that were there before, as JSON values."""
    now = {
        report.student: {
            "student": report.student,
            "claims": list(report.claims),
            "answers": [
                *(_entry(one, report, marks) for one in report.written if _is_asked(one, report, marks)),
                *_left_over(report, marks),
            ],
        }
        for report in reports
        if report.written or report.student not in students  # nothing to say of what stands there
    }
    return {
        "format": FORMAT,
        "how": "Fill in points (0 up to the item's) and, if you like, comment; then run hw1 grade or hw1 report.",
        "items": {name: {"title": title, "points": points} for name, title, points in _items(rubric)},
        "students": [one for _, one in sorted({**students, **now}.items())],
    }


def _items(rubric: Rubric) -> Iterator[tuple[str, str, float]]:
    for name, item in rubric.by_hand.items():
        yield name, item.title, item.points
    for check in in_force().read_answers:
        if check.id in rubric.points:
            yield check.id, f"{check.title}, where it could not be read", rubric.points[check.id]


def _read(student: str, answer: Mapping[str, Any], where: str, worth: Mapping[str, float]) -> Entry:
    item, old, seen = _text(answer["id"]), answer.get("stale"), answer.get("mark", 0)
    said = _points(answer["points"], where, worth, item), _text(answer.get("comment", ""))
    stale: Said = (None, "")
    if isinstance(old, dict):
        stale = _points(old.get("points"), where, {}, ""), _text(old.get("comment", ""))
    number = seen if isinstance(seen, int) and not isinstance(seen, bool) else 0
    return Entry(_text(student), item, _text(answer["digest"]), said, number, stale)


def _text(value: object) -> str:
    """As a database takes it: JSON may hold halves of characters."""
    return str(value).encode(errors="replace").decode()


def _is_asked(written: Written, report: Report, marks: Marks) -> bool:
    """Whether a person has to look at it, or has: an empty answer may be settled by one decision on all of them."""
    open_ = any(line.outcome.status.open for line in report.lines if line.id == written.id)
    about = report.student, written.id, digest_of(written.answer, written.documents)
    mark = marks.on(*about)
    return open_ or not written.empty or bool((mark and mark.points is not None) or marks.stale(*about))


def _entry(written: Written, report: Report, marks: Marks) -> dict[str, Any]:
    about = report.student, written.id, digest_of(written.answer, written.documents)
    entry: dict[str, Any] = {"id": written.id, "answer": written.answer, "beside": list(written.beside)}
    if written.elsewhere:
        entry["elsewhere"] = written.elsewhere
    if written.candidates:
        entry["candidates"] = list(written.candidates)
    by_decision = [one for one in report.decisions if one.id == written.id]
    if by_decision:
        entry["decided"] = f"{points_text(by_decision[0].points)} points: {by_decision[0].why}"
    entry |= {"digest": about[-1], "points": None, "comment": ""}
    mark, stale, refused = marks.on(*about), marks.stale(*about), marks.refused(*about)
    if mark is not None:
        entry |= {"points": mark.points, "comment": mark.comment, "mark": mark.id, "by": mark.by}
    if stale is not None and (mark is None or mark.points is None):
        entry["stale"] = _shown(stale)
    if refused is not None:
        entry["refused"] = {**_shown(refused), "by": refused.by}
    return entry


def _shown(mark: Mark) -> dict[str, Any]:
    return {"points": mark.points, "comment": mark.comment}


def _left_over(report: Report, marks: Marks) -> Iterator[dict[str, Any]]:
    """Points for what nobody asks a person for any more, like a formula that could not be read: they stay, as stale."""
    now = {one.id for one in report.written}
    for item in marks.items(report.student):
        stale = marks.stale(report.student, item, "") or marks.on(report.student, item, "")
        if item not in now and stale is not None and stale.given:
            empty: dict[str, Any] = {"id": item, "answer": "", "beside": [], "digest": ""}
            yield {**empty, "points": None, "comment": "", "stale": _shown(stale)}


def _marked(line: Line, student: str, answers: Mapping[str, Written], marks: Marks) -> Line:
    if line.id not in answers:
        return line
    answer = answers[line.id]
    mark = marks.on(student, line.id, digest_of(answer.answer, answer.documents))
    if mark is None or mark.points is None:
        taken_back = line.outcome.status is Status.MARKED
        return replace(line, outcome=waiting(answer)) if taken_back else line
    return replace(line, outcome=Outcome(Status.MARKED, mark.comment, points=mark.points))


def _points(value: Any, where: str, worth: Mapping[str, float], item: str) -> float | None:
    most = worth.get(item, float("inf"))  # an item that was taken out
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise MisuseError(f"{where}: points must be a number from 0 to {most:g}, or null, not {value!r}")
    return float(value)
