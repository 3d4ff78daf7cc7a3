"""Part 2: self-attention with one head."""

import torch
from torch import nn


class SelfAttention(nn.Module):
    """Each position of a sequence looks at all of them: ``(N, T, dim)`` to ``(N, T, dim)``.

    Queries, keys and values are linear layers of the input, without biases. The weights of a position are the softmax
    of its query's products with all keys, divided by the square root of ``dim``.
    """

    def __init__(self, dim: int):
        super().__init__()
        # TODO 2a: declare the three layers
        raise NotImplementedError("TODO 2a: declare the three layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, T, dim)`` to ``(N, T, dim)``."""
        # TODO 2a: the weights of each position, and the mean of the values by them
        raise NotImplementedError("TODO 2a: the weights of each position, and the mean of the values by them")
