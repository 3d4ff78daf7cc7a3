"""Lines of a cell as a syntax tree, or why Python would not take them; nothing is compiled or run."""

from __future__ import annotations

import ast
import symtable
import warnings
from dataclasses import dataclass

from autograder.ingest.probes.newer import read


@dataclass(frozen=True)
class Wrong:
    """Why lines do not parse, and where, from 1 on."""

    line: int
    text: str


def read_lines(lines: list[str]) -> tuple[ast.Module | None, Wrong | None]:
    """Their syntax tree, or what is wrong with them."""
    text = "\n".join(lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree, newer = read(text)
            if newer is None:  # what is new to this Python is said when the module is imported
                symtable.symtable(
                    text, "cell", "exec"
                )  # it knows of `nonlocal` and of names that are declared too late
            wrong = _misplaced(tree)
    except SyntaxError as error:
        wrong = Wrong(min(max(error.lineno or 1, 1), len(lines)), str(error.msg)[:120])
    except ValueError as error:
        wrong = Wrong(1, str(error)[:120])
    except (MemoryError, RecursionError):
        wrong = Wrong(1, "nested too deeply to be read")
    return (None, wrong) if wrong is not None else (tree, None)


def _misplaced(tree: ast.Module) -> Wrong | None:
    """What parses and is refused all the same: ``return`` outside a function, ``break`` outside a loop."""
    waiting: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    found = []
    while waiting:
        node, function, loop = waiting.pop()
        match node:
            case ast.Return() | ast.Yield() | ast.YieldFrom() if not function:
                found.append(
                    Wrong(node.lineno, f"'{'return' if isinstance(node, ast.Return) else 'yield'}' outside function")
                )
            case ast.Break() | ast.Continue() if not loop:
                found.append(Wrong(node.lineno, f"'{type(node).__name__.lower()}' outside loop"))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                function, loop = True, False
            case ast.ClassDef():
                function, loop = False, False
            case ast.For() | ast.While() | ast.AsyncFor():
                loop = True
        waiting += [(child, function, loop) for child in ast.iter_child_nodes(node)]
    return min(found, key=lambda one: one.line, default=None)


def awaits(tree: ast.Module) -> bool:
    """Whether it awaits something outside any function, which Jupyter alone can run."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False
