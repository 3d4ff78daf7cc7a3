import torch.nn as nn
import torch.nn.functional as F


class MNIST_Net(nn.Module):
  """784 -> 256 -> 128 -> 10"""

  def __init__(self):
    super(MNIST_Net, self).__init__()
    self.fc1 = nn.Linear(784, 256)
    self.fc2 = nn.Linear(256, 128)
    self.fc3 = nn.Linear(128, 10)
    self.drop = nn.Dropout(0.3)

  def forward(self, x):
    x = x.flatten(start_dim=1)
    x = self.drop(F.relu(self.fc1(x)))
    x = self.drop(F.relu(self.fc2(x)))
    return self.fc3(x)
