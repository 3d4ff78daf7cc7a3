import torch
from torch import nn


class Maxout(nn.Module):
    """Goodfellow et al. 2013: the largest of k linear functions"""
    def __init__(self, d_in, d_out, k=3):
        super().__init__()
        self.d_out, self.k = d_out, k
        self.lin = nn.Linear(d_in, d_out * k)

    def forward(self, x):
        return self.lin(x).view(x.shape[0], self.d_out, self.k).max(dim=2).values


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.m1 = Maxout(784, 128)
        self.m2 = Maxout(128, 64)
        self.drop = nn.Dropout(.2)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = x.flatten(1)
        x = self.m2(self.drop(self.m1(x)))
        return self.fc(x)
