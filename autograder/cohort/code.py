"""What a worker consists of: the kit's code that runs in it, and the libraries beside, as one digest.

Where it is the same, a probe brings the same of the same files. What only judges (checks, rubric, mistakes, sentences)
is not part of it, so that a change there runs nothing again.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from autograder.home import PACKAGE
from autograder.homework import homework_folder, package
from autograder.sandbox.registry import PROBES

BEGINS = ("autograder.sandbox.worker", "autograder.sandbox.zygote")
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn", "tqdm", "pandas", "pypdf")


@cache
def worker_digest() -> str:
    """A digest of all that runs in a worker beside a hand-in."""
    digest = hashlib.sha256(repr((platform.python_version(), platform.system(), platform.machine())).encode())
    for name in LIBRARIES:
        digest.update(f"{name} {_version(name)}\n".encode())
    for module, path in sorted(worker_modules().items()):
        digest.update(f"{module}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def worker_modules() -> dict[str, Path]:
    """The modules of the kit and of the homework that a worker may import, with their files."""
    waiting = [*BEGINS, *(module for _, module, _ in PROBES.values())]
    found: dict[str, Path] = {}
    while waiting:
        module = waiting.pop()
        path = _file(module)
        if module not in found and path is not None:
            found[module] = path
            waiting += [*_imported(path), module.rpartition(".")[0]]  # a package's own file is run, too
    return found


def _imported(path: Path) -> Iterator[str]:
    """What the source at *path* imports anywhere, by names that may be modules."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path | None:
    """The file of *module*, if it is the kit's or the homework's."""
    for name, folder in ((package(), homework_folder()), (PACKAGE.name, PACKAGE)):
        if module.startswith(f"{name}."):
            place = folder.joinpath(*module[len(name) + 1 :].split("."))
            return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)
    return None


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "-"
