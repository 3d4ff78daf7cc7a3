from torch import nn


def _unit(in_dim, out_dim):
    return nn.Sequential(nn.Conv2d(in_dim, out_dim, 3, padding=1), nn.BatchNorm2d(out_dim), nn.ReLU())


def ConvBlock1(in_dim, out_dim):
    return nn.Sequential(_unit(in_dim, out_dim), _unit(out_dim, out_dim), nn.MaxPool2d(2))


def ConvBlock2(in_dim, out_dim):
    units = [_unit(in_dim, out_dim)]
    units += [_unit(out_dim, out_dim) for _ in range(3)]
    return nn.Sequential(nn.Sequential(*units), nn.MaxPool2d(2))


def _head():
    return nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(512, 512), nn.ReLU()),
        nn.Sequential(nn.Linear(512, 128), nn.ReLU()),
        nn.Linear(128, 10),
    )


def VGG19():
    return nn.Sequential(
        ConvBlock1(3, 64),
        ConvBlock1(64, 128),
        ConvBlock2(128, 256),
        ConvBlock2(256, 512),
        ConvBlock2(512, 512),
        _head(),
    )


def PretrainedVGG(pre_vgg):
    return nn.Sequential(pre_vgg.features, _head())
