"""Pairs in the order of how unusual they are, and the groups that they make."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograder.similar.compare import Match
from autograder.similar.pieces import ALL, WEIGHTS

LIKE_FRAGMENTS = 300  # of code: so much the same weights count, a class of fifty lines


@dataclass(frozen=True)
class Pair:
    """Two hand-ins that are alike, and in what."""

    first: int
    second: int
    matches: tuple[Match, ...]

    @cached_property
    def unusual(self) -> float:
        """How unusual it is: the sum over its parts, of which all code is counted only where it is the single one."""
        parts = [one for one in self.matches if one.part != ALL]
        return sum(map(unusual, parts or self.matches))


@dataclass(frozen=True)
class Group:
    """Three hand-ins or more that listed pairs connect.

    Attributes:
        members: by number.
        pairs: how many of the listed pairs are among them.
        links: the fewest and most unusual pairs that hold it together; without one of these it falls apart, or a less
            unusual one takes its place.
    """

    members: tuple[int, ...]
    pairs: int
    links: tuple[Pair, ...]


def pairs_of(matches: Iterable[Match]) -> list[Pair]:
    """All pairs with a match, the most unusual first."""
    found: dict[tuple[int, int], list[Match]] = {}
    for one in matches:
        found.setdefault((one.first, one.second), []).append(one)
    made = [Pair(*both, tuple(sorted(own, key=_most_unusual))) for both, own in found.items()]
    return sorted(made, key=lambda pair: (-pair.unusual, pair.first, pair.second))


def groups_of(pairs: Sequence[Pair]) -> list[Group]:
    """The groups of three and more that *pairs*, the most unusual first, connect; the largest first."""
    group: dict[int, set[int]] = {}
    links: list[Pair] = []
    for pair in pairs:
        one, other = (group.setdefault(number, {number}) for number in (pair.first, pair.second))
        if one is not other:
            links.append(pair)
            one |= other
            for number in other:
                group[number] = one
    made = []
    for members in {id(one): one for one in group.values() if len(one) > 2}.values():
        own = [pair for pair in pairs if pair.first in members]
        made.append(Group(tuple(sorted(members)), len(own), tuple(pair for pair in links if pair.first in members)))
    return sorted(made, key=lambda one: (-len(one.members), one.members))


def unusual(match: Match) -> float:
    """How unusual a match is: how much is shared, times how near it is to all of it, times the digits of its rarity.

    By its rarity alone the pair that happens to come first in a part would be before one of three who share everything.
    """
    shared = LIKE_FRAGMENTS if match.kind == WEIGHTS else match.shared
    return shared * (2 * match.alike - 1) * math.log10((match.pairs + 1) / match.as_alike)


def _most_unusual(match: Match) -> tuple[float, bool]:
    return -unusual(match), match.part == ALL
