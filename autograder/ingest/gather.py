"""Which of a hand-in's members count, seen from the folder of the known files, with a sentence for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from autograder.homework import ANSWERS
from autograder.ingest.checkpoint import SUFFIX
from autograder.ingest.doubts import nothing_known, set_aside, unreadable
from autograder.ingest.helpers import with_helpers
from autograder.ingest.member import FOLDER, ArchiveError, Member
from autograder.ingest.names import CHECKPOINTS, MAX_DEPTH, REPORT, folded_path, is_known, shown, training_of
from autograder.ingest.nested import open_archives
from autograder.ingest.places import Places, below, find_places, same
from autograder.ingest.store import Store
from autograder.ingest.taking import Taken
from autograder.ingest.unused import Unused, looks_like, unused
from autograder.rubric import Limits
from autograder.submission import Submission

MAX_REMARKS = 5  # of one kind on one hand-in: a folder may hold a checkpoint for every epoch


def gather(members: Iterator[Member], limits: Limits, store: Store, what: str) -> Submission:
    """Gather what counts of *members*, nobody's yet. Nothing is raised, and none of their names gets onto the disk.

    Paths are below the folders that hold the known files; the time is the newest of these files'.

    Args:
        members: read in their order, each before the next one.
        store: where large files go that do not lie on the disk yet.
        what: ``"the archive hw1.zip"`` or ``"the folder"``, for sentences.
    """
    taken = Taken(limits, store)
    unread = []
    try:
        for member in members:
            taken.take(member)
    except ArchiveError as error:
        unread = [f"{what} {error}; {'the rest' if taken.members else 'it'} was not read"]
    unread += bounded(open_archives(taken))
    unread += [
        f"{full}; the rest was not read" for full in (taken.full, taken.full_documents, taken.full_archives) if full
    ]
    places = find_places(taken)
    files, passed_over = _distinct(taken, places)
    files, ambiguous = with_helpers(files, taken)
    documents, checkpoints, named = _large(taken, places)
    problems, undecided, noted = _problems(taken, places)
    undecided |= {**places.unclear, **ambiguous, **_torn(files, taken, places)}
    kept = {name: path for name, path in files.items() if name not in undecided}
    counted = [*kept.values(), *documents.values(), *checkpoints.values()]
    said = _unused(taken, places, counted, {*kept, *problems, *undecided})
    aside = set_aside(taken, {*kept, *undecided})
    remarks = [
        *noted,
        *named,
        *passed_over,
        *_lists(taken, places),
        *bounded(taken.refused),
        *bounded(aside),
        *said.remarks,
    ]
    doubts = [*unread, *taken.refused[:1], *aside[:1], *unreadable(taken), *said.unread]
    doubts = doubts or nothing_known(taken, counted)
    sources = {name: taken.files[path] for name, path in kept.items()}
    data, left_out = taken.beside.chosen(places.homes, sources)
    remarks += bounded(left_out)
    return Submission(
        "",
        sources,
        problems,
        (*remarks, *unread),
        max((taken.times[path] for path in counted), default=0.0),
        checkpoints={training: taken.large[path] for training, path in checkpoints.items()},
        documents={name: taken.large[path] for name, path in documents.items()},
        data=data,
        missing=said.missing,
        undecided=undecided,
        unread=tuple(doubts),
    )


def _unused(taken: Taken, places: Places, counted: Iterable[PurePosixPath], there: set[str]) -> Unused:
    """Remarks on files that nothing uses and no other remark mentions."""
    used = {*counted}
    sources = b"\n".join(taken.files[path] for path in used if path in taken.files)
    # Data that a source names: a worker gets it, or another remark says why not.
    read = {
        path
        for path in (*taken.beside.files, *taken.beside.left_out)
        if path.name.encode(errors="surrogateescape") in sources and not looks_like(path.name)
    }
    silent = {
        path: below(path, places.homes) or path
        for path in taken.seen
        if path not in taken.notes and path not in taken.unnamed and path not in read
    }
    return unused(silent, used, taken.files, there)


def _torn(files: Mapping[str, PurePosixPath], taken: Taken, places: Places) -> dict[str, str]:
    """By known name, why it can't be run: it uses a file that can't be read, or another folder's is kept."""
    torn: dict[str, str] = {}
    for name, path in places.known.items():
        for other, kept in files.items():
            own = path.parent / other
            differ = own != kept and own in taken.files and same(taken.files[own]) != same(taken.files[kept])
            if differ and not is_known(other) and kept.stem.encode() in taken.files[path]:
                torn[name] = f"{_shown(own)} and {_shown(kept)} differ, and {name} uses the first"
        for helper in taken.unsure:
            if helper.suffix == ".py" and not is_known(helper.name) and helper.stem.encode() in taken.files[path]:
                torn[name] = f"{_shown(helper)} {taken.notes[helper]}, and {name} uses it"
    return torn


def bounded(sentences: list[str], of: str = "files") -> list[str]:
    """The first few of *sentences*, and the number of the others."""
    more = len(sentences) - MAX_REMARKS
    if more <= 0:
        return sentences
    return [*sentences[:MAX_REMARKS], f"{more:,} more {of} were not read for the same reason"]


def _distinct(taken: Taken, places: Places) -> tuple[dict[str, PurePosixPath], list[str]]:
    """The sources by name, such that all of them fit into one folder on every system; and remarks on the others."""
    inside: dict[PurePosixPath, PurePosixPath] = {}
    for home in places.homes:
        for path in taken.files:
            seen = below(path, (home,))
            apart = any(parent in taken.archives and not home.is_relative_to(parent) for parent in path.parents)
            if seen is not None and not apart and _is_kept(seen) and places.known.get(str(seen), path) == path:
                inside.setdefault(seen, path)
    inside = {seen: path for seen, path in inside.items() if str(seen) not in places.unclear}
    deep = [seen for seen in inside if len(seen.parts) - 1 > MAX_DEPTH]
    first: dict[str, PurePosixPath] = {}
    alike = []
    for seen in sorted(inside.keys() - set(deep), key=lambda path: (not is_known(str(path)), path)):
        other = first.setdefault(folded_path(seen), seen)
        if other is not seen:
            taken.unnamed.add(inside[seen])
            alike.append(f"{_shown(seen)} differs from {_shown(other)} only in upper and lower case and was not read")
    under = [seen for seen in first.values() if any(folded_path(parent) in first for parent in seen.parents)]
    kept = {str(seen): inside[seen] for seen in first.values() if seen not in under}
    taken.unnamed.update(inside[seen] for seen in (*deep, *under))
    return kept, [
        *bounded([f"{_shown(seen)} lies more than {MAX_DEPTH} folders deep and was not read" for seen in sorted(deep)]),
        *bounded(alike),
        *bounded([f"{_shown(seen)} lies in a folder with the name of a file and was not read" for seen in under]),
        *_outdone(taken, places),
    ]


def _outdone(taken: Taken, places: Places) -> list[str]:
    """Remarks on the handout's own files, where another one of the name counts."""
    found = [
        (path, places.known[path.name])
        for path, data in taken.files.items()
        if places.known.get(path.name, path) != path and same(data) != same(taken.files[places.known[path.name]])
    ]
    return bounded([f"{_shown(path)} is the unchanged handout's: {_shown(counts)} counts" for path, counts in found])


def _is_kept(below: PurePosixPath) -> bool:
    return below.suffix == ".py" or str(below) == ANSWERS


def _large(taken: Taken, places: Places) -> tuple[dict[str, PurePosixPath], dict[str, PurePosixPath], list[str]]:
    """The documents by name, the checkpoints by training, and remarks; copies of what does not count are removed.

    Documents may lie anywhere: some put notebooks and report beside the folder of their modules.
    """
    documents: dict[str, PurePosixPath] = {}
    found: dict[str, list[PurePosixPath]] = {}
    for path, where in taken.large.items():
        training = training_of(path)
        if training and path.parent.parent in places.homes:
            found.setdefault(training, []).append(path)
        elif training:
            taken.store.drop(where)
    seen = {path: below(path, places.homes) for path in taken.large if not training_of(path)}
    for path in sorted(seen, key=lambda path: seen[path] is None):
        name = str(seen[path] or path)
        documents[name if name not in documents else str(path)] = path
    documents, remarks = _with_report(documents)
    for training, paths in found.items():
        if len(paths) > 1:
            listed = " and ".join(_shown(path) for path in paths[:MAX_REMARKS])
            remarks.append(f"{listed} are all checkpoints of training {training}, so none of them counts")
            for path in paths:
                taken.store.drop(taken.large[path])
    return documents, {training: paths[0] for training, paths in found.items() if len(paths) == 1}, remarks


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


def _problems(taken: Taken, places: Places) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """What is wrong with files that would count, by name, what can't be told of them here, and remarks on others."""
    problems: dict[str, str] = {}
    undecided: dict[str, str] = {}
    others, remarks = [], []
    for path, note in taken.notes.items():
        seen = below(path, places.homes)
        sentence = f"{_shown(seen or path)} {note}"
        if path in places.noted.values():
            (undecided if path in taken.unsure else problems)[path.name] = sentence
        elif seen and _is_checkpoint(seen):
            problems[str(seen)] = sentence
        elif seen and seen.suffix == ".py" and CHECKPOINTS not in seen.parts and not is_known(str(seen)):
            others.append((str(seen), sentence))
        elif note != FOLDER:
            remarks.append(sentence)
    problems |= others[:MAX_REMARKS]
    if len(others) > MAX_REMARKS:
        remarks.append(f"{len(others) - MAX_REMARKS:,} more sources were not read for similar reasons")
    return problems, undecided, bounded(remarks)


def _lists(taken: Taken, places: Places) -> list[str]:
    """Remarks on pickled checkpoints, archives that were not opened and names that came twice."""

    def named(path: PurePosixPath) -> str:
        return _shown(below(path, places.homes) or path)

    return [
        *bounded(
            [f"{named(path)} was not read: only {SUFFIX} files are" for path in taken.pickled],
            f"files in {CHECKPOINTS}",
        ),
        *bounded([f"{named(path)} was not opened, because no file is missing" for path in taken.passed_over]),
        *bounded([f"{named(path)} exists twice; the last one counts" for path in taken.twice]),
    ]


def _shown(path: PurePosixPath) -> str:
    return shown(str(path))
