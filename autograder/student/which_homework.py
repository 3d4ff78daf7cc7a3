"""Which homework a working copy is of, where no command line says it: in an editor's list of tests, in a notebook."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.homework import BESIDE, VARIABLE, Homework, choose, in_force


def homework_of(folder: Path) -> Homework:
    """The homework whose working copy lies in *folder*, put in force if it is another one.

    It is the one in force, unless its tests are not there, and those of a homework are that lies beside the folder (as
    in that homework's zip). Where ``$HW1_HOMEWORK`` names one, that is it.

    Raises:
        MisuseError: what lies beside the folder can't be used.
    """
    if os.environ.get(VARIABLE) or (folder / in_force().tests).is_file():
        return in_force()
    for found in sorted(folder.resolve().parent.glob(f"{BESIDE}/*/homework.py")):
        choose(found.parent)
        if (folder / in_force().tests).is_file():
            return in_force()
        del os.environ[VARIABLE]
        in_force.cache_clear()
    return in_force()
