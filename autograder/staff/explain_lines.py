"""What `hw1 explain` tells: all that answers a complaint about one verdict, on one screen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from autograder.render.text import Style, check_lines
from autograder.text import plain, points

if TYPE_CHECKING:
    from autograder.cohort.explain import Explained, Observed

NEAREST = 5  # distances that are told
SAW = 14  # lines of what a probe brought
ABOUT = ("isolation", "torch", "python", "cpu", "seed", "differs")  # of the fingerprint


def explain_lines(found: Explained, style: Style) -> Iterator[str]:
    """The verdict, the probes and distances, the student's lines, and the runs."""
    line = found.line
    head = f"{plain(found.student)}, {line.id}: {points(line.outcome.points)} of {points(line.points)} points"
    yield style(head, "bold")
    yield from (plain(one) for one in check_lines(line.title, line.outcome, line.points, verbose=True))
    for one in found.observed:
        yield ""
        yield from _observed(one, style)
    if found.source:
        yield ""
        yield style(f"The student's {found.about}:", "bold")
        yield from (f"{number:>5}  {plain(text)}" for number, text in found.source)
    yield ""
    if found.place:
        yield f"It stands in {plain(found.place)}."
    yield f"The hand-in: {plain(found.origin) or 'not known'}"
    yield "Verdicts: " + "; ".join(f"run {run}: {points(value)}, {plain(said)}" for run, value, said in found.history)
    about = {name: str(found.fingerprint[name]).partition(" [")[0] for name in ABOUT if name in found.fingerprint}
    yield "Graded with " + ", ".join(f"{name} {plain(value)}" for name, value in about.items())


def _observed(one: Observed, style: Style) -> Iterator[str]:
    yield style(f"The probe {one.probe} ({one.seconds:.1f} s) saw:", "bold")
    yield from (f"  {plain(text)}" for text in one.saw[:SAW])
    if len(one.saw) > SAW:
        yield f"  and {len(one.saw) - SAW} more; --json has them"
    if not one.away:
        return
    yield "  How far that is, in tolerances (1 and less is equal):"
    yield from (f"    {_away(away):>10}  {name}" for name, away in one.away[:NEAREST])
    if len(one.away) > NEAREST:
        yield f"    and {len(one.away) - NEAREST} mistakes farther away"


def _away(value: float) -> str:
    return "differs" if math.isinf(value) else f"{value:,.3g}"


def explain_json(found: Explained) -> dict[str, Any]:
    """The same as JSON values; a distance that is infinite is None."""
    values = asdict(found)
    values["line"]["outcome"] = found.line.outcome.to_json()
    for one in values["observed"]:
        one["away"] = [[name, None if math.isinf(away) else away] for name, away in one["away"]]
    return values
