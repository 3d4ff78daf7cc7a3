"""Stand-ins for what only a notebook server provides: progress bars as widgets, displays, Colab's drive.

A hand-in that was written there imports them at its top, and none of them decides anything. ``tqdm.notebook`` is the
plain ``tqdm``; a display shows nothing; figures are drawn, and no window is opened for them. IPython is never the real
one, so that it is the same wherever it is graded. Code that asks by ``try`` whether it runs on Colab is told that it
does not.
"""

from __future__ import annotations

import builtins
import contextlib
import dis
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, ModuleType
from typing import Any

from autograder.sandbox.elsewhere import saving

OFFERED = ("IPython", "ipywidgets", "matplotlib_inline", "google.colab")
"""Packages that are there in a notebook."""


class Nothing:
    """Takes any arguments, has any attribute, holds nothing and does nothing; what it decorates is left as it is."""

    def __init__(self, *arguments: object, **named: object) -> None:
        """Take any arguments; ``IntSlider(value=3).value`` is 3."""
        vars(self).update(named)

    def __call__(self, *arguments: Any, **named: object) -> Any:
        """Do nothing; a function that is given alone comes back."""
        return arguments[0] if len(arguments) == 1 and not named and callable(arguments[0]) else Nothing()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return 0 if name == "value" else Nothing()

    def __repr__(self) -> str:
        return ""

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __contains__(self, item: object) -> bool:
        return False

    def __getitem__(self, key: object) -> Nothing:
        return Nothing()

    def __setitem__(self, key: object, value: object) -> None:
        """Store nothing."""

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *error: object) -> None:
        """Do nothing: there is nothing to end."""


class _Empty(ModuleType):
    """A package in which every name exists and does nothing."""

    __path__: list[str] = []  # noqa: RUF012  that it is a package
    version_info = (9, 0, 0)  # matplotlib asks IPython

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return get_ipython if name == "get_ipython" else Nothing if name[:1].isupper() else Nothing()


def get_ipython() -> Nothing:
    """The notebook's shell: it is false, so that matplotlib does not hook itself into it, and its magics do nothing."""
    return Nothing()


class _Made(importlib.abc.Loader):
    """Makes a module and fills it."""

    def __init__(self, make: Callable[[str], ModuleType]) -> None:
        self.make = make

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Return the stand-in."""
        return self.make(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it is filled already."""


class _Quiet(importlib.abc.Loader):
    """Loads a module by its own loader, then takes away what would open a window."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Create the module as its own loader does."""
        made: ModuleType | None = self.loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Run the module as its own loader does, then take its windows away."""
        self.loader.exec_module(module)
        without_windows(module)


class StandInFinder(importlib.abc.MetaPathFinder):
    """Finds the stand-ins.

    Args:
        folder: the submission's; imports that stand in a ``try`` of its files are questions.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a stand-in, or None."""
        if fullname == "tqdm.notebook":
            return importlib.machinery.ModuleSpec(fullname, _Made(_plain_tqdm))
        if fullname in WINDOWS:
            return self._quiet(fullname, path)
        top = next((name for name in OFFERED if fullname == name or fullname.startswith(f"{name}.")), None)
        if top is None and fullname != "google":
            return None
        of_colab = fullname.startswith("google") and not isinstance(sys.modules.get("google.colab"), _Empty)
        if of_colab and (self._elsewhere(fullname, path) is not None or self._asks()):
            return None
        return importlib.machinery.ModuleSpec(fullname, _Made(_Empty), is_package=True)

    def _elsewhere(self, fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
        """Where it is installed, or None."""
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path)) is not None:
                return spec
        return None

    def _quiet(self, fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
        spec = self._elsewhere(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Quiet(spec.loader)
        return spec

    def _asks(self) -> bool:
        """Whether a line of the submission's that leads here stands in a ``try``."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith(self.folder) and _guarded(frame.f_code, frame.f_lasti):
                return True
            frame = frame.f_back
        return False


def _guarded(code: CodeType, at: int) -> bool:
    """Whether the instruction *at* is within a ``try`` or a ``with``."""
    entries = dis._parse_exception_table(code)  # type: ignore[attr-defined]
    return any(entry.start <= at < entry.end for entry in entries)


def _plain_tqdm(name: str) -> ModuleType:
    std: Any = importlib.import_module("tqdm.std")

    module = ModuleType(name)
    bars = {"tqdm": std.tqdm, "tqdm_notebook": std.tqdm, "trange": std.trange, "tnrange": std.trange}
    vars(module).update(bars, __all__=list(bars))
    return module


def without_windows(module: ModuleType) -> None:
    """Let figures be drawn in memory, whatever backend is asked for, and ``tqdm.notebook`` exist without an import."""
    if module.__name__ == "tqdm":
        vars(module).update(notebook=_plain_tqdm("tqdm.notebook"), auto=_plain_tqdm("tqdm.auto"))
    for name in WINDOWS[module.__name__]:
        if hasattr(module, name):
            setattr(module, name, Nothing())
    switch = getattr(module, "switch_backend", None)
    if switch is not None:  # matplotlib calls it itself
        module.switch_backend = lambda backend: switch("agg")  # type: ignore[attr-defined]
        module.Figure.savefig = saving(module.Figure.savefig, 1, "fname")
        module.FigureManagerBase.window = Nothing()
        module.style.use = _any_style(module.style.use)


def _any_style(real: Callable[[Any], None]) -> Callable[[Any], None]:
    """Styles are renamed from version to version; one that is not known changes nothing."""

    def use(style: Any) -> None:
        with contextlib.suppress(OSError):
            real(style)

    return use


WINDOWS = {"matplotlib": ("use",), "matplotlib.pyplot": ("show", "pause"), "tqdm": ()}


def offer(folder: str) -> None:
    """Let stand-ins be found from now on; modules that are already imported open no window either."""
    sys.meta_path.insert(0, StandInFinder(folder))
    vars(builtins).update(get_ipython=get_ipython, display=Nothing())  # as a notebook has them
    for name in WINDOWS:
        if name in sys.modules:
            without_windows(sys.modules[name])
