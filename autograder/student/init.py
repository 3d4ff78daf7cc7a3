"""A student's fresh working copy."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder.errors import MisuseError
from autograder.home import handout_folder


def copy_handout(directory: Path) -> list[str]:
    """Copy the handout into *directory*; the names of its files.

    Raises:
        MisuseError: the folder is not empty, or can't be written: nothing is ever overwritten.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise MisuseError(
            f"{directory} already exists and is not empty; name a new folder, so that nothing is overwritten"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        names = sorted(path.name for path in handout_folder().iterdir() if path.is_file())
        for name in names:
            shutil.copyfile(handout_folder() / name, directory / name)
    except OSError as error:
        raise MisuseError(f"{directory} can't be written: {error.strerror}") from error
    return names
