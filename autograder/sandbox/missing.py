"""Stands in for packages that a submission imports and that are not installed: only what uses one of them fails.

A plot with seaborn must not keep ``train`` from being graded. A name that nothing else finds, imported by a file of the
submission's outside of a ``try`` that would catch it, becomes a module of placeholders: they can be used at the top
level of a module, where calls give placeholders, too, and raise as soon as something is done with them later.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from autograder.homework import CHECKER
from autograder.misspelt import meant

# Parts of installed packages that need another one; what they raise without it names that one.
OPTIONAL = {"torch.utils.tensorboard": "tensorboard"}
CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "suppress"}
# The kit's own modules beside its package, which a submission must not get. A notebook calls `hw1.check`.
OURS = (CHECKER, "cli")

_under_way: list[bool] = []  # not empty while a module of the submission is imported


class MissingPackageError(ImportError):
    """Something was done with a package that is not installed; the text is its name."""


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """The context of an import of the submission's: its top level may call placeholders."""
    _under_way.append(True)
    try:
        yield
    finally:
        _under_way.pop()


class MissingPackage:
    """A placeholder for anything in a package that is not installed."""

    __slots__ = ("_package",)
    _package: str

    def __init__(self, package: str) -> None:
        object.__setattr__(self, "_package", package)

    def __repr__(self) -> str:
        return f"<something of {self._package}, which is not installed>"

    def __getattr__(self, name: str) -> MissingPackage:
        if name.startswith("__"):
            raise AttributeError(name)
        return MissingPackage(self._package)

    def __setattr__(self, name: str, value: Any) -> None:
        self._used()

    def __call__(self, *args: Any, **kwargs: Any) -> MissingPackage:
        """Return another placeholder at the top level of a module; raise later."""
        return self._used()

    def __getitem__(self, key: Any) -> MissingPackage:
        return self._used()

    def __setitem__(self, key: Any, value: Any) -> None:
        self._used()

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        """A class may be derived from it; to make an instance is a use."""
        return (type("MissingPackage", (_Unusable,), {"_package": self._package}),)

    def _used(self) -> MissingPackage:
        if _under_way:
            return MissingPackage(self._package)
        raise MissingPackageError(self._package)

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise MissingPackageError(self._package)

    def __bool__(self) -> bool:
        return self._used() is not None

    def __exit__(self, *error: object) -> None:
        """Leave the context."""

    # A number or a sequence can't be made up; the rest stays something of the package's at the top level.
    __iter__ = __len__ = __index__ = __int__ = __float__ = __contains__ = _refuse
    __instancecheck__ = __subclasscheck__ = _refuse
    __enter__ = __delitem__ = __neg__ = __pos__ = __abs__ = __invert__ = __call__
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __call__
    __matmul__ = __rmatmul__ = __pow__ = __rpow__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __call__
    __or__ = __ror__ = __and__ = __rand__ = __xor__ = __rxor__ = __lshift__ = __rshift__ = __call__
    __lt__ = __le__ = __gt__ = __ge__ = __call__

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Raise: it was given to a function of torch's."""
        found = next((one for one in [*args, *(kwargs or {}).values()] if isinstance(one, cls)), None)
        raise MissingPackageError(found._package if found is not None else "")


class _Unusable:
    """The base of classes that are derived from something that is not there."""

    _package = ""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise MissingPackageError(cls._package)


class MissingModule(ModuleType):
    """A package that is not there, or a module in it."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []  # so that modules in it are looked for
        self._package = package

    def __getattr__(self, name: str) -> MissingPackage:
        if name.startswith("__"):
            raise AttributeError(name)
        return MissingPackage(self._package)


class MissingPackages(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last of the finders, which is asked for what no other has found.

    Args:
        folder: the submission's files.
        parts: whether it is the first of the finders instead, and finds only OPTIONAL.
    """

    def __init__(self, folder: Path, parts: bool = False) -> None:
        self.folder = folder
        self.parts = parts
        self._own = [file.stem for file in folder.glob("*.py")]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A module of placeholders, if a file of the submission's wants one and would not do without."""
        package = fullname.partition(".")[0]
        if self.parts and package in OURS and (path is None or isinstance(sys.modules.get(package), MissingModule)):
            return self._in_place_of_ours(fullname)
        if self.parts:
            if fullname not in OPTIONAL or importlib.util.find_spec(OPTIONAL[fullname]) is not None:
                return None
        elif path is not None and not isinstance(sys.modules.get(package), MissingModule):
            return None  # a module that an installed package does not have
        if (package == fullname and meant(package, self._own)) or not self._wanted(sys._getframe(1)):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module."""
        made = MissingModule(spec.name, OPTIONAL.get(spec.name, spec.name.partition(".")[0]))
        if spec.name == CHECKER:
            vars(made).update(check=_not_here)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module is empty."""

    def _in_place_of_ours(self, fullname: str) -> importlib.machinery.ModuleSpec:
        """A module of placeholders.

        Raises:
            ModuleNotFoundError: the submission would do without it.
        """
        if not self._wanted(sys._getframe(2)):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def _wanted(self, frame: FrameType | None) -> bool:
        """Whether a file of the submission's makes this import, and nothing of it catches what it raises."""
        while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
            if frame.f_globals.get("__name__") == "importlib.util":
                return False  # it is asked whether the package is there
            frame = frame.f_back
        if frame is None or not self._is_own(frame):
            return False
        while frame is not None:
            if self._is_own(frame) and _guarded(frame.f_code.co_filename, frame.f_lineno):
                return False
            frame = frame.f_back
        return True

    def _is_own(self, frame: FrameType) -> bool:
        return Path(frame.f_code.co_filename).is_relative_to(self.folder)


def _not_here(*names: object) -> None:
    """Do nothing: a hand-in that checks itself when it is imported is under judgement already."""


def _guarded(file: str, line: int) -> bool:
    """Whether the line stands in a ``try`` that catches a failed import."""
    return any(first <= line <= last for first, last in _guards(file))


@cache
def _guards(file: str) -> tuple[tuple[int, int], ...]:
    """First and last lines in *file* whose failed imports are caught there; all lines if it can't be read."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return ((0, sys.maxsize),)
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Try(body=body, handlers=[_, *_] as handlers):
                caught = any(one.type is None or CATCHING & _names(one.type) for one in handlers)
            case ast.With(body=body, items=items):
                caught = any("suppress" in _names(item.context_expr) for item in items)
            case _:
                continue
        if caught:
            found.append((body[0].lineno, body[-1].end_lineno or body[-1].lineno))
    return tuple(found)


def _names(node: ast.AST) -> set[str]:
    """Names and attributes in an expression."""
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return found | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
