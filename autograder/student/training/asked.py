"""What `hw1 train` is asked for: a folder and parts, in the form of today and in that of before."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import MisuseError
from autograder.homework import Homework
from autograder.student.working_copy import holds_work


def asked(directory: Path, parts: list[str], folder: Path | None, homework: Homework) -> tuple[Path, str]:
    """The working copy, and what of it is trained: ``hw1 train DIR --part 1.2``, or ``hw1 train 1.2 --dir DIR``.

    Args:
        directory: what stands behind ``train``; a part's name, if it is none of a working copy.
        parts: what was given with ``--part``.
        folder: what was given with ``--dir``.

    Raises:
        MisuseError: two folders are named.
    """
    if homework.trainings_of(str(directory)) and not holds_work(directory):
        return folder or Path(), ",".join([str(directory), *parts])
    if folder is not None and directory != Path():
        raise MisuseError(f"name one folder, as in hw1 train DIR, not both {directory} and {folder}")
    return folder or directory, ",".join(parts)
