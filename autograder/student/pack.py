"""`hw1 pack`: what a working copy hands in, as one archive that `hw1 grade` reads as it was."""

from __future__ import annotations

import contextlib
import gzip
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.disk import whole
from autograder.errors import MisuseError
from autograder.home import handout_folder, writable
from autograder.homework import ANSWERS, in_force
from autograder.ingest.beside import SUFFIXES as DATA
from autograder.ingest.checkpoint import SUFFIX
from autograder.ingest.names import (
    CHECKPOINTS,
    HELP,
    REPORT,
    shown,
    student_id,
    without_suffix,
)
from autograder.ingest.reading import read_submission
from autograder.ingest.sections import as_text, unanswered
from autograder.packed import write_tar
from autograder.rubric import Limits
from autograder.student.working_copy import require_folder, where_it_is
from autograder.submission import Submission

REMEMBERED = ".hw1-id"  # in the working copy; no hand-in holds hidden files
ASKED = 3  # times for an id
COMPRESSION = 3  # weights shrink by 8 % at any level; 160 MB take 5 s at this one
WHAT = {ANSWERS: "the written answers", REPORT: "the report", HELP: "whom you had help from"}


@dataclass(frozen=True)
class Packed:
    """One file that is handed in.

    Attributes:
        name: its path in the archive.
        content: its bytes, or where they lie.
        size: its size in bytes.
        what: what it is, in a few words.
    """

    name: str
    content: bytes | Path
    size: int
    what: str


@dataclass(frozen=True)
class Packing:
    """What is handed in, sorted by name, with sentences about it.

    Attributes:
        submission: as `hw1 grade` will read it.
        missing: sentences on what is not there.
        remarks: sentences on files that are there and are left out.
    """

    submission: Submission
    files: tuple[Packed, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]


def plan(directory: Path, limits: Limits, scratch: Path) -> Packing:
    """What is handed in of the working copy *directory*: what grading reads of it, and nothing else.

    Args:
        scratch: where files are copied to, if all of it lies in an archive.

    Raises:
        MisuseError: it is not a folder or a working copy, or holds more than grading accepts.
    """
    submission = read_submission(require_folder(directory), limits, scratch, named=False)
    elsewhere = where_it_is(directory, submission, "pack")
    files: dict[str, bytes | Path] = {
        name: data for name, data in {**submission.data, **submission.files}.items() if not _hidden(name)
    }
    files |= {name: path for name, path in submission.documents.items() if not _hidden(name)}
    files |= {f"{CHECKPOINTS}/{one}{SUFFIX}": path for one, path in submission.checkpoints.items()}
    if not files:
        raise MisuseError(f"{directory} holds nothing of the homework: name your working copy")
    try:
        packed = tuple(_packed(name, files[name]) for name in sorted(files))
    except OSError as error:
        raise MisuseError(f"{error.filename} can't be read: {error.strerror}") from error
    total = sum(one.size for one in packed)
    if total > limits.archive_bytes:
        large = max(packed, key=lambda one: one.size)
        raise MisuseError(
            f"the files have {total / 1e6:,.0f} MB, but at most {limits.archive_bytes / 1e6:,.0f} MB are allowed; "
            f"the largest is {large.name} (hw1 train --half leaves smaller checkpoints)"
        )
    remarks = [text for name, text in submission.problems.items() if name not in in_force().known]
    return Packing(submission, packed, missing(submission), (*elsewhere, *submission.remarks, *remarks))


def missing(submission: Submission) -> tuple[str, ...]:
    """Sentences on what *submission* lacks of a complete hand-in."""
    notebooks = sorted(name for name in submission.documents if name.endswith(".ipynb"))
    also = f" and counts only if its code is in {' or '.join(notebooks)}" if notebooks else ""
    modules = [*in_force().sources]
    sentences = [
        submission.undecided.get(name) or submission.missing.get(name) or f"{name} is missing{also}"
        for name in modules
        if name not in {**submission.files, **submission.problems}
    ]
    sentences += [text for name, text in submission.problems.items() if name in in_force().known]
    if ANSWERS in submission.files:
        template = (handout_folder() / ANSWERS).read_bytes()
        open_items = unanswered(submission.files[ANSWERS], template)
        sentences += [f"{ANSWERS} has no answer to {', '.join(open_items)}"] if open_items else []
        problem = as_text(submission.files[ANSWERS]).problem
        sentences += [f"{ANSWERS} {problem}"] if problem else []
    elif ANSWERS in in_force().known and ANSWERS not in submission.problems:
        sentences.append(f"{ANSWERS} is missing{also.replace('its code is', 'the answers are')}")
    return (*sentences, *(f"{name} is missing" for name in in_force().documents if name not in submission.documents))


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _packed(name: str, content: bytes | Path) -> Packed:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    return Packed(name, content, size, _what(name))


def _what(name: str) -> str:
    known = WHAT | {module.file: module.about for module in in_force().modules}
    if name in known:
        return known[name]
    training = in_force().training.get(PurePosixPath(name).name.removesuffix(SUFFIX))
    if name.startswith(f"{CHECKPOINTS}/") and training:
        return f"weights of {training.network}, {training.id}"
    return {".py": "a module of your own", ".ipynb": "a notebook", **dict.fromkeys(DATA, "read by your modules")}.get(
        PurePosixPath(name).suffix, "a document"
    )


# Whose it is


def find_id(given: str | None, directory: Path, pattern: str, ask: Callable[[], str] | None) -> str:
    """The student's id: the given one, or else that of an earlier pack, the folder's name, or what *ask* answers.

    Args:
        pattern: the regular expression of an id.
        ask: asks the person at the terminal; None where there is none.

    Raises:
        MisuseError: no id is known, or what was given is not one.
    """
    if given is not None:
        if not is_id(given, pattern):
            raise MisuseError(f"{given!r} is not a student id (for example 20260001)")
        return given
    for known in (_remembered(directory), directory.resolve().name.removeprefix(f"{in_force().name}-")):
        if is_id(known, pattern):
            return known
    for _ in range(ASKED if ask else 0):
        answer = ask().strip() if ask else ""
        if is_id(answer, pattern):
            return answer
    raise MisuseError("your student id is not known: give it with --id, for example --id 20260001")


def is_id(text: str, pattern: str) -> bool:
    """Whether grading finds *text*, and nothing else, in the name of an archive that is called after it."""
    match = re.search(pattern, archive_name(text))
    return match is not None and (match[1] if match.re.groups else match[0]) == text == student_id(text)


def archive_name(student: str) -> str:
    """The archive's name, for example ``hw1-20260001.tar.gz``."""
    return f"{in_force().name}-{student}.tar.gz"


def remember_id(student: str, directory: Path) -> None:
    """Keep the id for the next time; a folder that can't be written to is left as it is."""
    with contextlib.suppress(OSError):
        (directory / REMEMBERED).write_text(f"{student}\n", encoding="utf-8")


def _remembered(directory: Path) -> str:
    try:
        with (directory / REMEMBERED).open(encoding="utf-8") as file:
            return file.readline(200).strip()
    except (OSError, ValueError):
        return ""


# The archive


def target(folder: Path, student: str, force: bool) -> Path:
    """Where the archive goes; *folder* is made if it is not there.

    Raises:
        MisuseError: one is there already and *force* does not say to replace it, or nothing can be written there.
    """
    path = writable(folder) / archive_name(student)
    if path.is_dir():
        raise MisuseError(f"{path} is a folder: move it, or name another file with -o")
    if not force and (path.exists() or path.is_symlink()):
        raise MisuseError(f"{path} already exists; --force replaces it")
    return path


def write_archive(packing: Packing, path: Path, limits: Limits) -> int:
    """Write *packing* to *path*, whole or not at all, the same bytes for the same files; its size in bytes.

    What was written is read back as grading reads it, before it gets its name.

    Raises:
        MisuseError: the disk is full, a file went away or changed meanwhile, or grading would not read all of it.
    """
    try:
        with (
            whole(path, prove=lambda part: _read_back(packing, part, limits)) as raw,
            gzip.GzipFile("", "wb", COMPRESSION, raw, mtime=0) as packed,
        ):
            write_tar(packed, ((one.name, one.content, one.size) for one in packing.files))
        return path.stat().st_size
    except OSError as error:
        other = error.filename and not str(error.filename).endswith(f".{path.name}")
        about = f" ({error.filename})" if other else ""
        raise MisuseError(f"{path} can't be written: {error.strerror or error}{about}") from error


def _read_back(packing: Packing, path: Path, limits: Limits) -> None:
    """Require that grading reads every file of the archive.

    Raises:
        MisuseError: it would not read all of them.
    """
    with tempfile.TemporaryDirectory(prefix="hw1-pack-") as scratch:
        read = read_submission(path, limits, Path(scratch))
        sizes = {name: len(data) for name, data in {**read.data, **read.files}.items()}
        sizes |= _sizes({**read.documents, **{f"{CHECKPOINTS}/{n}{SUFFIX}": p for n, p in read.checkpoints.items()}})
        differing = [one.name for one in packing.files if sizes.get(one.name) != one.size]
        if differing:
            unread = [text.replace(f" {shown(path.name)}", "") for text in read.unread]
            said = [text for text in (*read.problems.values(), *read.remarks) if without_suffix(path.name) not in text]
            why = "; ".join([*dict.fromkeys((*unread, *said))][:3]) or "it changed meanwhile"
            raise MisuseError(f"grading would not read {', '.join(differing[:3])} of the archive as it is: {why}")


def _sizes(files: Mapping[str, Path]) -> dict[str, int]:
    return {name: path.stat().st_size for name, path in files.items()}
