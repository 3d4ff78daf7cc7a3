"""Part 1.1: a classifier for MNIST, of your own design."""

import torch
from torch import nn


class MNIST_Net(nn.Module):
    """Hand-written digits to logits: ``(N, 1, 28, 28)`` in [0, 1] to ``(N, 10)``.

    The architecture is yours. It is trained with ``CrossEntropyLoss``, so the outputs are logits, not
    probabilities.
    """

    def __init__(self):
        super().__init__()
        # TODO 1.1: declare the layers of your network
        raise NotImplementedError("TODO 1.1: declare the layers of your network")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.1: compute the logits
        raise NotImplementedError("TODO 1.1: compute the logits")
