"""torch on a machine without a GPU as if there were one: what code from Colab calls does nothing, and is counted.

``torch.cuda.is_available()`` stays False and there are no cards: code that looks first takes the CPU. The rest
(waiting for the card, asking for its name or memory, streams and events) decides nothing in the homework.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import torch

from autograder.sandbox.torch.demands import answering

NAME = "no GPU"
MEMORY = 1 << 34  # bytes: shares and limits of it can be computed
GPUS = ("cuda", "mps", "xpu")
_NOTHING = (
    *("init", "synchronize", "set_device", "ipc_collect", "reset_peak_memory_stats", "set_stream"),
    *("reset_max_memory_allocated", "reset_max_memory_cached", "reset_accumulated_memory_stats", "set_rng_state"),
    *("set_rng_state_all", "set_per_process_memory_fraction", "set_device_index", "set_device_idx"),
)
_NUMBERS = (
    *("current_device", "initial_seed", "utilization", "temperature", "power_draw", "clock_rate"),
    *("current_allocated_memory", "driver_allocated_memory", "recommended_max_memory", "current_device_index"),
    *("current_device_idx",),
)
_IDLE = (
    *("Event", "Stream", "ExternalStream", "CUDAGraph", "device", "device_of", "graph", "StreamContext"),
    *("stream", "current_stream", "default_stream"),
)
_UNCOUNTED = ("manual_seed", "manual_seed_all", "seed", "seed_all", "empty_cache")  # they work without a GPU, too
_TENSORS = ("Float", "Double", "Half", "BFloat16", "Byte", "Char", "Short", "Int", "Long", "Bool")


class Asked:
    """How many calls asked for a GPU that is not there."""

    count = 0


class Idle:
    """A stream, an event, a graph, a context: whatever is done with it, nothing happens."""

    def __init__(self, *arguments: object, **named: object) -> None:
        Asked.count += 1
        self.at = time.perf_counter()

    def __enter__(self) -> Idle:
        return self

    def __exit__(self, *error: object) -> None:
        """Do nothing: there is nothing to end."""

    def record(self, stream: object = None) -> None:
        """Let an event happen now."""
        self.at = time.perf_counter()

    def elapsed_time(self, end: Idle) -> float:
        """Milliseconds from this event to the other."""
        return 1000 * (end.at - self.at)

    def query(self) -> bool:
        """Return that all work is done."""
        return True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **named: None


class Card:
    """The properties of a card: numbers that divide and compare, and decide nothing."""

    name = NAME
    total_memory = MEMORY
    major, minor = 7, 5

    def __getattr__(self, name: str) -> int:
        if name.startswith("__"):
            raise AttributeError(name)
        return 0


def pretend(sees_gpu: bool = False, folder: str = "") -> None:
    """From now on, and for good, torch of this process answers without a GPU.

    Args:
        sees_gpu: this process may have one; what it has stays as it is.
        folder: the submission's: a line of its that demands a GPU is told that there is one.
    """
    torch.compile = _uncompiled
    torch.nn.Module.compile = lambda self, *arguments, **named: None  # type: ignore[method-assign]
    for scripted in (torch.nn.Module, torch.nn.RNNBase):
        unused = getattr(scripted, "__jit_unused_properties__", [])
        setattr(scripted, "__jit_unused_properties__", [*unused, "_orig_mod"])  # noqa: B010
    torch.nn.Module._orig_mod = property(lambda self: self)  # type: ignore[attr-defined]  # of a compiled one
    if not (sees_gpu and torch.backends.mps.is_available()):
        _without(torch.mps)
        _put(torch.mps.event, "Event", Idle)
        _demandable(torch.backends.mps, folder)
    if sees_gpu and torch.cuda.is_available():
        return
    for module in (torch.cuda, getattr(torch, "xpu", None), getattr(torch, "accelerator", None)):
        if module is not None:
            _without(module)
            _demandable(module, folder)
    for kind in _TENSORS:
        _put(torch.cuda, f"{kind}Tensor", getattr(torch, f"{kind}Tensor"))
    _put(getattr(torch, "accelerator", None), "current_accelerator", _accelerator)
    for name in ("Stream", "Event"):
        _put(torch, name, Idle)
    torch.Tensor.record_stream = _answers(None)  # type: ignore[method-assign]
    for name, around in _AROUND.items():
        _put(torch, name, around(getattr(torch, name)))
    _put(torch, "Generator", _Generators("Generator", (), {"__doc__": "A generator, on the CPU."}))


def _without(module: Any) -> None:
    """What a module for a kind of GPU offers answers without one; what it answers in torch's own parts, too."""
    for name in _NOTHING:
        _put(module, name, _answers(None))
    for name in _NUMBERS:
        _put(module, name, _answers(0))
    for name in _UNCOUNTED:
        _put(module, name, lambda *arguments, **named: None)
    for name in _IDLE:
        _put(module, name, Idle)
    for name, value in _TOLD.items():
        _put(module, name, _answers(value))
    _put(module, "get_rng_state", lambda *arguments, **named: torch.get_rng_state())
    for name, function in list(vars(module).items()):
        if isinstance(function, FunctionType) and not name.startswith("_") and _is_of(function, module):
            setattr(module, name, _tolerant(function))
    for part in (getattr(module, name, None) for name in ("memory", "random", "profiler", "nvtx")):
        for name, function in list(vars(part).items()) if isinstance(part, ModuleType) else ():
            if isinstance(function, FunctionType) and not name.startswith("_") and _is_of(function, module):
                setattr(part, name, vars(module).get(name) or _tolerant(function))


def _is_of(function: FunctionType, module: ModuleType) -> bool:
    return str(function.__module__).startswith(module.__name__)


def _tolerant(function: FunctionType) -> Callable[..., Any]:
    """*function*, which gives None where it fails for want of a GPU."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except (RuntimeError, AssertionError, ImportError, AttributeError, KeyError):
            Asked.count += 1
            return None

    return call


def _demandable(module: Any, folder: str) -> None:
    for name, answer in (("is_available", True), ("is_built", True), ("device_count", 1)):
        if folder and hasattr(module, name):
            setattr(module, name, answering(getattr(module, name), folder, answer, _count))


def _count() -> None:
    Asked.count += 1


def _accelerator(check_available: bool = False) -> torch.device | None:
    return None if check_available else torch.device("cuda")


def _loading(real: Callable[..., Any]) -> Callable[..., Any]:
    """What brings back what was saved: on the CPU, wherever it was before."""

    def load(f: Any, map_location: Any = None, *arguments: Any, **named: Any) -> Any:
        if asks_for_gpu(map_location):
            Asked.count += 1
            map_location = "cpu"
        elif isinstance(map_location, dict):
            map_location = {of: "cpu" if asks_for_gpu(to) else to for of, to in map_location.items()}
        return real(f, "cpu" if map_location is None else map_location, *arguments, **named)

    return load


_TOLD = {
    "get_device_properties": Card(),
    "get_device_capability": (Card.major, Card.minor),
    "get_device_name": NAME,
    "mem_get_info": (MEMORY, MEMORY),
    "get_memory_info": (MEMORY, MEMORY),
    "memory_summary": "",
    "get_rng_state_all": [],
}


class _Generators(type):
    """``torch.Generator`` that makes none for a GPU."""

    def __call__(cls, device: Any = "cpu") -> torch.Generator:
        Asked.count += asks_for_gpu(device)
        return torch._C.Generator(device="cpu" if asks_for_gpu(device) else device)

    def __instancecheck__(cls, one: object) -> bool:
        return isinstance(one, torch._C.Generator)


def asks_for_gpu(value: Any, kinds: tuple[str, ...] = GPUS) -> bool:
    """Whether *value* names a device of one of *kinds*."""
    named = value if isinstance(value, str) else value.type if isinstance(value, torch.device) else ""
    return named.startswith(kinds)


def _put(module: Any, name: str, value: Any) -> None:
    if hasattr(module, name):
        setattr(module, name, value)


def _answers(value: Any) -> Callable[..., Any]:
    def answer(*arguments: object, **named: object) -> Any:
        Asked.count += 1
        return value

    return answer


def _default_device(real: Callable[[Any], None]) -> Callable[[Any], None]:
    def set_default_device(device: Any) -> None:
        asks = asks_for_gpu(device) or (type(device) is int)
        Asked.count += asks
        real("cpu" if asks else device)

    return set_default_device


def _default_type(real: Callable[[Any], None]) -> Callable[[Any], None]:
    def set_default_tensor_type(kind: Any, /) -> None:
        Asked.count += isinstance(kind, str) and ".cuda." in kind
        real(kind.replace(".cuda.", ".") if isinstance(kind, str) else kind)

    return set_default_tensor_type


def _uncompiled(model: Any = None, **named: object) -> Any:
    """Replace ``torch.compile``, which needs a compiler and processes: return the function as it is."""
    return (lambda inner: inner) if model is None else model


_AROUND = {"set_default_device": _default_device, "set_default_tensor_type": _default_type, "load": _loading}
