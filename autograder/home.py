"""Where things lie: the user's own folder (``$HW1_HOME``), the handout, the solution."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from autograder.errors import MisuseError
from autograder.homework import in_force

PACKAGE = Path(__file__).resolve().parent


def home_folder() -> Path:
    """``$HW1_HOME``, or ``hw1`` in the user's configuration folder; made if it is not there (mode 0700)."""
    configured = os.environ.get("HW1_HOME")
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    folder = Path(configured) if configured else Path(base) / "hw1"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MisuseError(
            f"{folder} can't be created: {error.strerror}. Set HW1_HOME to a folder of your own."
        ) from error
    return folder


def cache_folder() -> Path:
    """What can be made again: ``hw1`` in the user's cache folder, or a temporary one. No secret lies there."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hw1"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"hw1-cache-{os.getpid()}"
        folder.mkdir(exist_ok=True)
    return folder


def data_folder() -> Path:
    """Where `hw1 data` puts the data sets: ``$HW1_DATA``, or ``data`` in the cache folder."""
    return Path(os.environ["HW1_DATA"]) if os.environ.get("HW1_DATA") else cache_folder() / "data"


def writable(folder: Path, mode: int = 0o777) -> Path:
    """Return *folder*, which is made with *mode* if it is not there, after writing a trial file into it.

    Raises:
        MisuseError: it can't be made or written to.
    """
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise MisuseError(f"{folder} can't be written to: {error.strerror}. Name another folder with -o.") from error
    return folder


def repository() -> Path | None:
    """The repository's root, if this is an editable install of it."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() else None


def handout_folder() -> Path:
    """The handout of the homework in force."""
    homework = in_force()
    return homework.handout or homework.folder / "assignment"


def solution_folder(given: Path | None = None) -> Path:
    """The solution's folder: *given*, or that of the homework in force.

    Raises:
        MisuseError: there is none.
    """
    homework = in_force()
    folder = given or homework.solution or homework.folder / "solution"
    if not folder.is_dir():
        raise MisuseError("this needs the solution: run it from the repository, or name its folder with --solution DIR")
    missing = [file for file in homework.sources if not (folder / file).is_file()]
    if missing:
        raise MisuseError(
            f"{folder} is not the solution: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        )
    return folder
