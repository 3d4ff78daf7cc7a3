"""Small pieces that both parts of the homework use."""

import torch
from torch import nn
from torch.nn import functional as F


class Dense(nn.Module):
    """Linear layer, then (optionally) batch norm, then (optionally) an activation."""

    def __init__(self, n_in, n_out, act=None, bn=False):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.weight = nn.Parameter(torch.empty(n_out, n_in))
        nn.init.xavier_uniform_(self.weight)
        self.bn = nn.BatchNorm1d(n_out) if bn else None
        self.act = act

    def forward(self, x):
        x = F.linear(x, self.weight, self.bias)
        if self.bn is not None:
            x = self.bn(x)
        if self.act is not None:
            x = self.act(x)
        return x


class ConvBN(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, n_in, n_out, kernel_size, **kwargs):
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, kernel_size, **kwargs)
        self.bn = nn.BatchNorm2d(n_out)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


def mlp(*widths, act, bn=False):
    layers = [nn.Flatten()]
    for a, b in zip(widths[:-2], widths[1:-1]):
        layers.append(Dense(a, b, act, bn))
    layers.append(Dense(widths[-2], widths[-1]))
    return nn.Sequential(*layers)
