from __future__ import annotations

import torch
from torch import nn


def out_size(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    return (size - kernel + 2 * padding) // stride + 1


class ConvNet(nn.Module):
    def __init__(self, channels: int = 8, kernel: int = 6, stride: int = 2, pool: int | None = None) -> None:
        super().__init__()
        side = out_size(28, kernel, stride)
        if pool is not None:
            side = out_size(side, pool, pool)
        self.pool = nn.MaxPool2d(pool) if pool is not None else None
        self.classifier = nn.Linear(channels * side * side, 10)
        self.bn = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(1, channels, kernel, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.bn(self.conv(x)).relu()
        if self.pool is not None:
            x = self.pool(x)
        return self.classifier(torch.flatten(x, 1))
