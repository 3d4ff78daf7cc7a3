"""Networks of the homework, written in ways that a trace cannot follow: pieces of source for hand-ins."""

HEAD = """
import torch
import torch.nn.functional as F
from torch import nn

"""

LINEARS = {
    "einsum": "torch.einsum('ni,oi->no', x, self.w) + self.b",
    "einsum, transposed": "torch.einsum('io,ni->no', self.t, x) + self.b",
    "W @ x.T": "(self.w @ x.T).T + self.b",
    "matmul with a column of biases": "(torch.matmul(self.w, x.t()) + self.column).t()",
    "x @ W, (in, out)": "x @ self.t + self.b",
    "inner": "torch.inner(x, self.w) + self.b",
    "tensordot": "torch.tensordot(x, self.w, dims=([1], [1])) + self.b",
    "bmm": "torch.bmm(x[None], self.t[None])[0] + self.row",
    "sum of products": "(x[:, None, :] * self.w[None]).sum(2) + self.b",
}


def own_linear(name: str, formula: str) -> str:
    """A class *name* (inputs, outputs) that computes *formula* of x and its parameters."""
    parts = {
        "self.w": "self.w = nn.Parameter(torch.randn(n_out, n_in) / n_in ** 0.5)",
        "self.t": "self.t = nn.Parameter(torch.randn(n_in, n_out) / n_in ** 0.5)",
        "self.column": "self.column = nn.Parameter(torch.zeros(n_out, 1))",
        "self.row": "self.row = nn.Parameter(torch.zeros(1, n_out))",
        "self.b": "self.b = nn.Parameter(torch.randn(n_out))",
    }
    lines = "\n        ".join(line for part, line in parts.items() if part in formula.replace("self.bmm", ""))
    return f"""
class {name}(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        {lines}

    def forward(self, x):
        return {formula}

"""


def exp2(activation: str = "torch.relu") -> str:
    """Experiment 2 on a class ``Own``."""
    return f"""
class Exp2(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.z = Own(784, 30), Own(30, 10)

    def forward(self, x):
        return self.z({activation}(self.a(x.flatten(1))))
"""


OWN_NORM = """
class Norm(nn.Module):
    def __init__(self, n, axes):
        super().__init__()
        shape = (1, n) + (1,) * (len(axes) - 1)
        self.axes = axes
        self.gamma, self.beta = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.zeros(shape))
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("var", torch.ones(shape))

    def forward(self, x):
        if self.training:
            m, v = x.mean(self.axes, keepdim=True), x.var(self.axes, unbiased=False, keepdim=True)
            with torch.no_grad():
                n = x.numel() / x.shape[1]
                self.mean.mul_(0.9).add_(0.1 * m)
                self.var.mul_(0.9).add_(0.1 * v * n / (n - 1))
        else:
            m, v = self.mean, self.var
        return (x - m) / (v + 1e-5) ** 0.5 * self.gamma + self.beta

"""

EXP8 = """
class Exp8(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(784, 50), nn.Linear(50, 30), nn.Linear(30, 10)
        self.n, self.m = Norm(50, (0,)), Norm(30, (0,))

    def forward(self, x):
        return self.c(torch.relu(self.m(self.b(torch.relu(self.n(self.a(x.flatten(1))))))))
"""

SCRIPTED = """
@torch.jit.script
def two_layers(x, w1, b1, w2, b2):
    return torch.relu(x.flatten(1) @ w1.t() + b1) @ w2.t() + b2


class Exp2(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.z = nn.Linear(784, 30), nn.Linear(30, 10)

    def forward(self, x):
        return two_layers(x, self.a.weight, self.a.bias, self.z.weight, self.z.bias)


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.norm1 = nn.Linear(784, 50), nn.BatchNorm1d(50)
        self.fc2, self.norm2 = nn.Linear(50, 30), nn.BatchNorm1d(30)
        self.fc3 = nn.Linear(30, 10)

    def forward(self, x):
        x = torch.relu(self.norm1(self.fc1(x.flatten(1))))
        return self.fc3(torch.relu(self.norm2(self.fc2(x))))


def Exp8():
    return torch.jit.script(Inner())
"""

UNFOLDED = """
class Unfolded(nn.Module):
    def __init__(self, n_in, n_out, size, stride=1, padding=0):
        super().__init__()
        self.how = dict(kernel_size=size, stride=stride, padding=padding)
        self.weight = nn.Parameter(torch.randn(n_out, n_in * size * size) / size)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        size, stride, padding = self.how["kernel_size"], self.how["stride"], self.how["padding"]
        high = (x.shape[2] + 2 * padding - size) // stride + 1
        return (self.weight @ F.unfold(x, **self.how)).view(len(x), -1, high, high) + self.bias.view(1, -1, 1, 1)


class Exp9(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = Unfolded(1, 8, 6, 2), nn.BatchNorm2d(8), nn.Linear(1152, 10)

    def forward(self, x):
        return self.fc(torch.relu(self.norm(self.conv(x))).flatten(1))


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.conv1, self.norm1 = Unfolded(in_dim, out_dim, 3, padding=1), Norm(out_dim, (0, 2, 3))
        self.conv2, self.norm2 = Unfolded(out_dim, out_dim, 3, padding=1), Norm(out_dim, (0, 2, 3))

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return F.max_pool2d(torch.relu(self.norm2(self.conv2(x))), 2)
"""
