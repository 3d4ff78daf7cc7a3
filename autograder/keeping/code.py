"""What a worker consists of: the kit's code that runs in it, and the libraries beside, as one digest.

Where it is the same, a probe brings the same of the same files. What only judges (checks, rubric, mistakes, sentences)
is not part of it, so that a change there runs nothing again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from functools import cache
from pathlib import Path

from autograder.home import PACKAGE
from autograder.homework import homework_folder

FOLDERS = ("sandbox", "**/probes")  # all below these; a test compares them with what a worker imports
BESIDE = ("check.py", "errors.py", "evidence.py", "grammar.py", "homework.py", "misspelt.py", "outcome.py")
LIBRARIES = ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn", "tqdm", "pandas", "pypdf")


@cache
def worker_digest() -> str:
    """A digest of all that runs in a worker beside a hand-in."""
    digest = hashlib.sha256(repr((platform.python_version(), platform.system(), platform.machine())).encode())
    for name in LIBRARIES:
        digest.update(f"{name} {_version(name)}\n".encode())
    for path in worker_files():
        digest.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def worker_files() -> list[Path]:
    """The files of the kit and of the homework that a worker may import."""
    found = {PACKAGE / name for name in BESIDE} | set(PACKAGE.rglob("__init__.py"))
    for base in {PACKAGE, homework_folder()}:
        found |= {path for folder in FOLDERS for path in base.glob(f"{folder}/**/*.py")}
    return sorted(found)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "-"
