"""The device that a run is on, whatever the student's code asks for: such calls are redirected, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from autograder.sandbox.torch import no_gpu
from autograder.sandbox.torch.no_gpu import GPUS, Asked, asks_for_gpu

pretend = no_gpu.pretend
_XPU = getattr(torch.Tensor, "xpu", None)


class RunOn(TorchFunctionMode):
    """Sends what asks for another kind of device than the run's to the run's.

    Attributes:
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
    """

    def __init__(self, device: str = "cpu") -> None:
        super().__init__()
        self.device = device
        self._others = tuple(kind for kind in GPUS if kind != device)
        self._before = Asked.count
        self._after: int | None = None

    def __exit__(self, *error: Any) -> None:
        """Stop counting."""
        self._after = Asked.count
        super().__exit__(*error)  # type: ignore[no-untyped-call]

    @property
    def redirected(self) -> int:
        """How many calls asked for another device, of torch's functions and of ``torch.cuda`` itself."""
        return (Asked.count if self._after is None else self._after) - self._before

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call on the run's device."""
        kwargs = kwargs or {}
        if self.device != "cuda":
            if func is torch.Tensor.cuda or func is _XPU:
                return self._moved(args[0])
            if func is torch.Tensor.pin_memory:
                Asked.count += 1
                return args[0]
            if func is torch.Tensor.type:
                args = tuple(self._type(value) for value in args)
            elif func is torch.Tensor.to and len(args) > 1 and type(args[1]) is int:  # a card's number
                args = (args[0], "cuda", *args[2:])
            if kwargs.get("pin_memory"):
                Asked.count += 1
                kwargs = {**kwargs, "pin_memory": False}
        if func is torch.Tensor.to or "device" in kwargs:
            moved = tuple(self._here(value) for value in args)
            return func(*moved, **{name: self._here(value, name) for name, value in kwargs.items()})
        return func(*args, **kwargs)

    def _moved(self, tensor: torch.Tensor) -> torch.Tensor:
        Asked.count += 1
        return tensor.to(self.device)

    def _here(self, value: Any, name: str = "") -> Any:
        number = name == "device" and type(value) is int and self.device != "cuda"
        if not number and not asks_for_gpu(value, self._others):
            return value
        Asked.count += 1
        return torch.device(self.device)

    def _type(self, value: Any) -> Any:
        if not isinstance(value, str) or ".cuda." not in value:
            return value
        Asked.count += 1
        return value.replace(".cuda.", ".")


def machine(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What this machine can train on; runs without any submission.

    Returns:
        Facts: ``devices`` (the best first, ``"cpu"`` the last), ``names`` by device, ``card_bytes`` (memory of the
        first CUDA device, or 0), ``bf16`` (whether the CPU multiplies bfloat16 in hardware).
    """
    devices, names, card = ["cpu"], {"cpu": torch.backends.cpu.get_cpu_capability()}, 0
    if torch.backends.mps.is_available():
        devices.insert(0, "mps")
        names["mps"] = "Apple GPU"
    if torch.cuda.is_available():
        devices.insert(0, "cuda")
        names["cuda"] = torch.cuda.get_device_name(0)
        card = torch.cuda.get_device_properties(0).total_memory
    return {"devices": devices, "names": names, "card_bytes": card, "bf16": cpu_has_bf16()}, {}


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    capabilities = torch.backends.cpu.get_cpu_capability()
    if not capabilities.startswith("AVX512"):
        return False
    is_supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(is_supported is not None and is_supported())
