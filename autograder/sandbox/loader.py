"""Imports the submission's modules inside the worker, and says what its code raised."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from autograder.homework import homework_folder, package
from autograder.sandbox import attempt
from autograder.sandbox.missing import MissingPackages, importing
from autograder.sandbox.where import block_of
from autograder.sandbox.wire import FRAMES, KIND_LENGTH, LINE_LENGTH, MESSAGE_LENGTH

# A submission's file never stands in for one of these, whatever is installed.
OTHERS = {
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "sklearn",
    "matplotlib",
    "PIL",
    "pandas",
    "tqdm",
    "typing_extensions",
}
_tops: set[str] = set()  # of all that was imported before the submission
_ours: list[str] = []  # the kit's modules among it, and the homework's
_closed: list[Path] = []  # where a homework lies that is not part of the kit
_noted = [0]  # how many modules there were


def _outer_and_inner(frames: list[Any]) -> list[Any]:
    """The outermost and the innermost FRAMES - 1 of *frames*."""
    return frames if len(frames) <= FRAMES else [frames[0], *frames[1 - FRAMES :]]


def note_modules() -> None:
    """Note what is imported: once for all workers, in the warm parent; each would copy the pages of all names."""
    if _noted[0] == len(sys.modules):
        return
    _noted[0] = len(sys.modules)
    homework, _, part_of_the_kit = package().partition(".")
    _ours[:] = [name for name in sys.modules if name.partition(".")[0] in ("autograder", homework)]
    _tops.update(name.partition(".")[0] for name in sys.modules)
    if not part_of_the_kit:
        _tops.discard(homework)  # a student's file may have that name
        _closed[:] = [homework_folder().parent]


class MissingNameError(Exception):
    """A module of the submission does not define what it should."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


class MissingFileError(Exception):
    """The submission has no such module."""


class SubmissionFinder(importlib.abc.MetaPathFinder):
    """Finds the submission's own ``.py`` files and packages, before any other module of that name."""

    def __init__(self, folder: Path):
        self.folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a top-level module of the submission, or None."""
        if path is not None or fullname in OTHERS or fullname in sys.stdlib_module_names or fullname in _tops:
            return None
        file = self.folder / f"{fullname}.py"
        if file.is_file():
            return importlib.util.spec_from_file_location(fullname, file)
        package = self.folder / fullname / "__init__.py"
        if package.is_file():
            return importlib.util.spec_from_file_location(
                fullname, package, submodule_search_locations=[str(package.parent)]
            )
        return None


class Student:
    """The submission's modules, as a probe sees them."""

    def __init__(self, folder: Path):
        self.folder = folder
        if not _ours:
            note_modules()
        root = Path(__file__).resolve().parents[2]
        editable = (root / "pyproject.toml").exists()  # the repository, with the solution in it
        closed = [*_closed, *([root] if editable else [])]
        sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() not in closed]
        for name in _ours:
            sys.modules.pop(name, None)  # nothing of the kit's is importable beside the submission
        sys.dont_write_bytecode = True
        attempt.offer()
        sys.meta_path[:0] = [SubmissionFinder(folder), MissingPackages(folder, parts=True)]
        sys.meta_path.append(MissingPackages(folder))

    def module(self, name: str) -> ModuleType:
        """Import *name*.

        Raises:
            MissingFileError: there is no such file.
            BaseException: whatever the module raises.
        """
        if not (self.folder / f"{name}.py").is_file():
            raise MissingFileError(f"{name}.py is missing")
        with importing():
            return importlib.import_module(name)

    def named(self, module: str, name: str) -> Callable[..., Any]:
        """The class (or function) *name* of *module*.

        Raises:
            MissingNameError: the module does not define it; the text lists what it defines.
        """
        loaded = self.module(module)
        found = getattr(loaded, name, None)
        if not callable(found):
            classes = sorted(
                key for key, value in vars(loaded).items() if type(value) is type or isinstance(value, type)
            )
            own = [key for key in classes if getattr(vars(loaded)[key], "__module__", None) == module]
            has = f"it defines {', '.join(own[:12])}" if own else "it defines no class"
            raise MissingNameError(f"{module}.py has no {name}; {has}", name)
        return found  # type: ignore[no-any-return]

    def modules(self) -> list[ModuleType]:
        """The submission's modules that have been imported."""
        prefix = str(self.folder)
        return [m for m in list(sys.modules.values()) if str(getattr(m, "__file__", None) or "").startswith(prefix)]

    def describe(self, error: BaseException, during: str) -> dict[str, Any]:
        """What was raised, as JSON values: kind, message, the traceback's lines in the submission, the block."""
        try:
            message = f"{error}{attempt.because(error)}"
        except BaseException:  # noqa: BLE001  a hostile __str__ must not end the worker
            message = ""
        frames = self._frames(error.__traceback__)
        if isinstance(error, SyntaxError):
            message = str(error.msg)
            frames = [*frames, self._frame(str(error.filename), error.lineno or 0, "", (error.text or "").strip())]
        return {
            "kind": str(type(error).__name__)[:KIND_LENGTH],
            "message": message[:MESSAGE_LENGTH],
            "frames": _outer_and_inner([frame for frame in frames if frame is not None]),
            "during": during,
            "block": block_of(error.__traceback__),
        }

    def _frames(self, traceback: TracebackType | None) -> list[list[Any] | None]:
        frames: list[list[Any] | None] = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            text = linecache.getline(code.co_filename, traceback.tb_lineno).strip()
            frames.append(self._frame(code.co_filename, traceback.tb_lineno, code.co_name, text))
            traceback = traceback.tb_next
        return frames

    def _frame(self, filename: str, line: int, function: str, text: str) -> list[Any] | None:
        try:
            relative = Path(filename).relative_to(self.folder)
        except ValueError:
            return None  # not the student's file
        return [relative.as_posix(), line, function[:KIND_LENGTH], text[:LINE_LENGTH]]
