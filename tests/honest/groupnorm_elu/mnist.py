import torch
from torch import nn, Tensor


class ConvGN(nn.Module):
    def __init__(self, cin: int, cout: int, groups: int):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 5, stride=2, padding=2)
        self.gn = nn.GroupNorm(groups, cout)
        self.act = nn.ELU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.gn(self.conv(x)))


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = ConvGN(1, 16, 4)
        self.c2 = ConvGN(16, 32, 4)
        self.drop = nn.Dropout(0.4)
        self.fc = nn.Linear(32 * 49, 10)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.flatten(self.c2(self.c1(x)), 1)
        return self.fc(self.drop(y))
