import torch
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = self.build()
        self.model.apply(self.init)

    @staticmethod
    def init(m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_normal_(m.weight)
            nn.init.constant_(m.bias, 0)

    def build(self):
        raise NotImplementedError

    def forward(self, x):
        return self.model(x)


def fc(i, o, act=None, norm=None):
    return nn.Sequential(
        nn.Linear(i, o),
        norm if norm is not None else nn.Identity(),
        act if act is not None else nn.Identity(),
        nn.Dropout(p=0),
    )


class Exp1(Base):
    def build(self):
        return nn.Sequential(nn.Flatten(), fc(784, 30, nn.Sigmoid()), fc(30, 10))


class Exp2(Base):
    def build(self):
        return nn.Sequential(nn.Flatten(), fc(784, 30, nn.ReLU(inplace=True)), fc(30, 10))


class Exp3(Base):
    def build(self):
        hidden = nn.Sequential(fc(784, 50, nn.Sigmoid()), fc(50, 30, nn.Sigmoid()))
        return nn.Sequential(nn.Flatten(), hidden, fc(30, 10))


class Exp4(Base):
    def build(self):
        hidden = nn.Sequential(fc(784, 50, nn.ReLU(True)), fc(50, 30, nn.ReLU(True)))
        return nn.Sequential(nn.Flatten(), hidden, fc(30, 10))


Exp5 = type("Exp5", (Exp4,), {})
Exp6 = type("Exp6", (Exp2,), {})


class Exp7(Base):
    def build(self):
        return nn.Sequential(nn.Flatten(), fc(784, 30, nn.ReLU(True), nn.BatchNorm1d(30)), fc(30, 10))


class Exp8(Base):
    def build(self):
        hidden = nn.Sequential(
            fc(784, 50, nn.ReLU(True), nn.BatchNorm1d(50)),
            fc(50, 30, nn.ReLU(True), nn.BatchNorm1d(30)),
        )
        return nn.Sequential(nn.Flatten(), hidden, fc(30, 10))


class Exp9(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Sequential(nn.Conv2d(1, 8, kernel_size=6, stride=2, padding=0), nn.BatchNorm2d(8), nn.ReLU(True)),
            nn.Sequential(nn.Flatten(), nn.Linear(1152, 10)),
        )


class Exp10(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Sequential(
                nn.Conv2d(1, 8, kernel_size=6, stride=2, padding=0),
                nn.BatchNorm2d(8),
                nn.ReLU(True),
                nn.MaxPool2d(kernel_size=2, stride=2),
            ),
            nn.Sequential(nn.Flatten(), nn.Linear(288, 10)),
        )
