"""The folder of reports: written one by one, whole or not at all, and read again by the next run.

Only whoever grades can read it: no student may read another one's report.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from autograder.answers.marks import Marks
from autograder.answers.review import NAME as REVIEW
from autograder.answers.review import marked, review_document
from autograder.cohort.decisions import Decisions, decided, undecided
from autograder.cohort.journal import Journal
from autograder.discretion import for_students
from autograder.disk import write_whole
from autograder.errors import MisuseError
from autograder.home import writable
from autograder.ingest.names import folded
from autograder.render.feedback_page import feedback_page
from autograder.render.gradescope import results_json
from autograder.render.table import grades_csv
from autograder.render.text import feedback_text
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.submission import Owner

PRIVATE_FOLDER = 0o700
LAST = "report.json"  # of a student's documents: it says that the others are there


class ReportFolder:
    """``OUT/<student>/`` with ``report.json``, ``results.json``, ``feedback.html`` and ``feedback.txt``; the tables.

    What people have decided, and what they gave for written answers, stands in every report: ``decisions`` and
    ``marks``, the journal's. ``elsewhere`` is what the review file says of students whom the journal does not know;
    ``taken`` is the file as it was when the journal took it over.

    What is called feedback, and the results, are the student's, the others are staff's. What it makes is its owner's
    alone; a folder that was there before keeps its mode.

    Raises:
        MisuseError: the folder can't be made or written to.
    """

    def __init__(self, folder: Path, rubric: Rubric):
        self.folder = writable(folder, PRIVATE_FOLDER)
        self.rubric = rubric
        self._names: dict[str, str] = {}
        self.decisions, self.marks = Decisions(), Marks()
        self.elsewhere: Mapping[str, Any] = {}
        self.taken: bytes | None = None

    def hear(self, journal: Journal) -> None:
        """Take what people have decided from *journal*, into all that is written from now on."""
        self.decisions, self.marks = Decisions.of(journal), Marks(journal.marks())

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

    def links(self, student: str, endings: tuple[str, ...]) -> dict[str, str]:
        """By name, the files beside one student's report that end so, in that order, as relative addresses."""
        there = self.of(student)
        try:
            names = sorted(path.name for path in there.iterdir())
        except OSError:  # nothing was written yet
            return {}
        wanted = (name for ending in endings for name in sorted(names, key=ending.__ne__) if name.endswith(ending))
        return {name: f"{quote(os.fsencode(there.name))}/{quote(os.fsencode(name))}" for name in wanted}

    def write(self, report: Report) -> Report:
        """Keep one student's report in all its forms, with the points that people gave; that report.

        Raises:
            MisuseError: the disk is full, or the folder is gone or replaced by a symbolic link.
        """
        report = self.marked(report)
        shown = for_students(report)
        documents = {
            "results.json": _json(results_json(shown, self.rubric)),
            "feedback.txt": feedback_text(shown, self.rubric),
            "feedback.html": feedback_page(shown, self.rubric),
            LAST: _json(report.to_json()),
        }
        for name, text in documents.items():
            self._replace(self.of(report.student) / name, text)
        return report

    def marked(self, report: Report) -> Report:
        """*report* with the points that people gave, and what else they decided."""
        return decided(self.reviewed(report), self.decisions)

    def reviewed(self, report: Report) -> Report:
        """*report* with the points that people gave for answers, before anything was decided."""
        return marked(undecided(report), self.marks)

    def write_pages(self, student: str, pages: Mapping[str, str]) -> None:
        """Keep documents beside a student's report, by file name.

        Raises:
            MisuseError: as for a report.
        """
        for name, text in pages.items():
            self._replace(self.of(student) / name, text)

    def refresh(self, report: Report) -> Report:
        """*report* with the points that people gave; written if it does not stand here as it is."""
        marked_now = self.marked(report)
        try:
            there = (self.of(report.student) / LAST).read_bytes()
        except OSError:
            there = b""
        return marked_now if there == _encoded(_json(marked_now.to_json())) else self.write(report)

    def write_grades(self, reports: Iterable[Report], people: Mapping[str, Owner] = MappingProxyType({})) -> Path:
        """Write ``grades.csv`` and ``review.json`` for all of *reports*; the first one's path.

        Args:
            people: by student, how the roster and the learning management systems call them.
        """
        reports = list(reports)
        document = review_document(reports, self.rubric, self.marks, self.elsewhere)
        if not _holds(self.folder / REVIEW, document):
            self.write_table(REVIEW, json.dumps(document, indent=1, ensure_ascii=False))  # people write in it
        reports.sort(key=lambda report: report.student)
        return self.write_table("grades.csv", grades_csv(reports, self.rubric, people))

    def write_table(self, name: str, text: str | bytes) -> Path:
        """Write a table of the class, or an archive; its path.

        Raises:
            MisuseError: as for a report.
        """
        self._replace(self.folder / name, text)
        return self.folder / name

    def _replace(self, path: Path, text: str | bytes) -> None:
        try:
            if path.parent != self.folder:
                if path.parent.is_symlink():
                    raise MisuseError(f"{path.parent} is a symbolic link, and no report is written through one.")
                path.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
            write_whole(path, text if isinstance(text, bytes) else _encoded(text), private=True, synced=False)
        except OSError as error:
            raise MisuseError(f"{path} can't be written: {error.strerror}. What was written before is kept.") from error


def _holds(path: Path, document: Mapping[str, Any]) -> bool:
    """Whether *path* says the same; reading takes a tenth of the time that writing takes."""
    try:
        return bool(json.loads(path.read_bytes()) == document)
    except (OSError, ValueError):
        return False


def _json(values: Mapping[str, Any]) -> str:
    """*values* with a line for each entry and for each item of a list; ``indent`` would take thirty times as long."""
    lines = (f"{_plain(name)}: {_lined(value)}" for name, value in values.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lined(value: Any) -> str:
    if not (isinstance(value, list) and value):
        return _plain(value)
    return "[\n " + ",\n ".join(map(_plain, value)) + "\n]"


_plain = json.JSONEncoder(ensure_ascii=False).encode


def _encoded(text: str) -> bytes:
    """*text* in UTF-8; what that can't hold, as names of folders may, is written as \\udcff: it stays JSON."""
    return text.encode(errors="backslashreplace")
