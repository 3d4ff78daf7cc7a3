import torch
from torch import nn


def conv_bn_relu(out_dim):
    return [nn.LazyConv2d(out_dim, kernel_size=3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU()]


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        # in_dim is not needed: torch works it out at the first call
        self.net = nn.Sequential(*conv_bn_relu(out_dim), *conv_bn_relu(out_dim), nn.MaxPool2d(2))

    def forward(self, x):
        return self.net(x)


class ConvBlock2(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        layers = sum([conv_bn_relu(out_dim) for _ in range(4)], [])
        self.net = nn.Sequential(*layers, nn.MaxPool2d(2))

    def forward(self, x):
        return self.net(x)


def head():
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(512), nn.ReLU(), nn.LazyLinear(128), nn.ReLU(), nn.LazyLinear(10))


def fix_shapes(net):
    """One dummy forward, in eval mode: the running statistics must stay as they are."""
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, 3, 32, 32))
    net.train()


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            ConvBlock1(3, 64), ConvBlock1(64, 128), ConvBlock2(128, 256), ConvBlock2(256, 512), ConvBlock2(512, 512)
        )
        self.classifier = head()
        fix_shapes(self)

    def forward(self, x):
        return self.classifier(self.features(x))


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg):
        super().__init__()
        self.features = pre_vgg.features
        self.classifier = head()
        fix_shapes(self)

    def forward(self, x):
        return self.classifier(self.features(x))
