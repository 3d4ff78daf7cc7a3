import torch
import torch.nn as nn
import torch.nn.functional as F


# 시그모이드 함수 직접 구현
def sigmoid(x):
    return 1 / (1 + torch.exp(-x))


class Exp1(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 30)   # 은닉층
        self.fc2 = nn.Linear(30, 10)    # 출력층

    def forward(self, x):
        x = x.view(x.size(0), -1)       # 이미지를 한 줄로 펼친다
        x = sigmoid(self.fc1(x))
        return self.fc2(x)              # 소프트맥스는 손실 함수 안에 있음


class Exp2(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 30)
        self.fc2 = nn.Linear(30, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.fc1(x).clamp(min=0)    # 렐루
        return self.fc2(x)


class Exp3(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 50)
        self.fc2 = nn.Linear(50, 30)
        self.fc3 = nn.Linear(30, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = sigmoid(self.fc1(x))
        x = sigmoid(self.fc2(x))
        return self.fc3(x)


class Exp4(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 50)
        self.fc2 = nn.Linear(50, 30)
        self.fc3 = nn.Linear(30, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.fc1(x)
        x = torch.maximum(x, torch.zeros_like(x))
        x = self.fc2(x)
        x = torch.maximum(x, torch.zeros_like(x))
        return self.fc3(x)


# (4)와 같은 구조, 옵티마이저만 Adam
class Exp5(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 50)
        self.fc2 = nn.Linear(50, 30)
        self.fc3 = nn.Linear(30, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = F.threshold(self.fc1(x), 0, 0)
        x = F.threshold(self.fc2(x), 0, 0)
        return self.fc3(x)


# (2)와 같은 구조, 옵티마이저만 Adam
class Exp6(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 30)
        self.fc2 = nn.Linear(30, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.fc1(x)
        x = x * (x > 0)                 # 음수는 0으로
        return self.fc2(x)


# 배치 정규화는 렐루 앞에
class Exp7(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 30)
        self.fc2 = nn.Linear(30, 10)
        self.bn = nn.BatchNorm1d(30)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.bn(self.fc1(x))
        x = torch.where(x > 0, x, 0.0)
        return self.fc2(x)


class Exp8(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 50)
        self.fc2 = nn.Linear(50, 30)
        self.fc3 = nn.Linear(30, 10)
        self.bn1 = nn.BatchNorm1d(50)
        self.bn2 = nn.BatchNorm1d(30)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.bn1(self.fc1(x)).clamp_(min=0)
        x = self.bn2(self.fc2(x)).clamp_(min=0)
        return self.fc3(x)


# 합성곱: (28 - 6) / 2 + 1 = 12
class Exp9(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 6, 2)
        self.fc = nn.Linear(8 * 12 * 12, 10)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.bn(self.conv(x)).clamp(min=0)
        return self.fc(x.view(x.size(0), -1))


# 2x2 최대 풀링을 직접: 12x12 -> 6x6
class Exp10(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 6, 2)
        self.fc = nn.Linear(8 * 6 * 6, 10)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = x.view(x.size(0), 8, 6, 2, 6, 2).amax(dim=(3, 5))
        return self.fc(x.view(x.size(0), -1))
