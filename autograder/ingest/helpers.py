"""Modules of the student's own that do not lie beside what imports them: each counts if it exists only once."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from autograder.ingest.names import CHECKPOINTS, is_known, shown
from autograder.ingest.places import same
from autograder.ingest.taking import Taken
from autograder.packages import imports, installed

IMPORTED = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([^\n#;]{1,300})", re.MULTILINE)


def imported(sources: Iterable[bytes]) -> set[str]:
    """Every word after an ``import`` or a ``from``."""
    found: set[str] = set()
    for data in sources:
        for names in IMPORTED.findall(data):
            found.update(re.findall(r"\w+", names.decode(errors="replace")))
    return found


def with_helpers(files: Mapping[str, PurePosixPath], taken: Taken) -> tuple[dict[str, PurePosixPath], dict[str, str]]:
    """*files* with what they import and what lies elsewhere; by known file, why it can't be told what it imports."""
    found = dict(files)
    unclear: dict[str, str] = {}
    waiting = [name for name in files if name.endswith(".py")]
    while waiting:
        name = waiting.pop()
        for word in _tops(taken.files[found[name]]):
            if f"{word}.py" in found or f"{word}/__init__.py" in found:
                continue
            places = _called(f"{word}.py", taken)
            if len({same(taken.files[path]) for path in places}) > 1:
                listed = " and ".join(shown(str(path)) for path in places[:2])
                unclear |= {name: f"{listed} differ, and {name} imports one of them"} if is_known(name) else {}
            elif places and not installed(word) and f"{word}.py".casefold() not in {kept.casefold() for kept in found}:
                found[f"{word}.py"] = places[0]
                waiting.append(f"{word}.py")
    return found, unclear


def lacks_helper(taken: Taken) -> bool:
    """Whether a known file imports a module that is neither there nor installed: an archive may hold it."""
    there = {path.stem for path in taken.files} | {path.parent.name for path in taken.files}
    sources = [data for path, data in taken.files.items() if is_known(path.name) and path.suffix == ".py"]
    return any(word not in there and not installed(word) for data in sources for word in _tops(data))


def _called(name: str, taken: Taken) -> list[PurePosixPath]:
    if is_known(name):
        return []
    return sorted(path for path in taken.files if path.name == name and CHECKPOINTS not in path.parts)


def _tops(data: bytes) -> list[str]:
    """The packages that a source's import statements name, but for Python's own."""
    words = dict.fromkeys(word for word, _ in imports(data.decode(errors="replace")))
    return [word for word in words if word not in sys.stdlib_module_names]
