"""Python as tokens without what a copy can change at no cost: names of one's own, comments, layout, order, imports.

Names of libraries, numbers and structure are kept: without them all networks look alike. It is tokenised, not parsed:
a file that is no Python in one place can be compared in all others, and no nesting is too deep.
"""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from autograder.similar.pieces import CODE, ELSE, Collected, Piece

MOST_TOKENS = 60_000  # of a hand-in, ten times the whole homework: sums of as many weights are exact in 32 bits
MOST_CHARACTERS = 1_000_000  # of a hand-in, fifty times the whole homework: comments are no tokens, and take time, too
OWN, STRING = "V", "S"
KEPT = frozenset((*dir(builtins), *keyword.kwlist)) - {"self"}
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING)
F_BEGIN, F_END = (getattr(tokenize, f"FSTRING_{name}", -1) for name in ("START", "END"))  # from Python 3.12 on
OPENING, CLOSING = "([{", ")]}"

Token = tokenize.TokenInfo
Statement = list[Token]


class NotTokenisedError(Exception):
    """A source is no Python, even taken as tokens; the text says where."""


@dataclass
class Names:
    """The names of the hand-in's own, by where they can stand.

    Attributes:
        attributes: what is defined, or set on an object.
        parameters: what can be named in a call.
        imported: what is taken from a module of others, under its own name.
        modules: the hand-in's own modules.
    """

    modules: frozenset[str]
    attributes: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)

    def learn(self, statement: Statement) -> None:
        """Note the names that *statement* defines."""
        words = [token.string for token in statement]
        match words:
            case ["from", module, *_] if "import" in words:
                names = words[words.index("import") + 1 :]
                around = {
                    names[at] for place, word in enumerate(names) if word == "as" for at in (place - 1, place + 1)
                }
                if module not in self.modules:
                    self.imported |= {name for name in names if name.isidentifier()} - around
            case ["def" | "class", name, *_] | ["async", "def", name, *_]:
                self.attributes.add(name)
                self.parameters |= {word for before, word in pairwise(words) if before in ("(", ",", "*", "**")}
            case _:
                targets = words[: _last_equals(words)]
                self.attributes |= {word for dot, word in pairwise(targets) if dot == "."}

    def normal(self, words: list[str], place: int, depth: int) -> str:
        """What stands for the name at *place*."""
        word, before = words[place], words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if before == ".":
            return OWN if word in self.attributes else word
        if after == "=" and depth:
            return OWN if word in self.parameters else word
        return word if word in KEPT or (word in self.imported and word not in self.attributes) else OWN


def read_sources(files: Mapping[str, str], parts: Mapping[str, str]) -> tuple[list[Piece], list[str]]:
    """The pieces of a hand-in's sources, and sentences on what could not be compared.

    Args:
        files: texts by path.
        parts: by name of a class or function, the part that it is; all the others are ``ELSE``, wherever they stand.
    """
    read: dict[str, list[Statement]] = {}
    said, left, characters = [], MOST_TOKENS, MOST_CHARACTERS
    for path, text in sorted(files.items(), key=lambda one: (len(one[1]), one[0])):  # a large one hides no other
        characters -= len(text)
        if left <= 0 or characters < 0:
            said.append(f"{path} is not compared: the hand-in has too much code")
            continue
        try:
            read[path] = list(_statements(text, left))
        except NotTokenisedError as error:
            said.append(f"{path} is not compared: {error}")
            continue
        left -= sum(map(len, read[path]))
        if left <= 0:
            said.append(f"{path} is not compared to its end: the hand-in has too much code")
    names = Names(frozenset(path.removesuffix(".py").rpartition("/")[2] for path in files))
    for statement in (one for statements in read.values() for one in statements):
        names.learn(statement)
    return [
        piece for path, found in sorted(read.items()) for piece in _pieces(path, files[path], found, names, parts)
    ], said


def _pieces(
    path: str, text: str, statements: list[Statement], names: Names, parts: Mapping[str, str]
) -> Iterator[Piece]:
    """The pieces of one file."""
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    found: dict[tuple[str, int], Collected] = {}  # what is no part of its own has a piece each: their order is free
    part, decorators = (ELSE, 0), []
    for number, statement in enumerate(statements):
        if statement[0].start[1] == 0:  # of the top level
            if statement[0].string == "@":
                decorators.append(statement)
                continue
            name = _defined(statement)
            part = (parts[name], 0) if name in parts else (ELSE, number if name else 0)
        for one in (*decorators, statement):
            if not _says_nothing(one):
                _add(found.setdefault(part, Collected()), one, starts, names)
        decorators = []
    for (name, _), collected in found.items():
        yield collected.piece(CODE, name, path, text)


def _add(collected: Collected, statement: Statement, starts: list[int], names: Names) -> None:
    words = [token.string for token in statement]
    depth = 0
    for place, token in enumerate(statement):
        word = token.string
        depth += (word in OPENING) - (word in CLOSING) if token.type == tokenize.OP else 0
        last = place + 1 == len(words)
        if word == ";" or (word == "," and not last and words[place + 1] in CLOSING):
            continue
        if token.type == tokenize.STRING:
            word = STRING
        elif token.type == tokenize.NAME:
            word = names.normal(words, place, depth)
        begin, end = (starts[min(line, len(starts)) - 1] + column for line, column in (token.start, token.end))
        collected.add(word, begin, end)


def _statements(text: str, most: int) -> Iterator[Statement]:
    """The logical lines of *text* as tokens, *most* of these at the most; an f-string is one, and no layout is there.

    Raises:
        NotTokenisedError: it can't be taken apart.
    """
    statement: Statement = []
    begun: list[Token] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == F_BEGIN:
                begun.append(token)
            elif token.type == F_END and begun:
                first = begun.pop()
                if not begun:
                    statement.append(Token(tokenize.STRING, STRING, first.start, token.end, first.line))
            elif begun or token.type in LAYOUT:
                continue
            elif token.type != tokenize.NEWLINE:
                statement.append(token)
            elif statement:
                yield statement
                most -= len(statement)
                statement = []
            if len(statement) >= max(most, 1):
                break
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or next((n for n in _line_of(error)), None)
        raise NotTokenisedError(f"it is not Python{f' in line {line}' if line else ''}") from error
    if statement:
        yield statement


def _line_of(error: Exception) -> Iterator[int]:
    """The line that a ``TokenError`` names."""
    if isinstance(error, tokenize.TokenError) and len(error.args) > 1:
        yield error.args[1][0]


def _last_equals(words: list[str]) -> int:
    """Where the last ``=`` of an assignment stands; 0 if there is none."""
    depth = found = 0
    for place, word in enumerate(words):
        depth += (word in ("(", "[", "{")) - (word in (")", "]", "}"))
        if not depth and word == "=":
            found = place
    return found


def _defined(statement: Statement) -> str:
    """The class or function that *statement* begins; or nothing."""
    words = [token.string for token in statement[:3]]
    match words:
        case ["def" | "class", name, *_] | ["async", "def", name]:
            return name
    return ""


def _says_nothing(statement: Statement) -> bool:
    """Whether it is an import or a text by itself, which everybody writes as he likes."""
    return statement[0].string in ("import", "from") or all(token.type == tokenize.STRING for token in statement)
