import torch
import torch.nn as nn


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.LazyConv2d(32, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout2d(0.1),
        )
        # too lazy to work out the flattened size :)
        self.fc1 = nn.LazyLinear(64)
        self.fc2 = nn.LazyLinear(10)

    def forward(self, x):
        f = self.features(x)
        f = f.reshape(f.shape[0], -1)
        h = torch.relu(self.fc1(f))
        return self.fc2(h)
