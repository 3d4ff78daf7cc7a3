"""Which of the files with a known name counts, wherever it lies, and from which folders the rest is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.homework import in_force
from autograder.ingest.handout import is_handouts
from autograder.ingest.names import CHECKPOINTS, MAX_DEPTH, TOP_FOLDERS, shown
from autograder.ingest.taking import Taken

TOP = PurePosixPath()
MAX_NAMED = 4  # places of one name that are named


@dataclass(frozen=True)
class Places:
    """The places of what counts.

    Attributes:
        known: by known name, the path of the file that counts.
        noted: by known name, the place of something that is not a readable file, if there is nothing better.
        unclear: by known name, why none counts: two files differ.
        homes: the folders of these files, the outermost first; what lies below one is seen from there.
    """

    known: Mapping[str, PurePosixPath]
    noted: Mapping[str, PurePosixPath] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    homes: tuple[PurePosixPath, ...] = (TOP,)


def find_places(taken: Taken) -> Places:
    """Find the known files: each counts wherever it lies, if it exists once.

    If several are equal, the one nearest to the top counts, and one in an inner archive comes after those beside it. If
    two differ in more than line ends, it is open which one is meant; the unchanged handout's own file does not count.
    """
    known: dict[str, PurePosixPath] = {}
    noted: dict[str, PurePosixPath] = {}
    unclear: dict[str, str] = {}
    for name in sorted(in_force().known):
        called = [path for path in taken.files if _is_called(path, name)]
        found = [path for path in called if not is_handouts(name, taken.files[path])]
        nearest = _nearest_first(found or called, taken)
        if not nearest:
            notes = _nearest_first((path for path in taken.notes if _is_called(path, name)), taken)
            if notes:
                noted[name] = notes[0]
            continue
        if len({same(taken.files[path]) for path in nearest}) > 1:
            listed = [shown(str(path)) for path in nearest[:MAX_NAMED]]
            unclear[name] = f"{', '.join(listed[:-1])} and {listed[-1]} differ, and only one of them can be {name}"
        else:
            known[name] = nearest[0]
    ranks = {path.parent: taken.seen.get(path, (0, 0.0)) for path in (*known.values(), *noted.values())}
    homes = sorted(ranks, key=lambda folder: (ranks[folder], len(folder.parts), folder))
    return Places(known, noted, unclear, tuple(homes) or (_of_documents(taken.holders),))


def _is_called(path: PurePosixPath, name: str) -> bool:
    return path.name == name and CHECKPOINTS not in path.parts[:-1]


def _nearest_first(paths: Iterable[PurePosixPath], taken: Taken) -> list[PurePosixPath]:
    return sorted(paths, key=lambda path: (taken.seen.get(path, (0, 0.0)), len(path.parts), path))


def same(data: bytes) -> bytes:
    """A key that is equal for two copies of a file that differ only in line ends."""
    return data.replace(b"\r\n", b"\n").rstrip()


def _of_documents(holders: Iterable[set[PurePosixPath]]) -> PurePosixPath:
    """Without a known file: the only folder near the top that holds notebooks, or else the report; or the top."""
    folders = next((found for found in holders if found), set())
    for depth in range(MAX_DEPTH + TOP_FOLDERS + 1):
        found = [folder for folder in folders if len(folder.parts) == depth]
        if found:
            return found[0] if len(found) == 1 else TOP
    return TOP


def below(path: PurePosixPath, homes: Iterable[PurePosixPath]) -> PurePosixPath | None:
    """*path* relative to the first of *homes* that contains it; None if none does."""
    return next((path.relative_to(home) for home in homes if path.is_relative_to(home)), None)
