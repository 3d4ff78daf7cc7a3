import torch.nn as nn

from blocks import ResBlock


class MNIST_Net(nn.Module):
    """small resnet, the width can be changed (default is what I trained)"""

    def __init__(self, width=16):
        super().__init__()
        w = width
        self.stem = nn.Conv2d(1, w, 3, padding=1)
        self.blocks = nn.ModuleList([
            ResBlock(w, w),
            ResBlock(w, 2 * w, stride=2),    # 14x14
            ResBlock(2 * w, 4 * w, stride=2),    # 7x7
        ])
        self.head = nn.Linear(4 * w, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = x.mean(dim=[2, 3])
        return self.head(x)
