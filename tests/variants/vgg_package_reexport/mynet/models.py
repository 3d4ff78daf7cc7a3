import torch.nn as nn

from .blocks import ConvBlock1, ConvBlock2

# number of convolutions and channels of each stage
STAGES = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(512, 512)
        self.fc2 = nn.Linear(512, 128)
        self.fc3 = nn.Linear(128, 10)
        self.act = nn.ReLU()

    def forward(self, x):
        x = x.reshape(x.size(0), -1)
        return self.fc3(self.act(self.fc2(self.act(self.fc1(x)))))


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        blocks = []
        c = 3
        for n, out in STAGES:
            blocks.append(ConvBlock1(c, out) if n == 2 else ConvBlock2(c, out))
            c = out
        self.blocks = nn.Sequential(*blocks)
        self.classifier = Classifier()

    def forward(self, x):
        return self.classifier(self.blocks(x))


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg):
        super().__init__()
        layers = []
        c = 3
        for n, out in STAGES:
            for _ in range(n):
                layers += [nn.Conv2d(c, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
                c = out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        # same order of layers as in torchvision, so the keys are the same too
        self.features.load_state_dict(pre_vgg.features.state_dict())
        self.classifier = Classifier()

    def forward(self, x):
        return self.classifier(self.features(x))
