"""The shape that an answer states: height, width and channels, found amid prose; the last complete statement counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from autograder.hw1.q11.tokens import Kind, Token, tokens_of
from autograder.hw1.q11.tree import Apply, Node, Number, Parser, Size, UnreadableError, names_in
from autograder.hw1.q11.vocabulary import ADDING, Name

AXES = ("H", "W", "C")
MARK = "formula"  # the handout asks for a line that begins so
FILLERS = {
    "is",
    "are",
    "of",
    "the",
    "will",
    "be",
    "number",
    "equals",
    "becomes",
    "output",
    "수",
    "는",
    "수는",
    "개수는",
}
FILLERS |= {"개수", "개수인", "수가", "총", "필터", "즉", "filters", "count", "also"}
FAR = 7  # tokens between "channels" and their number
ENDS = (None, Kind.LINE, Kind.STOP, Kind.COMMA, Kind.EQUALS, Kind.COLON)


@dataclass(frozen=True)
class Shape:
    """A shape that is stated.

    Attributes:
        sides: height, width and channels.
        sure: whether nothing around them could change what they mean: only then may they be held against the student.
    """

    sides: tuple[Node, Node, Node]
    sure: bool


@dataclass(frozen=True)
class Reading:
    """What was read of an answer.

    Attributes:
        shapes: every complete shape in the order of the text; the last one counts.
        sides: by axis, every formula of it.
    """

    shapes: tuple[Shape, ...]
    sides: dict[str, tuple[Node, ...]]


@dataclass
class _Statement:
    """One or more expressions, with the name before ``=`` if there is one."""

    items: tuple[Node, ...]
    place: int
    label: Name | None = None
    sure: bool = True


@dataclass
class _Found:
    statements: list[_Statement] = field(default_factory=list)
    doubtful: bool = False  # something in the text was not read, and may matter


def read_shape(text: str) -> Reading:
    """What *text* states. Never raises; takes time proportional to the text's length, of which 4,000 characters count.

    A line that begins with "Formula:" counts before the rest, if it states all; then what follows it; then the whole.
    """
    readings = [_read(part) for part in _parts(text)]
    return next((reading for reading in readings if reading.shapes), readings[-1])


def _parts(text: str) -> Iterator[str]:
    lines = text.splitlines()
    marked = [n for n, line in enumerate(lines) if line.strip(" \t*#>-_`").lower().startswith(MARK)]
    if marked:
        first = lines[marked[-1]].strip(" \t*#>-_")[len(MARK) :].lstrip(" \t*:：")
        yield first
        yield "\n".join([first, *lines[marked[-1] + 1 :]])
        if any(mark in first for mark in "=+/-"):
            return  # what stands on the line that was asked for is not overruled by what stands before it
    yield text


def _read(text: str) -> Reading:
    tokens = _cleaned(tokens_of(text))
    found = _Found(doubtful=not _balanced(tokens))
    _find(tokens, found)
    placed = sorted([*_tuples(found, tokens), *_assigned(found, tokens)], key=lambda pair: pair[0])
    shapes = [shape for _, shape in placed]
    if not shapes:
        shapes = [Shape(sides, False) for sides in _unlabelled(found, tokens)]
    if found.doubtful:
        shapes = [Shape(shape.sides, False) for shape in shapes]
    sides = {axis: tuple(_all_of(axis, found, shapes)) for axis in AXES}
    return Reading(tuple(shapes), sides)


# From tokens to statements


def _cleaned(tokens: Sequence[Token]) -> list[Token]:
    """*tokens* without the edges and line ends at which an expression goes on, and without asterisks of markup."""
    kept: list[Token] = []
    goes_on = (Kind.OPEN, Kind.SIGN, Kind.COMMA, Kind.EQUALS, Kind.FRACTION, Kind.FUNCTION)
    operands = (Kind.NUMBER, Kind.NAME, Kind.CLOSE)
    for number, token in enumerate(tokens):
        before = kept[-1].kind if kept else None
        after = next((t for t in tokens[number + 1 :][:4] if t.kind not in (Kind.EDGE, Kind.LINE)), None)
        if token.kind in (Kind.EDGE, Kind.LINE):
            on = after and (after.kind in (Kind.CLOSE, Kind.COMMA, Kind.EQUALS) or after.text in ("+", "/", "//", "*"))
            if before in goes_on or (on and before is not None):
                continue
        if token.kind is Kind.SIGN and token.written and before not in operands:
            if before is not Kind.SIGN:  # "divided by"
                kept.append(replace(token, kind=Kind.STOP) if token.text in "*/" else token)
            continue
        if token.text == "*" and (before not in operands or after is None or after.kind in (Kind.EQUALS, Kind.COMMA)):
            continue
        kept.append(token)
    return kept


def _balanced(tokens: Iterable[Token]) -> bool:
    """Whether every bracket is closed by its own."""
    open_ones = []
    for token in tokens:
        if token.kind is Kind.OPEN:
            open_ones.append(token.text)
        elif token.kind is Kind.CLOSE and (not open_ones or open_ones.pop() != token.text):
            return False
    return not open_ones


def _find(tokens: Sequence[Token], found: _Found) -> None:
    """Collect every statement in *tokens*."""
    parser = Parser(tokens)
    place, label = 0, None
    starts = (Kind.NUMBER, Kind.NAME, Kind.OPEN, Kind.FRACTION, Kind.FUNCTION)
    while place < len(tokens):
        token = tokens[place]
        after = _kind(tokens, place + 1)
        if token.kind is Kind.NAME and after in (Kind.EQUALS, Kind.COLON):
            label, place = token.name, place + 2
            continue
        if token.kind is Kind.EQUALS or (token.kind is Kind.COLON and label):
            place += 1
            continue
        read = _statement(parser, place) if token.kind in starts else None
        if read is None:
            found.doubtful |= _may_matter(token, after)
            label, place = None, place + 1
            continue
        items, end = read
        chained = _kind(tokens, place - 1) is Kind.EQUALS and found.statements and found.statements[-1].place == place
        label = label or (found.statements[-1].label if chained else None)
        if _cut_off(tokens, place, end):
            found.doubtful |= any(n.symbol in "HW" for item in items for n in names_in(item))
        else:
            closed = len(items) > 1 and tokens[place].kind is Kind.OPEN and tokens[end - 1].kind is Kind.CLOSE
            sure = closed or _ends(tokens, end)
            found.statements.append(_Statement(items, end + (_kind(tokens, end) is Kind.EQUALS), label, sure))
        label, place = None, end
    found.doubtful |= parser.exhausted


def _kind(tokens: Sequence[Token], place: int) -> Kind | None:
    return tokens[place].kind if 0 <= place < len(tokens) else None


def _may_matter(token: Token, after: Kind | None) -> bool:
    """Whether a token that no formula was read from may change one: a sign, "add", a bracket with sizes in it."""
    if token.kind is Kind.WORD:
        return token.text.lower().startswith(ADDING)
    if token.kind in (Kind.OPEN, Kind.FRACTION, Kind.FUNCTION):
        return after in (Kind.NAME, Kind.OPEN, Kind.NUMBER)
    return token.kind is Kind.ODD or token.text == "+"


def _cut_off(tokens: Sequence[Token], place: int, end: int) -> bool:
    """Whether what was read is a piece of something longer that was not."""
    before = (Kind.SIGN, Kind.ODD, Kind.FRACTION, Kind.FUNCTION)
    return _kind(tokens, place - 1) in before or _kind(tokens, end) in (Kind.SIGN, Kind.ODD)


def _ends(tokens: Sequence[Token], end: int) -> bool:
    """Whether no words follow that could go on with it, as in "(H - F)/S, to which 1 is added"."""
    while _kind(tokens, end) is Kind.EDGE:
        end += 1
    return _kind(tokens, end) in ENDS


def _statement(parser: Parser, place: int) -> tuple[tuple[Node, ...], int] | None:
    """The expressions that begin at *place*: a list in brackets, a bare list of three, a product of three, or one."""
    tokens = parser.tokens
    if tokens[place].kind is Kind.OPEN and tokens[place].text not in "⌋⌉":
        for crosses in (True, False):
            items, end = _list(parser, place + 1, crosses)
            if (
                (_has_sides(items) or (crosses and len(items) > 1))
                and _kind(tokens, end) is Kind.CLOSE
                and tokens[end].text == tokens[place].text
            ):
                return items, end + 1
    for crosses in (True, False):
        items, end = _list(parser, place, crosses)
        if _has_sides(items):
            return items, end
    try:
        item, end = parser.expression(place)
    except UnreadableError:
        return None
    return (item,), end


def _list(parser: Parser, place: int, crosses: bool) -> tuple[tuple[Node, ...], int]:
    """Expressions with commas between them, or with ``*`` if not *crosses*, and the place after the last one."""
    items: list[Node] = []
    tokens, end = parser.tokens, place
    while len(items) < 5:
        try:
            item, after = parser.expression(place, crosses)
        except UnreadableError:
            break
        if items and _kind(tokens, after) in (Kind.EQUALS, Kind.COLON):
            break  # the name of what comes next
        items, end = [*items, item], after
        comma = _kind(tokens, end) is Kind.COMMA if crosses else end < len(tokens) and tokens[end].text == "*"
        if not comma:
            break
        place = end + 1
    return tuple(items), end


# From statements to shapes


def _symbols(node: Node) -> set[str]:
    return {name.symbol for name in names_in(node)}


def _is_side(node: Node, axis: str) -> bool:
    """Whether *node* may be the height (``"H"``) or the width."""
    other = {"H": "W", "W": "H"}[axis]
    symbols = _symbols(node)
    return axis in symbols and other not in symbols and "C" not in symbols


def _has_sides(items: Sequence[Node]) -> bool:
    """Whether *items* are height, width and channels, or channels, height and width."""
    if len(items) != 3:
        return False
    return any(_is_side(h, "H") and _is_side(w, "W") and not _symbols(c) & {"H", "W"} for h, w, c in _orders(items))


def _orders(items: Sequence[Node]) -> Iterator[tuple[Node, Node, Node]]:
    one, two, three = items
    yield one, two, three
    yield two, three, one


def _tuples(found: _Found, tokens: Sequence[Token]) -> Iterator[tuple[int, Shape]]:
    """Every shape that is stated at once, with its place; names in it stand for what they are set to elsewhere."""
    for statement in found.statements:
        if not _has_sides(statement.items):
            continue
        sides = next(s for s in _orders(statement.items) if _is_side(s[0], "H") and _is_side(s[1], "W"))
        sure, resolved = statement.sure, []
        for axis, side in zip(AXES, sides, strict=True):
            value = side
            if isinstance(side, Size) and side.name.symbol == axis and side.name.role != "in":
                set_to = _set_to(axis, found, tokens)
                if not side.name.role:  # a plain H is the input's, unless the answer itself sets H
                    set_to = [one for one in set_to if one.label == side.name]
                if set_to:
                    value, sure = set_to[-1].items[0], sure and set_to[-1].sure
            resolved.append(value)
        if all(isinstance(side, Size) for side in resolved[:2]):
            continue  # the input's shape, or names that stand for nothing
        height, width, channels = resolved
        yield statement.place, Shape((height, width, channels), sure)


def _assigned(found: _Found, tokens: Sequence[Token]) -> Iterator[tuple[int, Shape]]:
    """The shape whose height, width and channels are stated one by one, with its place."""
    last = [_set_to(axis, found, tokens)[-1:] for axis in AXES]
    if all(last):
        height, width, channels = (statements[0] for statements in last)
        sides = height.items[0], width.items[0], channels.items[0]
        place = max(height.place, width.place, channels.place)
        yield place, Shape(sides, height.sure and width.sure and channels.sure)


def _unlabelled(found: _Found, tokens: Sequence[Token]) -> Iterator[tuple[Node, Node, Node]]:
    """The shape of formulas that carry no name: the last one of H, the last one of W, and channels."""
    singles = [s.items[0] for s in found.statements if len(s.items) == 1 and isinstance(s.items[0], Apply)]
    heights = [node for node in singles if _is_side(node, "H")]
    widths = [node for node in singles if _is_side(node, "W")]
    channels = _set_to("C", found, tokens)
    if heights and widths and channels:
        yield heights[-1], widths[-1], channels[-1].items[0]


def _set_to(axis: str, found: _Found, tokens: Sequence[Token]) -> list[_Statement]:
    """The statements that say what the output's *axis* is."""
    if axis == "C":
        spoken = list(_spoken_channels(tokens))
        named = [s for s in found.statements if _labels(s, "C") and not _symbols(s.items[0]) & {"H", "W"}]
        return sorted([*named, *spoken], key=lambda statement: statement.place)
    return [s for s in found.statements if _labels(s, axis) and _is_formula(s.items[0], axis)]


def _labels(statement: _Statement, axis: str) -> bool:
    label = statement.label
    return len(statement.items) == 1 and label is not None and label.symbol == axis and label.role != "in"


def _is_formula(node: Node, axis: str) -> bool:
    return isinstance(node, Apply) and _is_side(node, axis)


def _spoken_channels(tokens: Sequence[Token]) -> Iterator[_Statement]:
    """What words say of the output's channels: "2 channels", "the number of channels is 2"."""
    for place, token in enumerate(tokens):
        if token.name is None or token.name.symbol != "C" or token.name.role == "in" or not token.written:
            continue
        before = tokens[place - 1] if place else None
        if before and before.kind is Kind.NUMBER and _kind(tokens, place - 2) is not Kind.SIGN:
            yield _channels(before, place)
            continue
        end = place + 1
        while end < min(len(tokens), place + FAR) and _is_filler(tokens[end]):
            end += 1
        following = (Kind.SIGN, Kind.NAME, Kind.OPEN, Kind.ODD)
        if _kind(tokens, end) is Kind.NUMBER and _kind(tokens, end + 1) not in following:
            yield _channels(tokens[end], end)


def _is_filler(token: Token) -> bool:
    return token.kind in (Kind.COLON, Kind.EQUALS, Kind.EDGE) or token.text.lower() in FILLERS


def _channels(number: Token, place: int) -> _Statement:
    return _Statement((Number(Fraction(number.text)),), place)


def _all_of(axis: str, found: _Found, shapes: Sequence[Shape]) -> Iterator[Node]:
    """Every formula of *axis* in the text, in whatever place."""
    number = AXES.index(axis)
    yield from (shape.sides[number] for shape in shapes)
    for statement in found.statements:
        if axis != "C":
            yield from (item for item in statement.items if _is_formula(item, axis))
        elif _labels(statement, axis):
            yield statement.items[0]
