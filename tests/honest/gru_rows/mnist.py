import torch
from torch import nn


class MNIST_Net(nn.Module):
    """reads the image like a text: 28 rows of 28 pixels"""

    def __init__(self, hidden=64):
        super().__init__()
        self.rnn = nn.GRU(input_size=28, hidden_size=hidden, batch_first=True)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):
        x = x[:, 0]                 # (N, 28, 28)
        states, _ = self.rnn(x)     # (N, 28, hidden)
        return self.out(states[:, -1, :])
