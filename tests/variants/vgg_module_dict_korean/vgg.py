# -*- coding: utf-8 -*-
import torch
import torch.nn as nn
import torch.nn.functional as F


# 합성곱 2개 + 맥스 풀링
class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super(ConvBlock1, self).__init__()
        self.층 = nn.ModuleDict({
            'conv1': nn.Conv2d(in_dim, out_dim, 3, padding=1),
            'conv2': nn.Conv2d(out_dim, out_dim, 3, padding=1),
            'bn1': nn.BatchNorm2d(out_dim),
            'bn2': nn.BatchNorm2d(out_dim),
            'pool': nn.MaxPool2d(2),
        })

    def forward(self, x):
        for i in (1, 2):
            x = self.층[f'conv{i}'](x)   # 합성곱
            x = self.층[f'bn{i}'](x)     # 배치 정규화
            x = F.relu_(x)
        return self.층['pool'](x)        # 크기를 절반으로


# 합성곱 4개 + 맥스 풀링
class ConvBlock2(nn.Module):
    def __init__(self, in_dim, out_dim):
        super(ConvBlock2, self).__init__()
        self.층 = nn.ModuleDict()
        for i in range(4, 0, -1):
            self.층[f'conv{i}'] = nn.Conv2d(in_dim if i == 1 else out_dim, out_dim, 3, padding=1)
            self.층[f'bn{i}'] = nn.BatchNorm2d(out_dim)

    def forward(self, x):
        for i in range(1, 5):
            x = self.층[f'bn{i}'](self.층[f'conv{i}'](x))
            x = F.relu(x, inplace=True)
        return nn.MaxPool2d(2)(x)


# 분류기: 512 -> 512 -> 128 -> 10
def 분류기():
    return nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10))


class VGG19(nn.Module):
    def __init__(self):
        super(VGG19, self).__init__()
        self.blocks = nn.ModuleDict({
            '블록1': ConvBlock1(3, 64),
            '블록2': ConvBlock1(64, 128),
            '블록3': ConvBlock2(128, 256),
            '블록4': ConvBlock2(256, 512),
            '블록5': ConvBlock2(512, 512),
        })
        self.classifier = 분류기()

    def forward(self, x):
        for block in self.blocks.values():
            x = block(x)
        x = torch.flatten(x, 1)  # (N, 512, 1, 1) -> (N, 512)
        return self.classifier(x)


# 미리 학습된 VGG-19의 특징 추출 부분은 그대로 쓰고 분류기만 바꾼다
class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg):
        super(PretrainedVGG, self).__init__()
        self.vgg = pre_vgg
        self.vgg.avgpool = nn.Identity()   # 32x32 입력이면 이미 1x1
        self.vgg.classifier = 분류기()

    def forward(self, x):
        return self.vgg(x)
