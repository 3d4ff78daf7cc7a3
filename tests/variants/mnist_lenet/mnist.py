"""LeNet-5, padding=2 in the first layer because MNIST is 28x28 and not 32x32."""
import torch
from torch import nn


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.s2 = nn.AvgPool2d(2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5)
        self.s4 = nn.AvgPool2d(2)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)
        self.act = nn.Tanh()
        self.apply(self._init)

    @staticmethod
    def _init(m):
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(m.weight)
            nn.init.zeros_(m.bias)

    def forward(self, img):
        z = self.act(self.c1(img))    # [N, 6, 28, 28]
        z = self.s2(z)                # [N, 6, 14, 14]
        z = self.act(self.c3(z))      # [N, 16, 10, 10]
        z = self.s4(z)                # [N, 16, 5, 5]
        z = self.act(self.c5(z))      # [N, 120, 1, 1]
        z = torch.flatten(z, start_dim=1)
        z = self.act(self.f6(z))
        return self.output(z)
