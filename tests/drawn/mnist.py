"""The free network for MNIST, drawn: any design that gives logits is right."""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

from dataclasses import replace
from random import Random

from .classes import File, add_in_some_style
from .dress import dress
from .net_edits import SHARED, NetEdit, frozen, last_line
from .ops import FLATTEN, Net, Op, act, call, conv, linear, made, norm, pool
from .records import Edit, Source, UnfitError

ACTS = ("relu", "gelu", "silu", "elu", "leaky", "tanh", "relu6", "softplus")


def _mlp(random: Random) -> tuple[Op, ...]:
    a, b = random.choice((64, 100, 256)), random.choice((32, 48))
    drop = random.choice(([], [made("nn.Dropout(0.2)")], [call("F.dropout({}, 0.3, self.training)")]))
    return (FLATTEN, linear(784, a), act(random.choice(ACTS)), *drop, linear(a, b), act("relu"), linear(b, 10))


def _lenet(random: Random) -> tuple[Op, ...]:
    kind = random.choice(("max", "avg"))
    a = random.choice(ACTS)
    return (
        conv(1, 6, 5, padding=2), act(a), pool(2, kind), conv(6, 16, 5), act(a), pool(2, kind), FLATTEN,
        linear(400, 120), act(a), linear(120, 84), act(a), linear(84, 10),
    )  # fmt: skip


def _normed(random: Random) -> tuple[Op, ...]:
    drop = random.choice(("nn.Dropout(0.25)", "nn.Dropout2d(0.1)", "nn.Identity()"))
    return (
        conv(1, 8, 3, padding=1), norm(8, 2), act("relu"), pool(2), made(drop), conv(8, 16, 3, padding=1), norm(16, 2),
        act("relu"), pool(2), FLATTEN, linear(784, 64), norm(64, 1), act("relu"), linear(64, 10),
    )  # fmt: skip


def _global_pooling(random: Random) -> tuple[Op, ...]:
    return (
        conv(1, 16, 3, stride=2, padding=1), norm(16, 2), act("silu"), conv(16, 32, 3, stride=2, padding=1), norm(32, 2),
        act("silu"), call("{}.mean((2, 3))"), linear(32, 10),
    )  # fmt: skip


SPECIAL: dict[str, str] = {
    "spectral norm": """class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.utils.spectral_norm(nn.Conv2d(1, 8, 3, padding=1))
        self.fc = nn.utils.parametrizations.spectral_norm(nn.Linear(8 * 14 * 14, 32))
        self.out = nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.conv(x), 0.1), 2)
        return self.out(F.relu(self.fc(x.flatten(1))))
""",
    "weight norm": """class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.utils.weight_norm(nn.Linear(784, 64))
        self.fc2 = nn.utils.parametrizations.weight_norm(nn.Linear(64, 10))

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x.view(-1, 784))))
""",
    "residual": """class Residual(nn.Module):
    def __init__(self, n_in, n_out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.skip = nn.Sequential()
        if stride != 1 or n_in != n_out:
            self.skip = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.skip(x))


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, 2, 1)
        self.blocks = nn.Sequential(Residual(8, 8), Residual(8, 16, 2))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
""",
    "recurrent": """class MNIST_Net(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.rnn = nn.GRU(28, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 10)

    def forward(self, x):
        out, _ = self.rnn(x.squeeze(1))
        return self.fc(out[:, -1])
""",
    "attention": """class MNIST_Net(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.patches = nn.Conv2d(1, dim, 7, stride=7)
        self.position = nn.Parameter(torch.randn(1, 16, dim) * 0.02)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.encoder = nn.TransformerEncoderLayer(dim, 2, 32, dropout=0.1, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.position
        x = torch.cat([self.cls.expand(x.size(0), -1, -1), x], dim=1)
        return self.fc(self.norm(self.encoder(x))[:, 0])
""",
    "depthwise": """class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Conv2d(1, 12, 3, padding=1)
        self.depth = nn.Conv2d(12, 12, 3, padding=1, groups=12)
        self.point = nn.Conv2d(12, 24, 1)
        self.norm = nn.GroupNorm(4, 24)
        self.fc = nn.LazyLinear(10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.up(x)), 2)
        x = F.max_pool2d(F.hardswish(self.norm(self.point(self.depth(x)))), 2)
        return self.fc(torch.flatten(x, start_dim=1))
""",
    "normalised inputs": """class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.1307))
        self.register_buffer("std", torch.tensor(0.3081))
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, 80), nn.ReLU(), nn.Linear(80, 10))
        self.temperature = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.body((x - self.mean) / self.std) * self.temperature
""",
    "scripted": """class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 50)
        self.b = nn.Linear(50, 10)

    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.jit.script(Inner())

    def forward(self, x):
        return self.inner(x)
""",
    "mixture of two": """class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Tanh())
        self.right = nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.PReLU(4), nn.Flatten(), nn.Linear(256, 32))
        self.gate = nn.Linear(64, 1)
        self.bilinear = nn.Bilinear(32, 32, 10)

    def forward(self, x):
        a, b = self.left(x), self.right(x)
        g = torch.sigmoid(self.gate(torch.cat([a, b], dim=1)))
        return self.bilinear(g * a, (1 - g) * b)
""",
    "embedding of levels": """class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.levels = nn.Embedding(4, 6)
        self.fc = nn.Linear(6 * 49, 10)

    def forward(self, x):
        x = F.avg_pool2d(x, 4)
        steps = (x * 3.999).clamp(0, 3).long()
        weights = F.softmax(self.levels(steps).squeeze(1), dim=-1)
        return self.fc((weights * x.squeeze(1).unsqueeze(-1)).flatten(1))
""",
}

NETS = (_mlp, _lenet, _normed, _global_pooling)


def draw_right(random: Random) -> Source:
    """A right network."""
    if random.random() < 0.35:
        name = random.choice(list(SPECIAL))
        return dress("mnist", name, SPECIAL[name], random, frozenset())
    return _write(_net(random), random, None, None)


def _net(random: Random) -> Net:
    maker = random.choice(NETS)
    return Net("MNIST_Net", maker(random), shape=(1, 28, 28), about=maker.__name__.strip("_"))


def draw_wrong(edit: NetEdit, random: Random) -> Source:
    """One with *edit*.

    Raises:
        UnfitError: it does not go into the one that was drawn.
    """
    made_edit = Edit(f"mnist-{edit.id}", ("1.1-structure",), (), edit.says, edit.never)
    return _write(edit.change(_net(random), random), random, made_edit, edit)


def _write(net: Net, random: Random, made_edit: Edit | None, edit: NetEdit | None) -> Source:
    file = File()
    add_in_some_style(file, net, random, edit.base if edit is not None else None)
    # Its structure is judged by what it does, so no way of writing it is an excuse.
    return dress("mnist", "; ".join(file.styles), file.text(), random, frozenset(), made_edit)


def _unused(net: Net, random: Random) -> Net:
    if not any(op.kind == "linear" for op in net.ops):
        raise UnfitError("no layer")
    return replace(net, tail=("self.extra = nn.Linear(64, 64)", *net.tail))


_TAKEN = {
    "softmax-at-the-end", "log-softmax-at-the-end", "dropout-always", "norm-no-running-stats", "norm-always-training",
    "layers-in-a-list", "layers-in-a-dict", "layers-in-tuples", "layers-in-closures", "layers-made-in-forward", "detached",
    "no-grad", "log-of-inputs", "inputs-normalised-by-batch", "noise", "batch-mixed", "mirrored-batch", "squeezed", "tuple",
    "classes", "batch-size-32", "batch-size-64", "not-flattened", "flattened-with-batch", "view-mixes-batch",
    "a-thousand-classes", "eleven-classes",
}  # fmt: skip
EDITS = (
    *(edit for edit in SHARED if edit.id in _TAKEN),
    NetEdit("a-frozen-layer", frozen, "(?i)froz|requires_grad|require a gradient", "(?i)detach"),
    NetEdit("unused-layer", _unused, "(?i)never used|unused"),
    NetEdit("float64", last_line("x = x.double()"), "(?i)float64|dtype"),
    NetEdit("nothing", last_line("x = print(x.shape)"), "(?i)NoneType|nothing|returns"),
    NetEdit("softmax-over-batch", last_line("x = x.softmax(0)"), "(?i)softmax|column|batch"),
)
