import torch
from torch import nn

from layers import ConvBN, Dense, mlp


class _Wrapped(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)


class Exp1(_Wrapped):
    def __init__(self):
        super().__init__(mlp(784, 30, 10, act=torch.sigmoid))


class Exp2(_Wrapped):
    def __init__(self):
        super().__init__(mlp(784, 30, 10, act=torch.relu))


class Exp3(_Wrapped):
    def __init__(self):
        super().__init__(mlp(784, 50, 30, 10, act=torch.sigmoid))


class Exp4(_Wrapped):
    def __init__(self):
        super().__init__(mlp(784, 50, 30, 10, act=torch.relu))


class Exp5(_Wrapped):  # as Exp4, trained with Adam
    def __init__(self):
        super().__init__(mlp(784, 50, 30, 10, act=torch.relu))


class Exp6(_Wrapped):  # as Exp2, trained with Adam
    def __init__(self):
        super().__init__(mlp(784, 30, 10, act=torch.relu))


class Exp7(_Wrapped):
    def __init__(self):
        super().__init__(mlp(784, 30, 10, act=torch.relu, bn=True))


class Exp8(_Wrapped):
    def __init__(self):
        super().__init__(mlp(784, 50, 30, 10, act=torch.relu, bn=True))


class Exp9(_Wrapped):
    def __init__(self):
        super().__init__(nn.Sequential(ConvBN(1, 8, 6, stride=2), nn.Flatten(), Dense(8 * 12 * 12, 10)))


class Exp10(_Wrapped):
    def __init__(self):
        super().__init__(
            nn.Sequential(ConvBN(1, 8, 6, stride=2), nn.MaxPool2d(2), nn.Flatten(), Dense(8 * 6 * 6, 10))
        )
