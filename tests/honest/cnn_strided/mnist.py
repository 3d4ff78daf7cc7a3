import torch
from torch import nn


class MNIST_Net(nn.Module):
    """All-convolutional: stride 2 in the place of pooling (Springenberg et al.)."""

    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 12, 3, stride=2, padding=1)    # 14
        self.c2 = nn.Conv2d(12, 24, 3, stride=2, padding=1)   # 7
        self.c3 = nn.Conv2d(24, 48, 3, stride=2, padding=1)   # 4
        self.out = nn.Conv2d(48, 10, 4)                       # 1

    def forward(self, x):
        for layer in [self.c1, self.c2, self.c3]:
            x = torch.relu(layer(x))
        return self.out(x).flatten(1)
