"""Keeps torch's compiler out of a process until something compiles: its import takes as long as torch's own.

Two things import ``torch._dynamo`` to keep the compiler off functions of theirs, though nothing is ever compiled: the
first optimizer, and torchvision. As long as nobody else has imported it, such a function runs as it is.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch.optim
from torch._compile import _disable_dynamo
from torch.optim import Optimizer

COMPILER = "torch._dynamo"
OFFERED = (COMPILER, f"{COMPILER}.utils")  # what torchvision imports of it
_USE_GRAD = "_use_grad"  # the wrapper that tells the compiler of a step (torch/optim/optimizer.py)
_MARK = "__dynamo_disable"  # where torch keeps a function that the compiler leaves alone (torch/_compile.py)


def _left_alone(run: Callable[..., Any] | None = None, recursive: bool = True, **how: Any) -> Callable[..., Any]:
    """``torch._dynamo.disable``: a function that the compiler leaves alone, if there is one when it is called."""
    if run is None:
        return functools.partial(_left_alone, recursive=recursive, **how)
    function, alone = run, list[Callable[..., Any]]()

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        disable = getattr(sys.modules.get(COMPILER), "disable", None)  # none while it is being imported, too
        if disable is None:
            return function(*args, **kwargs)
        if not alone:
            alone.append(disable(function, recursive, **how))
        return alone[0](*args, **kwargs)

    return called


@functools.cache  # a warm parent asks for it before each fork
def spare_optimizers() -> None:
    """Let torch's optimizers be made and used without the compiler. Call it before the first one is made."""
    for method in vars(Optimizer).values():
        code = getattr(method, "__code__", None)
        if code is not None and code.co_filename == _disable_dynamo.__code__.co_filename:
            setattr(method.__wrapped__, _MARK, _left_alone(method.__wrapped__, wrapping=False))
    for kind in vars(torch.optim).values():
        step = vars(kind).get("step") if isinstance(kind, type) and issubclass(kind, Optimizer) else None
        if step is not None and step.__code__.co_name == _USE_GRAD:
            kind.step = _stepping(step)


def _stepping(step: Callable[..., Any]) -> Callable[..., Any]:
    """*step* of an optimizer, in the gradient mode that it asks for; the compiler need not be told if there is none."""

    @functools.wraps(step.__wrapped__)  # type: ignore[attr-defined]
    def stepped(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if COMPILER in sys.modules:
            return step(self, *args, **kwargs)
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step.__wrapped__(self, *args, **kwargs)  # type: ignore[attr-defined]

    return stepped


class _Deferred(ModuleType):
    """Stands in for a module of the compiler's; what it does not offer, the real one is imported for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # a package: its parts are looked for among the modules that are there

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_real(self.__name__), name)


def _real(name: str) -> ModuleType:
    for stand_in in OFFERED:
        if isinstance(sys.modules.get(stand_in), _Deferred):
            del sys.modules[stand_in]
    return importlib.import_module(name)


def _is_compile_supported(device_type: str) -> bool:
    return bool(_real(f"{COMPILER}.utils").is_compile_supported(device_type))


@contextmanager
def deferred() -> Iterator[None]:
    """While a library is imported that mentions the compiler; does nothing if that is there already."""
    if COMPILER in sys.modules:
        yield
        return
    whole, utils = map(_Deferred, OFFERED)
    vars(whole).update(disable=_left_alone, utils=utils)
    vars(utils).update(is_compile_supported=_is_compile_supported)
    sys.modules.update(zip(OFFERED, (whole, utils), strict=True))
    try:
        yield
    finally:
        for name in OFFERED:
            if isinstance(sys.modules.get(name), _Deferred):
                del sys.modules[name]
