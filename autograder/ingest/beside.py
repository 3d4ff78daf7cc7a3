"""Small data files beside the sources, such as a ``config.json``: a worker gets copies, nobody else looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.errors import HandinError
from autograder.ingest.member import Member
from autograder.ingest.names import folded_path, shown

SUFFIXES = (".json", ".txt", ".csv", ".tsv", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".npy", ".npz")
# A working copy may hold gigabytes of data and thousands of logs: what a module reads at its top is small and few.
MOST_BYTES = 1_000_000  # of all of them together, as much as one source may have
MOST_FILES = 64
DEPTH = 2  # folders below the one that holds the known files
PASSED_OVER = frozenset({"data", "dataset", "datasets", "checkpoints", "logs", "log", "runs", "wandb", "outputs"})


@dataclass
class Beside:
    """The data files that were taken so far, by whole path, and those that were too many or too large."""

    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    left_out: list[PurePosixPath] = field(default_factory=list)
    size: int = 0

    def take(self, path: PurePosixPath, member: Member) -> None:
        """Keep a member if there is room for it.

        Raises:
            ArchiveError: nothing more can be read.
        """
        self.size -= len(self.files.pop(path, b""))  # the last of two members with one name counts
        if len(self.files) >= MOST_FILES or self.size + max(member.size, 0) > MOST_BYTES:
            self.left_out.append(path)
            return
        data = bytearray()
        try:
            for piece in member.pieces():
                data += piece
                if self.size + len(data) > MOST_BYTES:  # whatever the archive claimed
                    self.left_out.append(path)
                    return
        except HandinError:
            return
        self.size += len(data)
        self.files[path] = bytes(data)

    def chosen(
        self, homes: Iterable[PurePosixPath], sources: Mapping[str, bytes]
    ) -> tuple[dict[str, bytes], list[str]]:
        """Those below one of *homes* by their paths there, beside *sources*; remarks on what was left out.

        If two have the same path, the one in the first home counts. Only files that a source names are worth a remark.
        """
        found: dict[str, bytes] = {}
        taken = {folded_path(PurePosixPath(name)) for name in sources}
        listed = list(homes)
        for home in listed:
            for path in sorted(_below(self.files, home), key=lambda path: (len(path.parts), path)):
                if not any(folded_path(part) in taken for part in (path, *path.parents)):
                    found[str(path)] = self.files[home / path]
                    taken.add(folded_path(path))
        named = [
            path
            for path in dict.fromkeys(path for home in listed for path in _below(self.left_out, home))
            if any(path.name.encode(errors="surrogateescape") in data for data in sources.values())
        ]
        most = f"{MOST_FILES} data files or {MOST_BYTES / 1e6:g} MB of them"
        return found, [f"{shown(str(path))} is missing when the code runs: more than {most}" for path in named]


def is_beside(path: PurePosixPath) -> bool:
    """Whether a file of this name may be data that a module reads."""
    hidden = path.name.startswith(".") or path.suffix.lower() not in SUFFIXES
    return not hidden and not any(part.lower() in PASSED_OVER for part in path.parts[:-1])


def _below(paths: Iterable[PurePosixPath], base: PurePosixPath) -> list[PurePosixPath]:
    inside = [path.relative_to(base) for path in paths if path.is_relative_to(base)]
    return [path for path in inside if len(path.parts) - 1 <= DEPTH]
