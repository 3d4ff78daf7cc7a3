"""What a bare Python process pays for five checks of one small network: the yardstick for `hw1 check`.

Exists, parameter count, output shape, gradients, and twenty Adam steps that lower the loss.
"""

import sys

import torch
from torch import nn

torch.set_num_threads(1)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 10))
x, y = torch.rand(32, 1, 28, 28), torch.randint(10, (32,))
assert callable(net)
assert sum(p.numel() for p in net.parameters()) == 23_860
assert net(x).shape == (32, 10)
nn.functional.cross_entropy(net(x), y).backward()
assert all(p.grad is not None for p in net.parameters())
optimizer = torch.optim.Adam(net.parameters())
losses = []
for _ in range(20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < losses[0]
sys.exit(0)
