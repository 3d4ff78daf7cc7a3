"""Blocks of the kit's own that stand in for a submission's wrong ones.

They have the interface of ``ConvBlock1`` and ``ConvBlock2`` and deliberately another function, so that what stands on
the blocks is graded on its own merit and nothing of the solution enters a worker. The two differ from each other, in
their parameters too.
"""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from autograder.deep_learning.probes import network as probe


class StandIn1(nn.Module):
    """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``: 1 x 1 convolution, average pooling."""

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        self.mix = nn.Conv2d(in_dim, out_dim, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""
        return F.avg_pool2d(self.mix(x), 2)


class StandIn2(nn.Module):
    """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``: average pooling, 1 x 1 convolution without bias, tanh."""

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        self.mix = nn.Conv2d(in_dim, out_dim, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""
        return torch.tanh(self.mix(F.avg_pool2d(x, 2)))


STAND_INS = {"ConvBlock1": StandIn1, "ConvBlock2": StandIn2}

# The toolbox's probes of networks, which put these blocks in the place of a submission's where they are told to.
network = partial(probe.network, blocks=STAND_INS)
candidates = partial(probe.candidates, blocks=STAND_INS)
edited = partial(probe.edited, blocks=STAND_INS)
