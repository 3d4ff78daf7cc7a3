import torch
import torch.nn as nn
import torch.nn.functional as F


# HW 1.1: 자유롭게 설계한 네트워크
class MNIST_Net(nn.Module):
  def __init__(self):
    super(MNIST_Net, self).__init__()
    # MNIST 평균, 표준편차 (학습되지 않음)
    self.register_buffer('mean', torch.tensor(0.1307))
    self.register_buffer('std', torch.tensor(0.3081))
    # 작은 필터와 큰 필터를 같이 사용
    self.conv_a = nn.Conv2d(1, 8, kernel_size=3, padding=1)
    self.conv_b = nn.Conv2d(1, 8, kernel_size=7, padding=3)
    self.bn1 = nn.BatchNorm2d(16)
    self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
    self.bn2 = nn.BatchNorm2d(32)
    self.fc1 = nn.Linear(32*7*7, 100)
    self.fc2 = nn.Linear(100, 10)

  def forward(self, x):
    x = (x - self.mean) / self.std
    x = torch.cat([self.conv_a(x), self.conv_b(x)], dim=1)    # N x 16 x 28 x 28
    x = F.max_pool2d(F.relu(self.bn1(x)), 2)
    x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)      # N x 32 x 7 x 7
    x = x.view(x.size(0), -1)
    x = F.dropout(x, p=0.5, training=self.training)           # 평가할 때는 꺼짐
    x = F.relu(self.fc1(x))
    x = F.dropout(x, training=self.training)
    return self.fc2(x)
