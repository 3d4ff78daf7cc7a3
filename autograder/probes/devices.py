"""The device that a run is on, whatever the student's code asks for: such calls are redirected, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

GPUS = ("cuda", "mps")


class RunOn(TorchFunctionMode):
    """Sends what asks for another kind of device than the run's to the run's.

    Attributes:
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        redirected: how many calls asked for another.
    """

    def __init__(self, device: str = "cpu") -> None:
        super().__init__()
        self.device = device
        self.redirected = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call on the run's device."""
        kwargs = kwargs or {}
        if func is torch.Tensor.cuda and self.device != "cuda":
            self.redirected += 1
            return args[0].to(self.device)
        if func is torch.Tensor.to or "device" in kwargs:
            moved = tuple(self._here(value) for value in args)
            return func(*moved, **{name: self._here(value) for name, value in kwargs.items()})
        return func(*args, **kwargs)

    def _here(self, value: Any) -> Any:
        others = tuple(kind for kind in GPUS if kind != self.device)
        asks = (isinstance(value, str) and value.startswith(others)) or (
            isinstance(value, torch.device) and value.type in others
        )
        if not asks:
            return value
        self.redirected += 1
        return torch.device(self.device)


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
