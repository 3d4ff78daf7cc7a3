"""Finds what a notebook's definitions need, and what that needs: all parts of a module."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.ingest.probes.notebook.layout import Root
from autograder.ingest.probes.notebook.names import END, Names
from autograder.ingest.probes.notebook.needs import may_not_bind
from autograder.ingest.probes.notebook.statements import CONSTANT, DEFINITION, EFFECT, IMPORT, Note, Statement, uses_of

ALWAYS_THERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__builtins__"}


@dataclass(eq=False)
class Part:
    """A statement in a module, and what is called otherwise in it.

    Attributes:
        until: the place in the notebook at which its functions are called.
        needs: by name, the statement that gives it its value.
    """

    statement: Statement
    renames: dict[str, str] = field(default_factory=dict)
    root: Root | None = None
    until: int = END
    needs: dict[str, Statement] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Statement, str]:
        """Equal for parts that would be written twice: a change of a class that is renamed comes once for each name."""
        return self.statement, "".join(self.renames.values())


def close(parts: list[Part], names: Names, own: Mapping[str, Statement]) -> list[Statement]:
    """Add to *parts* what they need, and what that needs; the star imports that may bring names nothing else does."""
    there = {part.key for part in parts}
    statements = {part.statement for part in parts}
    unknown: list[Statement] = []

    def add(one: Statement, user: Part, renames: Mapping[str, str] | None = None) -> None:
        part = Part(one, dict(renames or {}), until=user.until)
        if part.key not in there and (renames or one not in statements):
            there.add(part.key)
            statements.add(one)
            parts.append(part)

    for part in parts:  # it grows
        one = part.statement
        uses = uses_of(one)
        for name in sorted(uses.at_once | uses.later):
            found = _given(name, part, names, own)
            if not found:
                if name not in ALWAYS_THERE and name not in one.binds:
                    unknown += [star for star in names.stars if star not in unknown]
                    for star in names.stars:
                        add(star, part)
                continue
            part.needs[name] = found[0] if name in uses.at_once else found[-1]
            for each in found:
                add(each, part)
                for other in _same_package(each, name, names):
                    add(other, part)
        for name in sorted(names.bound_by(one)) if may_not_bind(one) else ():
            earlier = names.before(name, one)
            if earlier is not None:
                part.needs.setdefault(name, earlier)
                add(earlier, part)
        for name in sorted(one.binds):
            for each in names.changing(name, one):
                add(each, part, {name: part.renames[name]} if name in part.renames else None)
    return unknown


def _given(name: str, part: Part, names: Names, own: Mapping[str, Statement]) -> list[Statement]:
    """What gives *name* its values for a part: the one that it is run with first, then those before it is called."""
    one = part.statement
    uses = uses_of(one)
    root = own.get(name)
    found: list[Statement] = []
    if name in uses.at_once:
        earlier = names.before(name, one)
        found += [earlier] if earlier is not None else []
    if name in uses.later and root is not None:
        found += [root] if root is not one else []
    elif name in uses.later and not (name in one.binds and one.kind != EFFECT):
        called = names.when_called(name, one, part.until)
        found += called if part.until == END else called[-1:]  # of those of each network the others are kept apart
    return list(dict.fromkeys(each for each in found if each is not one))


def _same_package(found: Statement, name: str, names: Names) -> list[Statement]:
    """``import torch.utils.data`` beside ``import torch``: both bind the one name, and each brings something."""
    if found.kind != IMPORT or not re.match(rf"\s*import\s+{re.escape(name)}\b(?!.* as )", found.text):
        return []
    pattern = re.compile(rf"\s*import\s+{re.escape(name)}\.[\w.]+\s*(#.*)?$")
    return [one for one in names.kept[name] if one.kind == IMPORT and pattern.match(one.text)]


def without_needs(parts: list[Part], names: Names, stars: bool, notes: list[Note]) -> list[Part]:
    """The parts that can't be run since what they need at once is not kept; and a note on each that a root lacks."""
    gone: list[Part] = []
    lost: set[Statement] = set()
    while True:
        more = [part for part in parts if part not in gone and _lacks(part, stars, lost)]
        if not more:
            break
        for part in more:
            gone.append(part)
            lost.add(part.statement)
            name = min(_lacks(part, stars, lost - {part.statement}), default="")
            what = f"{_called(part)} was left out: it needs {name}, {_whereabouts(name, part, names)}"
            notes.append(Note(part.statement.cell, part.statement.first, what))
    for part in parts:
        if part in gone or part.root is None:
            continue
        uses = uses_of(part.statement)
        for name in sorted(uses.later - uses.at_once - part.statement.binds - ALWAYS_THERE):
            if (name not in part.needs and not stars) or part.needs.get(name) in lost:
                what = f"{_called(part)} uses {name}, {_whereabouts(name, part, names)}"
                notes.append(Note(part.statement.cell, part.statement.first, what))
    return gone


def _lacks(part: Part, stars: bool, lost: set[Statement]) -> set[str]:
    wanted = uses_of(part.statement).at_once - ALWAYS_THERE
    if part.statement.kind not in (CONSTANT, DEFINITION):
        return set()
    inside = part.statement.binds  # `a = 1` in both branches of an if, and used there
    return {
        name
        for name in wanted
        if (name not in part.needs and not stars and name not in inside) or part.needs.get(name) in lost
    }


def _called(part: Part) -> str:
    return part.root.own if part.root else min(part.statement.binds, default="a statement")


def _whereabouts(name: str, part: Part, names: Names) -> str:
    bound = names.effects.get(name) or names.kept.get(name)
    if not bound:
        return "which the notebook does not define"
    one = bound[-1]
    return f"which gets its value in cell {one.cell}, line {one.first}, from code that is not run here"
