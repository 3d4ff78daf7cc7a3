# All ten networks without nn.Linear / nn.Conv2d, to see what the layers do inside.
import torch
import torch.nn as nn
import torch.nn.functional as F


def weight(*shape):
    fan_in = 1
    for s in shape[1:]:
        fan_in *= s
    bound = fan_in ** -0.5
    return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))


def zeros(n):
    return nn.Parameter(torch.zeros(n))


def ones(n):
    return nn.Parameter(torch.ones(n))


class Exp1(nn.Module):
    def __init__(self):
        super().__init__()
        self.b2, self.b1 = zeros(10), zeros(30)
        self.W2, self.W1 = weight(10, 30), weight(30, 784)

    def forward(self, x):
        x = x.flatten(1)
        h = torch.sigmoid(x @ self.W1.t() + self.b1)
        return h @ self.W2.t() + self.b2


class Exp2(nn.Module):
    def __init__(self):
        super().__init__()
        self.W2, self.W1 = weight(10, 30), weight(30, 784)
        self.b1, self.b2 = zeros(30), zeros(10)

    def forward(self, x):
        x = x.flatten(1)
        h = torch.addmm(self.b1, x, self.W1.t()).relu()
        return torch.addmm(self.b2, h, self.W2.t())


class Exp3(nn.Module):
    def __init__(self):
        super().__init__()
        self.W = nn.ParameterList([weight(50, 784), weight(30, 50), weight(10, 30)])
        self.b = nn.ParameterList([zeros(50), zeros(30), zeros(10)])

    def forward(self, x):
        x = x.reshape(x.size(0), -1)
        for i in range(3):
            x = F.linear(x, self.W[i], self.b[i])
            if i < 2:
                x = x.sigmoid()
        return x


class Exp4(nn.Module):
    def __init__(self):
        super().__init__()
        self.b3, self.b2, self.b1 = zeros(10), zeros(30), zeros(50)
        self.W3, self.W2, self.W1 = weight(10, 30), weight(30, 50), weight(50, 784)

    def forward(self, x):
        x = x.view(x.shape[0], -1)
        x = (x.mm(self.W1.T) + self.b1).relu()
        x = (x.mm(self.W2.T) + self.b2).relu()
        return x.mm(self.W3.T) + self.b3


class Exp5(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.ParameterDict(
            {"b1": zeros(50), "b2": zeros(30), "b3": zeros(10), "W1": weight(50, 784), "W2": weight(30, 50), "W3": weight(10, 30)}
        )

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = torch.relu(torch.matmul(x, self.p["W1"].transpose(0, 1)) + self.p["b1"])
        x = torch.relu(torch.matmul(x, self.p["W2"].transpose(0, 1)) + self.p["b2"])
        return torch.matmul(x, self.p["W3"].transpose(0, 1)) + self.p["b3"]


class Exp6(nn.Module):
    def __init__(self):
        super().__init__()
        self.W1, self.b1 = weight(30, 784), zeros(30)
        self.W2, self.b2 = weight(10, 30), zeros(10)

    def forward(self, x):
        x = F.relu(F.linear(x.flatten(1), self.W1) + self.b1)
        return F.linear(x, self.W2) + self.b2


class Exp7(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta, self.gamma = zeros(30), ones(30)
        self.b2, self.W2 = zeros(10), weight(10, 30)
        self.b1, self.W1 = zeros(30), weight(30, 784)
        self.register_buffer("running_mean", torch.zeros(30))
        self.register_buffer("running_var", torch.ones(30))

    def forward(self, x):
        x = x.flatten(1) @ self.W1.t() + self.b1
        x = F.batch_norm(x, self.running_mean, self.running_var, self.gamma, self.beta, training=self.training)
        return F.relu(x) @ self.W2.t() + self.b2


class Exp8(nn.Module):
    def __init__(self):
        super().__init__()
        self.W3, self.W2, self.W1 = weight(10, 30), weight(30, 50), weight(50, 784)
        self.gamma2, self.gamma1 = ones(30), ones(50)
        self.b3, self.b2, self.b1 = zeros(10), zeros(30), zeros(50)
        self.beta2, self.beta1 = zeros(30), zeros(50)
        self.register_buffer("var1", torch.ones(50))
        self.register_buffer("mean1", torch.zeros(50))
        self.register_buffer("var2", torch.ones(30))
        self.register_buffer("mean2", torch.zeros(30))

    def forward(self, x):
        x = F.linear(x.flatten(1), weight=self.W1, bias=self.b1)
        x = F.batch_norm(x, self.mean1, self.var1, bias=self.beta1, weight=self.gamma1, training=self.training)
        x = F.linear(F.relu(x), weight=self.W2, bias=self.b2)
        x = F.batch_norm(x, self.mean2, self.var2, bias=self.beta2, weight=self.gamma2, training=self.training)
        return F.linear(F.relu(x), weight=self.W3, bias=self.b3)


class ConvParams(nn.Module):
    """Parameters of the convolution and of its batch norm, shared code of Exp9 and Exp10."""

    def __init__(self):
        super().__init__()
        self.beta, self.gamma = zeros(8), ones(8)
        self.bias = zeros(8)
        self.filters = weight(8, 1, 6, 6)
        self.register_buffer("running_mean", torch.zeros(8))
        self.register_buffer("running_var", torch.ones(8))

    def forward(self, x):
        x = torch.conv2d(x, self.filters, self.bias, stride=2)
        x = F.batch_norm(x, self.running_mean, self.running_var, self.gamma, self.beta, self.training)
        return torch.relu(x)


class Exp9(nn.Module):
    def __init__(self):
        super().__init__()
        self.W, self.b = weight(10, 8 * 12 * 12), zeros(10)
        self.conv = ConvParams()

    def forward(self, x):
        return torch.addmm(self.b, self.conv(x).flatten(1), self.W.t())


class Exp10(nn.Module):
    def __init__(self):
        super().__init__()
        self.W, self.b = weight(10, 8 * 6 * 6), zeros(10)
        self.conv = ConvParams()

    def forward(self, x):
        x = F.max_pool2d(self.conv(x), 2)
        return x.flatten(1) @ self.W.t() + self.b
