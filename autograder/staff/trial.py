"""One upload that a container is tried with."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder.homework import in_force


@dataclass(frozen=True)
class Trial:
    """One upload.

    Attributes:
        name: what the verdict calls it.
        folder: holds its files.
        whole: whether everything in it is right, so that nothing of it may be lost or left for want of time or memory.
    """

    name: str
    folder: Path
    whole: bool = True


def solved(name: str, solution: Path, scratch: Path, whole: bool = True) -> Trial:
    """An upload of what is handed in of the *solution*, laid out below *scratch*."""
    trial = Trial(name, scratch / name.replace(" ", "-"), whole)
    trial.folder.mkdir()
    for file in sorted(in_force().known):
        shutil.copyfile(solution / file, trial.folder / file)
    return trial
