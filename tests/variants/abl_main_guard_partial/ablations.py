import argparse

import torch
from torch import nn, optim
from torch.nn import init


class Exp1(nn.Module):
    def __init__(self, *, n_hidden=30, n_classes=10):
        super().__init__()
        self.steps = nn.ModuleDict({"out": nn.Linear(n_hidden, n_classes), "hidden": nn.Linear(784, n_hidden)})
        with torch.no_grad():
            for m in self.steps.values():
                m.weight.normal_(0, 0.1)
                m.bias.fill_(0.0)

    def forward(self, img):
        h = img.flatten(1)
        h = self.steps["hidden"](h).sigmoid()
        return self.steps["out"](h)


class Exp3(nn.Module):
    def __init__(self, *, n_hidden1=50, n_hidden2=30, n_classes=10):
        super().__init__()
        self.steps = nn.ModuleDict(
            {
                "out": nn.Linear(n_hidden2, n_classes),
                "hidden1": nn.Linear(784, n_hidden1),
                "hidden2": nn.Linear(n_hidden1, n_hidden2),
                "act": nn.Sigmoid(),
            }
        )

    def forward(self, img):
        h = img.flatten(1)
        for name in ("hidden1", "act", "hidden2", "act", "out"):
            h = self.steps[name](h)
        return h


class Exp5(nn.Module):
    def __init__(self, *, n_hidden1=50, n_hidden2=30, n_classes=10):
        super().__init__()
        self.steps = nn.ModuleDict(
            {
                "act": nn.ReLU(),
                "hidden2": nn.Linear(n_hidden1, n_hidden2),
                "hidden1": nn.Linear(784, n_hidden1),
                "out": nn.Linear(n_hidden2, n_classes),
            }
        )
        for name in ("hidden1", "hidden2"):
            init.kaiming_normal_(self.steps[name].weight, nonlinearity="relu")
            init.zeros_(self.steps[name].bias)

    def forward(self, img):
        h = img.flatten(1)
        for name in ("hidden1", "act", "hidden2", "act", "out"):
            h = self.steps[name](h)
        return h


class Exp8(nn.Module):
    def __init__(self, *, n_hidden1=50, n_hidden2=30, n_classes=10, momentum=0.1):
        super().__init__()
        self.steps = nn.ModuleDict(
            {
                "flatten": nn.Flatten(),
                "norm1": nn.BatchNorm1d(n_hidden1, momentum=momentum),
                "norm2": nn.BatchNorm1d(n_hidden2, momentum=momentum),
                "act": nn.ReLU(),
                "hidden2": nn.Linear(n_hidden1, n_hidden2),
                "hidden1": nn.Linear(784, n_hidden1),
                "out": nn.Linear(n_hidden2, n_classes),
            }
        )

    def forward(self, img):
        h = img
        for name in ("flatten", "hidden1", "norm1", "act", "hidden2", "norm2", "act", "out"):
            h = self.steps[name](h)
        return h


class Exp9(nn.Module):
    order = ("conv", "norm", "act", "flatten", "out")

    def __init__(self, *, side=12):
        super().__init__()
        self.steps = nn.ModuleDict(
            {
                "flatten": nn.Flatten(),
                "act": nn.ReLU(),
                "pool": nn.MaxPool2d(2),
                "out": nn.Linear(8 * side**2, 10),
                "norm": nn.BatchNorm2d(8),
                "conv": nn.Conv2d(1, 8, 6, stride=2),
            }
        )

    def forward(self, img):
        for name in self.order:
            img = self.steps[name](img)
        return img


class Exp10(Exp9):
    order = ("conv", "norm", "act", "pool", "flatten", "out")

    def __init__(self):
        super().__init__(side=6)


if __name__ == "__main__":
    from torchvision import datasets, transforms

    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()

    data = datasets.MNIST("./data", train=True, download=True, transform=transforms.ToTensor())
    loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True)
    for cls, optimizer in [
        (Exp1, optim.SGD),
        (Exp3, optim.SGD),
        (Exp5, optim.Adam),
        (Exp8, optim.Adam),
        (Exp9, optim.Adam),
        (Exp10, optim.Adam),
    ]:
        net = cls()
        opt = optimizer(net.parameters(), lr=0.001)
        for epoch in range(args.epochs):
            for img, label in loader:
                opt.zero_grad()
                loss = nn.functional.cross_entropy(net(img), label)
                loss.backward()
                opt.step()
            print(cls.__name__, epoch + 1, loss.item())
