"""Opens archives inside a hand-in if known files are missing beside them; one meter counts all of them."""

from __future__ import annotations

from pathlib import PurePosixPath

from autograder.homework import ANSWERS, in_force
from autograder.ingest.archive import archive_members
from autograder.ingest.handout import is_handouts, is_handouts_at
from autograder.ingest.helpers import lacks_helper
from autograder.ingest.member import ArchiveError, Meter
from autograder.ingest.names import notebook_number, shown
from autograder.ingest.taking import Inner, Taken


def open_archives(taken: Taken) -> list[str]:
    """Take what lies in the archives among *taken*, the outermost and newest first, until nothing is missing.

    Returns:
        Sentences on those that could not be read completely.
    """
    meter = folder = None
    opened: set[PurePosixPath] = set()
    unread = []
    while left := [path for path, one in taken.archives.items() if path not in opened and not one.problem]:
        if not _lacks_something(taken):
            break
        path = min(left, key=lambda path: (taken.archives[path].rank, -taken.archives[path].member.modified, path))
        opened.add(path)
        one = taken.archives[path]
        try:
            if one.member.meter is None:  # it lies in a folder: what is opened there is counted together
                folder = folder or Meter(one.member.size, taken.limits)
                folder.allow(one.member.size)
            meter = one.member.meter or folder
            _take(path, one, taken, meter)
        except ArchiveError as error:
            unread.append(f"{shown(str(path))} {error}; {_how_much(taken, path)} was not read")
            if meter is not None and meter.spent:
                break
    for path, one in taken.archives.items():
        if one.path is not None:
            taken.store.drop(one.path)
        if one.problem:
            unread.append(f"{shown(str(path))} {one.problem}")
        elif path not in opened and not (meter is not None and meter.spent):
            if _has_all(taken):
                taken.passed_over.append(path)
            else:
                unread.append(
                    f"{shown(str(path))} was not opened, because notebooks or a PDF beside it replace the files"
                )
    return unread


def _how_much(taken: Taken, path: PurePosixPath) -> str:
    return "the rest" if any(seen.is_relative_to(path) for seen in taken.seen) else "it"


def _take(path: PurePosixPath, one: Inner, taken: Taken, meter: Meter | None) -> None:
    if one.path is None:
        return
    taken.within, taken.rank = path, (one.rank[0] + 1, -one.member.modified)
    for member in archive_members(one.path, taken.limits, meter):
        if taken.members >= taken.limits.archive_members * 2:  # its own and those of all that lie in it
            raise ArchiveError(f"and the archive around it have more than {taken.members:,} members")
        taken.take(member)


def _lacks_something(taken: Taken) -> bool:
    """Whether a module, or one that it imports, is neither there nor in a notebook, or the answers are nowhere."""
    names, homework = _names(taken), in_force()
    documents = [path.name for path, where in taken.large.items() if not is_handouts_at(path.name, where)]
    notebooks = [homework.notebooks[number - 1] for name in documents if (number := notebook_number(name))]
    modules = names >= {*homework.sources} or (notebooks and {*notebooks} == {*homework.notebooks})
    answers = ANSWERS in names or any(one.answers for one in notebooks)
    answers = answers or any(name.lower().endswith(".pdf") for name in documents)
    return not (modules and answers) or lacks_helper(taken)


def _has_all(taken: Taken) -> bool:
    """Whether all known files are there themselves: nothing of theirs can be in an archive that was not opened."""
    return _names(taken) >= in_force().known


def _names(taken: Taken) -> set[str]:
    """The names of what is there, except for unchanged files of the handout."""
    files = {path.name for path, data in taken.files.items() if not is_handouts(path.name, data)}
    return files | {path.name for path in taken.notes}
