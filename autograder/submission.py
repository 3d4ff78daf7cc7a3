"""What was handed in, as a record; ``ingest`` reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.errors import HandinError
from autograder.evidence import Origin
from autograder.hashing import known_hash
from autograder.homework import ANSWERS
from autograder.late import Allowance


@dataclass(frozen=True)
class Owner:
    """Whose a hand-in is, as the roster or a learning management system (LMS) says it; text of the latter is hostile.

    Attributes:
        name, email: empty where neither says it.
        numbers: by LMS its own number of the person, in Gradescope that of the hand-in.
        files: what the hand-in's files are called in Canvas's download.
        listed: whether the roster names the student, so that name and e-mail are the roster's.
        sure: whether the roster or the LMS says the student's id, not a file's name.
    """

    name: str = ""
    email: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    listed: bool = False
    sure: bool = False


@dataclass(frozen=True)
class Claimed:
    """A figure that a document of a hand-in shows; never credited.

    Attributes:
        place: the document and the page or cell in it, as people read it.
        what: ``"accuracy"``, in [0, 1], or ``"parameters"``.
        training: the id of the training whose network it seems to be of; empty if none is named near it.
        words: the text around it in a document of prose; hostile.
    """

    place: str
    what: str
    value: float
    training: str = ""
    words: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Claimed:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: they are not a figure's.
        """
        texts = {name: str(data[name]) for name in ("place", "what", "training", "words")}
        return cls(**texts, value=float(data["value"]))


@dataclass(frozen=True)
class Alike:
    """Other hand-ins' checkpoints that one of a hand-in's resembles.

    Attributes:
        training: whose checkpoints they are.
        students: whose the others are.
        cosine: of the weights, of those that are the least alike; None: the files are the same.
    """

    training: str
    students: tuple[str, ...]
    cosine: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "students": list(self.students)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Alike:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: they are not a resemblance's.
        """
        cosine = data["cosine"]
        return cls(
            str(data["training"]),
            tuple(str(one) for one in data["students"]),
            float(cosine) if cosine is not None else None,
        )


@dataclass(frozen=True)
class Submission:
    """One hand-in.

    Attributes:
        id: the student's, from the folder's or the archive's name; safe as a folder's name and in a table.
        files: sources and answers by path, POSIX style.
        problems: by path, why a file that is there was not read.
        remarks: sentences for staff and its student, like those on links that were not followed.
        modified: the newest file's time, an archive's own; seconds since the epoch.
        origin: where it was found.
        checkpoints: by training (``"2.2a"``), the path of the trained weights; not read yet.
        documents: notebooks, PDFs and help.txt by path, where they lie; not read yet.
        flags: what staff should know and its student should not, like another hand-in that it resembles.
        claims: figures in its documents and stored outputs, each with where it stands; never credited.
        origins: by source that was made of a notebook, for each of its lines where it stands there.
        notes: on single lines of notebooks, what was left out, chosen or is wrong, in the order of the lines.
        known_digest: the digest of what was handed in, where sources and answers were made of a notebook since.
        lengths: by PDF that was read, how much is in it, as in "has ...".
        candidates: by question, what its PDFs hold under a heading like the question's, each with its place.
        foreign: those of the flags that say that a network of a library was trained in the place of the student's own.
        version: the number that Canvas gives to what was handed in again.
        absent: nothing was handed in; it stands for a line of the roster.
        data: small files beside the sources that these may read, by path; a worker gets them, too.
        missing: by known name that is not there, a sentence on what may be its work instead.
        undecided: by known name, why it can't be told what was handed in under it.
        lacks: by module made of a notebook, by name that may have no value in it, why: what gives it one was left out,
            or may fail where it is graded.
        broken: by name that a notebook defines in text that is not Python, where, and what is wrong there.
        unread: what was handed in and could not be read; anything that is not there may lie in it.
        handed_in: when, seconds since 1970, where a learning management system says so.
        marked_late: whether one says that it was late, without a time; None: this one says nothing of it.
        allowance: what the roster grants its student; None: there is no roster.
        owner: how the roster and the LMS call its student; no part of the digest.
        claimed: those of the claims that are figures of a known kind, as values.
        alike: the flags on checkpoints that resemble others', as values.
    """

    id: str
    files: Mapping[str, bytes]
    problems: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    modified: float = 0.0
    origin: str = ""
    checkpoints: Mapping[str, Path] = field(default_factory=dict)
    documents: Mapping[str, Path] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    notes: tuple[tuple[Origin, str], ...] = ()
    known_digest: str = ""
    lengths: Mapping[str, str] = field(default_factory=dict)
    candidates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    version: int = 0
    absent: bool = False
    data: Mapping[str, bytes] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    undecided: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    lacks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    broken: Mapping[str, tuple[Origin, str]] = field(default_factory=dict)
    handed_in: float | None = None
    marked_late: bool | None = None
    allowance: Allowance | None = None
    owner: Owner | None = None
    claimed: tuple[Claimed, ...] = ()
    alike: tuple[Alike, ...] = ()

    def open_reason(self, file: str) -> str:
        """Why it can't be told here whether the known *file* was handed in, or which; empty if it can."""
        if file in self.undecided:
            return self.undecided[file]
        there = file in self.files or file in self.problems
        return "" if there else self.missing.get(file) or next(iter(self.unread), "")

    def lack(self, file: str) -> str:
        """Why *file* can't be used though nothing is open; empty if it is there."""
        return self.problems.get(file) or ("" if file in self.files else f"{file} is missing")

    @cached_property
    def checkpoint_hashes(self) -> Mapping[str, str]:
        """The SHA-256 of each training's checkpoint, or why it has none; read once, 80 MB take 0.1 s."""
        self._stamps  # noqa: B018  from now on a change counts
        return {training: _hash_or_reason(path) for training, path in sorted(self.checkpoints.items())}

    @cached_property
    def document_hashes(self) -> Mapping[str, str]:
        """The SHA-256 of each document, or why it has none; read once."""
        self._stamps  # noqa: B018  from now on a change counts
        return {name: _hash_or_reason(path) for name, path in sorted(self.documents.items())}

    @cached_property
    def _stamps(self) -> Mapping[str, Any]:
        return _stamped(self._large)

    @property
    def _large(self) -> Mapping[str, Path]:
        return {**self.documents, **{f"checkpoints/{path.name}": path for path in self.checkpoints.values()}}

    @property
    def changed(self) -> list[str]:
        """The documents and checkpoints that are others than when the digest was made: they are read where they lie."""
        return [name for name, stamp in _stamped(self._large).items() if self._stamps[name] != stamp]

    @property
    def about_files(self) -> tuple[str, ...]:
        """Sentences on its files, for staff and its student; a missing answer has a check of its own."""
        problems = (text for name, text in self.problems.items() if name != ANSWERS)
        return (*self.remarks, *problems, *self.undecided.values())

    @property
    def digest(self) -> str:
        """A digest of everything that was handed in, checkpoints and documents included; equal for equal hand-ins."""
        if self.known_digest:
            return self.known_digest
        digest = hashlib.sha256()
        for name, data in sorted({**self.data, **self.files}.items()):
            digest.update(f"{name}\0{len(data)}\0".encode(errors="surrogateescape") + data)
        digest.update(repr(sorted(self.problems.items())).encode())
        if self.missing or self.undecided or self.unread:
            told = (sorted(self.missing.items()), sorted(self.undecided.items()), self.unread)
            digest.update(repr(told).encode())
        if self.absent:
            digest.update(b"absent")
        if self.checkpoints:
            digest.update(repr(self.checkpoint_hashes).encode())
        if self.documents:
            digest.update(repr(self.document_hashes).encode())
        return digest.hexdigest()

    def mentions(self, words: Iterable[bytes]) -> set[bytes]:
        """Those of *words* that stand anywhere in the sources."""
        return {
            word for word in words if any(word in data for name, data in self.files.items() if name.endswith(".py"))
        }


def _hash_or_reason(path: Path) -> str:
    try:
        return known_hash(path)
    except HandinError as error:
        return str(error)


def _stamped(files: Mapping[str, Path]) -> dict[str, Any]:
    """By name, what tells without reading it whether a file is another one; nothing for one that is not there."""
    found: dict[str, Any] = {}
    for name, path in files.items():
        try:
            state = path.lstat()
        except OSError:
            found[name] = None
        else:
            found[name] = state.st_ino, state.st_size, state.st_mtime_ns
    return found
