"""The names that the handout asks for, what a notebook may call them, and those that only look like one of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from autograder.ingest.probes.notebook.needs import parsed
from autograder.ingest.probes.notebook.statements import DEFINITION, EFFECT, IMPORT, Statement, uses_of

Wanted = Mapping[str, Mapping[str, Sequence[str]]]
"""By module, what it must define, and what a notebook may call it."""

LONG_ENOUGH = 5  # letters of a name that may have one wrong


def can_be(one: Statement, names: Iterable[str]) -> bool:
    """Whether it may define one of *names*: no import, and no instance, as ``Net = Net().to(device)`` makes."""
    found = one.binds.intersection(names)
    return bool(found) and one.kind != IMPORT and not (one.kind == EFFECT and _makes_instances(one, found))


def _makes_instances(one: Statement, names: Iterable[str]) -> bool:
    for node in parsed(one).body:
        if isinstance(node, ast.Delete | ast.For | ast.AugAssign):
            return True
        value = getattr(node, "value", None)
        calls = [each for each in ast.walk(value) if isinstance(each, ast.Call)] if value is not None else []
        if any(isinstance(call.func, ast.Name) and call.func.id in names for call in calls):
            return True
    return False


def is_stub(one: Statement) -> bool:
    """Whether something in it is still to be done: it raises what the handout's stubs raise."""
    for node in ast.walk(parsed(one)) if one.kind == DEFINITION else ():
        match node:
            case ast.Raise(
                exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=str(text)), *_])
            ) if text.startswith("TODO"):
                return True
    return False


def last_of(statements: Iterable[Statement], names: Iterable[str]) -> list[Statement]:
    """What may define one of *names*, without stubs if anything else does; the last one counts.

    What another one is built on, as in ``class Model(Model)``, is a part of that one.
    """
    named = [one for one in statements if can_be(one, names)]
    found = [
        one for one, after in zip_longest(named, named[1:]) if after is None or not one.binds & uses_of(after).at_once
    ]
    return [one for one in found if not is_stub(one)] or found


@dataclass(frozen=True)
class Rename:
    """A class whose name only looks like the one that is asked for: where it is, its name, and the right one."""

    cell: int
    line: int
    own: str
    right: str


def misspelt(statements: Iterable[Statement], there: Iterable[str], wanted: Wanted) -> Iterator[Rename]:
    """Definitions whose names look like one that is asked for and not *there*."""
    names = {name: all_of for names in wanted.values() for name, all_of in names.items()}
    known = {spelling for spellings in names.values() for spelling in spellings}
    missing = [name for name in names if name not in set(there)]
    for one in statements:
        for own in one.binds - known if one.kind == DEFINITION else ():
            right = next((name for name in missing if any(_alike(own, spelling) for spelling in names[name])), None)
            if right is not None:
                yield Rename(one.cell, one.first, own, right)


def _alike(name: str, wanted: str) -> bool:
    """Whether they differ in case, underscores or one letter alone; the numbers are the same."""
    first, second = (text.lower().replace("_", "") for text in (name, wanted))
    if first == second:
        return True
    if re.findall(r"\d+", first) != re.findall(r"\d+", second) or min(len(first), len(second)) < LONG_ENOUGH:
        return False
    short, long = sorted((first, second), key=len)
    same = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return long[same + 1 :] == short[same + (len(long) == len(short)) :]
