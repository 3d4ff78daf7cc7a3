"""A text cut into pieces: numbers, names, signs, brackets, and all else as words that no formula goes across."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from autograder.hw1.q11.vocabulary import FUNCTIONS, NUMBERS, SIGNS, UNIT, Name, name_of, without_particle

MAX_CHARACTERS = 4_000  # of an answer; the solution's has 430
MAX_DIGITS = 6


class Kind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    SIGN = "sign"  # + - * / //
    OPEN = "open"  # its text is the bracket that closes it
    CLOSE = "close"
    FRACTION = "fraction"  # \frac
    FUNCTION = "function"
    COMMA = "comma"
    EQUALS = "equals"
    COLON = "colon"
    EDGE = "edge"  # $ or `: a formula may begin or end here
    LINE = "line"
    STOP = "stop"  # the end of a sentence, an arrow
    WORD = "word"
    ODD = "odd"  # a sign with a meaning that is not known here, like ^


@dataclass(frozen=True)
class Token:
    """One piece.

    Attributes:
        text: as it is written; for signs and brackets in one spelling.
        name: the size that it names.
        written: whether a name is a word of four letters or more, or a sign is a word, which prose has, too.
    """

    kind: Kind
    text: str
    name: Name | None = None
    written: bool = False


# The patterns look at one place each and never go back over more than a piece.
PIECE = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|(?P<name>(?:(?:math|np|torch)\.)?[A-Za-z][A-Za-z0-9]*)|(?P<hangul>[가-힣]+)"
    r"|(?P<command>\\[A-Za-z]+|\\.)|(?P<line>\n)|(?P<space>[ \t\r~&]+)|(?P<arrow>[-=]+>|[→⇒]|—|--+)"
    r"|(?P<sign>//|\*\*|==|.)",
    re.DOTALL,
)
BULLET = re.compile(r"[ \t]{0,20}(?:[-*+•>#]{1,6}|\d{1,2}[.)])[ \t]+")
SUBSCRIPT = re.compile(r"[_^](?:\{([^{}\n]{0,30})\}|\\?([A-Za-z0-9']{1,20}))")
NESTED = re.compile(  # _{\text{out}} and _\text{out}
    r"[_^](?:\{\\[a-z]{1,20} ?\{([^{}\n]{0,30})\}\}|\\(?:text|mathrm|mathit|mathsf|textit) ?\{([^{}\n]{0,30})\})"
)
INDEX = re.compile(r"\[\d\]")
PRIMES = "'′’‘´"
TEXTUAL = {"text", "mathrm", "operatorname", "mathit", "mathbf", "texttt", "mbox", "textbf", "textit", "rm", "mathsf"}
SILENT = {"left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "limits"}
MARKUP = {"begin", "end"}
PLAIN = {
    "frac": (Kind.FRACTION, "frac"),
    "dfrac": (Kind.FRACTION, "frac"),
    "tfrac": (Kind.FRACTION, "frac"),
    "cfrac": (Kind.FRACTION, "frac"),
    "lfloor": (Kind.OPEN, "⌋"),
    "rfloor": (Kind.CLOSE, "⌋"),
    "lceil": (Kind.OPEN, "⌉"),
    "rceil": (Kind.CLOSE, "⌉"),
    "lbrack": (Kind.OPEN, "]"),
    "rbrack": (Kind.CLOSE, "]"),
    "{": (Kind.OPEN, "}"),
    "}": (Kind.CLOSE, "}"),
    "cdot": (Kind.SIGN, "*"),
    "times": (Kind.SIGN, "*"),
    "ast": (Kind.SIGN, "*"),
    "*": (Kind.SIGN, "*"),
    "div": (Kind.SIGN, "/"),
    "quad": (Kind.EDGE, " "),
    "qquad": (Kind.EDGE, " "),
    "(": (Kind.EDGE, "$"),
    ")": (Kind.EDGE, "$"),
    "[": (Kind.EDGE, "$"),
    "]": (Kind.EDGE, "$"),
    "\\": (Kind.LINE, "\n"),
    "newline": (Kind.LINE, "\n"),
}
SPACES = {",", ";", ":", "!", " ", "\n"}  # \, and the like
SINGLE = {
    **dict.fromkeys("+＋", (Kind.SIGN, "+")),
    **dict.fromkeys("-−–‐‑", (Kind.SIGN, "-")),
    **dict.fromkeys("*×·⋅∙✕∗", (Kind.SIGN, "*")),
    **dict.fromkeys("/÷∕⁄", (Kind.SIGN, "/")),
    "//": (Kind.SIGN, "//"),
    "(": (Kind.OPEN, ")"),
    "[": (Kind.OPEN, "]"),
    "{": (Kind.OPEN, "}"),
    "⌊": (Kind.OPEN, "⌋"),
    "⌈": (Kind.OPEN, "⌉"),
    **{mark: (Kind.CLOSE, mark) for mark in ")]}⌋⌉"},
    **dict.fromkeys(",;，、", (Kind.COMMA, ",")),
    **dict.fromkeys(("=", "=="), (Kind.EQUALS, "=")),
    **dict.fromkeys(":|", (Kind.COLON, ":")),  # a table's cells
    **dict.fromkeys(("$", "`", "**", '"', "“", "”"), (Kind.EDGE, "$")),
    **dict.fromkeys(".。!?#", (Kind.STOP, ".")),
}


def tokens_of(text: str) -> list[Token]:
    """The pieces of *text*, at most ``MAX_CHARACTERS`` of it, in time proportional to its length."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    text = text.replace("<sub>", "_").replace("</sub>", "").replace("<br>", "\n").replace("\\_", "_")
    return list(_joined(list(_pieces(text))))


def _pieces(text: str) -> Iterator[Token]:
    place, begins = 0, True
    while place < len(text):
        if begins and (bullet := BULLET.match(text, place)):
            place = bullet.end()
        begins = False
        match = PIECE.match(text, place)
        assert match  # noqa: S101  the last alternative takes any character
        kind, piece, place = str(match.lastgroup), match[0], match.end()
        match kind:
            case "number":
                yield Token(Kind.NUMBER if len(piece) <= MAX_DIGITS else Kind.ODD, piece)
            case "name":
                token, place = _name(text, piece.rpartition(".")[2], place)  # math.floor
                yield token
            case "hangul":
                yield _word(without_particle(piece))
            case "command":
                token_or_none, place = _command(text, piece[1:], place)
                if token_or_none:
                    yield token_or_none
            case "line":
                begins = True
                yield Token(Kind.LINE, piece)
            case "arrow":
                yield Token(Kind.STOP, piece)
            case "sign":
                yield Token(*SINGLE.get(piece, (Kind.ODD, piece)))


def _name(text: str, piece: str, place: int) -> tuple[Token, int]:
    """The name that begins with *piece*, with its subscripts, primes and index, and the place after it."""
    whole, primed = piece, False
    while place < len(text):
        below = NESTED.match(text, place) or SUBSCRIPT.match(text, place)
        if text[place] in PRIMES:
            primed, place = True, place + 1
            if place < len(text) and text[place].isalpha():  # it's
                rest = PIECE.match(text, place)
                return Token(Kind.WORD, piece), rest.end() if rest else place
        elif below:
            part = next(group for group in below.groups() if group is not None)
            part = part.replace("\\", "").strip(" ()*")
            if text[place] == "^" and part not in ("prime", "in", "out", *PRIMES):
                break  # a power
            primed = primed or part in ("prime", *PRIMES)
            if part not in ("prime", *PRIMES):
                whole = f"{whole}_{part}"
            place = below.end()
        elif index := INDEX.match(text, place):
            place = index.end()  # padding[0]
        else:
            break
    token = _word(whole)
    if primed:
        known = token.name
        primed_name = replace(known, role="out") if known and known.symbol in "HWC" else None
        return (replace(token, name=primed_name) if primed_name else Token(Kind.WORD, whole)), place
    return token, place


def _word(whole: str) -> Token:
    lower = whole.lower()
    if lower in UNIT:
        return Token(Kind.NUMBER, "1")
    if lower in NUMBERS:
        return Token(Kind.NUMBER, str(NUMBERS[lower]))
    if lower in SIGNS:
        return Token(Kind.SIGN, SIGNS[lower], written=True)
    if lower in FUNCTIONS:
        return Token(Kind.FUNCTION, FUNCTIONS[lower])
    name = name_of(whole)
    written = not whole.isascii() or (len(whole) >= 4 and "_" not in whole)
    return Token(Kind.NAME if name else Kind.WORD, whole, name, written)


def _command(text: str, command: str, place: int) -> tuple[Token | None, int]:
    """What a LaTeX command stands for, if anything, and the place after it."""
    if command in PLAIN:
        return Token(*PLAIN[command]), place
    if command in SPACES:
        return None, place
    if command in SILENT:
        return None, place + (text[place : place + 1] == ".")
    if command in TEXTUAL or command in MARKUP:
        end = text.find("}", place, place + 60)
        if text[place : place + 1] != "{" or end < 0:
            return None, place
        inner = text[place + 1 : end].strip()
        if command in MARKUP:
            return None, end + 1
        # What follows belongs to the name as it does outside: \text{H}_{out}.
        return _name(text, inner, end + 1) if inner.isalnum() or name_of(inner) else (Token(Kind.WORD, inner), end + 1)
    return Token(Kind.STOP if command in ("to", "rightarrow", "Rightarrow") else Kind.WORD, command), place


def _joined(tokens: list[Token]) -> Iterator[Token]:
    """*tokens* with words that are one name put together, like "kernel size K"."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind in (Kind.NAME, Kind.WORD) and (token.written or token.kind is Kind.WORD):
            for count in (3, 2):
                words = tokens[place : place + count]
                usable = len(words) == count and all(w.kind in (Kind.NAME, Kind.WORD) for w in words)
                name = name_of("".join(without_particle(w.text) for w in words)) if usable else None
                if name:
                    token, place = Token(Kind.NAME, " ".join(w.text for w in words), name, True), place + count - 1
                    break
            after = tokens[place + 1] if place + 1 < len(tokens) else token
            if token.name and _says_again(after, token.name):
                token, place = after, place + 1  # "stride S", "kernel size K"
        yield token
        place += 1


def _says_again(token: Token, name: Name) -> bool:
    """Whether *token* is a letter for what *name* has said in words."""
    letter = token.name if not token.written else None
    return letter is not None and letter.symbol == name.symbol and name.role in ("", letter.role)
