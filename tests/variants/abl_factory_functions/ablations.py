"""The ten networks. A plain nn.Sequential is enough for all of them."""

from functools import partial

from torch import nn


def mlp(widths, act, norm=False):
    layers = [nn.Flatten()]
    last = len(widths) - 2
    for i in range(last + 1):
        layers.append(nn.Linear(widths[i], widths[i + 1]))
        if i < last:
            if norm:
                layers.append(nn.BatchNorm1d(widths[i + 1]))
            layers.append(act())
    return nn.Sequential(*layers)


def Exp1():
    return mlp([784, 30, 10], nn.Sigmoid)


def Exp2():
    return mlp([784, 30, 10], nn.ReLU)


def Exp3():
    return mlp([784, 50, 30, 10], nn.Sigmoid)


def Exp4():
    return mlp([784, 50, 30, 10], nn.ReLU)


Exp5 = Exp4
Exp6 = Exp2
Exp7 = partial(mlp, [784, 30, 10], nn.ReLU, norm=True)
Exp8 = lambda: mlp([784, 50, 30, 10], nn.ReLU, norm=True)


def Exp9(pool=False):
    return nn.Sequential(
        nn.Conv2d(1, 8, 6, 2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2) if pool else nn.Identity(),
        nn.Flatten(),
        nn.Linear(8 * 6 * 6 if pool else 8 * 12 * 12, 10),
    )


def Exp10():
    return Exp9(pool=True)
