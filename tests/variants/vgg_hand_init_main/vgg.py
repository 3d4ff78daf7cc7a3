import torch
import torch.nn as nn
import torch.optim as optim
import torchvision
from torch.utils.data import DataLoader


def init_weights(m):
    if isinstance(m, nn.Conv2d):
        nn.init.kaiming_normal_(m.weight, mode='fan_out', nonlinearity='relu')
        nn.init.zeros_(m.bias)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.ones_(m.weight)
        nn.init.zeros_(m.bias)
    elif isinstance(m, nn.Linear):
        nn.init.normal_(m.weight, 0, 0.01)
        nn.init.zeros_(m.bias)


class ConvBlock1(nn.Module):
    def __init__(self, in_dim=3, out_dim=64, kernel_size=3, n_conv=2):
        super().__init__()
        layers = []
        for i in range(n_conv):
            layers.append(nn.Conv2d(in_dim if i == 0 else out_dim, out_dim, kernel_size, padding=kernel_size // 2))
            layers.append(nn.BatchNorm2d(out_dim))
            layers.append(nn.ReLU(inplace=True))
        layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.block = nn.Sequential(*layers)
        self.apply(init_weights)

    def forward(self, x):
        return self.block(x)


class ConvBlock2(ConvBlock1):
    def __init__(self, in_dim=128, out_dim=256, kernel_size=3):
        super().__init__(in_dim, out_dim, kernel_size, n_conv=4)


class VGG19(nn.Module):
    def __init__(self, num_classes=10, hidden=(512, 128), init=True):
        super().__init__()
        self.layer1 = ConvBlock1(3, 64)
        self.layer2 = ConvBlock1(64, 128)
        self.layer3 = ConvBlock2(128, 256)
        self.layer4 = ConvBlock2(256, 512)
        self.layer5 = ConvBlock2(512, 512)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(512, hidden[0]),
            nn.ReLU(inplace=True),
            nn.Linear(hidden[0], hidden[1]),
            nn.ReLU(inplace=True),
            nn.Linear(hidden[1], num_classes),
        )
        if init:
            self.apply(init_weights)

    def forward(self, x):
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = self.layer5(x)
        x = self.avgpool(x)
        x = x.view(x.shape[0], -1)
        return self.fc(x)


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(*pre_vgg.features)
        for p in self.features.parameters():
            p.requires_grad = True
        self.fc = nn.Sequential(
            nn.Linear(512, 512),
            nn.ReLU(inplace=True),
            nn.Linear(512, 128),
            nn.ReLU(inplace=True),
            nn.Linear(128, num_classes),
        )
        self.fc.apply(init_weights)  # only the head: the features keep what they learned

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.shape[0], -1)
        return self.fc(x)


if __name__ == '__main__':
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    trainset = torchvision.datasets.CIFAR10('./data', train=True, download=True,
                                            transform=torchvision.transforms.ToTensor())
    trainloader = DataLoader(trainset, batch_size=64, shuffle=True)
    net = VGG19().to(device)
    print(sum(p.numel() for p in net.parameters()))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), lr=1e-4)
    for epoch in range(4):
        net.train()
        for i, (x, y) in enumerate(trainloader):
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            if i % 100 == 99:
                print(epoch + 1, i + 1, loss.item())
