import torch
import torch.nn as nn
import torch.nn.functional as F


class Exp1(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 30)
        self.fc2 = nn.Linear(30, 10)

    def act(self, x):
        return torch.sigmoid(x)

    def forward(self, x):
        x = x.view(-1, 28 * 28)
        x = self.act(self.fc1(x))
        return self.fc2(x)


class Exp2(Exp1):
    # sigmoid -> relu
    def act(self, x):
        return F.relu(x)


class Exp3(Exp1):
    # one more layer
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 50)
        self.fc2 = nn.Linear(50, 30)
        self.fc3 = nn.Linear(30, 10)

    def forward(self, x):
        x = self.act(super().forward(x))
        return self.fc3(x)


class Exp4(Exp3):
    def act(self, x):
        return F.relu(x)


class Exp5(Exp4):
    """only the optimizer changes (Adam)"""


class Exp6(Exp2):
    """only the optimizer changes (Adam)"""


class Exp7(Exp6):
    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm1d(30)

    def act(self, x):
        return super().act(self.bn1(x))


class Exp8(Exp5):
    def __init__(self):
        super().__init__()
        self.bn1 = nn.BatchNorm1d(50)
        self.bn2 = nn.BatchNorm1d(30)

    def forward(self, x):
        x = x.view(-1, 28 * 28)
        x = self.act(self.bn1(self.fc1(x)))
        x = self.act(self.bn2(self.fc2(x)))
        return self.fc3(x)


class Exp9(nn.Module):
    fc_in = 8 * 12 * 12

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 6, stride=2)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(self.fc_in, 10)

    def features(self, x):
        return F.relu(self.bn(self.conv(x)))

    def forward(self, x):
        return self.fc(self.features(x).view(-1, self.fc_in))


class Exp10(Exp9):
    fc_in = 8 * 6 * 6

    def features(self, x):
        return F.max_pool2d(super().features(x), 2)
