"""Counts what a training does with what it was given: batches drawn, backward passes, optimizer steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

WATCHED = 400  # parameters; a hook costs a microsecond a step, VGG-19 has 102


@dataclass
class Counts:
    """The counts so far.

    Attributes:
        passes: how often somebody began to go through the training images.
        batches: of training images that were drawn.
        steps: of the given optimizer.
        reached: by parameter, how many gradients have reached it.
    """

    passes: int = 0
    batches: int = 0
    steps: int = 0
    reached: Counter[int] = field(default_factory=Counter)

    def watch(self, net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Count from now on the steps of *optimizer* and the gradients of *net*, whoever asks for them."""
        trained = [parameter for parameter in nn.Module.parameters(net) if parameter.requires_grad]
        for number, parameter in enumerate(trained[:WATCHED]):
            parameter.register_hook(self._hears(number))  # type: ignore[no-untyped-call]
        optimizer.register_step_post_hook(self._stepped)

    def taken(self) -> dict[str, int]:
        """What was counted since the last time: ``passes``, ``batches``, ``backwards``, ``steps``."""
        backwards = max(self.reached.values(), default=0)
        found = {"passes": self.passes, "batches": self.batches, "backwards": backwards, "steps": self.steps}
        self.passes = self.batches = self.steps = 0
        self.reached.clear()
        return found

    def _stepped(self, *_: Any) -> None:
        self.steps += 1

    def _hears(self, number: int) -> Callable[[torch.Tensor], None]:
        def hear(_: torch.Tensor) -> None:
            self.reached[number] += 1

        return hear
