"""The journal's file: its tables, its lock, and what becomes of one that is damaged or of another format."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from autograder.errors import MisuseError

FORMAT = 1
LOCK = "journal.lock"
TABLES = """
CREATE TABLE place (id INTEGER PRIMARY KEY, said TEXT UNIQUE NOT NULL);
CREATE TABLE observation (
    name BLOB PRIMARY KEY, probe TEXT NOT NULL, frame BLOB NOT NULL, printed BLOB NOT NULL,
    place INTEGER NOT NULL REFERENCES place, seconds REAL NOT NULL
);
CREATE TABLE run (
    id INTEGER PRIMARY KEY, began REAL NOT NULL, ended REAL, basis TEXT NOT NULL, given TEXT NOT NULL
);
CREATE TABLE report (
    student TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run, digest TEXT NOT NULL, basis TEXT NOT NULL,
    origin BLOB NOT NULL, body BLOB NOT NULL, stands_on BLOB NOT NULL, PRIMARY KEY (student, run)
);
CREATE TABLE gone (student TEXT PRIMARY KEY, run INTEGER NOT NULL);
CREATE TABLE person (student TEXT PRIMARY KEY, said TEXT NOT NULL);
CREATE TABLE decision (
    id INTEGER PRIMARY KEY, made REAL NOT NULL, person TEXT NOT NULL, kind TEXT NOT NULL, student TEXT NOT NULL,
    item TEXT NOT NULL, points REAL NOT NULL, why TEXT NOT NULL, verdict TEXT NOT NULL, undoes INTEGER
);
CREATE TABLE mark (
    id INTEGER PRIMARY KEY, made REAL NOT NULL, person TEXT NOT NULL, student TEXT NOT NULL, item TEXT NOT NULL,
    answer TEXT NOT NULL, points REAL, comment TEXT NOT NULL, source TEXT NOT NULL, over INTEGER,
    refused INTEGER NOT NULL
);
CREATE INDEX mark_on ON mark (student, item, answer);
CREATE TABLE act (
    id INTEGER PRIMARY KEY, made REAL NOT NULL, person TEXT NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL,
    said TEXT NOT NULL, undoes INTEGER
);
CREATE TABLE mark_by (
    mark INTEGER PRIMARY KEY, act INTEGER NOT NULL, items TEXT NOT NULL, comment TEXT NOT NULL, adjusted REAL NOT NULL
);
CREATE TABLE rubric_item (
    id INTEGER PRIMARY KEY, act INTEGER NOT NULL, item INTEGER NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL,
    points REAL NOT NULL, removed INTEGER NOT NULL
);
CREATE TABLE moved (
    id INTEGER PRIMARY KEY, act INTEGER NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, place TEXT
);
CREATE TABLE reading (
    id INTEGER PRIMARY KEY, act INTEGER NOT NULL, mark INTEGER NOT NULL, student TEXT NOT NULL, question TEXT NOT NULL,
    answer TEXT NOT NULL, points REAL NOT NULL
);
"""
REVIEWED = ("act", "mark_by", "rubric_item", "moved", "reading")  # what people did on the review page
KEPT = ("place", "observation", "run", "report", "gone", "person", "decision", "mark", *REVIEWED)
LONGEST = 1 << 40  # bytes, all of them zero: they take no room on the disk


def locked(path: Path, remarks: list[str]) -> int:
    """The open lock file beside *path*, which this process alone holds; where there are no locks, that is a remark.

    Raises:
        MisuseError: another command holds it, or nothing can be written there.
    """
    try:
        descriptor = os.open(path.with_name(LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise MisuseError(f"{path.parent} can't be written to: {error.strerror}.") from error
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        said = f"another hw1 command is writing to {path.parent}: wait for it, or name another folder with -o"
        raise MisuseError(said) from error
    except (OSError, ImportError):
        remarks.append(f"{path.parent} has no locks: run one command at a time on it")
    return descriptor


def opened(path: Path, remarks: list[str]) -> sqlite3.Connection:
    """The database at *path*, made if it is not there; one that is damaged or of another format is kept beside.

    Raises:
        MisuseError: it can't be opened, which says nothing of what is in it.
    """
    try:
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise MisuseError(f"{path} can't be made: {error.strerror}.") from error
    try:
        db = _connect(path)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == FORMAT and set(KEPT) <= tables and db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
            return db
        if tables or version:
            db.close()
            return _anew(path, remarks, version)
        return _made(db)
    except sqlite3.OperationalError as error:  # no room, no right to write: it may be whole
        raise MisuseError(f"{path} can't be opened: {error}.") from error
    except sqlite3.DatabaseError:
        return _anew(path, remarks, None)


def _anew(path: Path, remarks: list[str], version: int | None) -> sqlite3.Connection:
    """A new journal in the place of one of another format, or with what can still be read of a damaged one."""
    damaged = version in (None, FORMAT)
    word = "damaged" if damaged else f"format-{version}"
    number = 1
    while (aside := path.with_name(f"journal-{word}-{number}.sqlite")).exists():
        number += 1
    for end in ("-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + end).replace(aside.with_name(aside.name + end))
    path.replace(aside)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    db = _made(_connect(path))
    if damaged:
        rows = _rescued(aside, db)
        remarks.append(f"the journal was damaged: {rows} entries of it were kept, the rest is made again")
    else:
        remarks.append(f"the journal is of another format: it is kept as {aside.name}, and a new one is begun")
    return db


def _connect(path: Path) -> sqlite3.Connection:
    db = _plain(path)
    db.execute("PRAGMA page_size = 1024")  # of a new one: a frame's last page is half empty
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _plain(path: Path) -> sqlite3.Connection:
    if _can_lock(path.parent):
        return sqlite3.connect(path, check_same_thread=False, timeout=10)
    # Without locks SQLite opens nothing, unless it is told that nobody else is there.
    db = sqlite3.connect(f"{path.absolute().as_uri()}?vfs=unix-none", uri=True, check_same_thread=False)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    return db


def _can_lock(folder: Path) -> bool:
    """Whether parts of files can be locked in *folder*, as SQLite does; tried on the lock file."""
    try:
        import fcntl

        with (folder / LOCK).open("ab") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, ImportError):
        return True
    except OSError:
        return False
    return True


def _made(db: sqlite3.Connection) -> sqlite3.Connection:
    with db:
        db.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;")
    return db


def _rescued(damaged: Path, db: sqlite3.Connection) -> int:
    """Copy what can be read of the journal *damaged* into *db*: how many rows.

    Each table is read from both ends, until what is damaged.
    """
    before = db.total_changes
    whole = damaged.with_suffix(".whole")
    shutil.copyfile(damaged, whole)
    with suppress(OSError):  # what was written last may still be there
        shutil.copyfile(f"{damaged}-wal", f"{whole}-wal")
    with whole.open("r+b") as file:  # SQLite opens none that is shorter than it says itself
        head = file.read(32)
        page = int.from_bytes(head[16:18], "big")
        size = min((1 << 16 if page == 1 else page) * int.from_bytes(head[28:32], "big"), LONGEST)
        file.truncate(max(size, whole.stat().st_size))
    with suppress(sqlite3.DatabaseError), closing(_plain(whole)) as old, db:
        for table in KEPT:
            for order in ("ASC", "DESC"):
                with suppress(sqlite3.DatabaseError):
                    for row in old.execute(f"SELECT * FROM {table} ORDER BY rowid {order}"):  # noqa: S608  ours
                        values = ", ".join("?" * len(row))
                        db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({values})", row)  # noqa: S608  ours
    for end in ("", "-wal", "-shm"):
        Path(f"{whole}{end}").unlink(missing_ok=True)
    return db.total_changes - before
