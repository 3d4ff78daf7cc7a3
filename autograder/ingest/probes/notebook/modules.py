"""A module out of a notebook's statements: what its definitions need comes along, each line knows its cell."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.ingest.probes.newer import parse
from autograder.ingest.probes.notebook.changes import touched_by
from autograder.ingest.probes.notebook.closing import ALWAYS_THERE, Part, close, without_needs
from autograder.ingest.probes.notebook.layout import Root
from autograder.ingest.probes.notebook.names import END, Names
from autograder.ingest.probes.notebook.needs import deletes, guarded, may_not_bind, parsed, runs_something
from autograder.ingest.probes.notebook.reading import awaits
from autograder.ingest.probes.notebook.statements import EFFECT, FUTURE, IMPORT, KEPT, STAR, Note, Statement, uses_of

OF_A_NOTEBOOK = {"__name__": '"__main__"'}
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


def build(roots: list[Root], names: Names, notes: list[Note]) -> Module | None:
    """The module of *roots*, or None if none of them can be kept; what is missing is added to *notes*."""
    given = Counter(root.own for root in roots)  # a name of ten networks means none of them
    own = {root.own: root.statement for root in roots if given[root.own] == 1 or root.own == root.final}
    parts = [Part(root.statement, _called_otherwise(root), root, _until(root, names)) for root in roots]
    stars = close(parts, names, own)
    missing = without_needs(parts, names, bool(stars), notes)
    parts = [part for part in parts if part not in missing]
    if not any(part.root for part in parts):
        return None
    known = {part.statement for part in parts}
    parts = [*(Part(one) for one in names.futures if one not in known), *parts]
    if any(part.until != END for part in parts):
        _keep_apart(parts)
    touched = {one: _touched(one, own, names) for one in _risky(parts, names)}
    return _written(parts, touched, _lacking([*parts, *missing], names, touched), notes)


def _touched(one: Statement, own: Mapping[str, Statement], names: Names) -> frozenset[str]:
    """What may be missing in an object if *one* fails: after a point in a class that is asked for, else after an @."""
    changed = names.changed_by.get(one, frozenset())
    mark = "." if changed & own.keys() else "@"
    return frozenset(f"{mark}{name}" for name in touched_by(one)) if changed else frozenset()


def _called_otherwise(root: Root) -> dict[str, str]:
    """What *root* is called in the module; one that is built on another one of its name gets the new name below it."""
    other = root.own != root.final and root.own not in uses_of(root.statement).at_once
    return {root.own: root.final} if other else {}


def _until(root: Root, names: Names) -> int:
    """When what *root* defines is called: in its own section if another definition takes its name after that."""
    if names.has_successor(root.statement, root.own):
        return names.last_use(root.statement, root.own)
    return END


def _risky(parts: list[Part], names: Names) -> set[Statement]:
    """The statements that may raise here though they do not in Jupyter: what runs something, and what needs that."""
    risky = {part.statement for part in parts if runs_something(part.statement)}
    changed = {name for part in parts if part.statement in risky for name in names.changed_by.get(part.statement, ())}
    while True:
        more = {
            part.statement
            for part in parts
            if part.statement not in risky
            and part.statement.kind not in (IMPORT, STAR, FUTURE)
            and any(part.needs.get(name) in risky or name in changed for name in uses_of(part.statement).at_once)
        }
        if not more:
            return risky
        risky |= more


def _lacking(parts: list[Part], names: Names, touched: Mapping[Statement, frozenset[str]]) -> dict[str, Statement]:
    """By name that may be missing at the end, the statement that gives it its value in the notebook."""
    lacks: dict[str, Statement] = {}
    dynamic = [one for one in names.stars if one.kind == EFFECT]
    for part in parts:
        uses = uses_of(part.statement)
        for name in (uses.at_once | uses.later) - ALWAYS_THERE:
            bound = part.needs.get(name)
            effects = names.effects.get(name)
            if bound is None and (effects or dynamic):
                lacks[name] = (effects or dynamic)[-1]
            elif bound is not None and runs_something(bound) and not deletes(bound):
                lacks[name] = bound
        if part.root is not None and runs_something(part.statement):
            lacks[part.root.final] = part.statement
        lacks |= dict.fromkeys(touched.get(part.statement, ()), part.statement)
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


def _keep_apart(parts: list[Part]) -> None:
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
    parts: list[Part], risky: Mapping[Statement, frozenset[str]], lacks: Mapping[str, Statement], notes: list[Note]
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
        renames = part.renames | (OF_A_NOTEBOOK if one.kind == EFFECT else {})
        own = _lines(one)
        own = renamed(own, renames) if renames else own
        if part.root and part.root.own != part.root.final and not _binds(own, part.root.final):
            own.append(f"{part.root.final} = {part.root.own}")
        places = [one.first + min(number, len(one.lines) - 1) for number in range(len(own))]
        if one in risky:
            bound = {part.renames.get(name, name) for name in one.binds} | ({part.root.final} if part.root else set())
            own, places = guarded(own, bound | risky[one]), [places[0], *places]
        lines += own
        origins += [(one.cell, place) for place in places]
        if part.root and part.root.final and one.kind in (*KEPT, EFFECT) and one.kind != IMPORT:
            defines.append(part.root.final)
    if len(lines) > MOST_LINES:
        notes.append(Note(*origins[0], f"the module would have {len(lines):,} lines and was left out"))
        return None
    ran = tuple(dict.fromkeys(part.statement for part in parts if part.statement.kind == EFFECT))
    return Module(tuple(lines), tuple(origins), tuple(dict.fromkeys(defines)), ran, lacks)


def _lines(one: Statement) -> list[str]:
    """Its lines, or what says that Jupyter alone can run them."""
    return ["raise SyntaxError(\"'await' outside function\")"] if awaits(parsed(one)) else list(one.lines)


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
