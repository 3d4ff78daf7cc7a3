import torch
import torch.nn as nn
import torch.nn.functional as F

MEAN, STD = 0.1307, 0.3081


class MNIST_Net(nn.Module):
    """normalises, scales up to 32x32 and then a tiny VGG"""
    cfg = [8, 'M', 16, 'M', 32, 'M']

    def __init__(self):
        super(MNIST_Net, self).__init__()
        layers, c = [], 1
        for v in self.cfg:
            if v == 'M':
                layers += [nn.MaxPool2d(2, 2)]
            else:
                layers += [nn.Conv2d(c, v, 3, padding=1), nn.BatchNorm2d(v), nn.ReLU(True)]
                c = v
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Linear(32 * 4 * 4, 128), nn.ReLU(True), nn.Dropout(), nn.Linear(128, 10))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')

    def forward(self, x):
        x = (x - MEAN) / STD
        x = F.interpolate(x, size=(32, 32), mode='bilinear', align_corners=False)
        x = self.features(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)
