"""The journal: one SQLite file that holds every observation, and every report of every run, of a class.

Grades are computed from it. It lies in the folder of the reports, where no worker may read, and one process writes it.
An observation stands under a name that says all that decides it (``keeping``), so that nothing is run twice; a
report is kept where it differs from the student's last one. What is damaged is left out: it is observed again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.answers.marks import Mark
from autograder.cohort.journal_file import locked, opened
from autograder.errors import MisuseError
from autograder.keeping.kept import Kept
from autograder.keeping.standing import StandsOn, stands_of
from autograder.report import Report

NAME = "journal.sqlite"
DECIDED = "made, person, kind, student, item, points, why, verdict, undoes"
MARKED = "made, person, student, item, answer, points, comment, source, over, refused"
LAST = "SELECT max(id) FROM mark WHERE student = ? AND item = ? AND answer = ? AND NOT refused"
NOTHING: StandsOn = {}


@dataclass(frozen=True)
class Graded:
    """One student's report as a run left it.

    Attributes:
        run: the number of the run that made it.
        digest: of the hand-in.
        basis: of all else that decides it.
        origin: where the hand-in was found.
        body: the report's JSON values.
    """

    student: str
    run: int
    digest: str
    basis: str
    origin: str
    body: Mapping[str, Any]

    def report(self) -> Report | None:
        """The report; None if it is of another format."""
        try:
            return Report.from_json(self.body)
        except (KeyError, ValueError, TypeError):
            return None


@dataclass(frozen=True)
class Run:
    """One command that graded.

    Attributes:
        began, ended: in seconds since 1970; None as long as it has not ended by itself.
        basis: by name, the digests of what grades depend on beside the hand-in.
        given: how it was called.
    """

    id: int
    began: float
    ended: float | None
    basis: Mapping[str, str]
    given: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """What a person has decided in the place of the kit, or that an earlier decision is taken back.

    Attributes:
        kind: one of ``decisions.KINDS``, or ``"undo"``.
        student: empty if it is about all.
        item: the check or written answer; empty for another kind than points.
        person: who decided it.
        verdict: what it stands in the place of (``decisions.verdict_of``).
        undoes: the number of the decision that is taken back.
        id, made: its number and its time in seconds since 1970, which the journal gives.
    """

    kind: str
    student: str
    item: str
    points: float
    why: str
    person: str
    verdict: str = ""
    undoes: int | None = None
    id: int = 0
    made: float = 0.0


@dataclass
class Journal:
    """The journal in the folder of a class, open for one process.

    Attributes:
        path: where it lies.
        remarks: what staff should know of it.

    Raises:
        MisuseError: another command writes to it, or it can't be opened.
    """

    path: Path
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turn = threading.Lock()
        self._run = 0
        self._places: dict[str, int] = {}
        self._lock = locked(self.path, self.remarks)
        try:
            self._db = opened(self.path, self.remarks)
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it; another command may open it now."""
        with self._turn:
            self._db.close()
        os.close(self._lock)

    def reopen_to_read(self) -> None:
        """Read it in a process that was forked from this one, through a connection of its own; it can't be written."""
        self._inherited = self._db  # it is the other process's: it may not even be closed here
        where = f"{self.path.absolute().as_uri()}?mode=ro"
        self._db = sqlite3.connect(where, uri=True, check_same_thread=False, timeout=10)

    # Observations

    def observation(self, name: bytes) -> Kept | None:
        """What was observed under *name*; None if nothing was, or if it is damaged."""
        query = "SELECT frame, printed, said, seconds FROM observation JOIN place ON id = place WHERE name = ?"
        try:
            with self._turn:
                row = self._db.execute(query, (name,)).fetchone()
            if row is None:
                return None
            frame, printed, place, seconds = row
            return Kept(zlib.decompress(frame), zlib.decompress(printed), _place_of(place), float(seconds))
        except (sqlite3.DatabaseError, zlib.error, ValueError, TypeError):
            return None

    def keep(self, name: bytes, probe: str, kept: Kept) -> None:
        """Keep what was observed under *name*.

        Raises:
            MisuseError: it can't be written; what was written before is kept.
        """
        frame, printed = (zlib.compress(data, 6) for data in (kept.frame, kept.printed))
        with self.writing() as db:
            place = self._place(db, json.dumps(kept.place))
            values = (name, probe, frame, printed, place, kept.seconds)
            db.execute("INSERT OR REPLACE INTO observation VALUES (?, ?, ?, ?, ?, ?)", values)

    # Runs and reports

    def begin(self, basis: Mapping[str, str], given: Mapping[str, Any]) -> int:
        """Begin a run; its number.

        Raises:
            MisuseError: it can't be written.
        """
        with self.writing() as db:
            made = db.execute(
                "INSERT INTO run (began, basis, given) VALUES (?, ?, ?)",
                (time.time(), json.dumps(dict(basis)), json.dumps(dict(given))),
            )
            self._run = int(made.lastrowid or 0)
        return self._run

    def end(self) -> None:
        """Note that the run has come to its end, which is no earlier than its beginning, whatever the clock says."""
        with self.writing() as db:
            db.execute("UPDATE run SET ended = max(began, ?) WHERE id = ?", (time.time(), self._run))

    def write(
        self,
        student: str,
        digest: str,
        basis: str,
        origin: str,
        body: Mapping[str, Any],
        stands_on: StandsOn = NOTHING,
    ) -> None:
        """Keep what this run has made of a student's hand-in.

        Args:
            stands_on: the observations that it was judged by.

        Raises:
            MisuseError: it can't be written; what was written before is kept.
        """
        data = zlib.compress(json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass"), 6)
        with self.writing() as db:
            values = (
                student,
                self._run,
                digest,
                basis,
                os.fsencode(origin),
                data,
                zlib.compress(json.dumps(stands_on).encode()),
            )
            db.execute("INSERT OR REPLACE INTO report VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def history(self, student: str) -> list[Graded]:
        """Every report of one student, the first one first; what is damaged is left out."""
        query = "SELECT student, run, digest, basis, origin, body FROM report WHERE student = ? ORDER BY run"
        return [one for row in self.rows(query, (student,)) for one in _graded(row)]

    def seed_of(self, student: str) -> str:
        """The digest of the seed that the student's last report was made with; empty if it is not known."""
        query = "SELECT basis FROM run WHERE id = (SELECT max(run) FROM report WHERE student = ?)"
        return "".join(str(json.loads(basis).get("seed", "")) for (basis,) in self.rows(query, (student,)))

    def stands_on(self, student: str) -> StandsOn:
        """The observations that the student's last report was judged by."""
        return self.all_stand_on(student).get(student, {})

    def all_stand_on(self, student: str | None = None) -> dict[str, StandsOn]:
        """By student, or of one alone, the observations that the last report was judged by; without damaged ones."""
        query = "SELECT student, max(run), stands_on FROM report WHERE ?1 IS NULL OR student = ?1 GROUP BY student"
        found: dict[str, StandsOn] = {}
        for name, _, data in self.rows(query, (student,)):
            with suppress(zlib.error, ValueError, TypeError, AttributeError):
                found[name] = stands_of(json.loads(zlib.decompress(data)))
        return found

    def mark_gone(self, students: Mapping[str, bool]) -> None:
        """Note of each of *students* whether its hand-in is no longer where it was."""
        with self.writing() as db:
            for student, gone in students.items():
                if gone:
                    db.execute("INSERT OR IGNORE INTO gone VALUES (?, ?)", (student, self._run))
                else:
                    db.execute("DELETE FROM gone WHERE student = ?", (student,))

    def gone(self) -> set[str]:
        """The students whose hand-ins are no longer where they were."""
        return {str(student) for (student,) in self.rows("SELECT student FROM gone")}

    def name_people(self, people: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what is known of students as persons, in the place of what was."""
        with self.writing() as db:
            rows = ((student, json.dumps(dict(said))) for student, said in people.items())
            db.executemany("INSERT OR REPLACE INTO person VALUES (?, ?)", rows)

    def people(self) -> dict[str, Mapping[str, Any]]:
        """What is known of students as persons, as it was given."""
        return {student: json.loads(said) for student, said in self.rows("SELECT student, said FROM person")}

    def runs(self) -> list[Run]:
        """All runs, the first one first."""
        rows = self.rows("SELECT id, began, ended, basis, given FROM run ORDER BY id")
        return [Run(id, began, ended, json.loads(basis), json.loads(given)) for id, began, ended, basis, given in rows]

    def graded(self, run: int | None = None, regraded_in: int | None = None) -> dict[str, Graded]:
        """By student, the last report up to *run*, or of all; one that is damaged is left out.

        Args:
            regraded_in: only of students of whom this run has made a report.
        """
        query = """SELECT student, max(run), digest, basis, origin, body FROM report
            WHERE run <= ?1 AND (?2 IS NULL OR student IN (SELECT student FROM report WHERE run = ?2))
            GROUP BY student ORDER BY student"""
        rows = self.rows(query, (1 << 60 if run is None else run, regraded_in))
        return {one.student: one for row in rows for one in _graded(row)}

    def last_runs(self) -> dict[str, int]:
        """By student, the number of the run that made the last report."""
        return dict(self.rows("SELECT student, max(run) FROM report GROUP BY student"))

    def origins(self) -> dict[str, str]:
        """By student, where the last hand-in was found."""
        query = "SELECT student, max(run), origin FROM report GROUP BY student"
        return {str(student): os.fsdecode(origin) for student, _, origin in self.rows(query)}

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Keep *decisions*, all or none of them.

        Raises:
            MisuseError: they can't be written.
        """
        now = time.time()
        rows = [(now, n.person, n.kind, n.student, n.item, n.points, n.why, n.verdict, n.undoes) for n in decisions]
        with self.writing() as db:
            db.executemany(f"INSERT INTO decision ({DECIDED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608  ours

    def decisions(self) -> list[Decision]:
        """All decisions, the first one first, those that were taken back among them."""
        rows = self.rows(f"SELECT {DECIDED}, id FROM decision ORDER BY id")  # noqa: S608  ours
        return [
            Decision(kind, student, item, points, why, person, verdict, undoes, id, made)
            for made, person, kind, student, item, points, why, verdict, undoes, id in rows
        ]

    def mark(self, marks: Iterable[Mark]) -> list[Mark]:
        """Keep *marks* for written answers, all or none of them: as they are kept.

        One that was given over another mark than the last one on its answer is refused: it is kept, and does not count.

        Raises:
            MisuseError: they can't be written.
        """
        with self.writing() as db:
            return add_marks(db, marks, time.time())

    def marks(self) -> list[Mark]:
        """All marks for written answers, the first one first, those that were refused among them."""
        rows = self.rows(f"SELECT {MARKED}, id FROM mark ORDER BY id")  # noqa: S608  ours
        return [
            Mark(student, item, answer, points, comment, person, source, over, bool(refused), id, made)
            for made, person, student, item, answer, points, comment, source, over, refused, id in rows
        ]

    # The file

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of *query*."""
        with self._turn:
            rows = self._db.execute(query, values).fetchall()
        yield from rows

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The database for what is written together, all or nothing of it.

        Raises:
            MisuseError: it can't be written; what was written before is kept.
        """
        try:
            with self._turn, self._db:
                yield self._db
        except sqlite3.Error as error:
            self._places.clear()
            raise MisuseError(f"{self.path} can't be written: {error}. What was written before is kept.") from error

    def _place(self, db: sqlite3.Connection, said: str) -> int:
        if said not in self._places:
            db.execute("INSERT OR IGNORE INTO place (said) VALUES (?)", (said,))
            self._places[said] = db.execute("SELECT id FROM place WHERE said = ?", (said,)).fetchone()[0]
        return self._places[said]


def add_marks(db: sqlite3.Connection, marks: Iterable[Mark], now: float) -> list[Mark]:
    """Add *marks*, which are given *now*, to the journal that is being written: as they are kept (``Journal.mark``)."""
    query, kept = f"INSERT INTO mark ({MARKED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", []  # noqa: S608  ours
    for one in marks:
        (last,) = db.execute(LAST, (one.student, one.item, one.answer)).fetchone()
        refused = one.over is not None and one.over != (last or 0)
        one = replace(one, made=now, refused=refused)
        values = now, one.person, one.student, one.item, one.answer, one.points, one.comment, one.source
        kept.append(replace(one, id=db.execute(query, (*values, one.over, refused)).lastrowid or 0))
    return kept


@lru_cache(maxsize=64)  # a class has a few
def _place_of(said: str) -> Mapping[str, Any]:
    """Environment and layers, as they stand in the table of places."""
    return dict(json.loads(said))


def _graded(row: tuple[Any, ...]) -> Iterator[Graded]:
    """The report in a row of the table; none if it is damaged."""
    student, run, digest, basis, origin, data = row
    with suppress(zlib.error, ValueError):
        yield Graded(
            student,
            run,
            digest,
            basis,
            os.fsdecode(origin),
            json.loads(zlib.decompress(data).decode(errors="surrogatepass")),
        )


def existing(folder: Path) -> Journal:
    """The journal of the class that was graded into *folder*.

    Raises:
        MisuseError: there is none, or another command writes to it.
    """
    if not (folder / NAME).is_file():
        raise MisuseError(f"{folder} has no {NAME}: name the folder that hw1 grade wrote its reports to")
    return Journal(folder / NAME)
