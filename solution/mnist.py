"""Part 1.1: a classifier for MNIST, of your own design."""

import torch
from torch import nn


class MNIST_Net(nn.Module):  # noqa: N801  the handout's name
    """Hand-written digits to logits: ``(N, 1, 28, 28)`` in [0, 1] to ``(N, 10)``.

    The architecture is yours. It is trained with ``CrossEntropyLoss``, so the outputs are logits, not
    probabilities.
    """

    def __init__(self):
        super().__init__()
        # BEGIN SOLUTION 1.1: declare the layers of your network
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(16)
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(0.25)
        self.fc1 = nn.Linear(16 * 7 * 7, 256)
        self.fc2 = nn.Linear(256, 10)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # BEGIN SOLUTION 1.1: compute the logits
        x = self.drop(self.pool(torch.relu(self.norm1(self.conv1(x)))))  # (N, 8, 14, 14)
        x = self.drop(self.pool(torch.relu(self.norm2(self.conv2(x)))))  # (N, 16, 7, 7)
        x = x.flatten(1)  # (N, 784)
        x = torch.relu(self.fc1(x))  # (N, 256)
        return self.fc2(x)  # (N, 10)
        # END SOLUTION
