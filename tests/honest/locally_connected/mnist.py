import torch
import torch.nn as nn
import torch.nn.functional as F


class LocallyConnected(nn.Module):
    """Like a convolution, but every position has its own filters."""

    def __init__(self, c_in, c_out, size, kernel, stride):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.out_size = (size - kernel) // stride + 1
        fan_in = c_in * kernel * kernel
        self.weight = nn.Parameter(torch.randn(self.out_size ** 2, fan_in, c_out) * (2 / fan_in) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(self.out_size ** 2, 1, c_out))

    def forward(self, x):
        patches = F.unfold(x, self.kernel, stride=self.stride)            # (N, fan_in, L)
        y = torch.bmm(patches.permute(2, 0, 1), self.weight) + self.bias   # (L, N, c_out)
        return y.permute(1, 2, 0).reshape(len(x), -1, self.out_size, self.out_size)


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.local = LocallyConnected(1, 8, size=28, kernel=6, stride=2)   # 12 x 12
        self.fc1 = nn.Linear(8 * 12 * 12, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.local(x))
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)
