"""Where a source ends unless there is a GPU, it is told that there is one; what it asks for next is redirected.

``assert torch.cuda.is_available()`` says where the code was meant to run, and nothing of what it does there.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

QUESTIONS = ("is_available", "device_count", "is_built")
ENDS = ("exit", "quit", "_exit")


def answering(real: Callable[..., Any], folder: str, answer: Any, asked: Callable[[], None]) -> Callable[..., Any]:
    """*real*, which gives *answer* to a line of a source in *folder* that would not do without; *asked* counts."""

    @functools.wraps(real)  # torch's compiler looks at what is wrapped
    def question(*arguments: Any, **named: Any) -> Any:
        frame = sys._getframe(1)
        file = frame.f_code.co_filename
        if file.startswith(folder) and any(first <= frame.f_lineno <= last for first, last in _demands(file)):
            asked()
            return answer
        return real(*arguments, **named)

    return question


@functools.cache
def _demands(file: str) -> tuple[tuple[int, int], ...]:
    """First and last lines of the questions in *file* after which it ends if the answer is no."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return ()
    tests = list(_tests(tree))
    names = {name.id for test in tests for name in ast.walk(test) if isinstance(name, ast.Name)}
    tests += [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and _names(node.targets) & names]
    return tuple((one.lineno, one.end_lineno or one.lineno) for one in tests if _asks(one))


def _tests(tree: ast.AST) -> Iterator[ast.expr]:
    """Conditions without which the source goes no further."""
    for node in ast.walk(tree):
        match node:
            case ast.Assert(test=test) if not _holds(test, ast.Not):
                yield test
            case ast.If(test=test, body=body, orelse=other):
                negative = _holds(test, ast.Not) or _holds(test, ast.Compare)
                if _ends(body) if negative else _ends(other):
                    yield test


def _holds(test: ast.expr, kind: type[ast.AST]) -> bool:
    return any(isinstance(one, kind) for one in ast.walk(test))


def _ends(body: list[ast.stmt]) -> bool:
    """Whether statements end by an exception or with the process."""
    match body[-1:]:
        case [ast.Raise()]:
            return True
        case [ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)))]:
            return name in ENDS
    return False


def _names(targets: list[ast.expr]) -> set[str]:
    return {one.id for one in targets if isinstance(one, ast.Name)}


def _asks(node: ast.expr) -> bool:
    return any(isinstance(one, ast.Attribute | ast.Name) and _last(one) in QUESTIONS for one in ast.walk(node))


def _last(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id
