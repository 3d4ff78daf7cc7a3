"""Reads the submission's sources without running them: do they parse, what do they define, which stubs are left."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.ingest.probes.foreign import followed_for
from autograder.ingest.probes.newer import Newer, read

NAMES_CAP = 200
MAKING = {"exec", "eval", "globals", "locals", "vars", "setattr", "__import__"}  # what makes names out of texts
NOTHING: dict[str, Any] = {"names": [], "stubs": [], "maybe": False, "newer": None, "foreign": []}


def source(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts of one source file.

    Params: ``file``; what the homework asks for (``Homework.told``).

    Returns:
        Facts: ``error`` (``[line, message]`` or None), ``names`` (what the top level surely defines or imports),
        ``stubs`` (``[owner, text]`` of each ``raise NotImplementedError("TODO ...")``), ``maybe`` (whether its import
        may define other names: under a condition, by ``import *``, by ``exec`` and its like), ``newer`` (``[line, minor
        version, form]`` of what only a newer Python reads, or None), ``foreign`` (``[line, network]`` of each network
        of a library that it trains).
    """
    path = Path(student.folder) / params["file"]
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _unread(0, "the file is UTF-16; save it as UTF-8")
    try:
        tree, newer = _read(data)
    except SyntaxError as error:
        return _unread(error.lineno or 0, _sentence(error))
    except (ValueError, UnicodeDecodeError) as error:
        return _unread(0, str(error)[:200])
    except (MemoryError, RecursionError):
        return _unread(0, "nested too deeply to be read")
    names, maybe = _names(tree)
    followed = followed_for(params)
    followed.read(tree.body)
    foreign = [[one.line, one.what] for one in followed.foreign]
    facts = {"error": None, "names": names[:NAMES_CAP], "stubs": _stubs(tree), "maybe": maybe, "foreign": foreign}
    return facts | {"newer": None if newer is None else [newer.line, newer.minor, newer.form]}, {}


def _unread(line: int, why: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"error": [line, why], **NOTHING}, {}


def _read(data: bytes) -> tuple[ast.Module, Newer | None]:
    """The tree, and what in it only a newer Python reads."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data), None
    except SyntaxError as error:
        try:
            tree, newer = read(data.decode())
        except UnicodeDecodeError:
            raise error from None
        if newer is None:  # it parses once it is decoded
            raise
        return tree, newer


def _sentence(error: SyntaxError) -> str:
    message = str(error.msg)
    if "codec can't decode" in message or "Non-UTF-8" in message:
        return "the file is not UTF-8; save it as UTF-8"
    if "null bytes" in message:
        return "the file is not UTF-8 text"
    if "too many nested" in message or "too complex" in message:
        return "nested too deeply to be read"
    return message[:200]


def _names(tree: ast.Module) -> tuple[list[str], bool]:
    """What surely has a value after the import, and whether something else may have one."""
    names: set[str] = set()
    maybe = False
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
                maybe = maybe or name == "__getattr__"
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
                maybe = maybe or any(alias.name == "*" for alias in aliases)
            case ast.Delete():
                names -= _words(statement, ast.Del)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign(value=ast.expr()):
                names |= _words(statement, ast.Store)
            case ast.AnnAssign():
                pass
            case ast.If(test=test) if _never(test):
                maybe = maybe or any(_binds(node) for node in statement.orelse)
            case _:
                maybe = maybe or _binds(statement)
        maybe = maybe or any(_makes(node) for node in ast.walk(statement))
    return sorted(names), maybe


def _makes(node: ast.AST) -> bool:
    return isinstance(node, ast.Global) or (isinstance(node, ast.Name) and node.id in MAKING)


def _words(statement: ast.stmt, use: type[ast.expr_context]) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, use)}


def _never(test: ast.expr) -> bool:
    """Whether what stands under this condition does not run at an import."""
    match test:
        case ast.Constant(value=value):
            return not value
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return True
    return False


def _binds(statement: ast.stmt) -> bool:
    """Whether a statement with others in it may give a name a value."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Import, ast.ImportFrom)
    return bool(_words(statement, ast.Store)) or any(isinstance(node, kinds) for node in ast.walk(statement))


def _stubs(tree: ast.Module) -> list[list[str]]:
    """Each stub left in, with the class it stands in."""
    found = []
    for owner in [node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]:
        for node in ast.walk(owner):
            match node:
                case ast.Raise(
                    exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=str(text))])
                ):
                    if text.startswith("TODO"):
                        found.append([owner.name, text[:200]])
    return found
