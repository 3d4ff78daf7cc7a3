"""Writes ``floors.toml``: rows that were measured anew replace the old ones, all others stay."""

from __future__ import annotations

import json
import os
import platform
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.deep_learning.floors import floors_file
from autograder.disk import write_whole
from autograder.errors import GraderError, MisuseError

HEAD = """\
# Written by `hw1 calibrate`, not by hand. The solution's accuracy over seeds, trained and scored as hand-ins are;
# `floor` is the one in force: the handout's, or lower where an honest run of the solution would miss it more often than
# once in 1,000 (the mean less 3.09 standard deviations). The guards: how far honest accuracies are apart at most.
"""
Table = dict[str, dict[str, dict[str, Any]]]
"""Rows by training and data set."""


def made_here(how: str) -> str:
    """How, when and on what something was measured."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    versions = f"Python {platform.python_version()}, torch {torch_version()}"
    return f"{how}; {datetime.now(UTC):%Y-%m-%d}; {machine}; {versions}"


def torch_version() -> str:
    """The version of the installed torch, which is not imported."""
    return version("torch")


def update_floors(
    rows: Table,
    guards: Mapping[str, Mapping[str, Any]] | None = None,
    path: Path | None = None,
) -> None:
    """Put *rows* (by training and data set) and *guards* (by data set) into the file.

    A row that says ``measured = false`` does not replace one that was measured.

    Raises:
        GraderError: the existing file is damaged.
        MisuseError: the file can't be written.
    """
    path = path or floors_file()
    try:
        kept: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise GraderError(f"{path} can't be read: {error}") from error
    floors = kept.get("floors", {})
    for training, sets in rows.items():
        for data, row in sets.items():
            old = floors.setdefault(training, {}).get(data, {"measured": False})
            if row["measured"] or not old["measured"]:
                floors[training][data] = dict(row)
    text = floors_text(floors, {**kept.get("guards", {}), **(guards or {})})
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise MisuseError(f"{path} can't be written: {error.strerror}") from error


def floors_text(floors: Mapping[str, Any], guards: Mapping[str, Any]) -> str:
    """The file, sorted by training."""
    tables = [(f"guards.{name}", row) for name, row in sorted(guards.items())]
    numbered = sorted(floors, key=lambda training: [int(n) if n.isdigit() else n for n in training.split(".")])
    tables += [(f'floors."{one}".{data}', row) for one in numbered for data, row in sorted(floors[one].items())]
    lines = [HEAD]
    for name, row in tables:
        lines += [f"[{name}]", *(f"{key} = {_value(value)}" for key, value in row.items()), ""]
    return "\n".join(lines)


def _value(value: Any) -> str:
    """JSON's booleans, numbers, lists of numbers and ASCII strings are TOML's, too."""
    return json.dumps(value)


def unmeasured(why: str) -> dict[str, Any]:
    """The row of a training that could not be measured."""
    return {"measured": False, "why": why}
