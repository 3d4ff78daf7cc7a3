from __future__ import annotations

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, hidden: list[int], activation: nn.Module | None = None, batch_norm: bool = False) -> None:
        super().__init__()
        sizes = [28 * 28, *hidden, 10]
        self.activation = activation or nn.ReLU()
        # all norms first, then all weights
        self.norms = nn.ModuleList([nn.BatchNorm1d(h) if batch_norm else nn.Identity() for h in hidden])
        self.linears = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.flatten(start_dim=1)
        for linear, norm in zip(self.linears, self.norms):
            x = self.activation(norm(linear(x)))
        return self.linears[-1](x)
