"""Reads the submission's sources without running them: do they parse, what do they define, which stubs are left."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.probes.foreign import Followed

NAMES_CAP = 200
NOTHING: dict[str, Any] = {"names": [], "stubs": [], "star": False, "foreign": []}


def source(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts of one source file.

    Params: ``file``.

    Returns:
        Facts: ``error`` (``[line, message]`` or None), ``names`` (what the top level defines or imports), ``stubs``
        (``[owner, text]`` of each ``raise NotImplementedError("TODO ...")``), ``star`` (whether it imports ``*``),
        ``foreign`` (``[line, network]`` of each network of a library that it trains).
    """
    path = Path(student.folder) / params["file"]
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return {"error": [0, "the file is UTF-16; save it as UTF-8"], **NOTHING}, {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data, filename=params["file"])
    except SyntaxError as error:
        return {"error": [error.lineno or 0, _sentence(error)], **NOTHING}, {}
    except (ValueError, UnicodeDecodeError) as error:
        return {"error": [0, str(error)[:200]], **NOTHING}, {}
    except (MemoryError, RecursionError):
        return {"error": [0, "nested too deeply to be read"], **NOTHING}, {}
    names, star = _names(tree)
    followed = Followed()
    followed.read(tree.body)
    foreign = [[one.line, one.what] for one in followed.foreign]
    return {"error": None, "names": names[:NAMES_CAP], "stubs": _stubs(tree), "star": star, "foreign": foreign}, {}


def _sentence(error: SyntaxError) -> str:
    message = str(error.msg)
    if "codec can't decode" in message or "Non-UTF-8" in message:
        return "the file is not UTF-8; save it as UTF-8"
    if "null bytes" in message:
        return "the file is not text in UTF-8"
    if "too many nested" in message or "too complex" in message:
        return "nested too deeply to be read"
    return message[:200]


def _names(tree: ast.Module) -> tuple[list[str], bool]:
    names: list[str] = []
    star = False
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.append(name)
                continue  # what stands in it is not the module's
            case ast.Assign(targets=targets):
                names += [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names += [(alias.asname or alias.name).partition(".")[0] for alias in aliases]
                star = star or any(alias.name == "*" for alias in aliases)
        waiting += ast.iter_child_nodes(node)
    return sorted(set(names)), star


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
