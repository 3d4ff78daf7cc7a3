"""`hw1 check` for a cell of a notebook: what is saved is checked, in a process of its own, and shown as a table."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from autograder.errors import GraderError, MisuseError
from autograder.homework import CHECKER, in_force
from autograder.ingest.names import DATA_FOLDERS, IGNORED_FOLDERS, notebook_number, shown
from autograder.outcome import Status
from autograder.render.cell import Shown
from autograder.render.text import summary
from autograder.report import Line, Report
from autograder.student.which_homework import homework_of
from autograder.student.which_notebook import Found, find_notebook, saved_at
from autograder.student.working_copy import holds_work, works_below

# Isolated: a file of the student's may be called cli.py, too, and lie in the current folder.
COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "cli")
FAULT = f"{CHECKER}: "  # begins each sentence of the command's that is not its result
OPTION = "--part must name"


def check(*names: object) -> Shown:
    """Check the work of which this notebook is a part, as it is saved: all of it, or what *names* name.

    A name is what `hw1 check --part` takes: a part (``"2.1"``), a check (``"2.1a"``), a class (``"Exp1"``), a module.
    It is that command that runs, so that the verdicts are the same; what has happened in this notebook changes none.

    Returns:
        What the cell shows, if this is its last line. Nothing is raised: what is wrong is a sentence in it.
    """
    found = Found()
    try:
        homework_of(Path.cwd())
        found = find_notebook()
        with _folder_of(found) as folder:
            report, notes = _checked(folder, [str(name) for name in names])
        return Shown(_about(found), _asked_for(report), summary(report), (*notes, *report.remarks), found.doubt)
    except KeyboardInterrupt:
        return Shown(error="stopped; nothing was decided")
    except (MisuseError, GraderError) as error:
        return Shown(error=str(error), doubt=found.doubt)
    except Exception as error:  # noqa: BLE001  a sentence, not a page of the kit's code, stands below the cell
        return Shown(error=f"the kit failed, not you: {error}", doubt=found.doubt)


def _about(found: Found) -> str:
    """What was checked, in words."""
    if found.path is not None:
        return f"{shown(found.name)} {saved_at(found.path)}, with the files beside it"
    if found.content is not None:
        return f"{shown(found.name)} as this page has it, with the files beside it"
    return f"the folder {shown(Path.cwd().name)}, as it is saved"


def _asked_for(report: Report) -> tuple[Line, ...]:
    """The automatic checks that were asked for."""
    automatic = in_force().check
    return tuple(n for n in report.lines if n.id in automatic and n.outcome.status is not Status.SKIPPED)


# What is checked


@contextmanager
def _folder_of(found: Found) -> Iterator[Path]:
    """The folder of the work: the notebook's, or the current one; for Colab's notebook a copy with it in its place."""
    if found.content is not None:
        with tempfile.TemporaryDirectory(prefix="hw1-") as scratch:
            yield _copy(found.content, found.name, Path(scratch) / "work")
    elif found.path is not None:
        folder = found.path.resolve().parent
        yield next((one for one in (folder, folder.parent) if holds_work(one)), folder)
    else:
        yield Path.cwd()


def _copy(content: bytes, name: str, folder: Path) -> Path:
    """Write into *folder* what lies in the working copy, if there is one near, and the notebook as it is now."""
    here = Path.cwd()
    near = [here] if holds_work(here) else works_below(here)
    if len(near) == 1:
        left_out = shutil.ignore_patterns(".*", *IGNORED_FOLDERS, *DATA_FOLDERS)
        shutil.copytree(near[0], folder, symlinks=True, ignore=left_out)
    else:
        folder.mkdir()
        if notebook_number(name) is None and in_force().notebooks:
            name = in_force().notebooks[0].name  # nothing else would tell that it is of the homework
    (folder / name).write_bytes(content)
    return folder


# The command


def _checked(folder: Path, names: Sequence[str]) -> tuple[Report, list[str]]:
    """What `hw1 check` reports of *folder*, and what it notes.

    Raises:
        MisuseError: a name is not known, or the folder is no working copy.
        GraderError: it failed; the text says why.
    """
    command = [*COMMAND, "check", "--json", *(f"--part={name}" for name in names), "--", str(folder)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    said = [line.removeprefix(FAULT) for line in done.stderr.splitlines() if line.startswith(FAULT)]
    if done.returncode == 2 and said:
        raise MisuseError(said[-1].replace(OPTION, "a name must be", 1))
    try:
        return Report.from_json(json.loads(done.stdout)), said
    except (ValueError, KeyError, TypeError) as error:
        why = done.stderr.strip()[-600:] or str(error)
        raise GraderError(said[-1] if said else f"the kit failed, not you: {why}") from error
