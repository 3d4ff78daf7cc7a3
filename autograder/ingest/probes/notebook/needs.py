"""Statements that do something when they are run: which of them a definition may need, and how they are run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from functools import cache

from autograder.ingest.probes.notebook.statements import (
    CONSTANT,
    DEFINITION,
    EFFECT,
    Statement,
    dotted,
    is_constant,
    kind_of,
)

# What trains, by the last part of a call's name; `net.train()` without arguments is a mode.
TRAINS = ("backward", "step", "zero_grad", "fit")
TRAINS_BEGIN = ("train", "fit_", "run_train", "run_exp")
# What fetches or loads data: there are none at an import, and nothing is fetched.
LOADS = {
    *("DataLoader", "ImageFolder", "random_split", "Subset", "load_dataset", "fetch_openml", "download", "urlretrieve"),
    *("urlopen", "wget", "mount", "upload", "get_ipython", "system", "Popen", "check_call", "check_output", "input"),
    *("load_state_dict_from_url", "download_url", "clone", "sleep"),
}
PLAIN_DECORATORS = {
    *("staticmethod", "classmethod", "property", "setter", "getter", "deleter", "abstractmethod", "override", "final"),
    *("dataclass", "wraps", "cache", "lru_cache", "cached_property", "contextmanager", "total_ordering"),
    *("no_grad", "inference_mode", "enable_grad"),
}
ATTEMPT = "__hw1_attempt__"  # what the loader calls that limit (sandbox/attempt.py)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@cache
def can_run(statement: Statement) -> bool:
    """Whether *statement* neither trains nor loads data; what does is run only if nothing else binds its names."""
    return not any(_trains_or_loads(call) for call in _calls(parsed(statement)))


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


def may_not_bind(statement: Statement) -> bool:
    """Whether a name may keep the value that it had before: within ``if`` or a loop, or by ``n += 1``."""
    body = parsed(statement).body
    return statement.kind == EFFECT and not all(isinstance(node, ast.Assign | ast.AnnAssign) for node in body)


@cache
def runs_something(statement: Statement) -> bool:
    """Whether more is run with *statement* than an import, a definition or a constant: a decorator's call, too."""
    if statement.kind == DEFINITION:
        return any(map(_runs, parsed(statement).body))
    if statement.kind == CONSTANT:  # which may take long: a sum over a range
        return any(isinstance(node, ast.comprehension) or _sums(node) for node in here(parsed(statement)))
    return statement.kind == EFFECT


def _sums(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in ("sum", "list", "tuple", "set", "sorted", "min", "max")


def _runs(node: ast.stmt) -> bool:
    match node:
        case (
            ast.FunctionDef(args=args, decorator_list=decorators)
            | ast.AsyncFunctionDef(args=args, decorator_list=decorators)
        ):
            return not (all(map(_is_plain, decorators)) and all(map(is_constant, (*args.defaults, *args.kw_defaults))))
        case ast.ClassDef(bases=bases, keywords=words, decorator_list=decorators, body=body):
            plain = all(map(is_constant, (*bases, *(one.value for one in words)))) and all(map(_is_plain, decorators))
            return not plain or any(map(_runs, body))
        case ast.If() | ast.Try():
            return any(_runs(child) for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node)
    return kind_of(node) == EFFECT


def _is_plain(decorator: ast.expr) -> bool:
    """Whether it is one of Python's or of torch's that run nothing, like ``staticmethod`` and ``torch.no_grad()``."""
    name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return name.rpartition(".")[2] in PLAIN_DECORATORS


@cache
def deletes(statement: Statement) -> bool:
    """Whether it is a ``del``: what is missing after it is missing in Jupyter, too."""
    return all(isinstance(node, ast.Delete) for node in parsed(statement).body)


def guarded(lines: Iterable[str], names: Iterable[str]) -> list[str]:
    """*lines* of one statement such that an exception, or too long a time, costs no more than its *names*."""
    lines = list(lines)
    within = {
        line
        for node in ast.walk(_tree("\n".join(lines)))
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
    body = [line if number in within else f"    {line}" for number, line in enumerate(lines, 1)]
    return [f"with {ATTEMPT}({', '.join(map(repr, sorted(names)))}):", *body]


@cache
def parsed(statement: Statement) -> ast.Module:
    """The statement's syntax tree."""
    return _tree(statement.text)


def _tree(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ast.Module([], [])


def here(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes of *tree* that are run with the statement: none within a function or class."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, SCOPES)]


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in here(tree) if isinstance(node, ast.Call))
