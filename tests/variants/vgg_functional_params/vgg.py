import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def conv_weight(out_c, in_c):
    w = torch.empty(out_c, in_c, 3, 3)
    nn.init.kaiming_normal_(w, nonlinearity="relu")
    return nn.Parameter(w)


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        # batch norm first (scale / shift), then the filters
        self.beta2 = nn.Parameter(torch.zeros(out_dim))
        self.gamma2 = nn.Parameter(torch.ones(out_dim))
        self.beta1 = nn.Parameter(torch.zeros(out_dim))
        self.gamma1 = nn.Parameter(torch.ones(out_dim))
        self.b1 = nn.Parameter(torch.zeros(out_dim))
        self.b2 = nn.Parameter(torch.zeros(out_dim))
        self.w2 = conv_weight(out_dim, out_dim)
        self.w1 = conv_weight(out_dim, in_dim)
        self.register_buffer("mean1", torch.zeros(out_dim))
        self.register_buffer("mean2", torch.zeros(out_dim))
        self.register_buffer("var1", torch.ones(out_dim))
        self.register_buffer("var2", torch.ones(out_dim))

    def forward(self, x):
        x = F.conv2d(x, self.w1, self.b1, padding=1)
        x = F.batch_norm(x, self.mean1, self.var1, self.gamma1, self.beta1, self.training, 0.1, 1e-5)
        x = F.relu(x)
        x = F.conv2d(x, self.w2, self.b2, padding=1)
        x = F.batch_norm(x, self.mean2, self.var2, self.gamma2, self.beta2, self.training, 0.1, 1e-5)
        x = F.relu(x)
        return F.max_pool2d(x, 2)


class ConvBlock2(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.biases = nn.ParameterList([torch.zeros(out_dim) for _ in range(4)])
        self.weights = nn.ParameterList([conv_weight(out_dim, in_dim if i == 0 else out_dim) for i in range(4)])
        self.betas = nn.ParameterList([torch.zeros(out_dim) for _ in range(4)])
        self.gammas = nn.ParameterList([torch.ones(out_dim) for _ in range(4)])
        for i in range(4):
            self.register_buffer(f"var{i}", torch.ones(out_dim))
            self.register_buffer(f"mean{i}", torch.zeros(out_dim))

    def forward(self, x):
        for i in range(4):
            x = F.conv2d(x, self.weights[i], self.biases[i], stride=1, padding=1)
            x = F.batch_norm(
                x,
                getattr(self, f"mean{i}"),
                getattr(self, f"var{i}"),
                weight=self.gammas[i],
                bias=self.betas[i],
                training=self.training,
            )
            x = F.relu(x)
        return F.max_pool2d(x, kernel_size=2, stride=2)


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        # the head comes first here, because I wrote it first
        self.W3 = nn.Parameter(torch.randn(10, 128) / math.sqrt(128))
        self.W2 = nn.Parameter(torch.randn(128, 512) / math.sqrt(512))
        self.W1 = nn.Parameter(torch.randn(512, 512) / math.sqrt(512))
        self.b3 = nn.Parameter(torch.zeros(10))
        self.b2 = nn.Parameter(torch.zeros(128))
        self.b1 = nn.Parameter(torch.zeros(512))
        self.block5 = ConvBlock2(512, 512)
        self.block4 = ConvBlock2(256, 512)
        self.block3 = ConvBlock2(128, 256)
        self.block2 = ConvBlock1(64, 128)
        self.block1 = ConvBlock1(3, 64)

    def forward(self, x):
        x = self.block1(x)
        x = self.block2(x)
        x = self.block3(x)
        x = self.block4(x)
        x = self.block5(x)
        x = x.reshape(x.size(0), -1)
        x = F.relu(x @ self.W1.t() + self.b1)
        x = F.relu(x @ self.W2.t() + self.b2)
        return x @ self.W3.t() + self.b3
