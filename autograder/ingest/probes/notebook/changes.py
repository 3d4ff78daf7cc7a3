"""What statements change beside their targets: objects by methods, names by functions that they call."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from autograder.ingest.probes.notebook.needs import here, parsed, runs_something
from autograder.ingest.probes.notebook.statements import (
    DEFINITION,
    EFFECT,
    IMPORT,
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
    """What in a notebook changes objects.

    Attributes:
        of_arguments: those that change what they are given.
        of_globals: by function, the module's names whose objects it changes.
        objects: names of what is made by a call, whose methods may change it.
        imported: only storing in these is a change; a call like ``plt.show()`` is not.
    """

    of_arguments: Set[str]
    of_globals: Mapping[str, Set[str]]
    objects: Set[str]
    imported: Set[str]


def changes_of(statement: Statement, known: Changers) -> frozenset[str]:
    """The names whose objects *statement* changes, as ``Model.test = test`` and ``names.append(x)`` do."""
    stored: set[str] = set()
    called: set[str] = set()
    for node in ast.walk(parsed(statement)) if statement.kind == EFFECT else here(parsed(statement)):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                stored.add(_base(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as func)):
                called.add(_base(func))
            case ast.withitem(context_expr=ast.Name(id=name)):
                called.add(name)
            case ast.Call():
                called |= _changed_by_call(node, known)
    called |= _decorated(statement)
    if known.of_globals and (statement.kind == EFFECT or runs_something(statement)):
        for name in uses_of(statement).at_once & known.of_globals.keys():
            stored |= known.of_globals[name]
    if (stored | called) & statement.binds and statement.kind == EFFECT:  # `for one in (A, B): one.test = test`
        called |= uses_of(statement).at_once
    own = statement.binds if statement.kind == DEFINITION else frozenset()
    return frozenset((stored | (called - known.imported)) - {""} - own)


def _changed_by_call(call: ast.Call, known: Changers) -> set[str]:
    """The object whose method it is, or what it is given."""
    changed: set[str] = set()
    match call.func:
        case ast.Attribute(attr=attr) as func if attr in CHANGES or _base(func) in known.objects:
            changed.add(_base(func))
        case ast.Name(id=name) if name in known.objects:
            changed.add(name)
    last = dotted(call.func).rpartition(".")[2]
    given = isinstance(call.func, ast.Call) or last in OF_ARGUMENTS or last in known.of_arguments or last.endswith("_")
    return changed | (_names([*call.args, *(one.value for one in call.keywords)]) if given else set())


def _decorated(statement: Statement) -> set[str]:
    """``Model`` of ``@add_to(Model)`` above a function, or of ``self: Model`` below ``@patch``."""
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
    """The attributes and keys that may be missing if *statement* is not run."""
    found: set[str] = set()
    for node in here(parsed(statement)):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(text)):
                found.add(text.lstrip("-").replace("-", "_"))
    found |= statement.binds if statement.kind == DEFINITION else frozenset()
    return frozenset(name for name in found if WORD.fullmatch(name))


def aliases_of(statement: Statement) -> frozenset[str]:
    """``Model`` of ``T = Model``, and all of ``models = [A, B]``: what is done to the one is done to the others."""
    match parsed(statement).body:
        case [ast.Assign(targets=[ast.Name()], value=ast.Name(id=name))]:
            return frozenset({name})
        case [ast.Assign(targets=[ast.Name()], value=ast.List() | ast.Tuple() | ast.Dict() as value)]:
            listed = value.values if isinstance(value, ast.Dict) else value.elts
            return frozenset(one.id for one in listed if isinstance(one, ast.Name))
    return frozenset()


def changers_of(statements: Sequence[Statement]) -> Changers:
    """What in a notebook changes objects."""
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
        if one.kind not in (DEFINITION, IMPORT) and (aliases_of(one) & of_arguments or _sets_in_lambda(one)):
            of_arguments |= one.binds
    objects = {name for one in statements if one.kind == EFFECT for name in one.binds}
    imported = {name for one in statements if one.kind == IMPORT for name in one.binds}
    return Changers(of_arguments, of_globals, objects - imported, imported)


def _sets_in_lambda(one: Statement) -> bool:
    """``patch = lambda one: setattr(one, ...)``."""
    match parsed(one).body:
        case [ast.Assign(value=ast.Lambda() as made)]:
            return any(isinstance(node, ast.Name) and node.id == "setattr" for node in ast.walk(made))
    return False


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
    """``a`` of ``a.b[0].c`` and of ``vars(a)["b"]``."""
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                node = inner
            case (
                ast.Call(func=ast.Name(id="vars" | "getattr"), args=[inner, *_])
                | ast.Call(func=ast.Attribute(value=inner))
            ):
                node = inner
            case _:
                return node.id if isinstance(node, ast.Name) else ""
