"""What a drawn hand-in is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

VGG19 = ("2.1c-shapes", "2.1c-count", "2.1c-function")
CHECKS = {
    "mnist": ("1.1-structure",),
    "trainer": ("1.2a", "1.2b", "1.2c"),
    "ablations": tuple(f"1.2.{number}" for number in range(1, 11)),
    "vgg": ("2.1a", "2.1b", *VGG19, "2.2b-structure"),
}
"""The checks that judge each module; accuracies stand apart."""

PARTS = {
    **{check: check for checks in CHECKS.values() for check in checks},
    **dict.fromkeys(VGG19, "2.1c"),
}
"""What of a module each check is about: the oracle judges parts."""


class UnfitError(Exception):
    """A style and an edit, or a style and a network, that do not go together."""


@dataclass(frozen=True)
class Edit:
    """One mistake.

    Attributes:
        id: a short name in kebab-case.
        fails: the checks that must be lost.
        may: further checks that may be lost as well.
        says: what a good sentence mentions, a regular expression.
        never: what no sentence about it may say, a regular expression; empty: nothing is forbidden.
    """

    id: str
    fails: tuple[str, ...]
    may: tuple[str, ...] = ()
    says: str = ""
    never: str = ""


@dataclass(frozen=True)
class Source:
    """One module of a hand-in.

    Attributes:
        module: like ``"trainer"``.
        style: how it is written, in words.
        text: the source.
        beside: further files by path.
        edit: the mistake in it, None if it is right.
        opaque: checks that the kit may leave open, since this way of writing may not be comparable.
    """

    module: str
    style: str
    text: str
    beside: Mapping[str, str] = field(default_factory=dict)
    edit: Edit | None = None
    opaque: frozenset[str] = frozenset()


def one_of(random: Random, *choices: str) -> str:
    """Any of *choices*."""
    return random.choice(choices)
