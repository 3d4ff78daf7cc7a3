"""What `hw1 review` does with files: the points of written answers go out as a table or a review file, and come in so.

All entries of a file are looked at before the first one is taken; one that fits nothing, or that would write over
points which it does not show, is refused, and then none is taken.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.answers.marks import IMPORTED, Mark, digest_of
from autograder.answers.review import Entry, change, read_review, review_document
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal
from autograder.cohort.spreadsheet import read_table
from autograder.cohort.tables import last_reports, remake
from autograder.cohort.tables import opened as opened_class
from autograder.cohort.whose import Students, UnfitError, deciding, refuse
from autograder.disk import write_whole
from autograder.errors import MisuseError
from autograder.render.table import CELL, cell, csv_text, uncelled
from autograder.rubric import Rubric
from autograder.text import moment, plain, points

NEEDED = ("question", "points")
KNOWN = ("student", "digest", "comment", "mark")
COLUMNS = ("student", *NEEDED, "comment", "mark", "by", "digest", "beside", "answer")
SIGN = "#"  # before a digest: spreadsheets take 12e4567890123456 for a number
LISTED = ("number", "time", "by", "student", *NEEDED, "comment", "digest", "from", "state")


@dataclass
class Marking:
    """The written answers of a class that was graded.

    Attributes:
        by: who gives points.
    """

    journal: Journal
    folder: ReportFolder
    by: str

    def __post_init__(self) -> None:
        self._reports = {one.student: one for one in last_reports(self.journal)}
        self._students = Students(self._reports)
        self._digests = {
            student: {one.id: digest_of(one.answer, one.documents) for one in report.written}
            for student, report in self._reports.items()
        }

    def take(self, path: Path) -> int:
        """Take the points in the CSV or the review file *path*; how many answers have others now.

        Raises:
            MisuseError: it can't be read, or an entry is refused; the text names it, and none is taken.
        """
        found: dict[tuple[str, str], Mark] = {}
        faults = []
        for where, make in self._read(path):
            try:
                for entry in make:
                    mark = change(entry, self.folder.marks, self.by, IMPORTED)
                    if mark is not None:
                        self._require(mark)
                        if found.setdefault((mark.student, mark.item), mark) is not mark:
                            raise UnfitError(f"{plain(mark.student)}, {plain(mark.item)} is there twice")
            except UnfitError as error:
                faults.append(f"{where}{error}")
        refuse(faults)
        self.journal.mark(found.values())
        remake(self._reports.values(), {student for student, _ in found}, self.journal, self.folder)
        return len(found)

    def export(self, path: Path) -> int:
        """Write all answers to *path*, as a review file if its name ends so, or else as CSV; how many there are.

        Raises:
            MisuseError: it can't be written.
        """
        reports = (self.folder.marked(report) for report in self._reports.values())
        document = review_document(reports, self.folder.rubric, self.folder.marks, {})
        found = [(one["student"], answer) for one in document["students"] for answer in one["answers"]]
        rows: list[Sequence[object]] = [COLUMNS]
        for student, one in found:
            given = "" if one["points"] is None else points(one["points"])
            beside = "; ".join(one["beside"])
            by, *texts = (cell(text)[:CELL] for text in (one.get("by", ""), beside, one["answer"]))
            head = (cell(plain(student)), one["id"], given, cell(one["comment"]), one.get("mark", ""), by)
            rows.append([*head, f"{SIGN}{one['digest']}", *texts])
        text = json.dumps(document, indent=1, ensure_ascii=False) if _is_review(path) else csv_text(rows)
        try:
            write_whole(path, text.encode(errors="backslashreplace"), private=True)
        except OSError as error:
            raise MisuseError(f"{path} can't be written: {error.strerror}") from error
        return len(found)

    def listed(self) -> str:
        """All marks as CSV, the first one first."""
        marks = self.folder.marks
        rows: list[Sequence[object]] = [LISTED]
        for one in marks.all:
            state = "refused" if one.refused else "replaced"
            if marks.on(*one.about) is one:
                now = self._digests.get(one.student, {}).get(one.item)
                state = "counts" if one.answer == now else "of another answer"
            given = "" if one.points is None else points(one.points)
            who = (cell(plain(text)) for text in (one.person, one.student, one.item))
            rest = (given, cell(one.comment), f"{SIGN}{plain(one.answer)}", one.source, state)
            rows.append([one.id, moment(one.made), *who, *rest])
        return csv_text(rows)

    def _read(self, path: Path) -> Iterator[tuple[str, Iterator[Entry]]]:
        """What stands in *path*, each with where; an iterator of entries raises UnfitError for those that are none."""
        if not _is_review(path):
            for where, cells in read_table(path, NEEDED, KNOWN):
                yield where, self._entries(cells)
        elif path.exists():
            for entry in read_review(path, self.folder.rubric).entries:
                yield f"{path}: ", iter((entry,))
        else:
            raise MisuseError(f"{path} does not exist")

    def _entries(self, cells: Mapping[str, str]) -> Iterator[Entry]:
        """What a row says: of one student's answer, or without a student of all answers with its digest.

        Raises:
            UnfitError: it fits nothing.
        """
        item, digest = cells["question"].strip(), cells.get("digest", "").strip().removeprefix(SIGN)
        if cells.get("student", "").strip():
            student = self._students.require(cells["student"])
            theirs = self._digests[student]
            if item not in theirs:
                there = f"there are {', '.join(theirs)}" if theirs else "there are none"
                raise UnfitError(f"the report of {plain(student)} has no answer to {plain(item) or 'nothing'}: {there}")
            whose = [student]
        else:
            whose = [student for student, theirs in self._digests.items() if digest and theirs.get(item) == digest]
            if not whose:
                raise UnfitError(f"no answer to {plain(item) or 'nothing'} has the digest {plain(digest)!r}")
        for student in whose:
            entry = self._entry(student, item, digest or self._digests[student][item], cells)
            if entry is not None:
                yield entry

    def _entry(self, student: str, item: str, digest: str, cells: Mapping[str, str]) -> Entry | None:
        """The entry that a row is for one student; None if nobody has filled it in.

        What stands in it as it was exported is taken as it was then, with all its digits and signs.
        """
        given, seen = _points(cells["points"], item, self.folder.rubric), _seen(cells)
        text = cells.get("comment")
        if seen is None and given is None and not (text or "").strip():
            return None
        marks = self.folder.marks.history(student, item, digest)
        counting = (one for one in reversed(marks) if not one.refused)
        before = next((one for one in counting if seen in (None, one.id)), None)
        was, comment = before.said if before is not None else (None, "")
        if was is not None and cells["points"].strip() == points(was):
            given = was
        if text is not None and text.strip() != _read_again(cell(comment)):
            comment = uncelled(text.strip())
        return Entry(student, item, digest, (given, comment), seen)

    def _require(self, mark: Mark) -> None:
        """Require that *mark* is for an answer that is there now, and not over points that nobody saw.

        Raises:
            UnfitError: it isn't.
        """
        about = f"{plain(mark.student)}, {plain(mark.item)}"
        if mark.student not in self._reports:
            raise UnfitError(f"there is no report of {plain(mark.student) or 'nobody'}")
        if self._digests[mark.student].get(mark.item) != mark.answer:
            raise UnfitError(f"{about}: this is not the answer that is there now")
        now = self.folder.marks.on(*mark.about)
        if mark.refused and now is not None:
            raise UnfitError(f"{about}: {now} were given after the file was written ({now.by})")


@contextmanager
def opened(directory: Path, rubric: Rubric, by: str | None) -> Iterator[Marking]:
    """The class whose reports lie in *directory*.

    Args:
        by: who gives points; the system's user if it is None.

    Raises:
        MisuseError: nothing was graded there, somebody else writes to it, or nobody knows who gives points.
    """
    who = deciding(by)
    with opened_class(directory, rubric, who) as (journal, folder):
        yield Marking(journal, folder, who)


def _is_review(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _points(text: str, item: str, rubric: Rubric) -> float | None:
    """The points in a cell; None if it is empty.

    Raises:
        UnfitError: there are no such points.
    """
    if not text.strip():
        return None
    most = rubric.all_points.get(item, 0.0)
    try:
        given = float(text)
    except ValueError:
        given = math.nan
    if not 0 <= given <= most:
        raise UnfitError(f"points for {plain(item)} must be a number from 0 to {points(most)}, not {plain(text)!r}")
    return given


def _seen(cells: Mapping[str, str]) -> int | None:
    """The number of the mark that a row showed when it was written; None if the table has none.

    Raises:
        UnfitError: it is no number.
    """
    text = cells.get("mark")
    if text is None:
        return None
    if text.strip() and not text.strip().isdecimal():
        raise UnfitError(f"mark must be the number that hw1 review has written there, not {plain(text)!r}")
    return int(text.strip() or 0)


def _read_again(text: str) -> str:
    """*text* as it is when it was written to a table and read."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
