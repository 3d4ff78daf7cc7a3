"""The folder of reports: written one by one, whole or not at all, and read again by the next run.

Whoever grades can read it and nobody else: what it says of one student is none of another one's business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.answers.review import NAME as REVIEW
from autograder.answers.review import marked, read_review, review_document
from autograder.discretion import for_students
from autograder.disk import write_whole
from autograder.errors import MisuseError
from autograder.home import writable
from autograder.ingest.names import folded
from autograder.render.gradescope import results_json
from autograder.render.table import grades_csv
from autograder.render.text import feedback_text
from autograder.report import Report
from autograder.rubric import Rubric

PRIVATE_FOLDER = 0o700


class ReportFolder:
    """``OUT/<student>/report.json``, ``results.json`` and ``feedback.txt``, ``OUT/grades.csv`` and ``OUT/review.json``.

    The second and the third are the student's, the others are staff's. What it makes is its owner's alone; a folder
    that was there before keeps its mode.

    Raises:
        MisuseError: the folder can't be made or written to, or its review file is damaged.
    """

    def __init__(self, folder: Path, rubric: Rubric):
        self.folder = writable(folder, PRIVATE_FOLDER)
        self.rubric = rubric
        self._review = read_review(folder / REVIEW, rubric)
        self._names: dict[str, str] = {}

    def expect(self, students: Iterable[str]) -> None:
        """Give a folder of its own to each of the *students* of a run: some systems take ``Ann`` and ``ann`` for one.

        The name in small letters keeps its folder, so that no hand-in takes away another one's.
        """
        taken: set[str] = set()
        for student in sorted(students, key=lambda one: (one != one.lower(), one)):
            if folded(student) in taken:
                digest = hashlib.sha256(student.encode()).hexdigest()[:8]
                self._names[student] = f"{student}-{digest}"
            taken.add(folded(student))

    def of(self, student: str) -> Path:
        """The folder of one student's report."""
        return self.folder / self._names.get(student, student)

    def earlier(self, student: str, digest: str, basis: str) -> Report | None:
        """An earlier run's report, if it was about the same bytes, on the same basis, on a machine that had time."""
        try:
            report = Report.from_json(json.loads((self.of(student) / "report.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none, or cut off, or another format: it is graded again
        same = report.digest == digest and report.fingerprint.get("basis") == basis
        whole = report.complete and report.written and not report.fingerprint.get("pressed")
        return report if same and whole else None

    def write(self, report: Report) -> Report:
        """Keep one student's report in its three forms, with the points that people gave; that report.

        Raises:
            MisuseError: the disk is full, the folder went away, or a symbolic link is in its place.
        """
        report = marked(report, self._review)
        shown = for_students(report)
        documents = {
            "results.json": json.dumps(results_json(shown, self.rubric), indent=1, ensure_ascii=False),
            "feedback.txt": feedback_text(shown, self.rubric),
            "report.json": json.dumps(
                report.to_json(), indent=1, ensure_ascii=False
            ),  # last: it says that the rest is there
        }
        for name, text in documents.items():
            self._replace(self.of(report.student) / name, text)
        return report

    def write_pages(self, student: str, pages: Mapping[str, str]) -> None:
        """Keep documents beside a student's report, by file name.

        Raises:
            MisuseError: as for a report.
        """
        for name, text in pages.items():
            self._replace(self.of(student) / name, text)

    def refresh(self, report: Report) -> Report:
        """*report*, which stands here, with the points that people have given since; written if these changed it."""
        return report if marked(report, self._review) == report else self.write(report)

    def write_grades(self, reports: Iterable[Report]) -> Path:
        """Write ``grades.csv`` and ``review.json`` for all of *reports*; the first one's path."""
        reports = list(reports)
        self._review = read_review(self.folder / REVIEW, self.rubric)  # again: somebody may be writing in it
        document = review_document(reports, self.rubric, self._review)
        self._replace(self.folder / REVIEW, json.dumps(document, indent=1, ensure_ascii=False))
        path = self.folder / "grades.csv"
        self._replace(path, grades_csv(sorted(reports, key=lambda report: report.student), self.rubric))
        return path

    def _replace(self, path: Path, text: str) -> None:
        try:
            if path.parent != self.folder:
                if path.parent.is_symlink():
                    raise MisuseError(f"{path.parent} is a symbolic link, and no report is written through one.")
                path.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
            # Names of folders and texts of exceptions may hold what UTF-8 can't; as \udcff it stays JSON, too.
            write_whole(path, text.encode(errors="backslashreplace"), private=True, synced=False)
        except OSError as error:
            raise MisuseError(f"{path} can't be written: {error.strerror}. What was written before is kept.") from error
