import torch.nn as nn
import torch.nn.functional as F


class MNIST_Net(nn.Module):

    def __init__(self, channels=(16, 32, 32)):
        super().__init__()
        self.convs = nn.ModuleList()
        self.bns = nn.ModuleList()
        last = 1
        for c in channels:
            self.convs.append(nn.Conv2d(last, c, 3, padding=1, bias=False))
            self.bns.append(nn.BatchNorm2d(c))
            last = c
        self.head = nn.Linear(last, 10)

    def forward(self, x):
        for i, (conv, bn) in enumerate(zip(self.convs, self.bns)):
            x = F.relu(bn(conv(x)))
            if i < 2:
                x = F.max_pool2d(x, 2)
        x = x.mean((2, 3))   # global average pooling
        return self.head(x)
