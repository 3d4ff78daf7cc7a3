"""What counts of a hand-in's members, seen from the folder that holds the known files, with a sentence for the rest."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.checkpoint import SUFFIX
from autograder.intake.member import FOLDER, ArchiveError, Member
from autograder.intake.names import ANSWERS, CHECKPOINTS, KNOWN, MAX_DEPTH, REPORT, TOP_FOLDERS, shown, training_of
from autograder.intake.store import Store
from autograder.intake.taking import Taken
from autograder.rubric import Limits

MAX_REMARKS = 5  # of one kind on one hand-in: a folder may hold a checkpoint for every epoch
TOP = PurePosixPath()


@dataclass(frozen=True)
class Gathered:
    """What was kept; paths are below the folder that holds the known files, POSIX style.

    Attributes:
        files: sources and answers.
        documents: notebooks, PDFs and help.txt, by path where they lie; not read yet.
        checkpoints: by training, where they lie; not read yet.
        problems: by path, why a file that is there was not read.
        remarks: what else staff should know.
        modified: the newest of these files' times, seconds since the epoch; 0 without files.
        data: small files that the sources may read.
    """

    files: Mapping[str, bytes]
    documents: Mapping[str, Path]
    checkpoints: Mapping[str, Path]
    problems: Mapping[str, str]
    remarks: tuple[str, ...]
    modified: float
    data: Mapping[str, bytes] = field(default_factory=dict)


def gather(members: Iterator[Member], limits: Limits, store: Store, what: str) -> Gathered:
    """Take what is kept of *members*. Nothing is raised, and no name of theirs becomes one on the disk.

    Args:
        members: read in their order, each before the next one.
        store: where large files go that do not lie on the disk yet.
        what: ``"the archive"`` or ``"the folder"``, for sentences.
    """
    taken = Taken(limits, store)
    ended = []
    try:
        for member in members:
            taken.take(member)
    except ArchiveError as error:
        ended = [f"{what} {error}; {'the rest' if taken.members else 'it'} was not read"]
    base, remarks = _base(next((folders for folders in taken.holders if folders), set()))
    files, passed_over = _distinct({path: _below(path, base) for path in taken.files})
    documents, checkpoints, named = _large(taken, base)
    problems, noted = _problems(taken.notes, base)
    remarks += [*noted, *named, *passed_over, *_lists(taken, base), *bounded(taken.refused)]
    remarks += [f"{full}; the rest was not read" for full in (taken.full, taken.full_documents) if full]
    counted = [*files.values(), *documents.values(), *checkpoints.values()]
    sources = {name: taken.files[path] for name, path in files.items()}
    data, left_out = taken.beside.chosen(base, sources)
    remarks += bounded(left_out)
    return Gathered(
        sources,
        {name: taken.large[path] for name, path in documents.items()},
        {training: taken.large[path] for training, path in checkpoints.items()},
        problems,
        (*remarks, *ended),
        max((taken.times[path] for path in counted), default=0.0),
        data,
    )


def bounded(sentences: list[str], of: str = "files") -> list[str]:
    """The first few of *sentences*, and how many more there are."""
    more = len(sentences) - MAX_REMARKS
    if more <= 0:
        return sentences
    return [*sentences[:MAX_REMARKS], f"{more:,} more {of} were not read for the same reason"]


def _base(holders: Iterable[PurePosixPath]) -> tuple[PurePosixPath, list[str]]:
    """The folder of the known files: the top, or the only one near it that holds some; a remark if it is unclear."""
    for depth in range(TOP_FOLDERS + 1):
        found = sorted(folder for folder in holders if len(folder.parts) == depth)
        if len(found) == 1:
            return found[0], []
        if found:
            names = ", ".join(_shown(folder) for folder in found[:MAX_REMARKS])
            return TOP, [f"known files lie in {len(found)} folders ({names}), so that none of them counts"]
    return TOP, []


def _below(path: PurePosixPath, base: PurePosixPath) -> PurePosixPath | None:
    return path.relative_to(base) if path.is_relative_to(base) else None


def _distinct(found: Mapping[PurePosixPath, PurePosixPath | None]) -> tuple[dict[str, PurePosixPath], list[str]]:
    """The sources by name, such that all of them fit into one folder on every system; and remarks on the others.

    Args:
        found: by whole path, the path below the folder of the known files, or None for what lies beside it.
    """
    inside = {below: path for path, below in found.items() if below and _is_kept(below)}
    deep = [below for below in inside if len(below.parts) - 1 > MAX_DEPTH]
    first: dict[str, PurePosixPath] = {}
    alike = []
    for below in sorted(inside.keys() - set(deep), key=lambda path: (str(path) not in KNOWN, path)):
        other = first.setdefault(_folded(below), below)
        if other is not below:
            alike.append(f"{_shown(below)} differs from {_shown(other)} only in upper and lower case and was not read")
    under = [below for below in first.values() if any(_folded(parent) in first for parent in below.parents)]
    kept = {str(below): inside[below] for below in first.values() if below not in under}
    return kept, [
        *bounded(
            [f"{_shown(below)} lies more than {MAX_DEPTH} folders deep and was not read" for below in sorted(deep)]
        ),
        *bounded(alike),
        *bounded([f"{_shown(below)} lies in a folder with the name of a file and was not read" for below in under]),
    ]


def _is_kept(below: PurePosixPath) -> bool:
    return below.suffix == ".py" or str(below) == ANSWERS


def _folded(path: PurePosixPath) -> str:
    """Equal for names that some system takes for one."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _large(taken: Taken, base: PurePosixPath) -> tuple[dict[str, PurePosixPath], dict[str, PurePosixPath], list[str]]:
    """The documents by name, the checkpoints by training, and remarks; copies of what does not count are removed.

    Documents may lie anywhere: some put notebooks and report beside the folder of their modules.
    """
    documents, checkpoints = {}, {}
    beside = []
    for path, where in taken.large.items():
        below, training = _below(path, base), training_of(path)
        if below and not training:
            documents[str(below)] = path
        elif below and _is_checkpoint(below):
            checkpoints[training] = path
        elif not training:
            beside.append(path)
        else:
            taken.store.drop(where)
    for path in beside:
        if str(path) in documents:
            taken.store.drop(taken.large[path])
        else:
            documents[str(path)] = path
    documents, remarks = _with_report(documents)
    return documents, checkpoints, remarks


def _with_report(documents: dict[str, PurePosixPath]) -> tuple[dict[str, PurePosixPath], list[str]]:
    """*documents* with the only PDF as ``report.pdf``, and a remark if it had another name."""
    pdfs = [name for name in documents if name.lower().endswith(".pdf")]
    if len(pdfs) != 1 or pdfs[0] == REPORT:
        return documents, []
    renamed = {REPORT if name == pdfs[0] else name: path for name, path in documents.items()}
    said = [] if pdfs[0].lower() == REPORT else [f"{shown(pdfs[0])} is the only PDF and counts as {REPORT}"]
    return renamed, said


def _is_checkpoint(below: PurePosixPath) -> bool:
    return str(below.parent) == CHECKPOINTS and bool(training_of(below))


def _problems(notes: Mapping[PurePosixPath, str], base: PurePosixPath) -> tuple[dict[str, str], list[str]]:
    """What is wrong with files that would count, by name, and remarks on others."""
    problems: dict[str, str] = {}
    others, remarks = [], []
    for path, note in notes.items():
        below = _below(path, base)
        sentence = f"{_shown(below or path)} {note}"
        if below and (str(below) in KNOWN or _is_checkpoint(below)):
            problems[str(below)] = sentence
        elif below and below.suffix == ".py" and CHECKPOINTS not in below.parts:
            others.append((str(below), sentence))
        elif note != FOLDER:
            remarks.append(sentence)
    problems |= others[:MAX_REMARKS]
    if len(others) > MAX_REMARKS:
        remarks.append(f"{len(others) - MAX_REMARKS:,} more sources were not read, for reasons like these")
    return problems, bounded(remarks)


def _lists(taken: Taken, base: PurePosixPath) -> list[str]:
    """Remarks on pickled checkpoints, archives in the archive and names that came twice."""
    nested = [path for path in taken.nested if path.parent in (base, TOP)]
    return [
        *bounded(
            [f"{_shown(_below(path, base) or path)} was not read: only {SUFFIX} files are" for path in taken.pickled],
            f"files in {CHECKPOINTS}",
        ),
        *bounded([f"{_shown(_below(path, base) or path)} is an archive and was not read" for path in nested]),
        *bounded([f"{_shown(_below(path, base) or path)} is there twice; the last one counts" for path in taken.twice]),
    ]


def _shown(path: PurePosixPath) -> str:
    return shown(str(path))
