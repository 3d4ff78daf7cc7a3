"""What statements change that is no target of theirs: objects by methods, names by functions that they call."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache

from autograder.probes.notebook.needs import here, parsed, runs_something
from autograder.probes.notebook.statements import (
    DEFINITION,
    EFFECT,
    Statement,
    dotted,
    key_of_globals,
    uses_of,
)

CHANGES = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "remove", "clear", "sort", "reverse"}
# Functions of libraries that change what they are given; so does what ends in an underscore, like ``normal_``.
OF_ARGUMENTS = {"setattr", "delattr", "shuffle", "heappush", "update_wrapper"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WORD = re.compile(r"[^\W\d]\w{0,59}")
MOST_ROUNDS = 20  # functions that call each other, down to the one that sets a name


@dataclass(frozen=True)
class Changers:
    """Functions of a notebook that change objects.

    Attributes:
        of_arguments: those that change what they are given.
        of_globals: by function, the module's names whose objects it changes.
    """

    of_arguments: Set[str]
    of_globals: Mapping[str, Set[str]]


def changes_of(statement: Statement, functions: Changers, imported: Set[str]) -> frozenset[str]:
    """The names whose objects *statement* changes, as ``Trainer.test = test`` and ``names.append(x)`` do.

    Args:
        functions: those of the notebook that change something.
        imported: of these a change is what is stored in them; a call like ``plt.show()`` is none.
    """
    called: set[str] = set()
    stored: set[str] = set()
    for node in here(parsed(statement)):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                stored.add(_base(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as func)):
                called.add(_base(func))
            case ast.Call(func=ast.Attribute(attr=attr) as func) if attr in CHANGES:
                called.add(_base(func))
            case _:
                continue
    for call in (node for node in here(parsed(statement)) if isinstance(node, ast.Call)):
        last = dotted(call.func).rpartition(".")[2]
        if last in OF_ARGUMENTS or last in functions.of_arguments or last.endswith("_"):
            called |= _names(call.args) | _names([one.value for one in call.keywords])
    called |= _decorated(statement)
    if functions.of_globals and (statement.kind == EFFECT or runs_something(statement)):
        for name in uses_of(statement).at_once & functions.of_globals.keys():
            stored |= functions.of_globals[name]
    own = statement.binds
    if (stored | called) & own and statement.kind == EFFECT:  # `for one in (A, B): one.test = test`
        called |= uses_of(statement).at_once
    return frozenset((stored | (called - imported)) - {""} - (own if statement.kind == DEFINITION else frozenset()))


def _decorated(statement: Statement) -> set[str]:
    """``Trainer`` of ``@add_to(Trainer)`` above a function, or of ``self: Trainer`` below ``@patch``."""
    found: set[str] = set()
    for node in parsed(statement).body if statement.kind == DEFINITION else ():
        if not isinstance(node, FUNCTIONS):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call):
                found |= _names(decorator.args)
            elif "patch" in dotted(decorator):
                found |= _names([one.annotation for one in node.args.args[:1] if one.annotation is not None])
    return found


@cache
def touched_by(statement: Statement) -> frozenset[str]:
    """The attributes and keys that may be missing if *statement* is not run, each after a point."""
    found: set[str] = set()
    for node in here(parsed(statement)):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(text)):
                found.add(text.lstrip("-").replace("-", "_"))
    found |= statement.binds if statement.kind == DEFINITION else frozenset()
    return frozenset(f".{name}" for name in found if WORD.fullmatch(name))


def alias_of(statement: Statement) -> str:
    """``Trainer`` of ``T = Trainer``, or nothing."""
    match parsed(statement).body:
        case [ast.Assign(targets=[ast.Name()], value=ast.Name(id=name))]:
            return name
    return ""


def changers_of(statements: Iterable[Statement]) -> Changers:
    """The functions of a notebook that change something."""
    of_arguments: set[str] = set()
    of_globals: dict[str, set[str]] = defaultdict(set)
    for one in statements:
        for node in parsed(one).body if one.kind == DEFINITION else ():
            if not isinstance(node, FUNCTIONS):
                continue
            changed = set(_changed_within(node))
            if changed & _parameters(node):
                of_arguments.add(node.name)
            if found := changed & uses_of(one).later:
                of_globals[node.name] |= found
    return Changers(frozenset(of_arguments), of_globals)


def _parameters(function: ast.stmt) -> set[str]:
    """Of a function and of those in it, as decorators have."""
    return {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)} - {"self"}


def _changed_within(function: ast.stmt) -> Iterator[str]:
    """Names whose objects a function changes."""
    for node in ast.walk(function):
        match node:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                yield _base(node)
            case ast.Call(func=ast.Name(id="setattr"), args=[first, *_]):
                yield _base(first)
            case ast.Call(func=ast.Attribute(attr=attr) as func) if attr in CHANGES:
                yield _base(func)


def setters_of(statements: Iterable[Statement]) -> tuple[Mapping[str, Set[str]], Mapping[str, Set[str]]]:
    """By function, the module's names to which a call gives a value; the same by class and object.

    A function sets what it declares ``global`` and what those do that it calls.
    """
    statements = [one for one in statements if one.binds]
    functions: dict[str, set[str]] = defaultdict(set)
    objects: dict[str, set[str]] = defaultdict(set)
    for one in statements:
        if one.kind == DEFINITION:
            for node in parsed(one).body:
                where = functions if isinstance(node, FUNCTIONS) else objects
                for name in one.binds:
                    where[name] |= _set_within(node)
    functions = defaultdict(set, {name: names for name, names in functions.items() if names})
    objects = defaultdict(set, {name: names for name, names in objects.items() if names})
    for _ in range(MOST_ROUNDS if functions or objects else 0):
        before = sum(map(len, (*functions.values(), *objects.values())))
        for one in statements:
            plain = one.kind == DEFINITION and isinstance(parsed(one).body[0], FUNCTIONS)
            uses = uses_of(one)
            for used in uses.at_once | uses.later:
                for name in one.binds - {used} if used in functions or used in objects else ():
                    if plain and used in functions:
                        functions[name] |= functions[used]
                    else:
                        objects[name] |= functions.get(used, set()) | objects.get(used, set())
        if sum(map(len, (*functions.values(), *objects.values()))) == before:
            break
    return functions, objects


def _set_within(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for one in ast.walk(node):
        match one:
            case ast.Global(names=names):
                found.update(names)
            case ast.Subscript(ctx=ast.Store()):
                found.add(key_of_globals(one))
    return found - {""}


@cache
def is_any_binder(statement: Statement) -> bool:
    """Whether it may give any name a value: ``exec(text)``, ``globals().update(settings)``."""
    if statement.kind != EFFECT:
        return False
    for node in here(parsed(statement)):
        match node:
            case ast.Call(func=ast.Name(id="exec"), args=[first, *_]) if not isinstance(first, ast.Constant):
                return True
            case ast.Call(func=ast.Name(id="globals" | "locals" | "vars"), args=[]):
                return True
    return False


def _names(nodes: Iterable[ast.expr]) -> set[str]:
    return {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)}


def _base(node: ast.expr) -> str:
    """``a`` of ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
