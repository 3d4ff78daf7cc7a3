import torch
import torch.nn as nn
import torch.nn.functional as F


class MNIST_Net(nn.Module):
  def __init__(self):
    super(MNIST_Net, self).__init__()
    self.fc0 = nn.Linear(784, 512)
    self.bn0 = nn.BatchNorm1d(512)
    self.fc1 = nn.Linear(512, 128)
    self.bn1 = nn.BatchNorm1d(128)
    self.fc2 = nn.Linear(128, 10)
    self.drop = nn.Dropout(p=0.2)

  def forward(self, x):
    x = x.view(-1, 784)
    x = F.relu(self.bn0(self.fc0(x)))
    x = self.drop(x)
    x = F.relu(self.bn1(self.fc1(x)))
    x = self.drop(x)
    x = self.fc2(x)
    return x
