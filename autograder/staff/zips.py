"""Zips that others get, proved before they get their names."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from autograder.disk import whole
from autograder.errors import GraderError, MisuseError
from autograder.home import writable
from autograder.packed import zipped
from autograder.staff.leaks import Forbidden, leaks_in


def require_file(path: Path, usual: str) -> None:
    """Require that a file can be written at *path*; *usual* is its usual name.

    Raises:
        MisuseError: it can't.
    """
    if path.is_dir():
        raise MisuseError(f"{path} is a folder: name a file with -o, like {path / usual}")
    writable(path.parent)


def write_proved(
    path: Path,
    files: Mapping[str, bytes],
    forbidden: Forbidden,
    tried: Callable[[Path], None],
    *,
    leaky: str,
    scripts: Collection[str] = (),
    private: bool = False,
) -> None:
    """Write a zip of *files* to *path*, whole or not at all, once it was opened again, searched and tried.

    Args:
        tried: raises if what is in the zip does not do what it is for.
        leaky: the sentence that something *forbidden* is in it; what it is follows.
        scripts: the names of those that may be run.
        private: its user alone may read it.

    Raises:
        MisuseError: the disk is full, or nothing can be written there.
        GraderError: it does not hold the files, or gives something away; or whatever *tried* raises.
    """

    def prove(part: Path) -> None:
        require_whole(part, files, scripts)
        refuse(leaky, leaks_in(part, forbidden))
        tried(part)

    try:
        with whole(path, private=private, prove=prove) as file:
            file.write(zipped(files, scripts))
    except OSError as error:
        raise MisuseError(f"{path} can't be written: {error.strerror}") from error


def require_whole(path: Path, files: Mapping[str, bytes], scripts: Collection[str] = ()) -> None:
    """Require that the zip at *path* holds *files*, byte for byte, and that its *scripts* are executable.

    Raises:
        GraderError: it does not.
    """
    with zipfile.ZipFile(path) as archive:
        held = {info.filename: archive.read(info) for info in archive.infolist()}
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    wrong = sorted(name for name in held.keys() | files.keys() if held.get(name) != files.get(name))
    wrong += [name for name in scripts if not modes.get(name, 0) & 0o100]
    if wrong:
        raise GraderError(f"the zip does not hold what it should: {', '.join(wrong[:3])}")


def refuse(leaky: str, found: Sequence[object]) -> None:
    """Raise GraderError with the sentence *leaky*, the first that was *found* and how many more, if anything was."""
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        raise GraderError(f"{leaky}: {found[0]}{more}")
