"""A report as lines of text: for the terminal, in colour, and for ``feedback.txt``, without."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from autograder.outcome import Outcome, Status
from autograder.render.plain import plain, points
from autograder.report import Line, Report
from autograder.rubric import Rubric

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
WIDTH = 110
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
) -> Iterator[str]:
    """One check: its mark, title and points; under it what was seen, a hint, and with *verbose* all there is."""
    rich, simple, colour = MARKS[outcome.status]
    mark = style(rich if unicode else simple, colour)
    earned = "" if not worth else f"{points(outcome.points)}/{points(worth)}"
    if outcome.status.open and worth:
        earned = f"-/{points(worth)}"
    yield f"  {mark} {plain(title)}" + (f"  {style(earned, 'dim')}" if earned else "")
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
    return style(title if part == "files" else f"{part}  {title}", "bold")


def summary(report: Report) -> str:
    """The points in a line."""
    text = f"{points(report.earned)} points earned, {points(report.lost)} lost"
    if report.open:
        text += f", {points(report.open)} open"
    if report.by_hand:
        text += f", {points(report.by_hand)} graded by hand"
    return f"{text}; {points(report.maximum)} in all."


def feedback_text(report: Report, rubric: Rubric) -> str:
    """The whole report for its student, as plain text."""
    lines = [f"{rubric.title}: {plain(report.student, NAME)}", "", summary(report)]
    for remark in (*report.remarks, *elsewhere(report)):
        lines += _wrapped(plain(remark), WIDTH)
    part = ""
    parts = list(rubric.parts)
    for line in sorted(report.lines, key=lambda line: parts.index(line.part) if line.part in parts else len(parts)):
        if line.part != part:
            part = line.part
            lines += ["", heading(part, rubric.parts.get(part, ""))]
        lines += check_lines(f"{_number(line)}{line.title}", line.outcome, line.points, verbose=True)
    graded = ", ".join(f"{name} {value}" for name, value in report.fingerprint.items() if name != "differs")
    return "\n".join([*lines, "", *_wrapped(f"Graded with: {plain(graded)}", WIDTH), ""])


def elsewhere(report: Report) -> tuple[str, ...]:
    """A sentence on what is otherwise where it was graded than where the reference ran, if anything is."""
    differs = report.fingerprint.get("differs")
    return (f"Graded elsewhere than recorded: {differs}. Tolerances allow for it.",) if differs else ()


def _number(line: Line) -> str:
    return "" if line.part == "files" else f"{line.id}: "


def _indented(text: str, style: Style, colour: str) -> Iterator[str]:
    """*text* in lines of at most WIDTH characters, set in by six."""
    for line in _wrapped(text, WIDTH - 6):
        yield "      " + style(line, colour)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)
