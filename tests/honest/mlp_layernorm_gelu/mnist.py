from __future__ import annotations

from torch import Tensor, nn


class Block(nn.Module):
    """Pre-norm residual MLP block."""

    def __init__(self, width: int, expansion: int = 2) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, expansion * width)
        self.act = nn.GELU()
        self.down = nn.Linear(expansion * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(self.act(self.up(self.norm(x))))


class MNIST_Net(nn.Module):
    def __init__(self, width: int = 128, depth: int = 2) -> None:
        super().__init__()
        self.embed = nn.Linear(28 * 28, width)
        self.blocks = nn.Sequential(*[Block(width) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.blocks(self.embed(x.flatten(1)))))
