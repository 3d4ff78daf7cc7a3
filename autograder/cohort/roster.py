"""The class as a table: its students, and what the learning management systems call them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.cohort.spreadsheet import read_rows
from autograder.errors import MisuseError
from autograder.ingest.handin import Person
from autograder.ingest.names import shown, student_id
from autograder.late import NO_ALLOWANCE, Allowance, Rules, allowance_of

MAX_WORDS = 8  # of a name, tried in every rotation
# A column by its header in lower case, letters and digits alone. The first of these that is there is taken.
HEADERS = {
    "id": (
        "studentid",
        "studentnumber",
        "studentno",
        "sisuserid",  # Canvas's gradebook, whose "ID" is its own number
        "sid",  # Gradescope's
        "idnumber",  # Moodle's
        "matriculationnumber",
        "matrikelnummer",
        "학번",
        "id",
    ),
    "name": ("name", "fullname", "studentname", "student", "이름", "성명"),
    "given": ("firstname", "givenname"),
    "surname": ("lastname", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail"),
    "canvas": ("canvasid", "canvasuserid"),
    "moodle": ("moodleid", "participantid", "identifier"),  # the last one in Moodle's grading worksheet
    "gradescope": ("gradescopeid",),
    "extension": ("extension", "extensiondays", "extendeduntil"),
    "late days": ("latedays", "latedaysleft"),
    "handed in": ("handedin",),
}
SYSTEMS = ("canvas", "moodle", "gradescope")
NO_STUDENTS = ("pointspossible", "studenttest", "teststudent")  # rows of Canvas's gradebook


@dataclass(frozen=True)
class Student:
    """One row: ``id`` is written as reports write it; ``numbers`` are the LMSs' own, by system.

    ``allowance`` is what a late hand-in is granted, where the rubric has rules for that.
    """

    id: str
    name: str = ""
    email: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    allowance: Allowance = NO_ALLOWANCE


@dataclass(frozen=True)
class Roster:
    """All students, by id."""

    students: Mapping[str, Student]

    def find(self, person: Person) -> Student | None:
        """Find *person* by the LMS's number, the id that it knows, e-mail or name; None if that is unclear."""
        return (
            self._numbers.get((person.lms, person.number))
            or self.students.get(student_id(person.sid) if person.sid else "")
            or self._emails.get(person.email.strip().casefold())
            or self.named(person.name)
        )

    def named(self, name: str) -> Student | None:
        """The only student of this name, in whatever order its words stand and without its signs."""
        return self._names.get("".join(_words(name)))

    @cached_property
    def _numbers(self) -> dict[tuple[str, str], Student]:
        return {(lms, number): one for one in self.students.values() for lms, number in one.numbers.items()}

    @cached_property
    def _emails(self) -> dict[str, Student]:
        return {one.email.casefold(): one for one in self.students.values() if one.email}

    @cached_property
    def _names(self) -> dict[str, Student]:
        known: dict[str, Student | None] = {}
        for one in self.students.values():
            words = _words(one.name)[:MAX_WORDS]
            for key in {"".join(words[start:] + words[:start]) for start in range(len(words))}:
                known[key] = None if key in known else one  # two of one name: neither is meant
        return {key: one for key, one in known.items() if key and one is not None}


def _words(name: str) -> list[str]:
    """The words of *name*, letters and digits alone, without accents and capitals: systems keep them or do not."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return ["".join(c for c in word if c.isalnum()) for word in plain.replace(",", " ").replace("_", " ").split()]


def read_roster(path: Path, rules: Rules | None = None) -> Roster:
    """Read the roster in *path*: headers, then a row for each student, with commas, semicolons or tabs, in UTF-8.

    Args:
        rules: for late hand-ins; without them nothing is read of what the roster grants.

    Raises:
        MisuseError: it can't be read, has no column of ids, or a row is wrong; the text names the line.
    """
    what = f"the roster {path}"
    rows = read_rows(path, what)
    first, headers = next(rows)
    columns = _columns(headers, path, first)
    students: dict[str, Student] = {}
    places: dict[tuple[str, str], int] = {}
    for line, row in rows:
        student = _student(row, columns, path, line, rules)
        if student is None:
            continue
        keys = [("id", student.id), ("email", student.email.casefold())]
        keys += [(f"{lms} number", number) for lms, number in student.numbers.items()]
        for key in keys:
            if key[1] and places.setdefault(key, line) != line:
                said = f"the {key[0]} {shown(key[1])} is also in line {places[key]}"
                raise MisuseError(f"{what}, line {line}: {said}")
        students[student.id] = student
    if not students:
        raise MisuseError(f"{what} names no student below its headers")
    return Roster(students)


def _columns(headers: list[str], path: Path, line: int) -> dict[str, int]:
    """Where each of `HEADERS` stands; the number of headers under ``""``."""
    names = ["".join(_words(header)) for header in headers]
    columns = {"": len(headers)}
    for what, known in HEADERS.items():
        place = next((names.index(name) for name in ("".join(_words(one)) for one in known) if name in names), None)
        if place is not None:
            columns[what] = place
    if "id" not in columns:
        raise MisuseError(
            f"the roster {path}, line {line}: no column has student ids; name it id, student id, sid or student number"
        )
    if "sisuserid" in names and "id" in names:
        columns.setdefault("canvas", names.index("id"))
    return columns


def _student(row: list[str], columns: Mapping[str, int], path: Path, line: int, rules: Rules | None) -> Student | None:
    """The student of one row; None for an empty one."""
    cells = [cell.strip() for cell in row]
    if not any(cells):
        return None
    if any(cells[columns[""] :]):
        raise MisuseError(f"the roster {path}, line {line}: there are more cells than headers")

    def cell(what: str) -> str:
        place = columns.get(what)
        return cells[place] if place is not None and place < len(cells) else ""

    name = cell("name") or f"{cell('given')} {cell('surname')}".strip()
    if not cell("id"):
        if "".join(_words(name)) in NO_STUDENTS:
            return None
        raise MisuseError(f"the roster {path}, line {line}: the student id is missing")
    # Moodle's worksheet says "Participant 1234567".
    numbers = {lms: found[0] for lms in SYSTEMS if (found := re.search("[0-9]+", cell(lms)))}
    allowance = NO_ALLOWANCE
    if rules is not None:
        try:
            allowance = allowance_of(cell("extension"), cell("late days"), cell("handed in"), rules)
        except ValueError as error:
            raise MisuseError(f"the roster {path}, line {line}: {error}") from error
    return Student(student_id(cell("id")), name, cell("email"), numbers, allowance)
