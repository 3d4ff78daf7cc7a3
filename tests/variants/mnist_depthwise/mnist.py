from __future__ import annotations

import torch
from torch import Tensor, nn


class SeparableConv(nn.Module):
    """Depthwise 3x3, then pointwise 1x1."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, 3, stride, 1, groups=in_channels, bias=False)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.norm = nn.GroupNorm(4, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.silu(self.norm(self.pointwise(self.depthwise(x))))


class MNIST_Net(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 24, 3, padding=1, bias=False), nn.GroupNorm(4, 24), nn.SiLU())
        self.layers = nn.Sequential(
            SeparableConv(24, 48, stride=2),
            SeparableConv(48, 48),
            SeparableConv(48, 96, stride=2),
            SeparableConv(96, 96),
        )
        self.norm = nn.LayerNorm(96)
        self.fc = nn.Linear(96, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers(self.stem(x))
        x = torch.amax(x, dim=(-2, -1))  # global max pooling
        return self.fc(self.norm(x))
