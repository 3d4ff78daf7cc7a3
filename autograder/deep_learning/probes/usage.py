"""Which parameters and buffers a forward pass uses, in which order and role, and through which layers.

A dry run under a ``TorchFunctionMode`` sees every call of torch, whether a module or a plain function makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.overrides import TorchFunctionMode

# Where a function takes its parameters: positions and names, with the role of each.
_CONV = {"kind": "conv", "input": 0, "weight": 1, "bias": 2}
_LINEAR = {"kind": "linear", "input": 0, "weight": 1, "bias": 2}
_NORM = {"kind": "norm", "input": 0, "mean": 1, "var": 2, "weight": 3, "bias": 4}
_RAW_NORM = {"kind": "norm", "input": 0, "weight": 1, "bias": 2, "mean": 3, "var": 4}
_LAYER_NORM = {"kind": "layer norm", "input": 0, "weight": 2, "bias": 3}
_INSTANCE_NORM = {"kind": "instance norm", "input": 0, "mean": 1, "var": 2, "weight": 3, "bias": 4}
_MATMUL = {"kind": "linear", "input": 0, "weight": 1}
_ADDMM = {"kind": "linear", "bias": 0, "input": 1, "weight": 2}
SIGNATURES: dict[Any, dict[str, Any]] = {
    F.conv1d: _CONV,
    F.conv2d: _CONV,
    F.linear: _LINEAR,
    F.batch_norm: _NORM,
    torch.batch_norm: _RAW_NORM,
    torch.native_batch_norm: _RAW_NORM,
    F.layer_norm: _LAYER_NORM,
    F.group_norm: {**_LAYER_NORM, "kind": "group norm"},
    F.instance_norm: _INSTANCE_NORM,
    torch.matmul: _MATMUL,
    torch.mm: _MATMUL,
    torch.Tensor.matmul: _MATMUL,
    torch.Tensor.mm: _MATMUL,
    torch.Tensor.__matmul__: _MATMUL,
    torch.addmm: _ADDMM,
    torch.Tensor.addmm: _ADDMM,
}
KEYWORDS = {
    "running_mean": "mean",
    "running_var": "var",
    "weight": "weight",
    "bias": "bias",
    "mat2": "weight",
    "input": "input",
}
ROLE_ORDER = ("weight", "bias", "mean", "var")
ADDS = {"add", "add_", "__add__", "__iadd__", "__radd__", "sub", "__sub__"}
# Functions whose result is the same parameter in another shape; the value: whether its last two axes are swapped.
TRANSPOSING = ("t", "T", "mT", "transpose", "permute", "swapaxes")
SHAPING = ("view", "reshape", "view_as", "flatten", "unsqueeze", "squeeze", "expand", "expand_as", "contiguous")
MOVING = ("to", "float", "detach", "data", "clone", "cpu", "cuda", "type", "type_as", "requires_grad_")
VIEWS = dict.fromkeys(TRANSPOSING, True) | dict.fromkeys((*SHAPING, *MOVING), False)
# What a trace shows, by the name of the function.
ACTIVATIONS = {
    "relu": "ReLU", "relu_": "ReLU", "clamp_min": "ReLU", "clamp_min_": "ReLU", "relu6": "ReLU6",
    "clamp": "clamp", "clamp_": "clamp", "clip": "clamp", "maximum": "maximum", "hardtanh": "hardtanh",
    "hardtanh_": "hardtanh", "leaky_relu": "leaky ReLU", "leaky_relu_": "leaky ReLU", "gelu": "GELU",
    "elu": "ELU", "elu_": "ELU", "selu": "SELU", "selu_": "SELU", "celu": "CELU", "celu_": "CELU", "silu": "SiLU",
    "mish": "Mish", "softplus": "softplus", "softsign": "softsign", "hardswish": "hardswish",
    "hardsigmoid": "hardsigmoid", "logsigmoid": "log-sigmoid", "rrelu": "RReLU", "rrelu_": "RReLU",
    "threshold": "threshold", "sigmoid": "sigmoid", "sigmoid_": "sigmoid", "tanh": "tanh", "tanh_": "tanh",
    "softmax": "softmax", "log_softmax": "log-softmax", "softmin": "softmin", "normalize": "normalize",
}  # fmt: skip
POOLINGS = {
    "max_pool2d": "max-pool", "max_pool1d": "max-pool", "max_pool2d_with_indices": "max-pool",
    "avg_pool2d": "average-pool", "avg_pool1d": "average-pool", "lp_pool2d": "LP-pool",
    "fractional_max_pool2d": "fractional max-pool",
    "adaptive_avg_pool2d": "adaptive average-pool", "adaptive_max_pool2d": "adaptive max-pool",
}  # fmt: skip
DROPOUTS = dict.fromkeys(("dropout", "dropout_", "dropout1d", "dropout2d", "alpha_dropout"), "dropout")
RANDOM = dict.fromkeys(
    ("rand", "randn", "rand_like", "randn_like", "randint", "randint_like", "randperm", "bernoulli", "bernoulli_",
     "normal", "normal_", "uniform_", "multinomial", "poisson"),
    "random numbers",
)  # fmt: skip
STEPS = {
    **ACTIVATIONS, **POOLINGS, **DROPOUTS, **RANDOM,
    "flatten": "flatten", "view": "flatten", "reshape": "flatten", "squeeze": "squeeze", "mean": "mean", "pad": "pad",
}  # fmt: skip
_HARDTANH = (("min_val", 1, -1), ("max_val", 2, 1))
ACTIVE_DROPOUT = "dropout that is on"
MAX_STEPS = 400
# Arguments that change what a layer computes, by its kind: where they stand, and their defaults.
_CONV_SETTINGS = {"stride": (3, 1), "padding": (4, 0), "dilation": (5, 1), "groups": (6, 1)}
_NORM_SETTINGS = {"training": (5, False), "momentum": (6, 0.1), "eps": (7, 1e-5)}
SETTINGS: dict[str, dict[str, tuple[int, Any]]] = {"conv": _CONV_SETTINGS, "norm": _NORM_SETTINGS}


@dataclass
class Use:
    """One parameter or buffer that the forward pass uses."""

    tensor: torch.Tensor
    role: str
    layer: int
    place: tuple[int, ...] | None = None  # the shape that it stands for, if it is laid out otherwise

    @property
    def shape(self) -> Sequence[int]:
        """The shape that it stands for."""
        return self.tensor.shape if self.place is None else self.place


@dataclass
class Layer:
    """One call that uses parameters: its kind, their shapes, its settings, and the shape of what it returned."""

    kind: str
    shapes: dict[str, list[int]] = field(default_factory=dict)
    output: list[int] = field(default_factory=list)
    again: bool = False  # uses nothing that was not used before
    settings: dict[str, str] = field(default_factory=dict)


class Watch(TorchFunctionMode):
    """Records uses, layers and steps while it is active.

    Attributes:
        uses: in order of first use.
        layers: in order of the calls.
        steps: ``(what, output shape)`` of layers, activations and poolings in order.
        backwards: names of roles whose weight lies transposed, which the kit can't compare.
    """

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net
        self.uses: list[Use] = []
        self.layers: list[Layer] = []
        self.steps: list[tuple[str, list[int]]] = []
        self.backwards: list[str] = []
        self._buffers = {id(b) for b in _buffers(net)}
        self._seen: set[int] = set()
        self._sliced: set[int] = set()  # of which parts are used as if they were parameters of their own
        self._aliases: dict[int, tuple[torch.Tensor, bool]] = {}
        self._kept: list[torch.Tensor] = []  # keeps ids from being used again

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the call, then note what it used."""
        kwargs = kwargs or {}
        name = name_of(func)
        tracked = self._tracked(args, kwargs)
        result = func(*args, **kwargs)
        if name in VIEWS and len(tracked) == 1 and isinstance(result, torch.Tensor):
            origin, swapped = tracked[0][1]
            if result is not origin:
                self._aliases[id(result)] = (origin, swapped != VIEWS[name])
                self._kept.append(result)
            return result
        if tracked and isinstance(result, (torch.Tensor, tuple)):
            self._note(func, name, tracked, result, _settings(signature_of(func), args, kwargs))
        elif name in STEPS and isinstance(result, (torch.Tensor, tuple)) and len(self.steps) < MAX_STEPS:
            first = result[0] if isinstance(result, tuple) else result
            self.steps.append((_step(name, args, kwargs), list(getattr(first, "shape", ()))))
        return result

    def _tracked(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> list[tuple[int | str, tuple[torch.Tensor, bool]]]:
        """Parameters and buffers among the arguments, with where they stand."""
        found = ((place, self._origin(value)) for place, value in tensors_in(args, kwargs))
        return [(place, origin) for place, origin in found if origin is not None]

    def _origin(self, value: torch.Tensor) -> tuple[torch.Tensor, bool] | None:
        """The parameter or buffer that *value* is (a view of), and whether it is transposed."""
        if id(value) in self._aliases:
            return self._aliases[id(value)]
        base = value._base
        if base is not None and (isinstance(base, nn.Parameter) or id(base) in self._buffers):
            if base.numel() != value.numel():
                self._sliced.add(id(base))
            return base, False
        is_parameter = isinstance(value, nn.Parameter) or (value.requires_grad and value.is_leaf)
        return (value, False) if is_parameter or id(value) in self._buffers else None

    def _note(
        self,
        func: Callable[..., Any],
        name: str,
        tracked: list[Any],
        result: torch.Tensor | tuple[Any, ...],
        settings: dict[str, str],
    ) -> None:
        signature = signature_of(func)
        kind = signature.get("kind", name)
        adds = name in ADDS and bool(self.layers)
        layer = self.layers[-1] if adds else Layer(kind, settings=settings)
        new = []
        for place, (tensor, swapped) in tracked:
            part = _part(place, signature, "bias" if adds and "bias" not in layer.shapes else None)
            constant = id(tensor) in self._buffers and part not in ("mean", "var")
            if constant or not tensor.is_floating_point():
                continue
            role = f"{layer.kind}.{part}" + (" in part" if id(tensor) in self._sliced else "")
            if kind == "linear" and part == "weight" and swapped is (signature is _LINEAR):
                self.backwards.append(role)
            if kind == "linear" and part == "argument 0":  # W @ x.T: the output lies transposed, too
                self.backwards.append(role)
            layer.shapes[part] = list(tensor.shape)
            if id(tensor) not in self._seen:
                new.append((part, role, tensor))
        if not adds:
            if not layer.shapes:
                return
            layer.again = not new
            self.layers.append(layer)
        new.sort(key=lambda entry: ROLE_ORDER.index(entry[0]) if entry[0] in ROLE_ORDER else len(ROLE_ORDER))
        for _, role, tensor in new:
            self._seen.add(id(tensor))
            self.uses.append(Use(tensor, role, len(self.layers) - 1))
        output = result[0] if isinstance(result, tuple) else result
        if isinstance(output, torch.Tensor):
            layer.output = list(output.shape)
            if not adds and len(self.steps) < MAX_STEPS:
                self.steps.append((layer.kind, list(output.shape)))


def name_of(func: Callable[..., Any]) -> str:
    """The name of a function of torch's, or of a property like ``Tensor.T``."""
    name = getattr(func, "__name__", "")
    return getattr(getattr(func, "__self__", None), "__name__", name) if name == "__get__" else name


def signature_of(func: Callable[..., Any]) -> dict[str, Any]:
    """Where a function takes its parameters, and its kind; nothing of one that is not known."""
    return SIGNATURES.get(func, {})


def _settings(signature: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, str]:
    """The arguments that change what a layer computes, as text: ``{"stride": "2 x 2"}``."""
    wanted = SETTINGS.get(signature.get("kind", ""), {})
    planes = 2 if wanted is _CONV_SETTINGS else 1
    found = {}
    for name, (place, default) in wanted.items():
        value = kwargs.get(name, args[place] if len(args) > place else default)
        several = isinstance(value, int) and not isinstance(value, bool) and name != "groups"
        values = [value] * planes if several else [*value] if isinstance(value, (list, tuple)) else [value]
        found[name] = " x ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values)
    return found


def _step(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """What a call is called in a trace."""
    if name in DROPOUTS:
        rate = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
        training = kwargs.get("training", args[2] if len(args) > 2 else True)
        return ACTIVE_DROPOUT if training and rate else STEPS[name]
    if name == "pad":
        return f"pad, {kwargs.get('mode', args[2] if len(args) > 2 else 'constant')}"
    if name in ("hardtanh", "hardtanh_"):
        low, high = (kwargs.get(key, args[n] if len(args) > n else default) for key, n, default in _HARDTANH)
        return "ReLU6" if (low, high) == (0, 6) else STEPS[name]
    if name in ("clamp", "clamp_", "clip") and _is_relu(args, kwargs):
        return "ReLU"
    return STEPS[name]


def _is_relu(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    low = kwargs.get("min", args[1] if len(args) > 1 else None)
    high = kwargs.get("max", args[2] if len(args) > 2 else None)
    return high is None and not isinstance(low, torch.Tensor) and low == 0


def _buffers(net: nn.Module) -> Iterator[torch.Tensor]:
    for module in nn.Module.modules(net):
        yield from (b for b in module._buffers.values() if b is not None)


def tensors_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[int | str, torch.Tensor]]:
    """Tensors among the arguments, lists one level deep, with where they stand."""
    places: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    for place, value in places:
        if isinstance(value, torch.Tensor):
            yield place, value
        elif isinstance(value, (list, tuple)):
            yield from ((place, item) for item in value if isinstance(item, torch.Tensor))


def _part(place: int | str, signature: dict[str, Any], otherwise: str | None) -> str:
    """The role's second half: weight, bias, mean, var, or where the argument stands."""
    if isinstance(place, str):
        return KEYWORDS.get(place, place)
    for part, position in signature.items():
        if position == place and part not in ("kind", "input"):
            return part
    return otherwise or f"argument {place}"
