"""The text of two hand-ins side by side, with what they share marked and numbered."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from autograder.similar.compare import COMMON, Known, Match
from autograder.similar.fingerprints import LENGTH, places_of
from autograder.similar.pieces import ALL, Piece, Work

AROUND = 1  # lines of its own before and after a marked one
MOST_LINES = 160  # of a side


@dataclass(frozen=True)
class Span:
    """A part of a line; *run* numbers what is the same on the other side, 0 is the text between."""

    text: str
    run: int = 0


@dataclass(frozen=True)
class Shown:
    """A line of a hand-in: its number, with that of a notebook's cell before it; none stands for lines left out."""

    number: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Side:
    """What one of the two has.

    Attributes:
        where: the file and the lines, in words.
        lines: those with marks, and a few around them.
    """

    where: str
    lines: tuple[Shown, ...]


@dataclass
class _Marks:
    """By piece, the run that each of its tokens belongs to."""

    pieces: Sequence[Piece]
    runs: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runs = [[0] * len(piece.signs) for piece in self.pieces]


def side_by_side(match: Match, works: Sequence[Work], known: Known) -> tuple[list[Side], list[Side]]:
    """What the two hand-ins of *match* have in common, for each a side a piece."""
    first, second = (_Marks(_pieces(works[number], match)) for number in (match.first, match.second))
    fragments = known.telling(match.part, match.first, match.second, COMMON)
    numbered = _number(first, fragments, LENGTH[match.kind])
    _number_alike(second, numbered, LENGTH[match.kind])
    return list(_sides(first)), list(_sides(second))


def _pieces(work: Work, match: Match) -> list[Piece]:
    return [one for one in work.pieces if one.kind == match.kind and match.part in (one.part, ALL)]


def _number(marks: _Marks, fragments: set[int], length: int) -> Mapping[int, int]:
    """Number the runs of tokens that *fragments* cover; by fragment, the run of its first place."""
    found: dict[int, int] = {}
    run = 0
    for piece, runs in zip(marks.pieces, marks.runs, strict=True):
        places = sorted((at, one) for one, its in places_of(piece).items() if one in fragments for at in its)
        last = -2
        for at, one in places:
            run += at > last + 1  # the other side has something else there
            last = at
            _mark(runs, at, length, run)
            found.setdefault(one, run)
    return found


def _number_alike(marks: _Marks, numbered: Mapping[int, int], length: int) -> None:
    """Number the runs of the other side as those of the first."""
    for piece, runs in zip(marks.pieces, marks.runs, strict=True):
        places = sorted((at, numbered[one]) for one, its in places_of(piece).items() if one in numbered for at in its)
        for at, run in places:
            _mark(runs, at, length, run)


def _mark(runs: list[int], at: int, length: int, run: int) -> None:
    """Give the tokens of a fragment to *run*, those that another one does not have already."""
    runs[at : at + length] = [here or run for here in runs[at : at + length]]


def _sides(marks: _Marks) -> Iterator[Side]:
    for piece, runs in zip(marks.pieces, marks.runs, strict=True):
        if any(runs):
            yield _side(piece, runs)


def _side(piece: Piece, runs: list[int]) -> Side:
    """The marked lines of a piece, and those around them."""
    starts = [0, *accumulate(len(one) + 1 for one in piece.text.split("\n"))]
    spans: dict[int, list[tuple[int, int, int]]] = {}
    for begin, end, run in _covered(piece, runs):
        line = bisect_right(starts, begin) - 1
        while begin < end:
            stop = min(end, starts[line + 1] - 1)
            if stop > begin:
                spans.setdefault(line, []).append((begin, stop, run))
            line, begin = line + 1, starts[line + 1]
    lines: list[Shown] = []
    last = -1
    own = bisect_right(starts, piece.begins[0]) - 1, bisect_right(starts, piece.ends[-1] - 1) - 1
    near = {at for line in spans for at in range(line - AROUND, line + AROUND + 1) if own[0] <= at <= own[1]}
    for line in sorted(near):
        if len(lines) >= MOST_LINES:
            lines.append(Shown(""))
            break
        if lines and line > last + 1:
            lines.append(Shown(""))
        text = piece.text[starts[line] : starts[line + 1] - 1]
        lines.append(Shown(_number_of(piece, line), tuple(_cut(text, starts[line], spans.get(line, [])))))
        last = line
    return Side(_where(piece, min(spans), max(spans)), tuple(lines))


def _where(piece: Piece, first: int, last: int) -> str:
    """The file and lines, or the notebook and cells, of the lines from *first* to *last*, counted from 0 on."""
    if last < len(piece.origins):
        begin, end = piece.origins[first], piece.origins[last]
        return f"{begin.notebook}, cell {begin.cell}" + (f" to {end.cell}" if end.cell != begin.cell else "")
    return f"{piece.where}, lines {first + 1} to {last + 1}"


def _number_of(piece: Piece, line: int) -> str:
    if line < len(piece.origins):
        return f"{piece.origins[line].cell}:{piece.origins[line].line}"
    return str(line + 1)


def _covered(piece: Piece, runs: list[int]) -> Iterator[tuple[int, int, int]]:
    """From where to where the text of each run reaches: through blanks and comments, not through other tokens."""
    at = 0
    while at < len(runs):
        stop = at + 1
        while stop < len(runs) and runs[stop] == runs[at]:
            stop += 1
        if runs[at]:
            yield piece.begins[at], piece.ends[stop - 1], runs[at]
        at = stop


def _cut(text: str, start: int, spans: list[tuple[int, int, int]]) -> Iterator[Span]:
    at = 0
    for begin, end, run in spans:
        if begin - start > at:
            yield Span(text[at : begin - start])
        marked = text[begin - start : end - start]
        yield Span(marked[: len(marked) - len(marked.lstrip())])
        yield Span(marked.lstrip(), run)
        at = end - start
    if at < len(text):
        yield Span(text[at:])
