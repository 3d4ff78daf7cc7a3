"""Makes a worker's process look like an ordinary one that runs a file of the hand-in's."""

from __future__ import annotations

import builtins
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from autograder.sandbox.layers.confine import HOMES
from autograder.sandbox.plan import Plan

MAIN = "main.py"  # what the process seems to have been started with; nothing of this name need be there


def settle(plan: Plan) -> None:
    """Give it a folder to work in, with copies of the submission's data files, no arguments and a plain ``__main__``.

    The worker does this itself, once it is confined: a path that student code may have put there leads no further.
    """
    here = tempfile.mkdtemp(prefix="work-", dir=plan.scratch)
    os.chdir(here)
    os.environ.update(dict.fromkeys(HOMES, here))
    folder = Path(plan.folder)
    for path in folder.rglob("*"):
        if path.suffix != ".py" and path.is_file():
            copy = Path(path.relative_to(folder))
            with suppress(OSError):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
    started = str(folder / MAIN)
    sys.argv = [started]
    sys.orig_argv = [sys.executable, started]
    main = ModuleType("__main__")
    main.__file__ = started
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
