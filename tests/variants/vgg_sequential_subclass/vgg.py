from collections import OrderedDict

from torch import nn


class ConvBlock1(nn.Sequential):
    def __init__(self, in_dim, out_dim):
        super().__init__(
            nn.Conv2d(in_dim, out_dim, 3, padding=1),
            nn.BatchNorm2d(out_dim),
            nn.ReLU(),
            nn.Conv2d(out_dim, out_dim, 3, padding=1),
            nn.BatchNorm2d(out_dim),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )


class ConvBlock2(nn.Sequential):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        dim = in_dim
        for i in range(1, 5):
            self.add_module(f"conv{i}", nn.Conv2d(dim, out_dim, 3, padding=1))
            self.add_module(f"bn{i}", nn.BatchNorm2d(out_dim))
            self.add_module(f"relu{i}", nn.ReLU(inplace=True))
            dim = out_dim
        self.add_module("pool", nn.MaxPool2d(2))


class Head(nn.Sequential):
    def __init__(self, p=0):
        super().__init__(
            OrderedDict(
                avgpool=nn.Identity(),  # the map is 1x1 already
                flatten=nn.Flatten(),
                fc1=nn.Linear(512, 512),
                relu1=nn.ReLU(),
                drop1=nn.Dropout(p=p),
                fc2=nn.Linear(512, 128),
                relu2=nn.ReLU(),
                drop2=nn.Dropout(p=p),
                fc3=nn.Linear(128, 10),
            )
        )


class VGG19(nn.Sequential):
    def __init__(self):
        super().__init__(
            OrderedDict(
                block1=ConvBlock1(3, 64),
                block2=ConvBlock1(64, 128),
                block3=ConvBlock2(128, 256),
                block4=ConvBlock2(256, 512),
                block5=ConvBlock2(512, 512),
                head=Head(),
            )
        )


class PretrainedVGG(nn.Sequential):
    def __init__(self, pre_vgg):
        features = list(pre_vgg.children())[0]
        super().__init__(features, Head())
