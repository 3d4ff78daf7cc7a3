"""Q11: the output's shape as a formula, computed for sizes that are drawn, and compared with the right one.

The line that begins with ``Formula:`` counts, or else the one line of the answer that states a shape. It is rewritten
as Python, parsed, and computed here; it is never run. What can't be read without doubt is left to a person.
"""

from __future__ import annotations

import ast
import math
import operator
import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from autograder.answers.elsewhere import elsewhere
from autograder.case import Case
from autograder.check import Check
from autograder.home import handout_folder
from autograder.homework import ANSWERS
from autograder.ingest.sections import answer_to, as_text, unanswered
from autograder.outcome import Outcome, Status

ID, ITEM = "1.2-Q11", "Q11"
DRAWS = 40  # two formulas of this kind that differ agree on one draw in five at the most
MAX_CHARACTERS = 4_000  # of an answer; the solution's has 430
MAX_EXPRESSION = 600  # characters of one expression as it is parsed
MAX_DEPTH = 100  # of one expression; the solution's has 6
SHOWN = 200  # characters of what was read
AXES = {"H": "height", "W": "width", "C": "number of channels"}

# A side of the output from the input's n, and the usual mistakes in it. Divisions are exact, or all rounded down or up.
SLIPS = {
    "": ("(n - F + 2*P)/S + 1",),  # no mistake
    "q11-rounded-up": ("(n - F + 2*P)/S + 1",),
    "q11-no-plus-one": ("(n - F + 2*P)/S",),
    "q11-no-stride": ("n - F + 2*P + 1",),
    "q11-no-stride-no-plus-one": ("n - F + 2*P",),
    "q11-no-brackets": ("n - F/S + 2*P + 1", "n - F + 2*P/S + 1"),
    "q11-padding-once": ("(n - F + P)/S + 1",),
    "q11-plus-one-inside": ("(n - F + 2*P + 1)/S",),
    "q11-minus-one": ("(n - F + 2*P)/S - 1",),
    "q11-no-filter-size": ("n/S", "n/S + 1", "(n + 2*P)/S", "(n + 2*P)/S + 1"),
}
CHANNELS = {"": ("2",), "q11-channels-of-the-input": ("C",), "q11-channels-times-two": ("2*C",)}
TRY = "Try an input as large as the filter"
SAYS = {
    "q11-no-plus-one": f"counts how often the filter moves on, not at how many places it stands. {TRY}.",
    "q11-no-stride": "does not depend on the stride: with stride 2 the filter stands at about half as many places.",
    "q11-no-stride-no-plus-one": f"depends on no stride and counts moves, not places. {TRY}.",
    "q11-no-brackets": "divides one term alone by the stride: brackets are missing around what is divided.",
    "q11-padding-once": "counts the padding once, but it is put on both sides.",
    "q11-plus-one-inside": f"divides the 1 by the stride, too. {TRY}, with stride 2.",
    "q11-minus-one": f"is two less than it should be. {TRY}.",
    "q11-no-filter-size": "does not depend on the filter's size: a larger filter fits at fewer places.",
    "q11-rounded-up": "is rounded up: but the filter does not stand where it would reach over the edge.",
    "q11-channels-of-the-input": "is the input's: but each filter spans all input channels and makes one of its own.",
    "q11-channels-times-two": "counts the input's channels: but each filter adds over all of them.",
    "q11-channels-number": "does not fit two filters: each filter makes one channel of the output.",
}

Sizes = Mapping[str, int]
Rounding = Callable[[Fraction], Fraction | int]
EVERY: tuple[Rounding, ...] = (Fraction, math.floor, math.ceil)


@dataclass(frozen=True)
class Side:
    """A height, a width or a number of channels as the answer states it, and its value for each of the draws."""

    axis: str
    node: ast.expr
    values: list[Fraction]


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
    if len(text) > MAX_CHARACTERS or len(text := unicodedata.normalize("NFKC", text)) > MAX_CHARACTERS:
        return _open(f"The answer has more than {MAX_CHARACTERS:,} characters.")
    outcome = _settled(text, case.key_named(ID))
    decoded = as_text(data)
    if decoded.guessed and outcome.status is not Status.PASSED:
        return _open(f"{ANSWERS} {decoded.problem}.")
    return outcome


@lru_cache(maxsize=1024)  # many of a class write the same
def _settled(text: str, key: bytes) -> Outcome:
    """What comes of the answer *text*, by the sizes that are drawn from *key*."""
    draws = _draws(key)
    return judged(*read(text, draws), draws)


def _draws(key: bytes) -> list[Sizes]:
    """Sizes of inputs, filters, strides and paddings; height and width differ, and strides often do not divide."""
    draw = random.Random(key).randint  # noqa: S311  nothing is gained by knowing them
    ranges = {"F": (2, 9), "S": (2, 7), "C": (3, 64), "P": (1, 6), "H": (20, 99), "W": (100, 256)}
    return [{symbol: draw(*bounds) for symbol, bounds in ranges.items()} for _ in range(DRAWS)]


# How an answer is rewritten, in this order. A sign or a command that is not named here leaves its line unread.
LATEX = {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "times": "×", "cdot": "×", "ast": "×", "div": "/"}
LATEX |= {"to": "→", "rightarrow": "→", "Rightarrow": "→", "prime": "'", "newline": "\n"}
SIGNS = str.maketrans("÷∕⁄−–‐‑·⋅∙✕∗⇒’‘′", "///----×××××→'''")
REWRITTEN = (
    (r"\\\\|<br>", "\n"),
    (r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|q?quad)\b\.?|\\(?:begin|end)\{\w*\}|\\[()\[\],;:! ]|[$`&~]", " "),
    (r"\\([_{}])", r"\1"),
    (r"\\(?:text|math|operatorname|mbox)(?:rm|it|bf|tt|sf)?\s*\{\s*([^{}\n]{0,40})\}", r"\1"),
    (r"\\([A-Za-z]+)", lambda command: LATEX.get(command[1], command[0])),
    (r"(?<=\w) ?(?:'|\^\{?'\}?)(?![A-Za-z])", "_out"),
    (r"(?<=\w)(?:_ ?\{ ?(\w{1,20}) ?\}|\^\{?(in|out)\b\}?|<sub>(\w{0,20})</sub>)", r"_\1\2\3"),
    (r"(?<=\w)\[\d\]|\b(?:math|np|torch)\.(?=floor|ceil)|torch\.Size", ""),  # padding[0]
    (r"(?m)^ ?(?:[-*+•>#]{1,6}|\d{1,2}[.)]) ", ""),  # bullets
    (r"(?<![\w)\]])\*\*|\*\*(?![\w(\[])", " "),  # markup, not a power
    (r"\([Nn] ?,", "("),  # a batch
    (r"[-=]+>", "→"),
    (r"(?<=[\s\d)\]])x(?=[\s\d(\[A-Z])", "×"),
    (r"(?<=\d) ?× ?(?=[Pp])", "*"),  # no cross between two sides
    (r";|,? and ", ","),
    (r"(?<=[^\W\d]{2}) (?=[^\W\d]{2})", "_"),  # kernel size
)  # fmt: skip
NESTED = (
    (r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))"),
    (r"⌊([^⌊⌋⌈⌉]*)⌋", r" floor(\1)"),
    (r"⌈([^⌊⌋⌈⌉]*)⌉", r" ceil(\1)"),
)
# The names of each size: the question's letters, words, and names of programs.
SIDES = {"H": "h|height|높이", "W": "w|width|너비", "C": "d|c|ch|channels?|depth|채널수?|깊이"}
SETTINGS = {"F": "f|k|filter|kernel|필터|커널", "S": "s|strides?|스트라이드", "P": "p|pads?|padding|패딩"}
IN, OUT = "in|input|i|입력", "out|output|o|new|출력"
NAMES = {"floor": "floor|int|trunc", "ceil": "ceil", "(1)": "dilation", "Out": f"(?:{OUT})?(?:shape|size|크기)?|answer"}
NAMES |= {f"{side}in": f"(?:{IN})(?:{words})|(?:{words})(?:{IN}|1|0)" for side, words in SIDES.items()}
NAMES |= {f"{side}out": f"(?:{OUT})(?:{words})|(?:{words})(?:{OUT}|2)" for side, words in SIDES.items()}
NAMES |= SIDES | {size: f"(?:{words})(?:h|w|height|width|size|크기)?" for size, words in SETTINGS.items()}

MARK = re.compile(r"(?i)[\s*_]*formula\b[\s*_]*[:=]?[\s*_]*")  # the handout asks for a line that begins so
GOES_ON = re.compile(r"(?<=[-+*/×(,=\[])\n|\n(?=[+*/×),=\]])")  # a line that goes on in the next one
NEXT = re.compile(r"(?<![HW])(?<![HW]out),\s*(?=[HWC](?:out)?\s*[:=])")  # before the label of another side
LABEL = re.compile(r"\s*([HWC])(?:out)?\s*")  # of a side, and of a shape, which may have none
SHAPE = re.compile(r"\s*(?:Out|[(\[]?\s*H(?:in|out)?\s*[,×]\s*W(?:in|out)?\s*[,×]\s*C(?:in|out)?\s*[)\]]?)?\s*")
MORE = re.compile(r"(?i)[+×=]|frac|/\s*(?:s\b|stride|\()|\b[hw](?:_out|_in)?\s*-")  # what was not read may be a formula


def read(text: str, draws: Sequence[Sizes]) -> tuple[list[Side], list[str]]:
    """The sides that *text* states, and the lines that were not read. Never raises."""
    text = re.sub(r"[^\S\n]+", " ", text.translate(SIGNS))
    for pattern, by in REWRITTEN:
        text = re.sub(pattern, by, text)
    for pattern, by in NESTED * 10:  # from the inmost one outwards
        text = re.sub(pattern, by, text)
    lines = [line.strip() for line in text.translate(str.maketrans("{}", "()")).splitlines()]
    marked = [place for place, line in enumerate(lines) if MARK.match(line)]
    if marked:
        lines = [MARK.sub("", lines[marked[-1]], count=1), *lines[marked[-1] + 1 :]]
        alone = _stated(lines[0], draws) or []
        if {side.axis for side in alone} == set(AXES):
            return alone, []
    lines = GOES_ON.sub(" ", "\n".join(line for line in lines if line)).split("\n")
    found = [_stated(line, draws) for line in lines]
    unread = [line for line, sides in zip(lines, found, strict=True) if sides is None]
    return [side for sides in found for side in sides or ()], unread


def _stated(line: str, draws: Sequence[Sizes]) -> list[Side] | None:
    """The sides that *line* states, each after its label or all in a row; None if anything in it can't be read."""
    found: list[Side] = []
    for statement in NEXT.split(re.sub(r"[^\W\d]\w*", _name, line.strip(" .,*_"))):
        label, *values = re.split("[:=→]+", statement if re.search("[:=→]", statement) else f"={statement}")
        one = LABEL.fullmatch(label)
        for value in values:
            sides = _sides(value, one[1] if one else "", draws) if one or SHAPE.fullmatch(label) else None
            if sides is None:
                return None
            found += sides
    return found


def _name(word: re.Match[str]) -> str:
    """What *word* names; ``?``, which can't be parsed, if it names nothing."""
    plain = word[0].lower().replace("_", "")
    return next((name for name, pattern in NAMES.items() if re.fullmatch(pattern, plain)), "?")


def _sides(text: str, axis: str, draws: Sequence[Sizes]) -> list[Side] | None:
    """What *text* states of *axis*, or of all three if that is empty; crosses stand between sides, or multiply."""
    for cross in ",*":
        if (node := _parsed(text.replace("×", cross))) is None:
            continue
        if axis != "C" and not names_in(node):  # an example in numbers
            return []
        items = [node] if axis else _items(node)
        for order in (axis,) if axis else ("HWC", "CHW"):
            pairs = list(zip(order, items, strict=False))
            if len(order) == len(items) and all(names_in(side) & {*AXES} <= {one} for one, side in pairs):
                computed = [pair for pair in pairs if not _is_name(pair[1], "H", "W", f"{pair[0]}out")]
                with suppress(ValueError, ZeroDivisionError):
                    return [Side(one, side, [compute(side, sizes) for sizes in draws]) for one, side in computed]
    return None


def _parsed(text: str) -> ast.expr | None:
    """*text* as an expression of Python; None if it is not one or holds more than names, short numbers and signs."""
    if len(text) > MAX_EXPRESSION or not re.fullmatch(r"[\w\s()\[\]+\-*/,.]*", text) or re.search(r"\d{9}", text):
        return None
    text = re.sub(r"(\d+|\))\s*(?=[A-Z(]|floor|ceil)", r"\1*", text.strip())  # 2P
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _items(node: ast.expr) -> list[ast.expr]:
    """What stands in a row in *node*, or its factors."""
    factors: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        factors, node = [node.right, *factors], node.left
    return node.elts if isinstance(node, ast.Tuple | ast.List) and not factors else [node, *factors]


def _is_name(node: ast.expr, *names: str) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def names_in(node: ast.expr) -> set[str]:
    """The sizes that *node* names, in the letters of the question."""
    return {one.id[0] for one in ast.walk(node) if isinstance(one, ast.Name) and one.id not in ("floor", "ceil")}


SIGN: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction | int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}  # fmt: skip


def compute(node: ast.expr, sizes: Sizes, division: Rounding = Fraction, depth: int = MAX_DEPTH) -> Fraction:
    """The value of *node*, exactly, for *sizes* by the letters of the question, with *division* made of each quotient.

    Raises:
        ValueError: it is deeper than *depth*, or holds more than numbers, sizes of the input, arithmetic and rounding.
        ZeroDivisionError: it divides by zero.
    """

    def value(inner: ast.expr) -> Fraction:
        return compute(inner, sizes, division, depth - 1)

    match node if depth else None:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.Name(id=name) if name.removesuffix("in") in sizes:
            return Fraction(sizes[name.removesuffix("in")])
        case ast.List(elts=[only]):
            return value(only)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            return -value(inner) if isinstance(sign, ast.USub) else value(inner)
        case ast.Call(func=ast.Name(id="floor" | "ceil" as function), args=[only], keywords=[]):
            return Fraction({"floor": math.floor, "ceil": math.ceil}[function](value(only)))
        case ast.BinOp(left=first, op=sign, right=second) if type(sign) in SIGN:
            found = SIGN[type(sign)](value(first), value(second))
            return Fraction(division(Fraction(found)) if isinstance(sign, ast.Div) else found)
    raise ValueError("it is not arithmetic, or too deep")


def judged(sides: Sequence[Side], unread: Sequence[str], draws: Sequence[Sizes]) -> Outcome:
    """What is to be said of an answer that states *sides* and has *unread* lines, given *draws* of all sizes."""
    stated = {axis: [side for side in sides if side.axis == axis] for axis in AXES}
    # A plain C is the output's where the answer itself sets it.
    stated["C"] = [side for side in stated["C"] if not _is_name(side.node, "C")] or stated["C"]
    if not all(stated.values()):
        return _open("No height, width and number of channels were found in it that can be computed.")
    shown = f"Read as ({', '.join(_written(one[-1].node) for one in stated.values())})."
    shown = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
    found = {axis: {_mistake(side, draws) for side in one} for axis, one in stated.items()}
    if any(len(mistakes) > 1 for mistakes in found.values()):
        return _open("It states more than one shape, and they differ.", shown)
    mistake = {axis: mistakes.pop() for axis, mistakes in found.items()}
    padded = [{"P" in names_in(side.node) for side in stated[axis]} for axis in "HW"]
    if None in mistake.values() or padded[0] != padded[1]:
        return _open("It computes neither the right shape nor that of a known mistake.", shown)
    wrong = {axis: name for axis, name in mistake.items() if name}
    if (unread and wrong) or any(MORE.search(line) for line in unread):
        return _open(f"It looks {'wrong' if wrong else 'right'}, but not all of it could be read.", shown)
    if wrong:
        return _failed(wrong, shown)
    rounded = any(value.denominator != 1 for side in sides for value in side.values)
    remark = "Its divisions are taken as rounded down, as the question says."
    return Outcome(Status.PASSED, remarks=(shown, remark) if rounded else (shown,))


def _mistake(side: Side, draws: Sequence[Sizes]) -> str | None:
    """``""`` if *side* is right, the id of the mistake that it equals, or None."""
    names = names_in(side.node)
    known = [{**sizes, "n": sizes[side.axis], "P": sizes["P"] if "P" in names else 0} for sizes in draws]
    for mistake, formulas in (CHANNELS if side.axis == "C" else SLIPS).items():
        rounded = {"": EVERY[:2], "q11-rounded-up": EVERY[2:]}.get(mistake, EVERY)
        for wanted in (ast.parse(formula, mode="eval").body for formula in formulas):
            if any([compute(wanted, sizes, division) for sizes in known] == side.values for division in rounded):
                return mistake
    return "q11-channels-number" if side.axis == "C" and not names else None


def _written(side: ast.expr) -> str:
    """*side* in the letters of the question."""
    text = re.sub(r" ([*/]+) ", r"\1", ast.unparse(side))
    return re.sub(r"C(?:in|\b)", "C1", re.sub(r"\b([HW])in\b", r"\1", text))


def _failed(wrong: Mapping[str, str], shown: str) -> Outcome:
    """The mistakes by their names; height and width that share one are named together."""
    about: dict[str, list[str]] = {}
    for axis, mistake in wrong.items():
        about.setdefault(mistake, []).append(AXES[axis])
    said = [f"Your formula's {' and '.join(axes)}: each {SAYS[m]}" for m, axes in about.items() if len(axes) > 1]
    said += [f"Your formula's {axes[0]} {SAYS[m]}" for m, axes in about.items() if len(axes) == 1]
    return Outcome(Status.FAILED, f"{' '.join(said)} {shown}", mistake=next(iter(about)))


def _open(what: str, shown: str = "") -> Outcome:
    hint = "A line that begins with `Formula:` and holds (height, width, channels) in the question's letters is read."
    said = f"{what} Not settled: a person reads it; the points are open, not lost."
    return Outcome(Status.UNSETTLED, said, hint, detail=(shown,) if shown else ())


CHECKS = (Check(ID, "Q11: the output's shape as a formula", "1.2", formula, turn=5, from_bytes=True),)
