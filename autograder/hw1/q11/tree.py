"""One expression as a small tree: parsed by recursive descent, computed with exact fractions, never run as code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from autograder.hw1.q11.tokens import Kind, Token
from autograder.hw1.q11.vocabulary import Name

MAX_DEPTH = 20  # brackets in brackets; the solution's has 2
MAX_STEPS = 60_000  # of the parser in one answer, over all the places where it begins
MAX_NODES = 300  # of one expression


class UnreadableError(Exception):
    """There is no expression here, or none that has a value."""


@dataclass(frozen=True)
class Number:
    """A number that is written out."""

    value: Fraction


@dataclass(frozen=True)
class Size:
    """A size, by its name."""

    name: Name


@dataclass(frozen=True)
class Apply:
    """``+ - * / //`` of two, or ``floor``, ``ceil`` or ``-`` of one."""

    sign: str
    parts: tuple[Node, ...]


Node = Number | Size | Apply
Sizes = Mapping[Name, Fraction]


def compute(node: Node, sizes: Sizes) -> Fraction:
    """The value of *node*.

    Raises:
        UnreadableError: it divides by zero, or names a size that *sizes* lacks.
    """
    match node:
        case Number(value):
            return value
        case Size(name):
            if name not in sizes:
                raise UnreadableError
            return sizes[name]
        case Apply(sign, (only,)):
            value = compute(only, sizes)
            return -value if sign == "-" else Fraction(math.floor(value) if sign == "floor" else math.ceil(value))
        case Apply(sign, (left, right)):
            return _combine(sign, compute(left, sizes), compute(right, sizes))
    raise UnreadableError


def _combine(sign: str, left: Fraction, right: Fraction) -> Fraction:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if not right:
        raise UnreadableError
    return left / right if sign == "/" else Fraction(left // right)


def names_in(node: Node) -> set[Name]:
    """The sizes that *node* names."""
    match node:
        case Size(name):
            return {name}
        case Apply(_, parts):
            return set[Name]().union(*(names_in(part) for part in parts))
    return set()


def written(node: Node) -> str:
    """*node* in one plain spelling, in the letters of the question."""
    match node:
        case Number(value):
            return str(value)
        case Size(name):
            letter = {"C": "C1"}.get(name.symbol, name.symbol)
            return f"{name.symbol}'" if name.role == "out" else letter
        case Apply("floor" | "ceil" as function, (only,)):
            return f"{function}({written(only)})"
        case Apply(sign, (only,)):
            return f"{sign}{_inner(only)}"
        case Apply("*" | "/" | "//" as sign, (left, right)):
            return f"{_inner(left)}{sign}{_inner(right)}"
        case Apply(sign, (left, right)):
            bracketed = sign == "-" and isinstance(right, Apply) and right.sign in "+-"
            return f"{written(left)} {sign} {_inner(right) if bracketed else written(right)}"
    raise AssertionError(node)


def _inner(node: Node) -> str:
    text = written(node)
    return f"({text})" if isinstance(node, Apply) and node.sign not in ("floor", "ceil") else text


class Parser:
    """Parses expressions out of one list of tokens, at any place, with one budget for all of them."""

    def __init__(self, tokens: Sequence[Token]):
        self.tokens = tokens
        self.place = 0
        self._steps = 0
        self._nodes = 0
        self._crosses = True  # whether * multiplies out here; otherwise it stands between height, width and channels

    def expression(self, place: int, crosses: bool = True) -> tuple[Node, int]:
        """The longest expression that begins at *place*, and the place after it.

        Args:
            crosses: whether ``*`` outside of brackets is a product.

        Raises:
            UnreadableError: none does, or it is too deep, or the budget is used up.
        """
        self.place, self._nodes, self._crosses = place, 0, crosses
        return self._sum(0), self.place

    @property
    def exhausted(self) -> bool:
        """Whether the budget is used up."""
        return self._steps > MAX_STEPS

    def _sum(self, depth: int) -> Node:
        left = self._product(depth)
        while (sign := self._sign("+", "-")) and self._leads_on():
            self.place += 1
            left = self._made(Apply(sign, (left, self._product(depth))))
        return left

    def _product(self, depth: int) -> Node:
        left = self._factor(depth)
        while True:
            if (sign := self._sign("*", "/", "//")) and self._leads_on():
                if sign == "*" and not depth and not self._crosses:
                    return left
                self.place += 1
                left = self._made(Apply(sign, (left, self._factor(depth))))
            elif (right := self._beside(depth)) is not None:
                left = self._made(Apply("*", (left, right)))
            else:
                return left

    def _beside(self, depth: int) -> Node | None:
        """The factor that stands right beside another one, as in 2P, if there is one."""
        before, here = self.tokens[self.place - 1], self.place
        token = self.tokens[here] if here < len(self.tokens) else None
        after = self.tokens[here + 1].kind if here + 1 < len(self.tokens) else None
        if token is None or (not depth and not self._crosses and before.kind is not Kind.NUMBER):
            return None
        letter = token.kind is Kind.NAME and not token.written and token.name and token.name.role != "out"
        bracket = token.kind is Kind.OPEN and before.kind in (Kind.CLOSE, Kind.NUMBER)
        if not (bracket or (letter and after not in (Kind.EQUALS, Kind.COLON))):
            return None
        try:
            return self._factor(depth)
        except UnreadableError:
            self.place = here
            return None

    def _factor(self, depth: int) -> Node:
        if sign := self._sign("+", "-"):
            self._deeper(depth)
            self.place += 1
            inner = self._factor(depth + 1)
            return inner if sign == "+" else self._made(Apply("-", (inner,)))
        return self._primary(depth)

    def _primary(self, depth: int) -> Node:
        self._deeper(depth)
        if self.place >= len(self.tokens):
            raise UnreadableError
        token = self.tokens[self.place]
        self.place += 1
        match token.kind:
            case Kind.NUMBER:
                return self._made(Number(Fraction(token.text)))
            case Kind.NAME if token.name:
                return self._made(Size(token.name))
            case Kind.FRACTION:
                upper, lower = self._group(depth), self._group(depth)
                return self._made(Apply("/", (upper, lower)))
            case Kind.FUNCTION:
                return self._made(Apply(token.text, (self._group(depth),)))
            case Kind.OPEN:
                self.place -= 1
                return self._group(depth)
        raise UnreadableError

    def _group(self, depth: int) -> Node:
        """An expression in brackets; ⌊⌋ and ⌈⌉ round."""
        closing = self._next(Kind.OPEN).text
        inner = self._sum(depth + 1)
        if self._next(Kind.CLOSE).text != closing:
            raise UnreadableError
        rounding = {"⌋": "floor", "⌉": "ceil"}.get(closing)
        return self._made(Apply(rounding, (inner,))) if rounding else inner

    def _next(self, kind: Kind) -> Token:
        """The token here, which is passed."""
        if self.place >= len(self.tokens) or self.tokens[self.place].kind is not kind:
            raise UnreadableError
        self.place += 1
        return self.tokens[self.place - 1]

    def _sign(self, *signs: str) -> str:
        token = self.tokens[self.place] if self.place < len(self.tokens) else None
        return token.text if token and token.kind is Kind.SIGN and token.text in signs else ""

    def _leads_on(self) -> bool:
        """Whether something to compute with follows the sign here."""
        self._step()
        ahead = (Kind.NUMBER, Kind.NAME, Kind.OPEN, Kind.FRACTION, Kind.FUNCTION, Kind.SIGN)
        return self.place + 1 < len(self.tokens) and self.tokens[self.place + 1].kind in ahead

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise UnreadableError
        return node

    def _deeper(self, depth: int) -> None:
        self._step()
        if depth > MAX_DEPTH:
            raise UnreadableError

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise UnreadableError
