"""Where work may be that was not read: points for missing files are then open, not lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from autograder.homework import in_force
from autograder.ingest.member import FOLDER, HARD_LINK, LINK, SPECIAL
from autograder.ingest.names import CHECKPOINTS, ORDINARY, is_known, is_left_over, notebook_number, shown
from autograder.ingest.taking import Taken

MAX_NAMED = 4  # in one sentence
EMPTY = {LINK, HARD_LINK, SPECIAL, FOLDER}  # nothing can be in what is noted so


def set_aside(taken: Taken, there: Collection[str]) -> list[str]:
    """Sentences on known files and notebooks in folders that are not looked through, if no other one is there."""
    notebooks = {notebook_number(path.name) for path in taken.large}
    return [
        f"{shown(str(path))} was not read, because folders called {shown(_folder(path))} are skipped; move it out"
        for path in taken.set_aside
        if (path.name not in there if is_known(path.name) else notebook_number(path.name) not in notebooks)
    ]


def _folder(path: PurePosixPath) -> str:
    return next((part for part in path.parts[:-1] if is_left_over(part)), CHECKPOINTS)


def unreadable(taken: Taken) -> list[str]:
    """Sentences on files that may hold modules and were not read: locked, cut off, or huge; each is a remark, too."""
    return [
        f"{shown(str(path))} {note}"
        for path, note in taken.notes.items()
        if not is_known(path.name)
        and CHECKPOINTS not in path.parts
        and (path in taken.unsure or (path.suffix.lower() == ".ipynb" and note not in EMPTY))
    ]


def nothing_known(taken: Taken, counted: Iterable[PurePosixPath]) -> list[str]:
    """A sentence, if files were handed in and none of them is a known one; none for an empty folder."""
    if any(_is_of_homework(path) for path in (*counted, *taken.notes)):
        return []
    files = [path for path in (*taken.seen, *taken.notes) if not (path.name.startswith(".") or path.name in ORDINARY)]
    if not files:
        return []
    named = ", ".join(shown(str(path)) for path in files[:MAX_NAMED])
    more = f" and {len(files) - MAX_NAMED:,} more" if len(files) > MAX_NAMED else ""
    return [
        f"none of the files that were handed in belongs to the homework ({named}{more}): hand in {in_force().hand_in}"
    ]


def _is_of_homework(path: PurePosixPath) -> bool:
    return is_known(path.name) or path.suffix.lower() in (".ipynb", ".pdf")
