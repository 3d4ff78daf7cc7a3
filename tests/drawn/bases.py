"""Ways to hold a network's layers and to run them. Each takes a network and gives the pieces of its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from .ops import Net, Op
from .records import UnfitError

LAMBDA = """class Lambda(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)
"""


@dataclass
class Body:
    """The pieces of a class.

    Attributes:
        build: the constructor's lines.
        run: forward's lines, on ``x``.
        prelude: what the file needs before the class.
        base: what it derives from.
        layers: expressions of the layers with weights, for constructors that draw them.
        opaque: whether the kit may be unable to compare it.
        inherits: whether forward is inherited.
    """

    build: list[str]
    run: list[str]
    prelude: list[str] = field(default_factory=list)
    base: str = "nn.Module"
    layers: list[str] = field(default_factory=list)
    opaque: bool = False
    inherits: bool = False


Base = Callable[[Net, Random], Body]


def _needs(ops: tuple[Op, ...]) -> list[str]:
    return [LAMBDA] if any(op.kind == "call" for op in ops) else []


def _names(ops: tuple[Op, ...], random: Random) -> list[str]:
    """A name for each step that is a module."""
    words = random.choice(
        (
            {"linear": "fc", "conv": "conv", "norm": "bn", "module": "part"},
            {"linear": "linear", "conv": "c", "norm": "norm", "module": "block"},
            {"linear": "layer", "conv": "layer", "norm": "layer", "module": "layer"},
        )
    )
    counts: dict[str, int] = {}
    names = []
    for op in ops:
        word = words.get(op.kind, op.name if op.kind in ("act", "pool") else op.kind)
        counts[word] = counts.get(word, 0) + 1
        names.append(f"{word}{counts[word]}")
    return names


def attributes(net: Net, random: Random) -> Body:
    """Each layer an attribute; activations are calls, or modules of their own."""
    body = Body([], [])
    as_modules = random.random() < 0.4
    for op, name in zip(net.ops, _names(net.ops, random), strict=True):
        if op.stateful or (as_modules and op.kind in ("act", "pool")):
            body.build.append(f"self.{name} = {op.module()}")
            body.run.append(f"x = self.{name}(x)")
            if op.stateful:
                body.layers.append(f"self.{name}")
        else:
            body.run.append(f"x = {op.call('x', random)}")
    return body


def one_expression(net: Net, random: Random) -> Body:
    """Everything in one nested expression."""
    body = Body([], [])
    text = "x"
    for op, name in zip(net.ops, _names(net.ops, random), strict=True):
        plain = op.kind in ("act", "pool", "flatten")
        if op.stateful or op.kind == "act":
            body.build.append(f"self.{name} = {op.module()}")
            text = f"self.{name}({text})"
            body.layers += [f"self.{name}"] if op.stateful else []
        elif plain:
            text = {"flatten": f"torch.flatten({text}, 1)", "pool": op.call(text, random)}[op.kind]
        else:
            body.run.append(f"x = {text}")
            text = op.call("x", random)
    body.run.append(f"x = {text}")
    return body


def sequential(net: Net, random: Random) -> Body:
    """One ``nn.Sequential``."""
    name = random.choice(("net", "layers", "model", "main"))
    inner = [f"    {op.module()}," for op in net.ops]
    build = [f"self.{name} = nn.Sequential(", *inner, ")"]
    layers = [f"self.{name}[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, [f"x = self.{name}(x)"], _needs(net.ops), layers=layers)


def sequential_from_list(net: Net, random: Random) -> Body:
    """A list that becomes an ``nn.Sequential``."""
    build = ["layers = []"]
    build += [random.choice(("layers.append({})", "layers += [{}]")).format(op.module()) for op in net.ops]
    build.append("self.layers = nn.Sequential(*layers)")
    layers = [f"self.layers[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, ["x = self.layers(x)"], _needs(net.ops), layers=layers)


def two_sequentials(net: Net, random: Random) -> Body:
    """What comes before the flattening, and what comes after it."""
    cut = next((i for i, op in enumerate(net.ops) if op.kind == "flatten"), len(net.ops) - 1)
    if not net.ops[cut:]:
        raise UnfitError("nothing to cut")
    front, back = net.ops[:cut], net.ops[cut:]
    build, run = [], []
    if front:
        build += ["self.features = nn.Sequential(" + ", ".join(op.module() for op in front) + ")"]
        run.append("x = self.features(x)")
    if back[0].kind == "flatten":
        run.append(f"x = {back[0].call('x', random)}")
        back = back[1:]
    build += ["self.classifier = nn.Sequential(", *(f"    {op.module()}," for op in back), ")"]
    run.append("x = self.classifier(x)")
    layers = [f"self.features[{i}]" for i, op in enumerate(front) if op.stateful]
    layers += [f"self.classifier[{i}]" for i, op in enumerate(back) if op.stateful]
    return Body(build, run, _needs(net.ops), layers=layers)


def ordered(net: Net, random: Random) -> Body:
    """An ``nn.Sequential`` with names."""
    names = _names(net.ops, random)
    inner = [f'    ("{name}", {op.module()}),' for name, op in zip(names, net.ops, strict=True)]
    build = ["self.net = nn.Sequential(OrderedDict([", *inner, "]))"]
    layers = [f"self.net.{name}" for name, op in zip(names, net.ops, strict=True) if op.stateful]
    return Body(build, ["x = self.net(x)"], _needs(net.ops), layers=layers)


def module_list(net: Net, random: Random) -> Body:
    """An ``nn.ModuleList`` and a loop."""
    build = ["self.steps = nn.ModuleList([", *(f"    {op.module()}," for op in net.ops), "])"]
    run = random.choice(
        (
            ["for step in self.steps:", "    x = step(x)"],
            ["x = reduce(lambda h, f: f(h), self.steps, x)"],
            ["for i in range(len(self.steps)):", "    x = self.steps[i](x)"],
        )
    )
    layers = [f"self.steps[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, run, _needs(net.ops), layers=layers)


def module_dict(net: Net, random: Random) -> Body:
    """An ``nn.ModuleDict``."""
    names = _names(net.ops, random)
    build = ["self.parts = nn.ModuleDict()"]
    build += [f'self.parts["{name}"] = {op.module()}' for name, op in zip(names, net.ops, strict=True)]
    run = ["for part in self.parts.values():", "    x = part(x)"]
    layers = [f'self.parts["{name}"]' for name, op in zip(names, net.ops, strict=True) if op.stateful]
    return Body(build, run, _needs(net.ops), layers=layers)


def added_modules(net: Net, random: Random) -> Body:
    """``add_module`` or ``setattr`` with numbered names, ``getattr`` in forward."""
    how = random.choice(('self.add_module(f"step{{{}}}", {})', 'setattr(self, f"step{{{}}}", {})'))
    build = [how.format(i, op.module()) for i, op in enumerate(net.ops)]
    run = [f"for i in range({len(net.ops)}):", '    x = getattr(self, f"step{i}")(x)']
    layers = [f"self.step{i}" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, run, _needs(net.ops), layers=layers)


def grouped_blocks(net: Net, random: Random) -> Body:
    """Each layer with what follows it in a block of its own."""
    block = """class Block(nn.Module):
    def __init__(self, layer, *after):
        super().__init__()
        self.layer = layer
        self.after = nn.Sequential(*after)

    def forward(self, x):
        return self.after(self.layer(x))
"""
    groups: list[list[Op]] = []
    for op in net.ops:
        if op.kind in ("linear", "conv", "module") or not groups:
            groups.append([])
        groups[-1].append(op)
    build = [f"self.block{i} = Block({', '.join(op.module() for op in group)})" for i, group in enumerate(groups)]
    run = [f"x = self.block{i}(x)" for i in range(len(groups))]
    return Body(build, run, [*_needs(net.ops), block])


def factory(net: Net, random: Random) -> Body:
    """A function that makes the network."""
    named = f"build_{net.name.lower()}"
    lines = [
        f"def {named}({net.args}):",
        "    return nn.Sequential(",
        *(f"        {op.module()}," for op in net.ops),
        "    )",
    ]
    build = [f"self.net = {named}({net.args})"]
    layers = [f"self.net[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, ["x = self.net(x)"], [*_needs(net.ops), "\n".join(lines) + "\n"], layers=layers)


def inherited(net: Net, random: Random) -> Body:
    """A base class that runs what its children declare."""
    base = """class BaseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList()

    def add(self, *layers):
        self.layers.extend(layers)
        return self

    def run(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def forward(self, x):
        return self.run(x)
"""
    build = [f"self.add({op.module()})" for op in net.ops]
    layers = [f"self.layers[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, ["x = self.run(x)"], [*_needs(net.ops), base], "BaseNet", layers, inherits=True)


def subclassed_sequential(net: Net, random: Random) -> Body:
    """The class is an ``nn.Sequential``."""
    build = [f"self.append({op.module()})" for op in net.ops]
    layers = [f"self[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    run = ["x = super().forward(x)"]
    return Body(build, run, _needs(net.ops), "nn.Sequential", layers, inherits=True)


def from_config(net: Net, random: Random) -> Body:
    """A list of tuples, read by a function."""
    reader = """def make_layers(config):
    layers = []
    for kind, *sizes in config:
        if kind == "fc":
            layers.append(nn.Linear(*sizes))
        elif kind == "conv":
            n_in, n_out, k, stride, pad = sizes
            layers.append(nn.Conv2d(n_in, n_out, kernel_size=k, stride=stride, padding=pad))
        elif kind == "bn":
            layers.append(nn.BatchNorm1d(sizes[0]) if sizes[1] == 1 else nn.BatchNorm2d(sizes[0]))
        elif kind == "pool":
            layers.append(nn.MaxPool2d(sizes[0], sizes[0]))
        elif kind == "flat":
            layers.append(nn.Flatten())
        else:
            layers.append(getattr(nn, kind)())
    return nn.Sequential(*layers)
"""
    entries = []
    for op in net.ops:
        options = dict(op.options)
        match op.kind:
            case "linear" if not options:
                entries.append(f'("fc", {op.sizes[0]}, {op.sizes[1]})')
            case "conv" if options.keys() <= {"stride", "padding"}:
                sizes = ", ".join(map(str, (*op.sizes, options.get("stride", 1), options.get("padding", 0))))
                entries.append(f'("conv", {sizes})')
            case "norm" if not options:
                entries.append(f'("bn", {op.sizes[0]}, {op.sizes[1]})')
            case "pool" if op.name == "max" and not options:
                entries.append(f'("pool", {op.sizes[0]})')
            case "flatten":
                entries.append('("flat",)')
            case "act" if op.module().endswith("()"):
                entries.append(f'("{op.module()[3:-2]}",)')
            case _:
                raise UnfitError("the configuration does not know it")
    build = ["config = [", *(f"    {entry}," for entry in entries), "]", "self.net = make_layers(config)"]
    layers = [f"self.net[{i}]" for i, op in enumerate(net.ops) if op.stateful]
    return Body(build, ["x = self.net(x)"], [reader], layers=layers)


def lazy(net: Net, random: Random) -> Body:
    """Lazy layers, which find out about their inputs."""
    if not any(op.kind in ("linear", "conv") for op in net.ops):
        raise UnfitError("nothing is lazy")
    inner = []
    for op in net.ops:
        text = op.module()
        if op.kind == "linear":
            text = f"nn.LazyLinear({op.sizes[1]}{op.words})"
        elif op.kind == "conv":
            text = f"nn.LazyConv2d({op.sizes[1]}, {op.sizes[2]}{op.words})"
        elif op.kind == "norm":
            text = f"nn.LazyBatchNorm{op.sizes[1]}d({op.words.lstrip(', ')})"
        inner.append(f"    {text},")
    return Body(["self.net = nn.Sequential(", *inner, ")"], ["x = self.net(x)"], _needs(net.ops))


def scripted(net: Net, random: Random) -> Body:
    """``torch.jit.script`` around what it can take."""
    if any(op.kind in ("call", "module") for op in net.ops):
        raise UnfitError("not scripted")
    body = sequential(net, random)
    name = body.run[0][len("x = self.") : -3]
    return Body([*body.build, f"self.{name} = torch.jit.script(self.{name})"], body.run, opaque=True)


PLAIN: dict[str, Base] = {
    "attributes": attributes,
    "one expression": one_expression,
    "sequential": sequential,
    "a list made sequential": sequential_from_list,
    "two sequentials": two_sequentials,
    "sequential with names": ordered,
    "module list": module_list,
    "module dict": module_dict,
    "setattr": added_modules,
    "blocks of its own": grouped_blocks,
    "factory": factory,
    "base class": inherited,
    "is a sequential": subclassed_sequential,
    "configuration": from_config,
    "lazy": lazy,
    "scripted": scripted,
}
