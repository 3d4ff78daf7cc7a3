"""Reads source as newer Pythons do: forms that this one can't parse are rewritten in an older way.

Only text that parses after that was written for a newer Python; whatever else is wrong stays an error. Lines stay
lines, so that a tree of the rewritten text tells where something stands in the text as it was.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from dataclasses import dataclass
from itertools import islice

HERE = sys.version_info[1]  # this Python's minor version
MOST_NESTED = 20  # f-strings within f-strings
LONGEST_LIST = 200  # characters of type parameters: each bracket is looked for no further
MOST_FORMS = 500  # of a kind, and f-strings: a hostile megabyte is given up soon
STARTS = re.compile(r"(?<![\w.])([A-Za-z]{0,2})('''|\"\"\"|'|\")")
PREFIXES = {"", "r", "u", "b", "br", "rb", "f", "fr", "rf", "t", "tr", "rt"}
PARAMETERS = re.compile(r"^[ \t]*(?:class|(?:async[ \t]+)?def)[ \t]+\w+[ \t]*(?=\[)", re.M)
ALIAS = re.compile(r"^[ \t]*(type[ \t]+)\w+[ \t]*(?=\[|=(?!=))", re.M)
TYPES = re.compile(r"^[ \t]*except\*?[ \t]+((?:[\w.]*\.)?\w+(?:[ \t]*,[ \t]*(?:[\w.]*\.)?[A-Z]\w*)+)[ \t]*:", re.M)
DEFAULT = re.compile(r"(?<![=!<>])=(?!=)")
LAZY = re.compile(r"^[ \t]*(lazy[ \t]+)(?:import|from)[ \t]", re.M)
NESTED = "an f-string with quotes, backslashes or comments within its braces"
TEMPLATE = "a t-string"


@dataclass(frozen=True)
class Newer:
    """A form that this Python does not read.

    Attributes:
        line: where it stands, from 1 on.
        minor: of the first Python that reads it: 12 for 3.12.
        form: what it is, in words.
    """

    line: int
    minor: int
    form: str


class _UnreadableError(Exception):
    """A string that no Python reads, or too much to look at."""


def parse(text: str) -> ast.Module:
    """The tree of *text*, be it for this Python or for a newer one.

    Raises:
        SyntaxError: no Python reads it.
        ValueError, MemoryError, RecursionError: as ``ast.parse`` does.
    """
    return read(text)[0]


def read(text: str) -> tuple[ast.Module, Newer | None]:
    """The tree of *text*, and what in it needs the newest Python, if this one does not read it.

    Raises:
        SyntaxError: no Python reads it.
        ValueError, MemoryError, RecursionError: as ``ast.parse`` does.
    """
    try:
        return _tree(text), None
    except SyntaxError:
        rewritten, found = _older(text)
        if not found:
            raise
    return _tree(rewritten), max(found, key=lambda one: (one.minor, -one.line))


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _older(text: str) -> tuple[str, list[Newer]]:
    """*text* without the forms that are new to this Python, and these."""
    try:
        code, mask, found = _Reader(text).rewritten()
        for minor, rewrite in ((15, _lazy), (14, _types), (13, _defaults), (12, _aliases), (12, _parameters)):
            if minor > HERE:
                code, mask, more = rewrite(code, mask)
                found += more
    except (_UnreadableError, RecursionError):
        return text, []
    return code, found


# Strings


class _Reader:
    """Goes through *text* from string to string, as Python 3.12 and newer ones do."""

    def __init__(self, text: str, depth: int = 0) -> None:
        if depth > MOST_NESTED:
            raise _UnreadableError
        self.text = text
        self.depth = depth

    def rewritten(self) -> tuple[str, str, list[Newer]]:
        """The text with a plain string for each one that is new here; the same with strings and comments blank; these.

        Raises:
            _UnreadableError: a string has no end.
        """
        code, mask, found = [], [], []
        at, line, formatted = 0, 1, 0
        while at < len(self.text):
            end, fields = self._token(at)
            piece = self.text[at:end]
            lines = piece.count("\n")
            formatted += fields is not None
            if formatted > MOST_FORMS:
                raise _UnreadableError
            if fields is not None and (minor := self._minor(piece, fields)) > HERE:
                found.append(Newer(line, minor, TEMPLATE if minor == 14 else NESTED))
                piece = '"""' + "\n" * lines + '"""'
            code.append(piece)
            mask.append(piece if end == at + 1 else re.sub(r"[^\n]", " ", piece))
            at, line = end, line + lines
        return "".join(code), "".join(mask), found

    def _minor(self, piece: str, fields: list[str]) -> int:
        """Since when *piece* is a string: an f-string that this Python reads by itself is as old as this one."""
        is_template = "t" in piece[: re.match(r"\w*", piece).end()].lower()  # type: ignore[union-attr]
        for field in fields:
            code, _, _ = _Reader(field, self.depth + 1).rewritten()
            try:
                ast.parse(f"({code}\n)", mode="eval")
            except (SyntaxError, ValueError) as error:
                raise _UnreadableError from error
        if is_template:
            return 14
        try:
            _tree(piece)
        except (SyntaxError, ValueError):
            return 12
        return 0

    def _token(self, at: int) -> tuple[int, list[str] | None]:
        """The end of the string, the comment, the name or the character at *at*; the fields of an f-string."""
        text = self.text
        if text[at] == "#":
            end = text.find("\n", at)
            return (len(text) if end < 0 else end), None
        start = STARTS.match(text, at)
        if start is None or start[1].lower() not in PREFIXES:
            return at + 1, None
        prefix, quote = start[1].lower(), start[2]
        if "f" in prefix or "t" in prefix:
            return self._formatted(start.end(), quote)
        return self._plain(start.end(), quote), None

    def _plain(self, at: int, quote: str) -> int:
        text = self.text
        while at < len(text):
            if text.startswith(quote, at):
                return at + len(quote)
            if text[at] == "\n" and len(quote) == 1:
                break
            at += 2 if text[at] == "\\" else 1
        raise _UnreadableError

    def _formatted(self, at: int, quote: str) -> tuple[int, list[str]]:
        """The end of the f-string whose text begins at *at*, and its expressions."""
        text = self.text
        fields: list[str] = []
        while at < len(text):
            if text.startswith(quote, at):
                return at + len(quote), fields
            if text.startswith(("{{", "}}"), at):
                at += 2
            elif text.startswith("\\N{", at):
                at = self._until("}", at)
            elif text[at] == "\\":
                at += 2
            elif text[at] == "{":
                at = self._field(at + 1, fields)
            elif text[at] == "}" or (text[at] == "\n" and len(quote) == 1):
                break
            else:
                at += 1
        raise _UnreadableError

    def _field(self, at: int, fields: list[str]) -> int:
        """The end of the braces whose expression begins at *at*; it and those in its format are added to *fields*."""
        text, begun, open_brackets = self.text, at, 0
        while at < len(text):
            char = text[at]
            if not open_brackets and (char in "}:" or (char == "!" and text[at + 1 : at + 2] != "=")):
                fields.append(re.sub(r"(?<![=!<>])=\s*\Z", "", text[begun:at]))
                return self._format(at, fields)
            open_brackets += (char in "([{") - (char in ")]}")
            at, _ = self._token(at)
        raise _UnreadableError

    def _format(self, at: int, fields: list[str]) -> int:
        """Past the conversion and the format at *at*."""
        text = self.text
        while at < len(text) and text[at] != "}":
            at = self._field(at + 1, fields) if text[at] == "{" else at + 1
        if at == len(text):
            raise _UnreadableError
        return at + 1

    def _until(self, what: str, at: int) -> int:
        end = self.text.find(what, at)
        if end < 0:
            raise _UnreadableError
        return end + len(what)


# What is new in statements: each takes the code and its mask, and gives them without the form, and where it stood


Rewrite = tuple[str, str, list[Newer]]
Span = tuple[int, int]


def _rewritten(code: str, mask: str, spans: list[Span], minor: int, form: str, put: str = "") -> Rewrite:
    """Both with *put* in the place of what stands in *spans* (``{}`` in it is that text); line ends stay."""
    if len(spans) > MOST_FORMS:
        raise _UnreadableError
    pieces, masked, found = [], [], []
    at, line = 0, 1
    for first, last in spans:
        kept = put.format(code[first:last]) or "\n" * code.count("\n", first, last)
        pieces += [code[at:first], kept]
        masked += [mask[at:first], kept]
        line += mask.count("\n", at, first)
        found.append(Newer(line, minor, form))
        line += mask.count("\n", first, last)
        at = last
    return "".join([*pieces, code[at:]]), "".join([*masked, mask[at:]]), found


def _lazy(code: str, mask: str) -> Rewrite:
    return _rewritten(code, mask, [one.span(1) for one in LAZY.finditer(mask)], 15, "a lazy import")


def _types(code: str, mask: str) -> Rewrite:
    spans = [one.span(1) for one in TYPES.finditer(mask)]
    return _rewritten(code, mask, spans, 14, "`except` with several types and no parentheses", "({})")


def _aliases(code: str, mask: str) -> Rewrite:
    spans: list[Span] = []
    for one in islice(ALIAS.finditer(mask), MOST_FORMS + 1):
        spans.append(one.span(1))
        if mask[one.end()] == "[" and (end := _closed(mask, one.end())):
            spans.append((one.end(), end))
    return _rewritten(code, mask, spans, 12, "a `type` statement")


def _parameters(code: str, mask: str) -> Rewrite:
    return _rewritten(code, mask, _lists(code, mask), 12, "a list of type parameters")


def _defaults(code: str, mask: str) -> Rewrite:
    spans = [one for one in _lists(code, mask) if DEFAULT.search(mask, *one)]
    return _rewritten(code, mask, spans, 13, "a type parameter with a default")


def _lists(code: str, mask: str) -> list[Span]:
    begun = [one.end() for one in islice(PARAMETERS.finditer(mask), MOST_FORMS + 1)]
    if len(begun) > MOST_FORMS:
        raise _UnreadableError
    return [span for at in begun if _are_parameters(code, span := (at, _closed(mask, at)))]


def _closed(mask: str, at: int) -> int:
    """Past the bracket that closes the one at *at*, or 0."""
    depth = 0
    for place in range(at, min(len(mask), at + LONGEST_LIST)):
        depth += (mask[place] in "([{") - (mask[place] in ")]}")
        if not depth:
            return place + 1
    return 0


def _are_parameters(code: str, span: Span) -> bool:
    """Whether it reads like parameters: those of types are written as those of a function are."""
    inner = code[span[0] + 1 : span[1] - 1]
    try:
        made = _tree(f"def f({inner}\n): pass").body[0]
    except (SyntaxError, ValueError):
        return False
    return isinstance(made, ast.FunctionDef) and bool(inner.strip())
