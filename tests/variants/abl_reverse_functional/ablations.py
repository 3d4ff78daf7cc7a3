from __future__ import print_function
import torch
import torchvision
import torch.nn as nn
import torch.nn.functional as F

print(torch.__version__)
print(torchvision.__version__)


class Exp1(nn.Module):
    def __init__(self):
        super(Exp1, self).__init__()
        self.out = nn.Linear(30, 10)
        self.hidden = nn.Linear(784, 30)

    def forward(self, x):
        x = x.view(-1, 784)
        x = F.sigmoid(self.hidden(x))
        x = self.out(x)
        return x


class Exp2(nn.Module):
    def __init__(self):
        super(Exp2, self).__init__()
        self.out = nn.Linear(30, 10)
        self.hidden = nn.Linear(784, 30)

    def forward(self, x):
        x = x.view(-1, 784)
        x = F.relu(self.hidden(x))
        x = self.out(x)
        return x


class Exp3(nn.Module):
    def __init__(self):
        super(Exp3, self).__init__()
        self.sig = nn.Sigmoid()
        self.out = nn.Linear(30, 10)
        self.hidden2 = nn.Linear(50, 30)
        self.hidden1 = nn.Linear(784, 50)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.sig(self.hidden1(x))
        x = self.sig(self.hidden2(x))
        x = self.out(x)
        return x


class Exp4(nn.Module):
    def __init__(self):
        super(Exp4, self).__init__()
        self.relu = nn.ReLU()
        self.out = nn.Linear(30, 10)
        self.hidden2 = nn.Linear(50, 30)
        self.hidden1 = nn.Linear(784, 50)

    def forward(self, x):
        x = x.reshape(x.size(0), -1)
        x = self.relu(self.hidden1(x))
        x = self.relu(self.hidden2(x))
        x = self.out(x)
        return x


class Exp5(nn.Module):
    def __init__(self):
        super(Exp5, self).__init__()
        self.relu = nn.ReLU(inplace=True)
        self.out = nn.Linear(30, 10)
        self.hidden2 = nn.Linear(50, 30)
        self.hidden1 = nn.Linear(784, 50)

    def forward(self, x):
        x = x.squeeze(1).flatten(1)
        x = self.relu(self.hidden1(x))
        x = self.relu(self.hidden2(x))
        x = self.out(x)
        return x


class Exp6(nn.Module):
    def __init__(self):
        super(Exp6, self).__init__()
        self.out = nn.Linear(30, 10)
        self.hidden = nn.Linear(784, 30)

    def forward(self, x):
        N, C, H, W = x.shape
        x = x.view(N, C * H * W)
        x = F.relu(self.hidden(x), inplace=True)
        x = self.out(x)
        return x


class Exp7(nn.Module):
    def __init__(self):
        super(Exp7, self).__init__()
        self.out = nn.Linear(30, 10)
        self.bn = nn.BatchNorm1d(30)
        self.hidden = nn.Linear(784, 30)

    def forward(self, x):
        x = x.view(-1, 784)
        x = self.hidden(x)
        x = self.bn(x)
        x = F.relu(x)
        x = self.out(x)
        return x


class Exp8(nn.Module):
    def __init__(self):
        super(Exp8, self).__init__()
        self.out = nn.Linear(30, 10)
        self.bn2 = nn.BatchNorm1d(30)
        self.hidden2 = nn.Linear(50, 30)
        self.bn1 = nn.BatchNorm1d(50)
        self.hidden1 = nn.Linear(784, 50)

    def forward(self, x):
        x = x.view(-1, 784)
        x = torch.relu_(self.bn1(self.hidden1(x)))
        x = torch.relu_(self.bn2(self.hidden2(x)))
        x = self.out(x)
        return x


class Exp9(nn.Module):
    def __init__(self):
        super(Exp9, self).__init__()
        self.fc = nn.Linear(8 * 12 * 12, 10)
        self.bn = nn.BatchNorm2d(8)
        self.conv = nn.Conv2d(in_channels=1, out_channels=8, kernel_size=(6, 6), stride=(2, 2))

    def forward(self, x):
        # (28 - 6) / 2 + 1 = 12
        x = F.relu(self.bn(self.conv(x)))
        x = x.view(-1, 8 * 12 * 12)
        x = self.fc(x)
        return x


class Exp10(nn.Module):
    def __init__(self):
        super(Exp10, self).__init__()
        self.fc = nn.Linear(8 * 6 * 6, 10)
        self.maxpool = nn.MaxPool2d(2, stride=2)
        self.bn = nn.BatchNorm2d(8)
        self.conv = nn.Conv2d(in_channels=1, out_channels=8, kernel_size=(6, 6), stride=(2, 2))

    def forward(self, x):
        x = F.relu(self.maxpool(self.bn(self.conv(x))))
        x = x.view(-1, 8 * 6 * 6)
        x = self.fc(x)
        return x
