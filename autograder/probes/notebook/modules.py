"""A module out of a notebook's statements: what its definitions need comes along, each line knows its cell."""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autograder.probes.newer import parse
from autograder.probes.notebook.choose import Root
from autograder.probes.notebook.needs import calls_of, can_run, changes_of, globals_of, guarded, may_not_bind
from autograder.probes.notebook.statements import EFFECT, FUTURE, IMPORT, KEPT, STAR, Note, Statement, uses_of

ALWAYS_THERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__builtins__"}
MOST_LINES = 50_000  # of a module: a helper comes once, but a class that ten experiments use ten times


@dataclass(frozen=True)
class Module:
    """A module's text.

    Attributes:
        lines: of its source.
        origins: for each line its cell and the line there, from 1 on.
        defines: those names that it is made for.
        ran: the statements in it that do something, kept since something needs them.
        lacks: by name, the statement that gives it its value, where that is not run, or may fail here.
    """

    lines: tuple[str, ...]
    origins: tuple[tuple[int, int], ...]
    defines: tuple[str, ...]
    ran: tuple[Statement, ...] = ()
    lacks: Mapping[str, Statement] = field(default_factory=dict)


@dataclass(eq=False)
class _Part:
    """A statement in a module, and what is called otherwise in it."""

    statement: Statement
    renames: dict[str, str] = field(default_factory=dict)
    root: Root | None = None
    needs: dict[str, Statement] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Statement, str]:
        """Equal for parts that would be written twice: a change of a class that is renamed comes once for each name."""
        return self.statement, "".join(self.renames.values())


class Names:
    """Where each name of a notebook gets its values.

    Args:
        statements: all of the notebook's, in their order.
    """

    def __init__(self, statements: Iterable[Statement]):
        self.statements = tuple(statements)
        self.kept: dict[str, list[Statement]] = defaultdict(list)
        self.effects: dict[str, list[Statement]] = defaultdict(list)
        self.changes: dict[str, list[Statement]] = defaultdict(list)
        self.stars: list[Statement] = []
        self.futures: list[Statement] = []
        for one in self.statements:
            if one.kind == STAR:
                self.stars.append(one)
            elif one.kind == FUTURE:
                self.futures.append(one)
        setters = globals_of(self.statements)
        imported = {name for one in self.statements if one.kind == IMPORT for name in one.binds}
        for one in self.statements:
            called = [setters[name] for name in calls_of(one) if name in setters] if one.kind == EFFECT else []
            for name in one.binds.union(*called):
                (self.effects if one.kind == EFFECT else self.kept)[name].append(one)
            for name in changes_of(one) - imported if can_run(one) else ():
                self.changes[name].append(one)

    def without(self, module: str) -> Names:
        """The same without what is imported from *module*: it would import itself."""
        own = re.compile(rf"\s*(from|import)\s+{module}\b")
        return Names(one for one in self.statements if one.kind not in (IMPORT, STAR) or not own.match(one.text))

    def find(self, name: str, user: Statement, later: bool) -> Statement | None:
        """The last statement before *user* that binds *name*; if it may come *later*, else the first one after it."""
        others = [one for one in self.binders(name) if one is not user]
        before = [one for one in others if one.place < user.place]
        return before[-1] if before else next(iter(others), None) if later else None

    def binders(self, name: str) -> list[Statement]:
        """All that can be run and binds *name*, in its order."""
        effects = [one for one in self.effects.get(name, ()) if can_run(one)]
        return sorted([*self.kept.get(name, ()), *effects], key=lambda one: one.place)

    def changing(self, name: str, bound: Statement) -> list[Statement]:
        """What changes the object that *name* has by *bound*, before it gets another one."""
        later = [one.place for one in self.binders(name) if one.place > bound.place and not may_not_bind(one)]
        end = min(later, default=len(self.statements) and self.statements[-1].place + 1)
        return [one for one in self.changes.get(name, ()) if bound.place < one.place < end and one is not bound]


def build(roots: list[Root], names: Names, notes: list[Note]) -> Module | None:
    """The module of *roots*, or None if none of them can be kept; *notes* hears of what is missing."""
    given = Counter(root.own for root in roots)  # a name of ten networks means none of them
    own = {root.own: root.statement for root in roots if given[root.own] == 1 or root.own == root.final}
    parts = [_Part(root.statement, {root.own: root.final} if root.own != root.final else {}, root) for root in roots]
    stars = _close(parts, names, own)
    missing = _without_needs(parts, names, bool(stars), notes)
    parts = [part for part in parts if part not in missing]
    if not any(part.root for part in parts):
        return None
    helpers = [_Part(one) for one in (*names.futures, *stars) if one not in [part.statement for part in parts]]
    _keep_apart(parts)
    return _written([*helpers, *parts], _risky(parts), _lacking([*parts, *missing], names), notes)


def _risky(parts: list[_Part]) -> set[Statement]:
    """The statements that may raise here though they do not in Jupyter: what does something, and what needs that."""
    risky = {part.statement for part in parts if part.statement.kind == EFFECT}
    while True:
        more = {
            part.statement
            for part in parts
            if part.statement not in risky
            and any(part.needs.get(name) in risky for name in uses_of(part.statement).at_once)
        }
        if not more:
            return risky
        risky |= more


def _lacking(parts: list[_Part], names: Names) -> dict[str, Statement]:
    """By name that may be missing at the end, the statement that gives it its value in the notebook."""
    lacks: dict[str, Statement] = {}
    for part in parts:
        uses = uses_of(part.statement)
        for name in (uses.at_once | uses.later) - ALWAYS_THERE:
            bound = part.needs.get(name)
            effects = names.effects.get(name)
            if bound is None and effects:
                lacks[name] = effects[-1]
            elif bound is not None and bound.kind == EFFECT:
                lacks[name] = bound
    for _ in parts:  # what needs one of these at once has no value either, and so on
        before = len(lacks)
        for part in parts:
            why = next((lacks[name] for name in sorted(uses_of(part.statement).at_once) if name in lacks), None)
            if why is not None:
                for name in (*part.statement.binds, *([part.root.final] if part.root else [])):
                    lacks.setdefault(name, why)
        if len(lacks) == before:
            break
    return lacks


def _close(parts: list[_Part], names: Names, own: Mapping[str, Statement]) -> list[Statement]:
    """Add to *parts* what they need, and what that needs; the star imports that may bring names nothing else does."""
    there = {part.key for part in parts}
    unknown: list[Statement] = []

    def add(one: Statement, renames: Mapping[str, str] | None = None) -> None:
        part = _Part(one, dict(renames or {}))
        if part.key not in there and (renames or not any(one is other.statement for other in parts)):
            there.add(part.key)
            parts.append(part)

    for part in parts:  # it grows
        uses = uses_of(part.statement)
        for name in sorted(uses.at_once | uses.later):
            later = name not in uses.at_once
            if name in part.statement.binds and later:
                continue
            given = own.get(name)
            found = given if given not in (None, part.statement) else names.find(name, part.statement, later)
            if found is None:
                if name not in ALWAYS_THERE:
                    unknown += [star for star in names.stars if star not in unknown]
                continue
            part.needs[name] = found
            for one in (found, *_same_package(found, name, names)):
                add(one)
        for name in sorted(part.statement.binds) if may_not_bind(part.statement) else ():
            earlier = names.find(name, part.statement, False)
            if earlier is not None:
                part.needs.setdefault(name, earlier)
                add(earlier)
        for name in part.statement.binds:
            for one in names.changing(name, part.statement) if part.statement.kind != IMPORT else ():
                add(one, {name: part.renames[name]} if name in part.renames else None)
    return unknown


def _same_package(found: Statement, name: str, names: Names) -> list[Statement]:
    """``import torch.utils.data`` beside ``import torch``: both bind the one name, and each brings something."""
    if found.kind != IMPORT or not re.match(rf"\s*import\s+{re.escape(name)}\b(?!.* as )", found.text):
        return []
    pattern = re.compile(rf"\s*import\s+{re.escape(name)}\.[\w.]+\s*(#.*)?$")
    return [one for one in names.kept[name] if one.kind == IMPORT and pattern.match(one.text)]


def _without_needs(parts: list[_Part], names: Names, stars: bool, notes: list[Note]) -> list[_Part]:
    """The parts that can't be run since what they need at once is not kept; and a note on each that a root lacks."""
    gone: list[_Part] = []
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


def _lacks(part: _Part, stars: bool, lost: set[Statement]) -> set[str]:
    wanted = uses_of(part.statement).at_once - ALWAYS_THERE
    if part.statement.kind not in ("constant", "definition"):
        return set()
    inside = part.statement.binds  # `a = 1` in both branches of an if, and used there
    return {
        name
        for name in wanted
        if (name not in part.needs and not stars and name not in inside) or part.needs.get(name) in lost
    }


def _called(part: _Part) -> str:
    return part.root.own if part.root else min(part.statement.binds, default="a statement")


def _whereabouts(name: str, part: _Part, names: Names) -> str:
    bound = names.effects.get(name) or names.kept.get(name)
    if not bound:
        return "which the notebook defines nowhere"
    one = bound[-1]
    return f"which gets its value in cell {one.cell}, line {one.first}, by something that is not run here"


def _keep_apart(parts: list[_Part]) -> None:
    """Give all but the last of several definitions of one name another one, in whatever uses them."""
    by_name: dict[str, list[Statement]] = defaultdict(list)
    built_up = {name for part in parts if may_not_bind(part.statement) for name in part.statement.binds}
    for part in parts:
        if part.statement.kind not in (IMPORT, STAR, FUTURE):
            for name in part.statement.binds - built_up - ({part.root.own} if part.root else set()):
                if part.statement not in by_name[name]:
                    by_name[name].append(part.statement)
    for name, statements in by_name.items():
        for old in sorted(statements, key=lambda one: one.place)[:-1]:
            users = [part for part in parts if part.statement is old or part.needs.get(name) is old]
            if not any(name in uses_of(part.statement).local for part in users):
                for part in users:
                    part.renames.setdefault(name, f"{name}_of_cell_{old.cell}")


def _written(
    parts: list[_Part], risky: set[Statement], lacks: Mapping[str, Statement], notes: list[Note]
) -> Module | None:
    lines: list[str] = []
    origins: list[tuple[int, int]] = []
    imported: set[str] = set()
    defines: list[str] = []
    order = sorted(parts, key=lambda part: (part.statement.kind != FUTURE, part.statement.place))
    for part in order:
        one = part.statement
        if one.kind in (IMPORT, STAR, FUTURE):
            if one.text in imported:
                continue
            imported.add(one.text)
        own = list(one.lines)
        if part.renames:
            own = renamed(own, part.renames)
            if part.root and part.root.own != part.root.final and not _binds(own, part.root.final):
                own.append(f"{part.root.final} = {part.root.own}")
        places = [one.first + min(number, len(one.lines) - 1) for number in range(len(own))]
        if one in risky:
            own, places = guarded(own), [places[0], *places, places[-1], places[-1]]
        lines += own
        origins += [(one.cell, place) for place in places]
        if part.root and part.root.final and one.kind in KEPT and one.kind != IMPORT:
            defines.append(part.root.final)
    if len(lines) > MOST_LINES:
        notes.append(Note(*origins[0], f"the module would have {len(lines):,} lines and was left out"))
        return None
    ran = tuple(dict.fromkeys(part.statement for part in parts if part.statement.kind == EFFECT))
    return Module(tuple(lines), tuple(origins), tuple(dict.fromkeys(defines)), ran, lacks)


def _binds(lines: list[str], name: str) -> bool:
    """Whether the statement in *lines* gives *name* a value."""
    named = re.compile(rf"\s*(?:(?:class|(?:async\s+)?def)\s+{re.escape(name)}\b|{re.escape(name)}\s*[:=])")
    return any(named.match(line) for line in lines)


def renamed(lines: list[str], renames: Mapping[str, str]) -> list[str]:
    """*lines* of one statement with some of its module's names replaced where the syntax tree has them."""
    places: set[tuple[int, int, str]] = set()
    encoded = [line.encode() for line in lines]
    for node in ast.walk(parse("\n".join(lines))):
        match node:
            case ast.Name(id=name) if name in renames:
                places.add((node.lineno, node.col_offset, name))
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if (
                name in renames and node.col_offset == 0
            ):
                begun = re.match(rb"(?:class|(?:async\s+)?def)\s+", encoded[node.lineno - 1])
                if begun is not None:
                    places.add((node.lineno, begun.end(), name))
    for line, column, name in sorted(places, reverse=True):
        text, old = encoded[line - 1], name.encode()
        if text[column : column + len(old)] == old:  # before Python 3.12 a name in an f-string has another place
            encoded[line - 1] = text[:column] + renames[name].encode() + text[column + len(old) :]
    return [line.decode() for line in encoded]
