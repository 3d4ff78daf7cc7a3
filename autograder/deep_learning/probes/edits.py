"""Runs a network with single steps replaced, to find the difference that matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.overrides import TorchFunctionMode

from autograder.deep_learning.probes.usage import STEPS, VIEWS, Watch, name_of, tensors_in

# What may stand in the place of a step; with "then" before it, it follows the step.
INSTEAD: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "nothing": lambda x: x,
    "ReLU": torch.relu,
    "sigmoid": torch.sigmoid,
    "max-pool": lambda x: F.max_pool2d(x, 2),
}
THEN = "then "


class Edited(Watch):
    """Replaces steps while it is active.

    Args:
        net: what runs.
        edits: by the number of a step, as :class:`Watch` counts them: what stands in its place (``INSTEAD``), or with
            ``"then "`` before it what follows it.
    """

    def __init__(self, net: nn.Module, edits: Mapping[int, str]):
        super().__init__(net)
        self.edits = edits

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call, or what stands in its place."""
        number = len(self.steps)
        edit = self.edits.get(number, "")
        name = name_of(func)
        if edit and not edit.startswith(THEN) and name in STEPS and not self._tracked(args, kwargs or {}):
            result = INSTEAD[edit](args[0])
            self.steps.append((STEPS[name], list(result.shape)))
            return result
        result = super().__torch_function__(func, types, args, kwargs)
        if edit.startswith(THEN) and len(self.steps) > number:
            return INSTEAD[edit.removeprefix(THEN)](result)
        return result


def _centred(x: torch.Tensor, dim: int | None = None, *_: Any, **__: Any) -> torch.Tensor:
    """What a softmax sees of its logits: a shift of all of them changes nothing."""
    return x - x.mean(-1 if dim is None else dim, keepdim=True)


def _through(x: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return x


class Unsquashed(TorchFunctionMode):
    """Lets logits through where the output is squashed, so that a step which saturates does not hide them.

    A softmax of large logits, or a sigmoid, has a gradient of exactly 0.
    """

    PASSED: ClassVar[dict[str, Callable[..., torch.Tensor]]] = {
        **dict.fromkeys(("softmax", "log_softmax", "softmin"), _centred),
        **dict.fromkeys(("sigmoid", "sigmoid_", "tanh", "tanh_", "logsigmoid"), _through),
    }

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call, or let its input through."""
        run: Callable[..., Any] = self.PASSED.get(name_of(func), func)
        return run(*args, **(kwargs or {}))


class FirstOutput(TorchFunctionMode):
    """Keeps what the first call that uses a tensor returns.

    Args:
        tensor: the first parameter of a network, or None.

    Attributes:
        outputs: that result, or nothing.
    """

    def __init__(self, tensor: torch.Tensor | None) -> None:
        super().__init__()
        self.tensor = tensor
        self.outputs: list[torch.Tensor] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call, and look at what it takes."""
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if not self.outputs and self.tensor is not None and isinstance(result, torch.Tensor):
            uses = any(value is self.tensor for _, value in tensors_in(args, kwargs))
            if uses and name_of(func) not in VIEWS:
                self.outputs.append(result.detach().clone())
        return result
