"""The grammar that forms of replies are written in: rules for JSON values, and what an array may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.evidence import Array

Rule = Callable[[Any], bool]
"""Whether a JSON value is as it should be."""

MANY = 10_000  # entries of a list; a network of 19 layers has 102 uses, a header of 1 MiB has room for some more
LARGE = 1 << 53  # what counts bytes, elements or calls
WORD, LINE = 300, 2000  # characters: of a name in a submission, of a sentence with such names in it
AXES = 8  # of an array (sandbox/wire.py)


def flag(value: Any) -> bool:
    """True or false."""
    return type(value) is bool


def whole(low: int, high: int) -> Rule:
    """An integer from *low* to *high*."""
    return lambda value: type(value) is int and low <= value <= high


def number(low: float, high: float) -> Rule:
    """A finite number from *low* to *high*."""
    return lambda value: type(value) in (int, float) and low <= value <= high


def figure(value: Any) -> bool:
    """Any number of 64 bits, NaN and infinity included."""
    return type(value) is float or (type(value) is int and -(2**63) <= value < 2**63)


def text(most: int, pattern: str = "") -> Rule:
    """A string of at most *most* characters, which matches *pattern* if there is one."""
    return lambda value: (
        isinstance(value, str) and len(value) <= most and (not pattern or bool(re.fullmatch(pattern, value)))
    )


def only(*values: Any) -> Rule:
    """One of *values*, of its type."""
    return lambda value: any(type(value) is type(one) and value == one for one in values)


def either(*rules: Rule) -> Rule:
    """A value that fits one of *rules*."""
    return lambda value: any(rule(value) for rule in rules)


def listed(rule: Rule, most: int = MANY, least: int = 0) -> Rule:
    """A list of *least* to *most* entries, each as *rule* says."""
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(rule, value))


def row(*rules: Rule) -> Rule:
    """A list of one entry for each of *rules*."""
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(rules)
        and all(rule(one) for rule, one in zip(rules, value, strict=True))
    )


def table(key: Rule, rule: Rule, most: int = 64) -> Rule:
    """An object of at most *most* entries, by names as *key* says."""
    return lambda value: (
        isinstance(value, dict) and len(value) <= most and all(key(name) and rule(one) for name, one in value.items())
    )


def fields(rules: Mapping[str, Rule]) -> Rule:
    """An object with exactly these entries."""
    return lambda value: (
        isinstance(value, dict) and value.keys() == rules.keys() and all(rule(value[n]) for n, rule in rules.items())
    )


def of_each(rules: Mapping[str, Rule], *names: str) -> Rule:
    """An object with an entry for each of *names*, each with exactly these entries."""
    return fields(dict.fromkeys(names, fields(rules)))


word, line = text(WORD), text(LINE)
count = whole(0, LARGE)
shape = listed(whole(0, LARGE), AXES)
flags = listed(flag)
device = only("cpu", "cuda", "mps")


@dataclass(frozen=True)
class ArrayForm:
    """One array, or all whose names begin alike.

    Attributes:
        name: as a pattern.
        dtypes: those that it may have.
        shape: exactly, None for an axis of any length; or how many axes it has at the most.
        most: the most elements.
        needed: whether one must be there.
        finite: whether NaN and infinity are refused; a diverged network's weights and outputs hold them.
    """

    name: str
    dtypes: tuple[str, ...]
    shape: tuple[int | None, ...] | int
    most: int = LARGE
    needed: bool = True
    finite: bool = False

    def misfit(self, array: Array) -> str:
        """What is wrong with *array*, or nothing."""
        if array.dtype.name not in self.dtypes:
            return "another dtype"
        if isinstance(self.shape, int):
            fits = array.ndim <= self.shape
        else:
            fits = array.ndim == len(self.shape) and all(
                want in (None, have) for want, have in zip(self.shape, array.shape, strict=True)
            )
        if not fits or array.size > self.most:
            return "another shape"
        return "" if not self.finite or all_finite(array) else "NaN or infinity in it"


def all_finite(array: Array) -> bool:
    """Whether neither NaN nor infinity is in it."""
    import numpy as np  # only where there are arrays: the first verdicts come before numpy is needed

    return bool(np.isfinite(array).all())


@dataclass(frozen=True)
class Form:
    """One form of a reply.

    Attributes:
        facts: those that must be there.
        arrays: nothing else may be there.
        optional: facts that may be left out.
        sound: what is wrong between them, or nothing; called when each alone is right.
    """

    facts: Mapping[str, Rule] = field(default_factory=dict)
    arrays: tuple[ArrayForm, ...] = ()
    optional: Mapping[str, Rule] = field(default_factory=dict)
    sound: Callable[[Mapping[str, Any], Mapping[str, Any]], str] = lambda facts, arrays: ""
