"""Parts 2.1 and 2.2: VGG-19 for 32 x 32 images, from scratch and on pre-trained features."""

import torch
from torch import nn


class ConvBlock1(nn.Module):
    """Convolution, batch norm and ReLU, twice; then max-pooling: ``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``.

    Each convolution is 3 x 3 with padding 1.
    """

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        # TODO 2.1a: declare the layers of the block
        raise NotImplementedError("TODO 2.1a: declare the layers of the block")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""
        # TODO 2.1a: run the layers in their order
        raise NotImplementedError("TODO 2.1a: run the layers in their order")


class ConvBlock2(nn.Module):
    """The same as :class:`ConvBlock1` with four convolutions: ``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        # TODO 2.1b: declare the layers of the block
        raise NotImplementedError("TODO 2.1b: declare the layers of the block")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""
        # TODO 2.1b: run the layers in their order
        raise NotImplementedError("TODO 2.1b: run the layers in their order")


class VGG19(nn.Module):
    """VGG-19 with batch norm for CIFAR-10: ``(N, 3, 32, 32)`` in [0, 1] to logits ``(N, 10)``; 20,365,002 parameters.

    Five blocks (3-64, 64-128, 128-256, 256-512, 512-512; the first two are ``ConvBlock1``, the others
    ``ConvBlock2``), then linear layers 512-512-128-10 with a ReLU after the first and after the second.
    """

    def __init__(self):
        super().__init__()
        # TODO 2.1c: declare the five blocks and the head
        raise NotImplementedError("TODO 2.1c: declare the five blocks and the head")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 3, 32, 32)`` to logits ``(N, 10)``."""
        # TODO 2.1c: run the blocks, flatten, run the head
        raise NotImplementedError("TODO 2.1c: run the blocks, flatten, run the head")


class PretrainedVGG(nn.Module):
    """The features of a pre-trained VGG-19 under a head for ten classes: ``(N, 3, 32, 32)`` to ``(N, 10)``.

    Args:
        pre_vgg: ``torchvision.models.vgg19_bn(weights=VGG19_BN_Weights.IMAGENET1K_V1)``. Only its ``features``
            are used, with their weights; all of them are fine-tuned.
    """

    def __init__(self, pre_vgg: nn.Module):
        super().__init__()
        # TODO 2.2b: keep the pre-trained features, declare a new head
        raise NotImplementedError("TODO 2.2b: keep the pre-trained features, declare a new head")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 3, 32, 32)`` to logits ``(N, 10)``."""
        # TODO 2.2b: features, flatten, head
        raise NotImplementedError("TODO 2.2b: features, flatten, head")
