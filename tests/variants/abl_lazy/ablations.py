import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(*self.layers(), nn.LazyLinear(10))

    def forward(self, x):
        return self.net(x)


class Exp1(Net):
    def layers(self):
        return [nn.Flatten(), nn.LazyLinear(30), nn.Sigmoid()]


class Exp2(Net):
    def layers(self):
        return [nn.Flatten(), nn.LazyLinear(30), nn.ReLU()]


class Exp3(Net):
    def layers(self):
        return [nn.Flatten(), nn.LazyLinear(50), nn.Sigmoid(), nn.LazyLinear(30), nn.Sigmoid()]


class Exp4(Net):
    def layers(self):
        return [nn.Flatten(), nn.LazyLinear(50), nn.ReLU(), nn.LazyLinear(30), nn.ReLU()]


class Exp5(Exp4):
    pass


class Exp6(Exp2):
    pass


class Exp7(Net):
    def layers(self):
        return [nn.Flatten(), nn.LazyLinear(30), nn.LazyBatchNorm1d(), nn.ReLU()]


class Exp8(Net):
    def layers(self):
        return [
            nn.Flatten(),
            nn.LazyLinear(50),
            nn.LazyBatchNorm1d(),
            nn.ReLU(),
            nn.LazyLinear(30),
            nn.LazyBatchNorm1d(),
            nn.ReLU(),
        ]


class Exp9(Net):
    def layers(self):
        return [nn.LazyConv2d(8, 6, stride=2), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten()]


class Exp10(Net):
    def layers(self):
        return [nn.LazyConv2d(8, 6, stride=2), nn.LazyBatchNorm2d(), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
