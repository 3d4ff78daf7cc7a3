"""Q11: the output's shape as a formula, computed for sizes that are drawn, and compared with the right one."""

from __future__ import annotations

import ast
import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from autograder.answers.elsewhere import elsewhere
from autograder.case import Case
from autograder.check import Check
from autograder.home import handout_folder
from autograder.homework import ANSWERS
from autograder.hw1.q11.reading import AXES, MAX_CHARACTERS, Reading, compute, names_in, read_shape
from autograder.ingest.sections import answer_to, as_text, unanswered
from autograder.outcome import Outcome, Status

ID = "1.2-Q11"
ITEM = "Q11"
DRAWS = (
    40  # two different formulas of this kind agree on one draw in five at the most, when P or n - F is a multiple of S
)
SHOWN = 200  # characters of what was read
A_PERSON = "Not settled: a person reads it; the points are open, not lost."
WORDS = {"H": "height", "W": "width", "C": "number of channels"}


def _exactly(left: int, right: int) -> Fraction:
    return Fraction(left, right)


def _down(left: int, right: int) -> Fraction:
    return Fraction(left // right)


def _up(left: int, right: int) -> Fraction:
    return Fraction(math.ceil(Fraction(left, right)))


Divide = Callable[[int, int], Fraction]
Side = Callable[[int, int, int, int, Divide], Fraction | int]
"""``(n, f, s, p, divide)``: one side of the output from the input's *n*, filter, stride and padding."""

RIGHT: Side = lambda n, f, s, p, divide: divide(n - f + 2 * p, s) + 1  # noqa: E731
# The usual mistakes in a side: what each computes, and the sentence that a teaching assistant would say.
SLIPS: tuple[tuple[str, tuple[Side, ...], str], ...] = (
    (
        "q11-no-plus-one",
        (lambda n, f, s, p, divide: divide(n - f + 2 * p, s),),
        "counts how often the filter moves on, not at how many places it stands. Try an input as large as the filter.",
    ),
    (
        "q11-no-stride",
        (lambda n, f, s, p, divide: n - f + 2 * p + 1,),
        "does not depend on the stride: with stride 2 the filter stands at about half as many places.",
    ),
    (
        "q11-no-stride-no-plus-one",
        (lambda n, f, s, p, divide: n - f + 2 * p,),
        "depends on no stride and counts moves, not places. Try an input as large as the filter.",
    ),
    (
        "q11-no-brackets",
        (
            lambda n, f, s, p, divide: n - divide(f, s) + 2 * p + 1,
            lambda n, f, s, p, divide: n - f + divide(2 * p, s) + 1,
        ),
        "divides one term alone by the stride: brackets are missing around what is divided.",
    ),
    (
        "q11-padding-once",
        (lambda n, f, s, p, divide: divide(n - f + p, s) + 1,),
        "counts the padding once, but it is put on both sides.",
    ),
    (
        "q11-plus-one-inside",
        (lambda n, f, s, p, divide: divide(n - f + 2 * p + 1, s),),
        "divides the 1 by the stride, too. Try an input as large as the filter, with stride 2.",
    ),
    (
        "q11-minus-one",
        (lambda n, f, s, p, divide: divide(n - f + 2 * p, s) - 1,),
        "is two less than it should be. Try an input as large as the filter.",
    ),
    (
        "q11-no-filter-size",
        (
            lambda n, f, s, p, divide: divide(n, s),
            lambda n, f, s, p, divide: divide(n, s) + 1,
            lambda n, f, s, p, divide: divide(n + 2 * p, s),
            lambda n, f, s, p, divide: divide(n + 2 * p, s) + 1,
        ),
        "does not depend on the filter's size: a larger filter fits at fewer places.",
    ),
)
ROUNDED_UP = "q11-rounded-up"
CHANNELS = {
    "q11-channels-of-the-input": "is the input's: but each filter spans all input channels and makes one of its own.",
    "q11-channels-times-two": "counts the input's channels: but each filter adds over all of them.",
    "q11-channels-number": "does not fit two filters: each filter makes one channel of the output.",
}
SAYS = {**{mistake: says for mistake, _, says in SLIPS}, **CHANNELS}
SAYS[ROUNDED_UP] = "is rounded up: but the filter does not stand where it would reach over the edge."


def formula(case: Case) -> Outcome:
    """Whether Q11's formula is right; one that can't be read, or not without doubt, is left to a person."""
    data, template = case.submission.files.get(ANSWERS, b""), (handout_folder() / ANSWERS).read_bytes()
    if ITEM in unanswered(data, template):
        if why := case.submission.open_reason(ANSWERS):
            return _open(f"{why}.")
        if said := elsewhere(case.submission).said:
            return _open(f"{ITEM}: {said}.")
        return Outcome(Status.TODO, f"{ITEM} is not answered.")
    text = answer_to(ITEM, data, template)
    if len(text) > MAX_CHARACTERS:
        return _open(f"The answer has more than {MAX_CHARACTERS:,} characters.")
    outcome = judged(read_shape(text), _draws(case.key_named(ID)))
    read = as_text(data)
    if read.guessed and outcome.status is not Status.PASSED:
        return _open(f"{ANSWERS} {read.problem}.")
    return outcome


def judged(reading: Reading, draws: Sequence[Mapping[str, int]]) -> Outcome:
    """What is to be said of *reading*, given *draws* of all sizes."""
    if not reading.shapes:
        return _open("No height, width and number of channels were found in it that can be computed.")
    last = reading.shapes[-1]
    read = f"Read as ({', '.join(_written(side) for side in last.sides)})."
    read = read if len(read) <= SHOWN else f"{read[: SHOWN - 1]}…"
    found = [_verdict(axis, side, draws) for axis, side in zip(AXES, last.sides, strict=True)]
    padded = {"P" in names_in(side) for side in last.sides[:2]}
    if None in found or len(padded) > 1:
        return _open("It computes neither the right shape nor that of a known mistake.", read)
    wrong = {axis: mistake for axis, mistake in zip(AXES, found, strict=True) if mistake}
    if not wrong:
        return Outcome(Status.PASSED, remarks=(read, *_remarks(last.sides, reading, draws)))
    if not last.sure:
        return _open("It looks wrong, but not all of it could be read.", read)
    if any(_verdict(axis, other, draws) == "" for axis in wrong for other in reading.sides[axis]):
        return _open("It states more than one shape, and they differ.", read)
    return _failed(wrong, read)


def _open(what: str, read: str = "") -> Outcome:
    hint = "A line that begins with `Formula:` and holds (height, width, channels) in the question's letters is read."
    return Outcome(Status.UNSETTLED, f"{what} {A_PERSON}", hint, detail=(read,) if read else ())


def _failed(wrong: dict[str, str], read: str) -> Outcome:
    """The mistakes by their names; height and width that share one are named together."""
    about: dict[str, list[str]] = {}
    for axis, mistake in wrong.items():
        about.setdefault(mistake, []).append(WORDS[axis])
    said = [f"Your formula's {' and '.join(axes)}: each {SAYS[m]}" for m, axes in about.items() if len(axes) > 1]
    said += [f"Your formula's {axes[0]} {SAYS[m]}" for m, axes in about.items() if len(axes) == 1]
    return Outcome(Status.FAILED, f"{' '.join(said)} {read}", mistake=next(iter(about)))


def _remarks(sides: Sequence[ast.expr], reading: Reading, draws: Sequence[Mapping[str, int]]) -> tuple[str, ...]:
    remarks = []
    if any(compute(side, sizes).denominator != 1 for side in sides for sizes in draws):
        remarks.append("Its divisions are taken as rounded down, as the question says.")
    others = [_verdict(a, other, draws) for a, found in zip(AXES, sides, strict=True) for other in reading.sides[a]]
    if any(other != "" for other in others):
        remarks.append("The answer holds other formulas, too; the last complete one counts.")
    return tuple(remarks)


def _verdict(axis: str, node: ast.expr, draws: Sequence[Mapping[str, int]]) -> str | None:
    """``""`` if *node* is right, the id of the mistake that it equals, or None."""
    try:
        values = [compute(node, sizes) for sizes in draws]
    except (ValueError, ZeroDivisionError):
        return None
    return _channels(node, values, draws) if axis == "C" else _side(axis, node, values, draws)


def _side(axis: str, node: ast.expr, values: list[Fraction], draws: Sequence[Mapping[str, int]]) -> str | None:
    padded = "P" in names_in(node)

    def equals(side: Side, *divisions: Divide) -> bool:
        def of(sizes: Mapping[str, int], divide: Divide) -> Fraction | int:
            return side(sizes[axis], sizes["F"], sizes["S"], sizes["P"] if padded else 0, divide)

        return any([of(sizes, divide) for sizes in draws] == values for divide in divisions)

    if equals(RIGHT, _exactly, _down):
        return ""
    if equals(RIGHT, _up):
        return ROUNDED_UP
    return next((name for name, sides, _ in SLIPS if any(equals(one, _exactly, _down, _up) for one in sides)), None)


def _channels(node: ast.expr, values: list[Fraction], draws: Sequence[Mapping[str, int]]) -> str | None:
    if not names_in(node):
        return "" if values[0] == 2 else "q11-channels-number"
    for factor, mistake in ((1, "q11-channels-of-the-input"), (2, "q11-channels-times-two")):
        if values == [Fraction(factor * sizes["C"]) for sizes in draws]:
            return mistake
    return None


def _written(side: ast.expr) -> str:
    """*side* in the letters of the question."""
    text = re.sub(r" ([*/]+) ", r"\1", ast.unparse(side))
    return re.sub(r"C(?:in|\b)", "C1", re.sub(r"\b([HW])in\b", r"\1", re.sub(r"\b([HWC])out\b", r"\1'", text)))


def _draws(key: bytes) -> list[dict[str, int]]:
    """Sizes of inputs, filters, strides and paddings; height and width differ, and strides often do not divide."""
    draw = random.Random(key).randint  # noqa: S311  nothing is gained by knowing them
    ranges = {"F": (2, 9), "S": (2, 7), "C": (3, 64), "P": (1, 6), "H": (20, 99), "W": (100, 256)}
    return [{symbol: draw(*bounds) for symbol, bounds in ranges.items()} for _ in range(DRAWS)]


CHECKS = (Check(ID, "Q11: the output's shape as a formula", "1.2", formula, turn=5, from_bytes=True),)
