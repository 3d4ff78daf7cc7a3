import torch.nn as nn
import torch.nn.functional as F


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.conv1 = nn.Conv2d(in_dim, out_dim, 3, 1, 1)
        self.conv2 = nn.Conv2d(out_dim, out_dim, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(out_dim)
        self.bn2 = nn.BatchNorm2d(out_dim)

    def convs(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return x

    def forward(self, x):
        return F.max_pool2d(self.convs(x), (2, 2))


class ConvBlock2(ConvBlock1):
    # same as ConvBlock1 but with 4 convs, so only the last two are new
    def __init__(self, in_dim, out_dim):
        super().__init__(in_dim, out_dim)
        self.conv3 = nn.Conv2d(out_dim, out_dim, 3, 1, 1)
        self.conv4 = nn.Conv2d(out_dim, out_dim, 3, 1, 1)
        self.bn3 = nn.BatchNorm2d(out_dim)
        self.bn4 = nn.BatchNorm2d(out_dim)

    def convs(self, x):
        x = super().convs(x)
        x = F.relu(self.bn3(self.conv3(x)))
        x = F.relu(self.bn4(self.conv4(x)))
        return x


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = ConvBlock1(3, 64)
        self.l2 = ConvBlock1(64, 128)
        self.l3 = ConvBlock2(128, 256)
        self.l4 = ConvBlock2(256, 512)
        self.l5 = ConvBlock2(512, 512)
        self.fc1 = nn.Linear(512, 512)
        self.fc2 = nn.Linear(512, 128)
        self.fc3 = nn.Linear(128, 10)

    def forward(self, x):
        x = self.l5(self.l4(self.l3(self.l2(self.l1(x)))))
        # a bare squeeze() would lose the batch when N = 1
        x = x.squeeze(-1).squeeze(-1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg):
        super().__init__()
        self.vgg = pre_vgg
        self.fc1 = nn.Linear(512, 512)
        self.fc2 = nn.Linear(512, 128)
        self.fc3 = nn.Linear(128, 10)

    def forward(self, x):
        x = self.vgg.features(x)
        x = x.squeeze(3).squeeze(2)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)
