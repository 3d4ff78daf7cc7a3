"""The shape that an answer states: its text rewritten as Python expressions, which are parsed and never run."""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

AXES = ("H", "W", "C")
MARK = "formula"  # the handout asks for a line that begins so
MAX_CHARACTERS = 4_000  # of an answer; the solution's has 430
MAX_EXPRESSION = 600  # characters of one expression as it is parsed
MAX_DEPTH = 100  # of one expression; the solution's has 6

Items = tuple[ast.expr, ...]

COMMAND = r"\\(?:text|mathrm|operatorname|mathit|mathbf|texttt|mbox|textbf|textit|mathsf)\s*\{\s*([^{}\n]{0,40})\}"
SPOKEN = "height|width|depth|channels?|높이|너비|깊이|채널수?"
CHANNEL = r"(?:channels?\b|채널)"
LATEX = {"times": "×", "cdot": "×", "ast": "×", "div": "/", "lbrack": "[", "rbrack": "]"}
LATEX |= {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉"}
SIGNS = dict(LATEX)  # also what words stand for
# In this order. What remains of LaTeX's commands is a word like any other.
REWRITTEN: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits)\b\.?|\\(?:begin|end)\{\w*\}|torch\.Size|[$`\"“”&~]", " "),
    (r"<sub>(\w{0,20})</sub>", r"_\1"),
    (r"<br>|\\\\|\\newline\b", "\n"),
    (r"\\([_{}])", r"\1"),
    (r"\\[()\[\],;:! ]|\\q?quad\b", " "),
    (COMMAND, r"\1"),
    (r"\\(times|cdot|ast|div|[lr]floor|[lr]ceil|[lr]brack)\b", lambda match: f" {LATEX[match[1]]} "),
    (r"(?m)^[ \t]*(?:(?:[-*+•>#]{1,6}|\d{1,2}[.)])[ \t]+|\|)|\|[ \t]*$", ""),  # bullets, and the edges of a table
    (r"(?<![\w)\]])\*\*|\*\*(?![\w(\[])", " "),  # markup, not a power
    (r"(?<=\w)\s?(?:['′’‘]|\^\{?\\?(?:prime|'|′)\}?)(?![A-Za-z])", "_out"),
    (r"(?<=\w)(?:_\s?\{\s*(\w{1,20})\s*\}|\^\{?(in|out)\b\}?)", r"_\1\2"),
    (r"(?<=\w)\[\d\]", ""),  # padding[0]
    (r"\([Nn]\s*,", "("),  # a batch
    (r"[-=]+>|[→⇒—]|\\(?:to|[rR]ightarrow)\b|--+", "¶"),
    (r"(?i)\bnumber of filters|필터 ?(?:의 ?)?개수인?", " "),
    (r"(?i)\bnumber of (?=channels)", ""),
    (rf"(?i)(?<![\w.])(\d+|one|two|하나|둘)[ \t]+(?:output )?{CHANNEL}", r" ¶ channels = \1 ¶ "),
    (r"(?i)\b(?:math|np|torch)\.(?=floor|ceil)|\b(?:divided )(?=by\b)", ""),
    (r"채널 수", "채널수"),
    (r"(?i)\b(input|output|filter|kernel)\s(?=height|width|size|channel|depth)", r"\1_"),
    (r"(입력|출력)\s(?=높이|너비|채널|깊이)", r"\1_"),
    (rf"(?i)(?<![a-z])({SPOKEN})\s+(?=[({{⌊\d\\]|int|floor|one|two)", r"\1 = "),  # "channels 2"
    (r"[×·⋅∙✕∗]", "×"),
    (r"(?i)(?<=\d)\s?×\s?(?=p)", "*"),  # 2P
    (r"[−–‐‑]", "-"),
    (r"[÷∕⁄]", "/"),
)  # fmt: skip
NESTED = (
    (re.compile(r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"((\1)/(\2))"),
    (re.compile(r"⌊([^⌊⌋⌈⌉]*)⌋"), r" floor(\1)"),
    (re.compile(r"⌈([^⌊⌋⌈⌉]*)⌉"), r" ceil(\1)"),
)
SIGNS |= dict.fromkeys(("plus", "더하기"), "+") | dict.fromkeys(("minus", "빼기"), "-") | {"곱하기": "*", "x": "×"}
SIGNS |= dict.fromkeys(("by", "나누기"), "/") | dict.fromkeys(("one", "하나", "dilation"), "1")
SIGNS |= dict.fromkeys(("two", "둘"), "2") | dict.fromkeys(("floor", "int", "trunc"), "floor") | {"ceil": "ceil"}
SIGNS |= dict.fromkeys(("is", "are", "equals", "becomes", "는", "은", "이", "가", "출력은", "크기는"), " = ")
SIGNS |= dict.fromkeys(("the", "of", "output", "shape", "size", "answer", "ans", "rounded", "down"), " ")
SIGNS |= dict.fromkeys(("출력", "출력의", "크기", "이다", "입니다", "개"), " ")
SIGNS |= dict.fromkeys(("and", "where", "with", "because", "이고", "이며", ".", "。"), " ¶ ")
SIGNS |= dict.fromkeys((":", "|", "=="), "=") | dict.fromkeys((";", "、"), ",")
# How words begin that change a formula before or after them: what stands near one is not held against anybody.
ADDING = ("add", "increas", "subtract", "divide", "multipl", "plus", "더", "증가", "빼", "나누", "나눈", "곱")
PIECE = re.compile(r"\d+(?:\.\d+)?|[A-Za-z][A-Za-z0-9_]*|[가-힣]+|\n|\s+|//|\*\*|==|.", re.DOTALL)

# The names of each size: the question's letters, words, and names of programs.
SIDES = {"H": "h|height|높이|세로", "W": "w|width|너비|폭|가로", "C": "d|c|ch|channels?|depth|채널수?|깊이"}
SETTINGS = {"F": "f|k|filter|kernel|필터|커널", "S": "s|strides?|스트라이드|보폭", "P": "p|pad|pads|padding|패딩"}
IN, OUT = "in|input|i|입력", "out|output|o|new|출력"
NAMES = [
    *((re.compile(f"(?:{IN})(?:{words})|(?:{words})(?:{IN}|1|0|prev|old)"), f"{s}in") for s, words in SIDES.items()),
    *((re.compile(f"(?:{OUT})(?:{words})|(?:{words})(?:{OUT}|2|next)"), f"{s}out") for s, words in SIDES.items()),
    *((re.compile(words), symbol) for symbol, words in SIDES.items()),
    *((re.compile(f"(?:{words})(?:h|w|height|width|x|y|size|크기)?"), symbol) for symbol, words in SETTINGS.items()),
]
LABEL = re.compile(r"(?:(.*)[,\s])?\s*([HWC](?:out|in)?)\s*", re.DOTALL)
PARTICLE = re.compile(r"(.+?)(은|는|이|가|을|를|의|에|와|과|로)")


@dataclass(frozen=True)
class Shape:
    """A shape that is stated: height, width and channels.

    Attributes:
        sure: whether nothing around them could change what they mean: only then may they be held against the student.
    """

    sides: Items
    sure: bool


@dataclass(frozen=True)
class Reading:
    """What was read of an answer.

    Attributes:
        shapes: every complete shape in the order of the text; the last one counts.
        sides: by axis, every formula of it.
    """

    shapes: tuple[Shape, ...]
    sides: Mapping[str, Items]


@dataclass(frozen=True)
class _Statement:
    items: Items
    label: str  # the name before ``=``
    sure: bool


def read_shape(text: str) -> Reading:
    """What *text* states. Never raises; the first 4,000 characters count.

    A line that begins with "Formula:" counts before the rest, if it states all; then what follows it; then the whole.
    """
    readings = [_read(part) for part in _parts(text[:MAX_CHARACTERS])]
    return next((reading for reading in readings if reading.shapes), readings[-1])


def _parts(text: str) -> Iterator[str]:
    lines = text.splitlines()
    marked = [n for n, line in enumerate(lines) if line.strip(" \t*#>-_`").lower().startswith(MARK)]
    if marked:
        first = lines[marked[-1]].strip(" \t*#>-_`")[len(MARK) :].lstrip(" \t*:：")
        yield first
        yield "\n".join([first, *lines[marked[-1] + 1 :]])
        if any(mark in first for mark in "=+/-"):
            return  # what stands on the line that was asked for is not overruled by what stands before it
    yield text


def names_in(node: ast.expr) -> set[str]:
    """The sizes that *node* names, in the letters of the question."""
    return {one.id[0] for one in ast.walk(node) if isinstance(one, ast.Name) and one.id not in ("floor", "ceil")}


def compute(node: ast.expr, sizes: Mapping[str, int]) -> Fraction:
    """The value of *node*, exactly, where each letter of the question has the size in *sizes*.

    Raises:
        ValueError: there is something else in it than numbers, sizes, ``+ - * / //``, ``floor`` and ``ceil``; an
            output's size, too, has no value.
        ZeroDivisionError: it divides by zero.
    """
    match node:
        case ast.Constant(value=int() | float() as value):
            return Fraction(str(value))
        case ast.Name(id=name) if name.removesuffix("in") in sizes:
            return Fraction(sizes[name.removesuffix("in")])
        case ast.List(elts=[only]):
            return compute(only, sizes)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            return compute(inner, sizes) * (-1 if isinstance(sign, ast.USub) else 1)
        case ast.Call(func=ast.Name(id="floor" | "ceil" as function), args=[only], keywords=[]):
            return Fraction({"floor": math.floor, "ceil": math.ceil}[function](compute(only, sizes)))
        case ast.BinOp(left=left, op=sign, right=right):
            return _combined(sign, compute(left, sizes), compute(right, sizes))
    raise ValueError(ast.dump(node)[:100])


def _combined(sign: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match sign:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.FloorDiv():
            return Fraction(left // right)
    raise ValueError(sign)


# From a text to expressions


def _rewritten(text: str) -> str:
    """*text* as expressions in the letters of the question.

    ``¶`` and line ends part them, ``?`` stands for a word that was not read, ``!`` for one that may change a formula.
    """
    text = unicodedata.normalize("NFKC", text)[:MAX_CHARACTERS]
    for pattern, by in REWRITTEN:
        text = re.sub(pattern, by, text)
    for nested, into in NESTED:
        for _ in range(10):
            text = nested.sub(into, text)
    text = re.sub(r"(?<=[-+*/(,=\[])\s*\n|\n\s*(?=[+*/),=\]])", " ", text.translate({123: "(", 125: ")"}))
    text = "".join(_word(piece) for piece in PIECE.findall(text))
    text = re.sub(r"\b([HWCFSP])[ ]+\1(?![a-z])", r"\1", text)  # "kernel size K"
    return re.sub(r"=(?:\s*=)+", "=", text)


def _word(piece: str) -> str:
    """What *piece* is rewritten as."""
    lower = piece.lower()
    if piece in SIGNS or lower in SIGNS:
        return SIGNS.get(piece, SIGNS.get(lower, ""))
    if not (piece[0].isalpha() and piece != "×"):
        short = len(piece) <= 8 or piece.isspace()  # no number is that long
        return piece if short and (piece in "+-*//()[],=×¶\n" or piece[0].isdigit() or piece.isspace()) else "!"
    stem = PARTICLE.fullmatch(piece)
    for word, after in ((lower, ""), *(((stem[1], stem[2]),) if stem else ())):
        name = word.replace("_", "")
        found = next((s for pattern, s in NAMES if pattern.fullmatch(name) and name not in ("do", "di", "id")), "")
        if found:
            return found + (" = " if after in ("은", "는", "이", "가") else " ")
    return "!" if lower.startswith(ADDING) else "?"


def _parsed(text: str) -> Items | None:
    """The expressions in *text*, with commas between them or three of them with crosses; None if there are none."""
    text = text.strip(" ,\n").lstrip(")] ,")
    opened: list[int] = []
    for place, sign in enumerate(text):
        if sign in "([":
            opened.append(place)
        elif sign in ")]" and opened:
            opened.pop()
    for place in reversed(opened):  # a remark in brackets begins, or a bracket around it all lacks its end
        text = text[:place] if text[place - 1 : place] == " " else text[1:] if not place else text
    if len(text) > MAX_EXPRESSION:
        return None
    text = re.sub(r"(?<![A-Za-z])(\d+|\))\s*(?=[A-Z(]|floor|ceil)", r"\1*", text)  # 2P
    for cross in (",", "*"):
        try:
            body = ast.parse(text.replace("×", cross), mode="eval").body
            items = (
                tuple(body.elts) if isinstance(body, ast.Tuple | ast.List) and len(body.elts) > 1 else _factors(body)
            )
            if all(_plain(item) for item in items) and (_in_order(items) or cross == "*"):
                return items if _in_order(items) or isinstance(body, ast.Tuple | ast.List) else (body,)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _factors(node: ast.expr) -> Items:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return *_factors(node.left), node.right
    return (node,)


def _plain(node: ast.AST, depth: int = 0) -> bool:
    """Whether *node* holds nothing but what is computed here, and is not deep."""
    known = ast.Constant | ast.Name | ast.List | ast.UnaryOp | ast.Call | ast.BinOp | ast.operator | ast.unaryop
    return depth < MAX_DEPTH and all(
        isinstance(one, ast.expr_context) or (isinstance(one, known) and _plain(one, depth + 1))
        for one in ast.iter_child_nodes(node)
    )


# From expressions to shapes


def _is_side(node: ast.expr, axis: str) -> bool:
    return names_in(node) & set(AXES) == {axis}


def _in_order(items: Items) -> Items:
    """Height, width and channels, if *items* are these or channels, height and width; otherwise nothing."""
    for sides in (items, (*items[1:], *items[:1])):
        if len(sides) == 3 and _is_side(sides[0], "H") and _is_side(sides[1], "W") and not names_in(sides[2]) & {*"HW"}:
            return sides
    return ()


def _statements(text: str) -> list[_Statement]:
    """What *text* states, one after the other; what stands before ``=`` is the label of what follows."""
    rewritten = _rewritten(text)
    read: list[_Statement] = []
    doubtful = "!" in rewritten or any(rewritten.count(one) != rewritten.count(other) for one, other in ("()", "[]"))
    for line in rewritten.split("\n"):
        for run in re.split("[¶?!]", line):
            label = ""
            *ahead, last = run.split("=")
            labels = [LABEL.fullmatch(part) for part in ahead]
            values = [named[1] or "" if named else part for named, part in zip(labels, ahead, strict=True)]
            for value, named in zip([*values, last], [*labels, None], strict=True):
                items = _parsed(value)
                if items:
                    read.append(_Statement(items, label, "?" not in line))
                doubtful |= not items and bool(value.strip(" ,()[]\t"))
                label = named[2] if named else label
    return [replace(one, sure=one.sure and not doubtful) for one in read]


def _read(text: str) -> Reading:
    statements = _statements(text)
    set_to = {axis: [(n, s) for n, s in enumerate(statements) if _sets(s, axis)] for axis in AXES}
    shapes: list[tuple[int, Shape]] = []
    for number, statement in enumerate(statements):
        sides, sure = list(_in_order(statement.items)), statement.sure
        for place, (axis, side) in enumerate(zip(AXES, sides, strict=False)):
            # A plain H is the input's, unless the answer itself sets H.
            if isinstance(side, ast.Name) and side.id in (axis, f"{axis}out"):
                for _, other in (p for p in set_to[axis] if side.id != axis or p[1].label == axis):
                    sides[place], sure = other.items[0], sure and other.sure
        if sides and not all(isinstance(side, ast.Name) for side in sides[:2]):
            shapes.append((number, Shape(tuple(sides), sure)))
    if all(set_to.values()):
        last = [set_to[axis][-1] for axis in AXES]
        shapes.append(
            (max(n for n, _ in last), Shape(tuple(s.items[0] for _, s in last), all(s.sure for _, s in last)))
        )
    elif not shapes and set_to["C"]:
        last_ones = [[i for s in statements for i in s.items if _is_formula(i, axis)][-1:] for axis in "HW"]
        if all(last_ones):
            shapes.append((0, Shape((*last_ones[0], *last_ones[1], set_to["C"][-1][1].items[0]), sure=False)))
    stated = [shape for _, shape in sorted(shapes, key=lambda pair: pair[0])]
    formulas = {axis: [item for s in statements for item in s.items if _is_formula(item, axis)] for axis in "HW"}
    formulas["C"] = [s.items[0] for _, s in set_to["C"]] + [shape.sides[2] for shape in stated]
    return Reading(tuple(stated), {axis: tuple(found) for axis, found in formulas.items()})


def _is_formula(node: ast.expr, axis: str) -> bool:
    return not isinstance(node, ast.Name) and _is_side(node, axis)


def _sets(statement: _Statement, axis: str) -> bool:
    """Whether *statement* says what the output's *axis* is."""
    (item, *more), labelled = statement.items, statement.label in (axis, f"{axis}out")
    return labelled and not more and (_is_formula(item, axis) if axis != "C" else not names_in(item) & {*"HW"})
