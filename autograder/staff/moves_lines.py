"""What `hw1 diff` tells: who moved between two runs, by how much, in which check, and because of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from autograder.render.text import Style
from autograder.text import plain, points

if TYPE_CHECKING:
    from autograder.cohort.journal import Run
    from autograder.cohort.moves import Moved

WIDTH = 24  # columns of an id
SHOWN = 8  # ids in one line


def moves_lines(found: Sequence[Moved], old: Run, new: Run, style: Style) -> Iterator[str]:
    """A line a student and one a check below it; those whose sentences alone differ at the end."""
    moved = [one for one in found if one.moved]
    said = f"{len(moved)} {'student' if len(moved) == 1 else 'students'} moved" if moved else "nobody moved"
    yield style(f"From {_run(old)} to {_run(new)}: {said}.", "bold")
    for one in moved:
        yield from _lines(one)
    worded = [one.student for one in found if not one.moved]
    if worded:
        names = ", ".join(plain(name, WIDTH) for name in worded[:SHOWN])
        rest = f" and {len(worded) - SHOWN} more" if len(worded) > SHOWN else ""
        yield f"Only sentences changed for {names}{rest}."


def changed_lines(found: Sequence[Moved], style: Style) -> Iterator[str]:
    """What `hw1 grade` says by itself where somebody who was graded before has other points now."""
    if found:
        yield ""
        yield style("Points changed since the run before:", "bold")
    for one in found:
        yield from _lines(one)


def _lines(one: Moved) -> Iterator[str]:
    totals = f"{_points(one.was)} -> {_points(one.now)}"
    yield f"{plain(one.student, WIDTH)}  {totals} ({one.by:+g}): {', '.join(one.causes)}"
    for change in one.changes:
        if not change.worded:
            verdicts = change.before if change.before == change.after else f"{change.before} -> {change.after}"
            yield f"    {change.check}: {_points(change.was)} -> {_points(change.now)}, {plain(verdicts)}"


def moves_json(found: Sequence[Moved], old: Run, new: Run) -> dict[str, Any]:
    """The same as JSON values."""
    return {"from": old.id, "to": new.id, "students": [{**asdict(one), "by": one.by} for one in found]}


def _run(run: Run) -> str:
    began = datetime.fromtimestamp(run.began).astimezone().strftime("%Y-%m-%d %H:%M")
    return f"run {run.id} ({began}{'' if run.ended else ', not finished'})"


def _points(value: float | None) -> str:
    return "-" if value is None else points(value)
