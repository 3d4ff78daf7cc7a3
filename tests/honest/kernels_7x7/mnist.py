import torch
import torch.nn as nn
import torch.nn.functional as F

class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        # big filters see whole strokes
        self.conv1 = nn.Conv2d(1, 12, 7, padding=3)
        self.conv2 = nn.Conv2d(12, 24, 7, padding=3)
        self.fc = nn.Linear(24*7*7, 64)
        self.fc_out = nn.Linear(64, 10)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), kernel_size=2)
        x = F.max_pool2d(F.relu(self.conv2(x)), kernel_size=2)
        x = torch.flatten(x, 1)
        return self.fc_out(F.relu(self.fc(x)))
