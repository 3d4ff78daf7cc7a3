import torch.nn as nn


def conv3x3(cin, cout):
    return nn.Conv2d(cin, cout, kernel_size=3, stride=1, padding=1, bias=True)


class ConvBNReLU(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = conv3x3(cin, cout)
        self.bn = nn.BatchNorm2d(cout, eps=1e-5, momentum=0.1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.a = ConvBNReLU(in_dim, out_dim)
        self.b = ConvBNReLU(out_dim, out_dim)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(self.b(self.a(x)))


class ConvBlock2(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.a = ConvBNReLU(in_dim, out_dim)
        self.b = ConvBNReLU(out_dim, out_dim)
        self.c = ConvBNReLU(out_dim, out_dim)
        self.d = ConvBNReLU(out_dim, out_dim)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.a(x)
        x = self.b(x)
        x = self.c(x)
        x = self.d(x)
        return self.pool(x)
