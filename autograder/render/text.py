"""A report as lines of text: for the terminal, in colour, and for ``feedback.txt``, without."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from autograder.outcome import Outcome, Status
from autograder.report import Line, Report
from autograder.rubric import Rubric
from autograder.text import plain, points

Style = Callable[[str, str], str]
"""``(text, colour) -> text``; the colours are green, red, yellow, dim and bold."""

MARKS = {
    Status.PASSED: ("✓", "ok", "green"),
    Status.FAILED: ("✗", "x", "red"),
    Status.STOPPED: ("✗", "x", "red"),
    Status.TODO: ("○", "o", "yellow"),
    Status.UNSETTLED: ("·", ".", "yellow"),
    Status.UNGRADED: ("!", "!", "yellow"),
    Status.SKIPPED: ("·", ".", "dim"),
    Status.BY_HAND: ("·", ".", "dim"),
    Status.MARKED: ("•", "*", ""),
}
WIDTH = 80  # columns, as a terminal has at the least: no word is broken there
NO_BREAK = "\u00a0"
FILLER = "\0"  # behind a letter that is two columns wide, while lines are made; `plain` leaves none
NAME = 60  # characters of a student's id


def without_colour(text: str, colour: str) -> str:
    """The text as it is."""
    return text


def check_lines(
    title: str,
    outcome: Outcome,
    worth: float,
    style: Style = without_colour,
    verbose: bool = False,
    unicode: bool = True,
    beside: str = "",
) -> Iterator[str]:
    """One check: its mark, title and points; under it what was seen, a hint, and with *verbose* everything.

    Args:
        beside: a word behind the points.
    """
    rich, simple, colour = MARKS[outcome.status]
    mark = style(rich if unicode else simple, colour)
    earned = "" if not worth else f"{points(outcome.points)}/{points(worth)}"
    if outcome.status.open and worth:
        earned = f"-/{points(worth)}"
    earned = "  ".join(filter(None, (earned, beside)))
    ending = f"  {earned}".replace(" ", NO_BREAK) if earned else ""
    first, *rest = wrapped(plain(title) + ending, WIDTH - 6) or [""]
    for begin, line in ((f"  {mark} ", first), *(("      ", line) for line in rest)):
        yield begin + line.removesuffix(ending) + (f"  {style(earned, 'dim')}" if earned and ending in line else "")
    if outcome.reason and outcome.status is not Status.BY_HAND:
        yield from _indented(plain(outcome.reason), style, colour)
    if outcome.hint:
        yield from _indented(f"hint: {plain(outcome.hint)}", style, "")
    if verbose:
        for line in outcome.detail:
            yield from _indented(plain(line), style, "dim")
    for remark in outcome.remarks:
        yield from _indented(plain(remark), style, "dim")


def heading(part: str, title: str, style: Style = without_colour) -> str:
    """A part's heading; *title* is the rubric's."""
    return style(title if part == "files" else f"{part}  {title}".rstrip(), "bold")


def summary(report: Report) -> str:
    """The points in a line."""
    whole, report = report, report.asked_for
    text = f"{points(report.earned)} point{'' if report.earned == 1 else 's'} earned, {points(report.lost)} lost"
    if report.not_started:
        text += f", {points(report.not_started)} not started"
    if report.open:
        text += f", {points(report.open)} open"
    if report.by_hand:
        text += f", {points(report.by_hand)} graded by hand"
    of = "in all" if report is whole else "in these checks"
    return f"{text}; {points(report.maximum)} {of}."


def feedback_text(report: Report, rubric: Rubric) -> str:
    """The whole report for its student, as plain text."""
    lines = [f"{rubric.title}: {plain(report.student, NAME)}", "", summary(report)]
    for remark in (*lateness(report), *report.remarks, *elsewhere(report)):
        lines += wrapped(plain(remark))
    part = ""
    parts = list(rubric.parts)
    for line in sorted(report.lines, key=lambda line: parts.index(line.part) if line.part in parts else len(parts)):
        if line.part != part:
            part = line.part
            lines += ["", heading(part, rubric.parts.get(part, ""))]
        lines += check_lines(f"{_number(line)}{line.title}", line.outcome, line.points, verbose=True)
    graded = ", ".join(f"{name} {value}" for name, value in report.fingerprint.items() if name != "differs")
    return "\n".join([*lines, "", *wrapped(f"Graded with: {plain(graded)}"), ""])


def lateness(report: Report) -> tuple[str, ...]:
    """A sentence on what being late has cost and how that came about; none for what was handed in in time."""
    taken = report.deduction
    left = f" {points(report.total)} of {points(report.earned)} points are left." if taken.points else ""
    return (f"{taken.why}.{left}",) if taken.why else ()


def decision_lines(report: Report) -> Iterator[str]:
    """For staff, a sentence on each decision of a person's: who, when and why, and what the kit says itself."""
    alike: dict[str, list[str]] = {}
    for one in report.decisions:
        said = f"{points(one.points)} points" if one.id != "late" else "waived"
        said += f" by the decision of {one.by} on {one.at}: {one.why}"
        if one.before is not None:
            named = f", {one.before.mistake}" if one.before.mistake else ""
            said += f" (the kit: {one.before.status.value}, {points(one.before.points)} points{named})"
            said += "; the verdict under it has changed since" if one.changed else ""
        elif one.changed:
            said += " (which fits no check any more)"
        alike.setdefault(said, []).append(one.id)
    yield from (f"{', '.join(ids)}: {said}" for said, ids in alike.items())


def elsewhere(report: Report) -> tuple[str, ...]:
    """A sentence on how the place of grading differs from that of the reference, if it does."""
    differs = report.fingerprint.get("differs")
    return (f"Graded on another setup than the reference: {differs}. The tolerances allow for it.",) if differs else ()


def _number(line: Line) -> str:
    return "" if line.part == "files" else f"{line.id}: "


def _indented(text: str, style: Style, colour: str) -> Iterator[str]:
    """*text* in lines of at most WIDTH characters, set in by six."""
    for line in wrapped(text, WIDTH - 6):
        yield "      " + style(line, colour)


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """*text* in lines of at most *width* columns; no word is broken that fits into one."""
    return list(_wrapped(text, width))


@lru_cache(maxsize=1 << 12)  # a class reads the same sentences
def _wrapped(text: str, width: int) -> tuple[str, ...]:
    if text.isascii():
        return tuple(textwrap.wrap(text, width, break_on_hyphens=False))
    wide = "".join(f"{c}{FILLER}" if unicodedata.east_asian_width(c) in "WF" else c for c in text)
    return tuple(line.replace(FILLER, "") for line in textwrap.wrap(wide, width, break_on_hyphens=False))
