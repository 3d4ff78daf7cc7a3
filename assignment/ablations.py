"""Part 1.2: ten small networks for MNIST that differ in one thing at a time.

Each takes images ``(N, 1, 28, 28)`` in [0, 1] and returns logits ``(N, 10)``. The numbers in a name like 784-30-10 are
the widths of the input, of each hidden layer and of the output. No activation follows the last layer.
"""

import torch
from torch import nn


class Exp1(nn.Module):
    """Experiment 1: 784-30-10 with a sigmoid; trained with SGD; 23,860 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.1: declare the layers
        raise NotImplementedError("TODO 1.2.1: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.1: compute the logits
        raise NotImplementedError("TODO 1.2.1: compute the logits")


class Exp2(nn.Module):
    """Experiment 2: 784-30-10 with a ReLU; trained with SGD; 23,860 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.2: declare the layers
        raise NotImplementedError("TODO 1.2.2: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.2: compute the logits
        raise NotImplementedError("TODO 1.2.2: compute the logits")


class Exp3(nn.Module):
    """Experiment 3: 784-50-30-10 with sigmoids; trained with SGD; 41,090 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.3: declare the layers
        raise NotImplementedError("TODO 1.2.3: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.3: compute the logits
        raise NotImplementedError("TODO 1.2.3: compute the logits")


class Exp4(nn.Module):
    """Experiment 4: 784-50-30-10 with ReLUs; trained with SGD; 41,090 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.4: declare the layers
        raise NotImplementedError("TODO 1.2.4: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.4: compute the logits
        raise NotImplementedError("TODO 1.2.4: compute the logits")


class Exp5(nn.Module):
    """Experiment 5: 784-50-30-10 with ReLUs; trained with Adam; 41,090 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.5: declare the layers
        raise NotImplementedError("TODO 1.2.5: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.5: compute the logits
        raise NotImplementedError("TODO 1.2.5: compute the logits")


class Exp6(nn.Module):
    """Experiment 6: 784-30-10 with a ReLU; trained with Adam; 23,860 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.6: declare the layers
        raise NotImplementedError("TODO 1.2.6: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.6: compute the logits
        raise NotImplementedError("TODO 1.2.6: compute the logits")


class Exp7(nn.Module):
    """Experiment 7: 784-30-10 with batch norm before the ReLU; trained with Adam; 23,920 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.7: declare the layers
        raise NotImplementedError("TODO 1.2.7: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.7: compute the logits
        raise NotImplementedError("TODO 1.2.7: compute the logits")


class Exp8(nn.Module):
    """Experiment 8: 784-50-30-10 with batch norm before each ReLU; trained with Adam; 41,250 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.8: declare the layers
        raise NotImplementedError("TODO 1.2.8: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.8: compute the logits
        raise NotImplementedError("TODO 1.2.8: compute the logits")


class Exp9(nn.Module):
    """Experiment 9: convolution (8 filters, 6 x 6, stride 2), batch norm, ReLU, 1152-10; Adam; 11,842 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.9: declare the layers
        raise NotImplementedError("TODO 1.2.9: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.9: compute the logits
        raise NotImplementedError("TODO 1.2.9: compute the logits")


class Exp10(nn.Module):
    """Experiment 10: experiment 9 with max-pooling 2 after the ReLU, then 288-10; Adam; 3,202 parameters."""

    def __init__(self):
        super().__init__()
        # TODO 1.2.10: declare the layers
        raise NotImplementedError("TODO 1.2.10: declare the layers")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 1, 28, 28)`` to logits ``(N, 10)``."""
        # TODO 1.2.10: compute the logits
        raise NotImplementedError("TODO 1.2.10: compute the logits")
