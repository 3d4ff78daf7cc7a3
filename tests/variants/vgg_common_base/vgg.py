"""VGG-19 for CIFAR-10."""
from __future__ import annotations

from torch import Tensor, nn


class _Block(nn.Module):
    """`depth` times conv3x3 + BN + ReLU, and a 2x2 max pooling in the end."""

    depth: int = 0

    def __init__(self, in_dim: int, out_dim: int) -> None:
        super().__init__()
        dims = [in_dim] + [out_dim] * self.depth
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.bns = nn.ModuleList(nn.BatchNorm2d(d) for d in dims[1:])
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, kernel_size=(3, 3), stride=(1, 1), padding="same") for a, b in zip(dims, dims[1:])
        )

    def forward(self, x: Tensor) -> Tensor:
        for conv, bn in zip(self.convs, self.bns):
            x = self.relu(bn(conv(x)))
        return self.pool(x)


class ConvBlock1(_Block):
    depth = 2


class ConvBlock2(_Block):
    depth = 4


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.linears = nn.ModuleList([nn.Linear(512, 512), nn.Linear(512, 128), nn.Linear(128, 10)])

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.linears
        for layer in hidden:
            x = self.relu(layer(x))
        return last(x)


class VGG19(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = Head()
        self.blocks = nn.ModuleList()
        for block, in_dim, out_dim in [
            (ConvBlock1, 3, 64),
            (ConvBlock1, 64, 128),
            (ConvBlock2, 128, 256),
            (ConvBlock2, 256, 512),
            (ConvBlock2, 512, 512),
        ]:
            self.blocks.append(block(in_dim, out_dim))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return self.head(x.flatten(start_dim=1))


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg: nn.Module) -> None:
        super().__init__()
        self.head = Head()
        self.backbone = pre_vgg.features

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.backbone(x).flatten(start_dim=1))
