"""A student's check as a page: each part once, in the handout's order, each check, the totals, what to do next.

Pure: outcomes in, lines out. Who prints them, and when, is another's business (``student/page.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from autograder.outcome import Outcome, Status
from autograder.render.text import WIDTH, Style, check_lines, elsewhere, heading, summary, without_colour, wrapped
from autograder.report import Line, Report
from autograder.rubric import Rubric
from autograder.text import plain, points

PRINTED_LINES = 40  # of what a submission prints
WRONG = (Status.FAILED, Status.STOPPED)
UNDECIDED = (Status.UNSETTLED, Status.UNGRADED)
NOT_ISOLATED = "Not isolated: your code ran as you. Never check anybody else's code this way."


@dataclass(frozen=True)
class Look:
    """How a page is shown.

    Attributes:
        style: colours.
        unicode: whether there is more than ASCII.
        verbose: with all details.
        failed: only what needs work.
        unbegun: what the stubs say that nobody has begun to fill in: such a check needs no sentence of its own.
    """

    style: Style = without_colour
    unicode: bool = True
    verbose: bool = False
    failed: bool = False
    unbegun: frozenset[str] = frozenset()


PLAIN = Look()


class OfPart(Protocol):
    """What belongs to a part of the homework: a check, or its line in a report."""

    @property
    def part(self) -> str:
        """The part."""


T = TypeVar("T", bound=OfPart)


def by_part(things: Iterable[T], parts: Iterable[str]) -> dict[str, list[T]]:
    """*things* by their part, in the order of *parts*; of each part only if there is something."""
    found: dict[str, list[T]] = {part: [] for part in parts}
    for thing in things:
        found.setdefault(thing.part, []).append(thing)
    return {part: those for part, those in found.items() if those}


def needs_work(outcome: Outcome) -> bool:
    """Whether there is something left to do: what is wrong or not done, or open with a hint."""
    return outcome.status in (*WRONG, Status.TODO) or (outcome.status in UNDECIDED and bool(outcome.hint))


def opening_line(folder: str, count: int, of: int) -> str:
    """What is being done: *count* checks, of so many that there are, in *folder*."""
    number = f"{count}" if count == of else f"{count} of {of}"
    return f"Checking {plain(folder)}: {number} check{'' if count == of == 1 else 's'}."


def page_lines(lines: Iterable[Line], rubric: Rubric, look: Look = PLAIN, by_hand: bool = False) -> Iterator[str]:
    """All parts of a page, an empty line before each.

    Args:
        lines: the checks that were asked for, with their outcomes.
        by_hand: say how many points of each part are given by people, too.
    """
    for part, those in by_part(lines, rubric.parts).items():
        yield from part_lines(part, those, rubric, look, by_hand)


def part_lines(
    part: str, lines: Sequence[Line], rubric: Rubric, look: Look = PLAIN, by_hand: bool = False
) -> Iterator[str]:
    """One part: an empty line, its heading with the points, its checks; nothing if nothing of it is to be shown.

    Args:
        part: its name in the rubric.
        lines: its checks that were asked for, with their outcomes.
        by_hand: say how many of its points are given by people, too.
    """
    shown = [line for line in lines if not look.failed or needs_work(line.outcome)]
    if not shown:
        return
    given = sum(item.points for item in rubric.by_hand.values() if item.part == part) if by_hand else 0.0
    yield ""
    yield from _heading(heading(part, rubric.parts.get(part, "")), _earned(lines, given), look.style)
    for line in shown:
        yield from line_lines(line, look)


def line_lines(line: Line, look: Look = PLAIN) -> Iterator[str]:
    """One check; what nobody has begun is one line, unless all details are wanted."""
    outcome, beside = line.outcome, ""
    if outcome.status is Status.TODO and outcome.reason in look.unbegun:
        beside = "not started"
        outcome = outcome if look.verbose else replace(outcome, reason="", hint="", remarks=())
    title = f"{line.id}: {line.title}" if line.points else line.title
    yield from check_lines(title, outcome, line.points, look.style, look.verbose, look.unicode, beside)


def closing_lines(report: Report, look: Look = PLAIN) -> Iterator[str]:
    """What there is to say of the work as a whole, and the points of what was asked for."""
    if look.failed and not any(needs_work(line.outcome) for line in report.asked_for.lines):
        yield from ("", "Nothing here needs work.")
    if report.printed:
        yield from ("", *_printed(report.printed.splitlines(), look))
    for remark in report.remarks:
        yield from ("", *wrapped(plain(remark)))
    yield from ("", *(look.style(line, "bold") for line in wrapped(summary(report))))
    for sentence in elsewhere(report):
        yield from (look.style(line, "dim") for line in wrapped(plain(sentence)))
    if report.fingerprint.get("isolation") == "none":
        yield from (look.style(line, "dim") for line in wrapped(NOT_ISOLATED))


def next_lines(said: str, command: str, look: Look = PLAIN) -> Iterator[str]:
    """What to do next; the *command* stands alone in its line, which is never broken: it can be copied."""
    yield from ("", *wrapped(f"Next: {plain(said)}:"), f"  {look.style(command, 'bold')}")


def _heading(name: str, earned: str, style: Style) -> Iterator[str]:
    """The part's name on the left, its points on the right; below each other where the line is too short for both."""
    if len(name) + 2 + len(earned) <= WIDTH:
        yield style(name.ljust(WIDTH - len(earned)) + earned if earned else name, "bold")
        return
    yield from (style(line, "bold") for line in wrapped(name))
    yield style(earned.rjust(WIDTH), "bold")


def _earned(lines: Iterable[Line], by_hand: float) -> str:
    """The points of a part, like ``6 of 16 points, 2 open, 24 by hand``; nothing where there are none."""
    lines = list(lines)
    possible = sum(line.points for line in lines)
    if not possible:
        return ""
    parts = [f"{points(sum(line.outcome.points for line in lines))} of {points(possible)} point"]
    parts[0] += "" if possible == 1 else "s"
    undecided = sum(line.points for line in lines if line.outcome.status.open)
    parts += [f"{points(undecided)} open"] if undecided else []
    parts += [f"{points(by_hand)} by hand"] if by_hand else []
    return ", ".join(parts)


def _printed(lines: Sequence[str], look: Look) -> Iterator[str]:
    """What the work's code has printed, or that there is something."""
    if not look.verbose:
        count = "a line" if len(lines) == 1 else f"{len(lines)} lines"
        yield look.style(f"Your code printed {count}; -v shows what.", "dim")
        return
    yield look.style("What your code printed", "bold")
    for line in lines[:PRINTED_LINES]:
        for piece in wrapped(plain(line), WIDTH - 2) or [""]:
            yield look.style(f"  {piece}".rstrip(), "dim")
    if len(lines) > PRINTED_LINES:
        yield look.style(f"  ... {len(lines) - PRINTED_LINES} more lines; --json shows them", "dim")
