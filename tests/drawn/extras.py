"""What people add to a network's class without changing what it computes."""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from .bases import Body
from .ops import Net
from .records import UnfitError

Extra = Callable[[Net, Body, Random], Net]


def _nothing(net: Net, body: Body, random: Random) -> Net:
    return net


def _own_weights(net: Net, body: Body, random: Random) -> Net:
    """Initial weights of one's own, drawn in the constructor."""
    if net.given and not body.layers:
        raise UnfitError("only the given weights")
    draw = random.choice(
        (
            "nn.init.xavier_uniform_(m.weight)",
            "nn.init.kaiming_normal_(m.weight, nonlinearity='relu')",
            "nn.init.orthogonal_(m.weight)",
            "nn.init.trunc_normal_(m.weight, std=0.05)",
            "m.weight.data.normal_(0, 0.02)",
            "m.weight.data = torch.randn(m.weight.shape) * 0.03",
        )
    )
    lines = ["    if isinstance(m, (nn.Linear, nn.Conv2d)):", f"        {draw}", "        nn.init.zeros_(m.bias)"]
    if net.given or random.random() < 0.3:
        if not body.layers:
            raise UnfitError("no layer has a name")
        mine = [
            layer
            for layer, op in zip(body.layers, [op for op in net.ops if op.stateful], strict=True)
            if op.kind != "module"
        ]
        return replace(net, tail=(*net.tail, f"for m in [{', '.join(mine)}]:", *lines))
    return replace(net, tail=(*net.tail, "for m in self.modules():", *lines))


def _apply(net: Net, body: Body, random: Random) -> Net:
    """``self.apply`` with a function at the top of the file."""
    if net.given:
        raise UnfitError("the given weights would go")
    function = """def init_weights(m):
    if type(m) == nn.Linear:
        torch.nn.init.xavier_uniform_(m.weight)
        m.bias.data.fill_(0.01)
    elif isinstance(m, nn.BatchNorm1d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.constant_(m.bias, 0)
"""
    return replace(net, tail=(*net.tail, "self.apply(init_weights)"), prelude=net.prelude | {function})


def _tried(net: Net, body: Body, random: Random) -> Net:
    """The constructor runs the network and asserts what came out."""
    if net.shape is None:
        raise UnfitError("the input's shape is not known there")
    inputs = random.choice(("torch.rand", "torch.zeros", "torch.ones")) + f"({', '.join(map(str, (2, *net.shape)))})"
    asserts = ["assert y.shape == (2, 10), y.shape", "assert torch.isfinite(y).all()", "assert y.abs().max() < 1e3"]
    lines = ("self.eval()", "with torch.no_grad():", f"    y = self({inputs})", random.choice(asserts), "self.train()")
    return replace(net, tail=(*net.tail, *lines))


def _scaled_to_unit_variance(net: Net, body: Body, random: Random) -> Net:
    """LSUV: each layer's weights are scaled by what it puts out, in the constructor."""
    if net.shape is None or net.given or not body.layers or any(op.kind == "module" for op in net.ops):
        raise UnfitError("no layers to scale")
    layers = [
        layer
        for layer, op in zip(body.layers, [op for op in net.ops if op.stateful], strict=True)
        if op.kind in ("linear", "conv")
    ]
    lines = (
        "self.eval()",
        f"batch = torch.randn({', '.join(map(str, (16, *net.shape)))})",
        f"for layer in [{', '.join(layers)}]:",
        "    seen = []",
        "    hook = layer.register_forward_hook(lambda m, i, o: seen.append(o.detach().std()))",
        "    with torch.no_grad():",
        "        self(batch)",
        "        hook.remove()",
        "        assert 1e-4 < seen[0] < 1e4, seen",
        "        layer.weight.div_(seen[0])",
        "self.train()",
    )
    return replace(net, tail=(*net.tail, *lines))


def _decorated(net: Net, body: Body, random: Random) -> Net:
    """A decorator around forward that looks at the shape."""
    function = """def checked(forward):
    @functools.wraps(forward)
    def inner(self, x, *args):
        if x.dim() != 4:
            raise ValueError("images are (N, C, H, W)")
        return forward(self, x, *args)

    return inner
"""
    return replace(net, prelude=net.prelude | {function}, wraps=(*net.wraps, "@checked"))


def _mixed(net: Net, body: Body, random: Random) -> Net:
    """A property and a method of one's own."""
    methods = (
        "@property\ndef num_params(self):\n    return sum(p.numel() for p in self.parameters() if p.requires_grad)",
        "def predict(self, x):\n    with torch.no_grad():\n        return self(x).argmax(1)",
        f'def extra_repr(self):\n    return "{net.name}"',
    )
    return replace(net, methods=(*net.methods, *random.sample(methods, 2)))


def _train_overridden(net: Net, body: Body, random: Random) -> Net:
    """``train`` overridden as it should be."""
    ways = (
        "def train(self, mode=True):\n    super().train(mode)\n    return self",
        "def train(self, mode: bool = True):\n    self.mode = 'train' if mode else 'eval'\n    return super().train(mode)",
        "def eval(self):\n    return self.train(False)",
    )
    return replace(net, methods=(*net.methods, random.choice(ways)))


def _channels_last(net: Net, body: Body, random: Random) -> Net:
    """Another memory format."""
    return replace(net, first=("x = x.contiguous(memory_format=torch.channels_last)", *net.first))


def _on_a_device(net: Net, body: Body, random: Random) -> Net:
    """The network goes to a device of its own."""
    choose = "torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
    tail = (f"self.device = {choose}", "self.to(self.device)")
    return replace(net, tail=(*net.tail, *tail), first=("x = x.to(self.device)", *net.first))


def _cautious(net: Net, body: Body, random: Random) -> Net:
    """Lines that change nothing."""
    first = random.sample(
        ("x = x.float()", "x = x.contiguous()", "x = x.clone()", "assert x.dim() == 4", "x = x * 1.0"), 2
    )
    return replace(
        net, first=(*first, *net.first), last=(*net.last, random.choice(("x = x + 0", "x = x.contiguous()")))
    )


def _seeded(net: Net, body: Body, random: Random) -> Net:
    """A seed in the constructor, and a picture of the network."""
    return replace(net, begin=("torch.manual_seed(42)", *net.begin), tail=(*net.tail, "print(self)"))


EXTRAS: dict[str, Extra] = {
    "": _nothing,
    "own weights": _own_weights,
    "apply": _apply,
    "tried in the constructor": _tried,
    "LSUV": _scaled_to_unit_variance,
    "a decorator": _decorated,
    "own methods": _mixed,
    "train overridden": _train_overridden,
    "channels last": _channels_last,
    "its own device": _on_a_device,
    "cautious": _cautious,
    "seeded": _seeded,
}
