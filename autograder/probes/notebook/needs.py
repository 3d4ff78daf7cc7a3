"""Statements that do something when they are run: which of them a definition may need, and what they change."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from functools import cache

from autograder.probes.notebook.statements import DEFINITION, EFFECT, Statement, dotted

# What trains, by the last part of a call's name; `net.train()` without arguments is a mode.
TRAINS = ("backward", "step", "zero_grad", "fit")
TRAINS_BEGIN = ("train", "fit_", "run_train", "run_exp")
# What fetches or loads data: there are none at an import, and nothing is fetched.
LOADS = {
    *("DataLoader", "ImageFolder", "random_split", "Subset", "load_dataset", "fetch_openml", "download", "urlretrieve"),
    *("urlopen", "wget", "mount", "upload", "get_ipython", "system", "Popen", "check_call", "check_output", "input"),
    *("load_state_dict_from_url", "download_url", "clone", "sleep"),
}
CHANGES = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "remove", "clear", "sort", "reverse"}
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@cache
def can_run(statement: Statement) -> bool:
    """Whether *statement* may be run at an import if something needs it: it neither trains nor loads data."""
    return statement.kind == EFFECT and not any(_trains_or_loads(call) for call in _calls(_parsed(statement)))


def _trains_or_loads(call: ast.Call) -> bool:
    name = dotted(call.func)
    if not name:
        last = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = last
    owner, _, last = name.rpartition(".")
    if last in TRAINS or last in LOADS or "datasets" in owner.split("."):
        return True
    if last.startswith(TRAINS_BEGIN) and (call.args or call.keywords or not owner):
        return True
    given = {word.arg: word.value for word in call.keywords}
    fetched = given.get("pretrained") or given.get("weights")
    return fetched is not None and not (isinstance(fetched, ast.Constant) and not fetched.value)


@cache
def changes_of(statement: Statement) -> frozenset[str]:
    """The names whose objects *statement* changes, as ``Trainer.test = test`` and ``names.append(x)`` do."""
    found: set[str] = set()
    for node in _here(_parsed(statement)):
        match node:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                found.add(_base(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr) as func)) if attr in CHANGES:
                found.add(_base(func))
            case ast.Expr(value=ast.Call(func=ast.Name(id="setattr"), args=[first, *_])):
                found.add(_base(first))
    return frozenset(found - {""})


def calls_of(statement: Statement) -> Iterator[str]:
    """The names of the functions that *statement* calls itself."""
    for call in _calls(_parsed(statement)):
        if isinstance(call.func, ast.Name):
            yield call.func.id


def globals_of(statements: Iterable[Statement]) -> dict[str, frozenset[str]]:
    """By function, the module's names that it gives a value: those that it declares ``global``."""
    found: dict[str, frozenset[str]] = {}
    for one in statements:
        if one.kind != DEFINITION:
            continue
        for function in _parsed(one).body:
            if isinstance(function, ast.FunctionDef):
                declared = [node.names for node in ast.walk(function) if isinstance(node, ast.Global)]
                found[function.name] = frozenset(name for names in declared for name in names)
    return {name: names for name, names in found.items() if names}


def may_not_bind(statement: Statement) -> bool:
    """Whether a name may keep the value that it had before: within ``if`` or a loop, or by ``n += 1``."""
    body = _parsed(statement).body
    return statement.kind == EFFECT and not all(isinstance(node, ast.Assign | ast.AnnAssign) for node in body)


def guarded(lines: Iterable[str]) -> list[str]:
    """*lines* of one statement such that an exception leaves its names without a value, and nothing else goes wrong."""
    lines = list(lines)
    within = {
        line
        for node in ast.walk(_tree("\n".join(lines)))
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
    body = [line if number in within else f"    {line}" for number, line in enumerate(lines, 1)]
    return ["try:", *body, "except (Exception, SystemExit):", "    pass"]


@cache
def _parsed(statement: Statement) -> ast.Module:
    return _tree(statement.text)


def _tree(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ast.Module([], [])


def _here(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes that are run with the statement: none within a function or class."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, SCOPES)]


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in _here(tree) if isinstance(node, ast.Call))


def _base(node: ast.expr) -> str:
    """``a`` of ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
