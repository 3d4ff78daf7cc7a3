"""torch on a machine without a GPU as if there were one: what code from Colab calls does nothing, and is counted.

``torch.cuda.is_available()`` stays False and there are no cards: code that looks first takes the CPU. The rest
(waiting for the card, asking for its name or memory, streams and events) decides nothing in the homework.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch

NAME = "no GPU"
GPUS = ("cuda", "mps")
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
        """Nothing to end."""

    def record(self, stream: object = None) -> None:
        """An event: now."""
        self.at = time.perf_counter()

    def elapsed_time(self, end: Idle) -> float:
        """Milliseconds from this event to the other."""
        return 1000 * (end.at - self.at)

    def query(self) -> bool:
        """All is done."""
        return True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **named: None


def pretend(sees_gpu: bool = False) -> None:
    """From now on, and for good, torch of this process answers without a GPU.

    Args:
        sees_gpu: this process may have one; what it has stays as it is.
    """
    torch.compile = _uncompiled
    torch.nn.Module.compile = lambda self, *arguments, **named: None  # type: ignore[method-assign]
    if not (sees_gpu and torch.backends.mps.is_available()):
        _quieten(torch.mps)
    if sees_gpu and torch.cuda.is_available():
        return
    _quieten(torch.cuda)
    for name in ("Event", "Stream", "ExternalStream", "CUDAGraph", "device", "device_of", "graph", "StreamContext"):
        _put(torch.cuda, name, Idle)
    for name in ("stream", "current_stream", "default_stream"):
        _put(torch.cuda, name, Idle)
    _put(torch.cuda, "get_device_properties", _answers(SimpleNamespace(name=NAME, total_memory=0, major=0, minor=0)))
    _put(torch.cuda, "get_device_capability", _answers((0, 0)))
    _put(torch.cuda, "get_device_name", _answers(NAME))
    _put(torch.cuda, "mem_get_info", _answers((0, 0)))
    _put(torch.cuda, "memory_summary", _answers(""))
    _put(torch.cuda, "get_rng_state_all", _answers([]))
    for kind in _TENSORS:
        _put(torch.cuda, f"{kind}Tensor", getattr(torch, f"{kind}Tensor"))
    if hasattr(torch, "accelerator"):
        _quieten(torch.accelerator)
    torch.Tensor.record_stream = _answers(None)  # type: ignore[method-assign]
    _put(torch, "set_default_device", _default_device(torch.set_default_device))
    _put(torch, "set_default_tensor_type", _default_type(torch.set_default_tensor_type))
    _put(torch, "Generator", _Generators("Generator", (), {"__doc__": "A generator, on the CPU."}))


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


def _quieten(module: Any) -> None:
    for name in _NOTHING:
        _put(module, name, _answers(None))
    for name in _NUMBERS:
        _put(module, name, _answers(0))
    for name in _UNCOUNTED:
        _put(module, name, lambda *arguments, **named: None)
    _put(module, "get_rng_state", lambda *arguments, **named: torch.get_rng_state())


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
    """In the place of ``torch.compile``, which needs a compiler and processes: the same function, as it is."""
    return (lambda inner: inner) if model is None else model
