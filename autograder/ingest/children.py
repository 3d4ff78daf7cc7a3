"""The entries of a folder or a zip, seen in one way: a download and its unpacked folder are alike."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from autograder.errors import HandinError
from autograder.ingest.archive import archive_members
from autograder.ingest.folder import ENTRIES, file_member, folder_members
from autograder.ingest.member import FOLDER, ArchiveError, Member, Meter, kind_of
from autograder.ingest.names import is_left_over
from autograder.ingest.store import Store
from autograder.ingest.zips import kind_in_zip, member_of, name_in_zip, time_in_zip
from autograder.rubric import Limits


@dataclass(frozen=True)
class Child:
    """One entry of a folder or a zip.

    Attributes:
        name: its own, without those above it; hostile.
        kind: ``FILE``, ``FOLDER``, or what it is instead; the text goes after the name.
        modified: a file's time, seconds since the epoch; 0 for a folder.
        members: everything below a folder, by its path there; for a file, the file itself.
        children: the direct entries of a folder, in the order of names; empty for a file.
    """

    name: str
    kind: str
    modified: float
    members: Callable[[], Iterator[Member]]
    children: Callable[[], list[Child]]

    def unpacked(self, limits: Limits, store: Store) -> Iterator[Member]:
        """The members of the archive that it is; it is copied to *store* for as long if it does not lie on the disk.

        Raises:
            ArchiveError: it can't be read, or not to its end.
        """
        (itself,) = self.members()
        if itself.path is not None:
            yield from archive_members(itself.path, limits)
            return
        if itself.size > limits.archive_bytes:
            raise ArchiveError(
                f"has {itself.size / 1e6:,.0f} MB; at most {limits.archive_bytes / 1e6:,.0f} MB are allowed"
            )
        try:
            copy = store.write(itself.pieces(), ".archive")
        except ArchiveError:
            raise
        except HandinError as error:  # encrypted, damaged, or the disk is full
            raise ArchiveError(str(error).removesuffix(" and was not read")) from error
        try:
            yield from archive_members(copy, limits, itself.meter)
        finally:
            store.drop(copy)


def nothing() -> list[Child]:
    """The entries of a file: there are none."""
    return []


def on_disk(folder: Path) -> list[Child]:
    """The entries of *folder*, except left-over ones; no link is followed.

    Raises:
        OSError: it can't be listed.
    """
    found = []
    with os.scandir(folder) as scan:
        entries = sorted((entry for entry in scan if not is_left_over(entry.name)), key=lambda entry: entry.name)
    for entry in entries[:ENTRIES]:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:  # it went away
            continue
        kind, path = kind_of(status.st_mode), folder / entry.name
        if kind == FOLDER:
            found.append(folder_child(path, entry.name))
        else:
            itself = partial(iter, (file_member(folder, (entry.name,), kind, status),))
            found.append(Child(entry.name, kind, status.st_mtime, itself, nothing))
    return found


def folder_child(folder: Path, name: str) -> Child:
    """*folder* itself, called *name*."""
    return Child(name, FOLDER, 0.0, partial(folder_members, folder), partial(listed, folder))


def listed(folder: Path) -> list[Child]:
    """The entries of *folder*; empty if it can't be listed."""
    try:
        return on_disk(folder)
    except OSError:  # reading it says why
        return []


def in_zip(archive: zipfile.ZipFile, limits: Limits, packed: int) -> list[Child]:
    """The entries at the top of *archive*, except left-over ones. No name becomes a path.

    Args:
        packed: the zip's own size in bytes.
    """
    infos = [(name_in_zip(info), info) for info in archive.infolist()]
    listed = [(tuple(part for part in name.split("/") if part not in ("", ".")), info) for name, info in infos]
    return _Zipped(archive, limits, packed).level(listed, 0)


_Listed = list[tuple[tuple[str, ...], zipfile.ZipInfo]]


@dataclass(frozen=True)
class _Zipped:
    archive: zipfile.ZipFile
    limits: Limits
    packed: int

    def level(self, listed: _Listed, depth: int) -> list[Child]:
        """The children of one folder: *listed* are the members below it, whose paths have *depth* parts above."""
        groups: dict[str, _Listed] = {}
        for parts, info in listed:
            if len(parts) > depth and not is_left_over(parts[depth]):
                groups.setdefault(parts[depth], []).append((parts, info))
        return [self._child(name, group, depth + 1) for name, group in sorted(groups.items())]

    def _child(self, name: str, group: _Listed, depth: int) -> Child:
        below = [(parts, info) for parts, info in group if len(parts) > depth]
        if below or kind_in_zip(group[-1][1]) == FOLDER:
            return Child(name, FOLDER, 0.0, partial(self._members, below, depth), partial(self.level, below, depth))
        info = group[-1][1]  # the last of two with one name counts, as it does for whoever unpacks it
        itself = partial(self._members, group[-1:], depth - 1)
        return Child(name, kind_in_zip(info), time_in_zip(info), itself, nothing)

    def _members(self, listed: _Listed, depth: int) -> Iterator[Member]:
        """The members with their paths below *depth* parts, with a meter of their own."""
        packed = min(self.packed, sum(info.compress_size for _, info in listed))
        meter = Meter(packed, self.limits)
        for count, (parts, info) in enumerate(listed):
            if count == self.limits.archive_members:
                raise ArchiveError(f"has more than {count:,} members")
            folder = "/" if kind_in_zip(info) == FOLDER else ""
            yield member_of(self.archive, info, meter, "/".join(parts[depth:]) + folder)


def renamed(child: Child, name: str) -> Iterator[Member]:
    """The file *child* under another name."""
    return (replace(member, name=name) for member in child.members())
