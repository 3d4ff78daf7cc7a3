"""Parts 2.1 and 2.2: VGG-19 for 32 x 32 images, from scratch and on pre-trained features."""

import torch
from torch import nn


class ConvBlock1(nn.Module):
    """Two times convolution, batch norm, ReLU; then max-pooling: ``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``.

    Each convolution is 3 x 3 with padding 1.
    """

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        # BEGIN SOLUTION 2.1a: declare the layers of the block
        self.conv1 = nn.Conv2d(in_dim, out_dim, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(out_dim)
        self.conv2 = nn.Conv2d(out_dim, out_dim, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(out_dim)
        self.pool = nn.MaxPool2d(2)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""
        # BEGIN SOLUTION 2.1a: run the layers in their order
        x = torch.relu(self.norm1(self.conv1(x)))  # (N, out_dim, H, W)
        x = torch.relu(self.norm2(self.conv2(x)))  # (N, out_dim, H, W)
        return self.pool(x)  # (N, out_dim, H/2, W/2)
        # END SOLUTION


class ConvBlock2(nn.Module):
    """The same as :class:`ConvBlock1` with four convolutions: ``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        # BEGIN SOLUTION 2.1b: declare the layers of the block
        layers: list[nn.Module] = []
        for channels in (in_dim, out_dim, out_dim, out_dim):
            layers += [nn.Conv2d(channels, out_dim, 3, padding=1), nn.BatchNorm2d(out_dim), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.MaxPool2d(2))
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, in_dim, H, W)`` to ``(N, out_dim, H/2, W/2)``."""
        # BEGIN SOLUTION 2.1b: run the layers in their order
        return self.layers(x)
        # END SOLUTION


class VGG19(nn.Module):
    """VGG-19 with batch norm for CIFAR-10: ``(N, 3, 32, 32)`` in [0, 1] to logits ``(N, 10)``; 20,365,002 parameters.

    Five blocks (3-64, 64-128, 128-256, 256-512, 512-512; the first two are ``ConvBlock1``, the others
    ``ConvBlock2``), then linear layers 512-512-128-10 with a ReLU after the first and after the second.
    """

    def __init__(self):
        super().__init__()
        # BEGIN SOLUTION 2.1c: declare the five blocks and the head
        self.block1 = ConvBlock1(3, 64)
        self.block2 = ConvBlock1(64, 128)
        self.block3 = ConvBlock2(128, 256)
        self.block4 = ConvBlock2(256, 512)
        self.block5 = ConvBlock2(512, 512)
        self.fc1 = nn.Linear(512, 512)
        self.fc2 = nn.Linear(512, 128)
        self.fc3 = nn.Linear(128, 10)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 3, 32, 32)`` to logits ``(N, 10)``."""
        # BEGIN SOLUTION 2.1c: run the blocks, flatten, run the head
        x = self.block2(self.block1(x))  # (N, 128, 8, 8)
        x = self.block5(self.block4(self.block3(x)))  # (N, 512, 1, 1)
        x = x.flatten(1)  # (N, 512)
        x = torch.relu(self.fc1(x))  # (N, 512)
        x = torch.relu(self.fc2(x))  # (N, 128)
        return self.fc3(x)  # (N, 10)
        # END SOLUTION


class PretrainedVGG(nn.Module):
    """The convolutional features of a pre-trained VGG-19 under a head for ten classes: ``(N, 3, 32, 32)`` to ``(N, 10)``.

    Args:
        pre_vgg: ``torchvision.models.vgg19_bn(weights=VGG19_BN_Weights.IMAGENET1K_V1)``. Only its ``features``
            are used, with their weights; all of them are fine-tuned.
    """

    def __init__(self, pre_vgg: nn.Module):
        super().__init__()
        # BEGIN SOLUTION 2.2b: keep the pre-trained features, declare a new head
        self.features = pre_vgg.features
        self.head = nn.Sequential(
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 128),
            nn.ReLU(),
            nn.Linear(128, 10),
        )
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Images ``(N, 3, 32, 32)`` to logits ``(N, 10)``."""
        # BEGIN SOLUTION 2.2b: features, flatten, head
        x = self.features(x)  # (N, 512, 1, 1)
        return self.head(x.flatten(1))  # (N, 10)
        # END SOLUTION
