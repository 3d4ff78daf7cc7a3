import torch
from torch import nn

from layers import ConvBN, mlp


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.first = ConvBN(in_dim, out_dim, 3, padding=1)
        self.second = ConvBN(out_dim, out_dim, 3, padding=1)

    def forward(self, x):
        return torch.max_pool2d(self.second(self.first(x)), 2)


class ConvBlock2(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.rest = nn.Sequential(*(ConvBN(out_dim, out_dim, 3, padding=1) for _ in range(3)))
        self.first = ConvBN(in_dim, out_dim, 3, padding=1)

    def forward(self, x):
        return torch.max_pool2d(self.rest(self.first(x)), 2)


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
            nn.Sequential(ConvBlock1(3, 64), ConvBlock1(64, 128)),
            nn.Sequential(ConvBlock2(128, 256), ConvBlock2(256, 512), ConvBlock2(512, 512)),
        )
        self.head = mlp(512, 512, 128, 10, act=torch.relu)

    def forward(self, x):
        return self.head(self.blocks(x))
