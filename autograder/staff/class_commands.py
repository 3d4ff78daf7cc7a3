"""Staff's commands on a class that was graded: parse, call, print, exit code. No logic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import command
from autograder.render.screen import style

FOLDER = typer.Argument(metavar="DIR", help="The folder of the reports, as `hw1 grade -o` names it.")


@command
def diff(
    folder: Annotated[Path, FOLDER] = Path("out"),
    runs: Annotated[
        list[int] | None, typer.Argument(metavar="[RUN RUN]", help="Two runs, by number. [default: the last two]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell who moved between two runs of `hw1 grade`, by how much, in which check, and because of what.

    Example: hw1 diff out
    """
    from autograder.cohort.moves import compared
    from autograder.staff.moves_lines import moves_json, moves_lines

    found, old, new = compared(folder, runs or [])
    if as_json:
        print(json.dumps(moves_json(found, old, new), indent=1, ensure_ascii=False))
        return
    for line in moves_lines(found, old, new, style):
        print(line)
