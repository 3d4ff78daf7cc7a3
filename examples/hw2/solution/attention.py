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
        # BEGIN SOLUTION 2a: declare the three layers
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, dim, bias=False)
        self.value = nn.Linear(dim, dim, bias=False)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, T, dim)`` to ``(N, T, dim)``."""
        # BEGIN SOLUTION 2a: the weights of each position, and the mean of the values by them
        query, key, value = self.query(x), self.key(x), self.value(x)  # each (N, T, dim)
        products = query @ key.transpose(1, 2) / x.shape[-1] ** 0.5  # (N, T, T)
        weights = torch.softmax(products, dim=2)
        return weights @ value
        # END SOLUTION
