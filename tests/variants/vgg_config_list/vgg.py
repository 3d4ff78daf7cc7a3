import copy
import torch
import torch.nn as nn
import torchvision
import torchvision.transforms as transforms

cfg = {
    'E': [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 256, 'M', 512, 512, 512, 512, 'M', 512, 512, 512, 512, 'M'],
}

transform = transforms.ToTensor()


def make_layers(cfg, batch_norm=True):
    layers = []
    in_channels = 3
    for v in cfg:
        if v == 'M':
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv2d = nn.Conv2d(in_channels, v, kernel_size=3, padding=1)
            if batch_norm:
                layers += [conv2d, nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
            else:
                layers += [conv2d, nn.ReLU(inplace=True)]
            in_channels = v
    return nn.Sequential(*layers)


def make_classifier():
    return nn.Sequential(
        nn.Linear(512, 512),
        nn.ReLU(True),
        nn.Linear(512, 128),
        nn.ReLU(True),
        nn.Linear(128, 10),
    )


class VGG19(nn.Module):
    def __init__(self):
        super(VGG19, self).__init__()
        self.features = make_layers(cfg['E'])
        self.classifier = make_classifier()

    def forward(self, x):
        out = self.features(x)
        out = out.view(out.size(0), -1)
        out = self.classifier(out)
        return out


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg):
        super(PretrainedVGG, self).__init__()
        # copy, so that the original model is not changed by the fine-tuning
        self.features = copy.deepcopy(pre_vgg.features)
        self.classifier = make_classifier()

    def forward(self, x):
        out = self.features(x)
        out = out.view(out.size(0), -1)
        return self.classifier(out)
