"""The members of a folder: files first, then subfolders; no link is followed, not even one that was added since."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from autograder.errors import HandinError
from autograder.ingest.member import FILE, FOLDER, LINK, PIECE, SPECIAL, ArchiveError, Member, kind_of
from autograder.ingest.names import NAME_BYTES, NEAR, NEVER_WORK, is_known, is_left_over, is_work_left_over

ENTRIES = 100_000  # MNIST as pictures has 70,000; more is not a hand-in
LEFT_OVER = 1_000  # of the files directly in a left-over folder
OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def folder_members(folder: Path) -> Iterator[Member]:
    """Everything below *folder* that is not in a left-over folder, in the order of names.

    Raises:
        ArchiveError: there is far too much; what came before counts.
    """
    yield from _below(folder, (), [ENTRIES])


def _below(folder: Path, parts: tuple[str, ...], left: list[int]) -> Iterator[Member]:
    try:
        with os.scandir(folder.joinpath(*parts)) as scan:
            found = sorted(islice(scan, left[0] + 1), key=lambda entry: entry.name)
    except OSError as error:
        if parts:
            yield _unreadable(parts, error)
            return
        raise ArchiveError(f"can't be opened: {error.strerror}") from error
    left[0] -= len(found)
    if left[0] < 0:
        raise ArchiveError(f"has more than {ENTRIES:,} files")
    deeper = []
    for entry in found:
        here = (*parts, entry.name)
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:  # it went away
            yield _unreadable(here, error)
            continue
        kind = kind_of(status.st_mode)
        if kind == FOLDER and not is_known(entry.name) and not is_left_over(entry.name):
            deeper.append(here)
        elif kind == FOLDER and entry.name not in NEVER_WORK:
            yield from _work_in(folder, here)
        yield file_member(folder, here, kind, status)
    for here in deeper:
        if len("/".join(here).encode(errors="surrogateescape")) <= NAME_BYTES:  # a longer name is refused
            yield from _below(folder, here, left)


def _work_in(folder: Path, parts: tuple[str, ...], depth: int = 0) -> Iterator[Member]:
    """What may be somebody's work in a left-over folder, so that it is not skipped silently."""
    with contextlib.suppress(OSError), os.scandir(folder.joinpath(*parts)) as scan:
        for entry in sorted(islice(scan, LEFT_OVER), key=lambda entry: entry.name):
            here = (*parts, entry.name)
            status = entry.stat(follow_symlinks=False)
            kind = kind_of(status.st_mode)
            if kind == FOLDER and depth + 1 < NEAR:
                yield from _work_in(folder, here, depth + 1)
            elif kind == FILE and is_work_left_over(PurePosixPath(*here)):
                yield file_member(folder, here, kind, status)


def file_member(folder: Path, parts: tuple[str, ...], kind: str, status: os.stat_result) -> Member:
    """What lies at *parts* below *folder*, to be read without following a link."""
    pieces, path = partial(_pieces, folder, parts), folder.joinpath(*parts)
    return Member("/".join(parts), kind, status.st_size, pieces, status.st_mtime, path)


def _unreadable(parts: tuple[str, ...], error: OSError) -> Member:
    return Member("/".join(parts), f"can't be read: {error.strerror}", 0, lambda: iter(()))


def _pieces(folder: Path, parts: tuple[str, ...]) -> Iterator[bytes]:
    """The bytes of a regular file.

    Raises:
        HandinError: it is not a regular file any more, or can't be read.
    """
    try:
        descriptor = _open(folder, parts)
        with os.fdopen(descriptor, "rb") as file:
            if kind_of(os.fstat(descriptor).st_mode) != FILE:
                raise HandinError(SPECIAL)
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        link = error.errno in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)  # Linux and macOS; FreeBSD; a folder
        raise HandinError(LINK if link else f"can't be read: {error.strerror}") from error


def _open(folder: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of the file, reached part by part, so that no part is a link where the system can tell."""
    if os.open not in os.supports_dir_fd:
        return os.open(folder.joinpath(*parts), OPEN)
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, OPEN | os.O_DIRECTORY, dir_fd=here)
            os.close(here)
            here = below
        return os.open(parts[-1], OPEN, dir_fd=here)
    finally:
        os.close(here)
