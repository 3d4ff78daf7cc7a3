"""A network as a list of steps, each of which can be written as a module or as a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

ACTIVATIONS = {  # as a module, as calls
    "relu": (
        "nn.ReLU()",
        ("torch.relu({})", "F.relu({})", "{}.relu()", "{}.clamp(min=0)", "F.threshold({}, 0.0, 0.0)"),
    ),
    "sigmoid": ("nn.Sigmoid()", ("torch.sigmoid({})", "{}.sigmoid()", "F.sigmoid({})", "1 / (1 + torch.exp(-{}))")),
    "relu6": ("nn.ReLU6()", ("F.relu6({})", "{}.clamp(0, 6)")),
    "silu": ("nn.SiLU()", ("F.silu({})",)),
    "gelu": ("nn.GELU()", ("F.gelu({})",)),
    "elu": ("nn.ELU()", ("F.elu({})",)),
    "leaky": ("nn.LeakyReLU(0.1)", ("F.leaky_relu({}, 0.01)",)),
    "tanh": ("nn.Tanh()", ("torch.tanh({})", "{}.tanh()")),
    "hardtanh": ("nn.Hardtanh()", ("F.hardtanh({})",)),
    "hardsigmoid": ("nn.Hardsigmoid()", ("F.hardsigmoid({})",)),
    "softplus": ("nn.Softplus()", ("F.softplus({})",)),
    "softmax": ("nn.Softmax(dim=1)", ("torch.softmax({}, dim=1)", "F.softmax({}, dim=1)")),
    "log_softmax": ("nn.LogSoftmax(dim=1)", ("F.log_softmax({}, dim=1)", "{}.log_softmax(1)")),
}


@dataclass(frozen=True)
class Op:
    """One step of a network.

    Attributes:
        kind: ``linear``, ``conv``, ``norm``, ``act``, ``pool``, ``flatten``, ``call`` (any expression of ``x``) or
            ``module`` (any expression that makes a module).
        sizes: inputs, outputs and, of a convolution, the filter's side; channels and axes of a norm; a pooling's side.
        name: the activation's, the pooling's, or the expression.
        options: keyword arguments.
    """

    kind: str
    sizes: tuple[Any, ...] = ()
    name: str = ""
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def stateful(self) -> bool:
        """Whether it holds parameters."""
        return self.kind in ("linear", "conv", "norm", "module")

    @property
    def words(self) -> str:
        """The keyword arguments as source."""
        return "".join(f", {name}={value!r}" for name, value in self.options)

    def module(self) -> str:
        """The expression that makes it a module."""
        match self.kind:
            case "linear":
                return f"nn.Linear({self.sizes[0]}, {self.sizes[1]}{self.words})"
            case "conv":
                return f"nn.Conv2d({self.sizes[0]}, {self.sizes[1]}, {self.sizes[2]}{self.words})"
            case "norm":
                return f"nn.BatchNorm{self.sizes[1]}d({self.sizes[0]}{self.words})"
            case "act":
                return ACTIVATIONS[self.name][0]
            case "pool":
                return f"nn.{'Max' if self.name == 'max' else 'Avg'}Pool2d({self.sizes[0]}{self.words})"
            case "flatten":
                return "nn.Flatten()"
            case "call":
                return f"Lambda(lambda x: {self.name.format('x')})"
        return self.name

    def call(self, x: str, random: Random) -> str:
        """The expression that applies it to *x*, for what holds no parameters."""
        match self.kind:
            case "act":
                return random.choice(ACTIVATIONS[self.name][1]).format(x)
            case "pool":
                return f"F.{self.name}_pool2d({x}, {self.sizes[0]}{self.words})"
            case "flatten":
                ways = (
                    "{}.flatten(1)",
                    "torch.flatten({}, 1)",
                    "{0}.view({0}.size(0), -1)",
                    "{0}.reshape(len({0}), -1)",
                )
                return random.choice(ways).format(x)
        return self.name.format(x)


def linear(inputs: Any, outputs: Any, **options: Any) -> Op:
    """A linear layer."""
    return Op("linear", (inputs, outputs), options=tuple(options.items()))


def conv(inputs: Any, outputs: Any, side: int, **options: Any) -> Op:
    """A convolution."""
    return Op("conv", (inputs, outputs, side), options=tuple(options.items()))


def norm(channels: Any, axes: int, **options: Any) -> Op:
    """Batch norm."""
    return Op("norm", (channels, axes), options=tuple(options.items()))


def act(name: str) -> Op:
    """An activation."""
    return Op("act", name=name)


def pool(side: int, name: str = "max", **options: Any) -> Op:
    """A pooling."""
    return Op("pool", (side,), name, tuple(options.items()))


def call(expression: str) -> Op:
    """Any expression of ``{}``."""
    return Op("call", name=expression)


def made(expression: str) -> Op:
    """A module that any expression makes."""
    return Op("module", name=expression)


FLATTEN = Op("flatten")


@dataclass(frozen=True)
class Net:
    """A class to be written.

    Attributes:
        name: the class's.
        ops: its steps.
        args: the constructor's arguments.
        begin: lines before the layers are made, in the constructor.
        tail: lines at the constructor's end.
        first: lines at forward's start, on ``x``.
        last: lines at forward's end.
        methods: further methods.
        shape: of an input, for constructors that try the network; None: not known there.
        prelude: what the file needs before it.
        given: whether some weights come from outside, so that nobody may draw them.
        draw: draws initial weights where the style does; replaced where that is a mistake.
    """

    name: str
    ops: tuple[Op, ...]
    args: str = ""
    begin: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None
    prelude: frozenset[str] = frozenset()
    given: bool = False
    about: str = ""
    wraps: tuple[str, ...] = field(default=())

    def with_ops(self, change: Callable[[list[Op]], list[Op]]) -> Net:
        """The same with other steps."""
        return replace(self, ops=tuple(change(list(self.ops))))
