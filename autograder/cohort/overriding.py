"""What `hw1 override` does: it takes a person's decisions into the journal, and makes the documents again at once.

All entries are looked at before the first one is kept; one that fits nothing is refused, and then none is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.cohort.decisions import (
    EMPTY,
    LATE,
    POINTS,
    UNDO,
    WORDS,
    Decisions,
    standing,
    verdict_of,
)
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Decision, Journal
from autograder.cohort.spreadsheet import read_table
from autograder.cohort.tables import last_reports, remake
from autograder.cohort.tables import opened as opened_class
from autograder.cohort.whose import Students, UnfitError, deciding, refuse
from autograder.errors import MisuseError
from autograder.render.table import cell, csv_text
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.text import moment, plain, points

WHY_LENGTH = 500  # characters: feedback shows no more than 800 in one piece
COLUMNS = ("student", "check", "points", "why")
LISTED = ("number", "time", "by", *COLUMNS, "kit", "state")


@dataclass(frozen=True)
class Entry:
    """A decision as a person writes it down: *check* is an id or one of ``WORDS``; without points for ``late``."""

    student: str
    check: str
    points: str
    why: str


@dataclass
class Overrides:
    """A graded class, about which a person decides.

    Attributes:
        by: who decides.
    """

    journal: Journal
    folder: ReportFolder
    rubric: Rubric
    by: str

    def __post_init__(self) -> None:
        self._reports = {one.student: one for one in last_reports(self.journal)}
        self._students = Students(self._reports)

    def decide(self, entries: Mapping[str, Entry]) -> list[str]:
        """Keep *entries*, by where each of them stands; a sentence on each.

        Raises:
            MisuseError: one fits nothing; none is kept, and the text names those that don't.
        """
        made: dict[tuple[str, str, str], Decision] = {}
        faults = []
        for where, entry in entries.items():
            try:
                one = self._decision(entry)
                if (one.student, one.kind, one.item) in made:
                    raise UnfitError(f"{plain(entry.student)}, {plain(entry.check)} is there twice")
                made[one.student, one.kind, one.item] = one
            except UnfitError as error:
                faults.append(f"{where}{error}")
        refuse(faults)
        self.journal.decide(made.values())
        self._remake({one.student for one in made.values()})
        return [f"{self._said(one)}: {one.why}" for one in made.values()]

    def close_empty(self, given: float, why: str) -> int:
        """Give 0 points for every answer that was or will be left empty; how many there are now.

        Raises:
            MisuseError: *given* is not 0, or there is no reason.
        """
        if given:
            raise MisuseError(f"an answer that was left empty gets 0, not {points(given)}")
        try:
            self.journal.decide([Decision(EMPTY, "", "", 0.0, _reason(why), self.by)])
        except UnfitError as error:
            raise MisuseError(f"{error}.") from error
        reports, about = self._remake(None), self.folder.decisions.about
        decided = ((report, one) for report in reports for one in report.decisions if one.before is not None)
        return sum((POINTS, one.id) not in about(report.student) for report, one in decided)

    def undo(self, student: str = "", check: str = "") -> str:
        """Take back the last decision, of those on *student* and *check* if these are given; a sentence on it.

        Raises:
            MisuseError: there is none.
        """
        whose = self._students.meant(student)
        found = [
            one
            for one in standing(self.journal.decisions())
            if student in ("", one.student) or one.student == whose
            if check in ("", one.item or one.kind)
        ]
        if not found:
            about = f" on {plain(f'{student} {check}'.strip())}" if student or check else ""
            raise MisuseError(f"there is no decision{about} that could be taken back")
        last = found[-1]
        undone = Decision(UNDO, last.student, last.item, last.points, last.why, self.by, undoes=last.id)
        self.journal.decide([undone])
        self._remake({last.student} if last.student else None)
        return f"{self._said(last)}: taken back"

    def listed(self, student: str = "") -> str:
        """All decisions as CSV, the first one first, or those on one student."""
        decisions = self.journal.decisions()
        counting = Decisions.of(self.journal).counting
        now = {one.id for about in counting.values() for one in about.values()}
        undone = {one.undoes for one in decisions if one.kind == UNDO}
        whose = self._students.meant(student)
        rows: list[Sequence[object]] = [LISTED]
        for one in decisions:
            if student and one.student != whose:
                continue
            state = "counts" if one.id in now else "taken back" if one.id in undone else "replaced"
            if one.kind == UNDO:
                state = f"takes back {one.undoes}"
            name = one.item or (one.kind if one.kind != UNDO else "")
            given = "" if one.kind == LATE else points(one.points)
            row = (one.person, one.student, name, given, one.why, _kit(one))
            rows.append([one.id, moment(one.made), *(cell(plain(text)) for text in row), state])
        return csv_text(rows)

    def _decision(self, entry: Entry) -> Decision:
        """The decision that *entry* is.

        Raises:
            UnfitError: it is none.
        """
        student = self._students.require(entry.student)
        check = entry.check.strip()
        given = self._points(entry, check)
        why = _reason(entry.why)
        if check in WORDS:
            return Decision(check, student, "", given, why, self.by)
        report = self.folder.reviewed(self._reports[student])
        answer = next((one for one in report.written if one.id == check), None)
        line = next((line for line in report.lines if line.id == check), None)
        if line is None:
            raise UnfitError(f"the report of {plain(student)} has no {check}: run hw1 grade first")
        return Decision(POINTS, student, check, given, why, self.by, verdict_of(line, answer))

    def _points(self, entry: Entry, check: str) -> float:
        """The points of *entry*, which the rubric has for *check*.

        Raises:
            UnfitError: the check is none, or there are no such points.
        """
        worth = self.rubric.all_points
        text = entry.points.strip()
        if check == LATE:
            if text:
                raise UnfitError("late takes no points: it waives what was lost by handing in late")
            return 0.0
        if check not in WORDS and not worth.get(check):
            ids = ", ".join(name for name, most in worth.items() if most)
            raise UnfitError(
                f"there are no points for {plain(check) or 'nothing'}: name {', '.join(WORDS)} or one of {ids}"
            )
        most = self.rubric.total if check in WORDS else worth[check]
        least = "more than 0" if check in WORDS else "0"
        try:
            given = float(text)
        except ValueError:
            given = math.nan
        if not 0 <= given <= most or (check in WORDS and not given):
            raise UnfitError(f"points for {check} must be a number from {least} to {points(most)}, not {plain(text)!r}")
        return given

    def _said(self, one: Decision) -> str:
        name = f"{plain(one.student)} {one.item or one.kind}".strip()
        return name if one.kind in (LATE, EMPTY) else f"{name}, {points(one.points)} points"

    def _remake(self, students: set[str] | None) -> list[Report]:
        """Make the documents of *students*, or of all, and the tables again; everybody's reports."""
        return remake(self._reports.values(), students, self.journal, self.folder)


def require_one_of(wanted: Mapping[str, object], undo: bool, student: str) -> None:
    """Refuse a command that asks for several things at once.

    Args:
        wanted: by how a thing is asked for, whether it is.
        student: is named.

    Raises:
        MisuseError: it does.
    """
    asked = [name for name, value in wanted.items() if value]
    asked += ["--undo"] if undo and set(asked) & {"--from", "--list"} else []
    if len(asked) > 1:
        raise MisuseError(f"{' and '.join(asked)} are two things: ask for one")
    if student and set(asked) & {"--from", "--empty"}:
        raise MisuseError(f"{asked[0]} is not about one student: leave {plain(student)} out")


@contextmanager
def opened(directory: Path, rubric: Rubric, by: str | None) -> Iterator[Overrides]:
    """The class whose reports lie in *directory*.

    Args:
        by: who decides; the system's user if it is None.

    Raises:
        MisuseError: nothing was graded there, somebody else writes to it, or nobody knows who decides.
    """
    who = deciding(by)
    with opened_class(directory, rubric, who) as (journal, folder):
        yield Overrides(journal, folder, rubric, who)


def read_entries(path: Path) -> dict[str, Entry]:
    """The entries of a CSV file with the columns of COLUMNS, by ``"line 2: "``; other columns are left alone.

    Raises:
        MisuseError: it can't be read, or lacks a column.
    """
    rows = read_table(path, COLUMNS)
    return {where: Entry(*(cells.get(name, "") for name in COLUMNS)) for where, cells in rows}


def _reason(why: str) -> str:
    """A reason as it is kept.

    Raises:
        UnfitError: there is none, or it is too long.
    """
    said = plain(why.strip(), WHY_LENGTH + 1).strip()
    if not said:
        raise UnfitError("a reason is missing (why): the student will read it")
    if len(said) > WHY_LENGTH:
        raise UnfitError(f"the reason has more than {WHY_LENGTH} characters")
    return said


def _kit(decision: Decision) -> str:
    """What the kit said when it was decided."""
    if not decision.verdict:
        return ""
    status, given, mistake, _ = json.loads(decision.verdict)
    return f"{status}, {points(given)} points" + (f", {mistake}" if mistake else "")
