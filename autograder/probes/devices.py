"""``.cuda()`` where there is no GPU: the call is answered with the CPU, and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class OnTheCPU(TorchFunctionMode):
    """Sends what asks for a GPU to the CPU.

    Attributes:
        redirected: how many calls asked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.redirected = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call on the CPU."""
        kwargs = kwargs or {}
        if func is torch.Tensor.cuda:
            self.redirected += 1
            return args[0]
        if func is torch.Tensor.to or "device" in kwargs:
            moved = tuple(self._cpu(value) for value in args)
            return func(*moved, **{name: self._cpu(value) for name, value in kwargs.items()})
        return func(*args, **kwargs)

    def _cpu(self, value: Any) -> Any:
        is_gpu = (isinstance(value, str) and value.startswith(("cuda", "mps"))) or (
            isinstance(value, torch.device) and value.type in ("cuda", "mps")
        )
        if not is_gpu:
            return value
        self.redirected += 1
        return torch.device("cpu")
