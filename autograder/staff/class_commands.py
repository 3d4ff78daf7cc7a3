"""Staff's commands on a class that was graded: parse, call, print, exit code. No logic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import command, note
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


@command
def explain(
    folder: Annotated[Path, FOLDER],
    student: Annotated[str, typer.Argument(metavar="STUDENT", help="The student's id.")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id, like 1.2a.")],
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution. [default: the repository's]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell all that is known of one verdict: what was run and seen, how far it is from each mistake, and since when.

    Example: hw1 explain out 20260003 1.2a
    """
    from autograder.cohort.explain import explain as explained
    from autograder.cohort.journal import existing
    from autograder.homework import in_force
    from autograder.rubric import read_rubric
    from autograder.staff.explain_lines import explain_json, explain_lines
    from autograder.staff.start import known_recording

    with existing(folder) as journal:
        recording = known_recording(journal.seed_of(student), solution)
        found = explained(journal, in_force(), recording, read_rubric().limits, student, check)
    if recording is None:
        note("the evidence for the seed of that run is not here, so that no distances are told")
    if as_json:
        print(json.dumps(explain_json(found), indent=1, ensure_ascii=False))
        return
    for line in explain_lines(found, style):
        print(line)
