"""Constructs a network of the submission's quickly, with weights that its constructor may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.deep_learning.probes.draws import spread_of, values
from autograder.deep_learning.probes.steps import step

TILE = 65_521  # values of a parameter that are really drawn; a prime, so that rows do not begin alike
HUGE = 1 << 23  # from so many on nothing is drawn: no layer of the homework is that large; ImageNet's head is, and its
# pages take no memory until somebody writes to them
DRAWING = ("uniform_", "normal_")  # what all of torch.nn.init ends in


Draw = Callable[..., torch.Tensor]


def quick_draws() -> AbstractContextManager[None]:
    """Draws the first values of a large tensor and repeats them: VGG-19 is built in 30 ms instead of 110.

    The weights are overwritten before anything is judged; a constructor that looks at them (an assert, LSUV) finds
    numbers of the right distribution.
    """
    return drawing(_quick)


@contextmanager
def drawing(instead: Callable[[Draw], Draw]) -> Iterator[None]:
    """Tensors are drawn by what *instead* makes of each of the methods that do."""
    originals = {name: getattr(torch.Tensor, name) for name in DRAWING}
    for name, original in originals.items():
        setattr(torch.Tensor, name, instead(original))
    try:
        yield
    finally:
        for name in originals:
            delattr(torch.Tensor, name)  # the base class has the original


def _undrawn(original: Draw) -> Draw:
    return lambda self, *arguments, **named: self


def _quick(original: Draw) -> Draw:
    def drawn(self: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        count = self.numel()
        if count <= TILE or not self.is_contiguous() or self.is_meta:
            return original(self, *args, **kwargs)
        if count >= HUGE:
            return self
        with torch.no_grad():
            flat = self.detach().view(-1)
            original(flat[:TILE], *args, **kwargs)
            done = TILE
            while done < count:
                more = min(done, count - done)
                flat[done : done + more].copy_(flat[:more])
                done += more
        return self

    return drawn


def construct(student: Any, params: Mapping[str, Any], given: nn.Module | None) -> nn.Module:
    """The network that *params* name, of the submission's class.

    Raises:
        TypeError: it is not an ``nn.Module``.
        BaseException: whatever the constructor raises.
    """
    factory = student.named(params["module"], params["name"])
    torch.manual_seed(0)
    with step("constructor"), quick_draws():
        net = factory(given) if given is not None else factory(*params.get("args", ()))
    if not isinstance(net, nn.Module):
        raise TypeError(f"{params['name']} made a {type(net).__name__}, not an nn.Module")
    return net


def empty_vgg() -> Any:
    """torchvision's ``vgg19_bn``: features that are undefined, and a classifier of zeros.

    It is a whole network that can be moved, copied and run; the classifier takes no memory until it is written to.
    """
    from torchvision.models import vgg19_bn

    with drawing(_undrawn):  # what is made on the meta device is drawn there, and that imports sympy
        net = vgg19_bn(weights=None, init_weights=False)
    for layer in net.classifier:
        for name, parameter in list(layer.named_parameters(recurse=False)):
            setattr(layer, name, None)  # its memory is given back first
            zeros = torch.from_numpy(np.zeros(tuple(parameter.shape), np.float32))  # pages that nobody has written to
            setattr(layer, name, nn.Parameter(zeros))
    return net


def given_features(key: bytes) -> Any:
    """torchvision's ``vgg19_bn``, its features filled from *key*."""
    net = empty_vgg()
    roles = {"weight": "norm.weight", "bias": "norm.bias", "running_mean": "norm.mean", "running_var": "norm.var"}
    with torch.no_grad():
        for number, (name, tensor) in enumerate(net.features.state_dict().items()):
            role = "conv.weight" if tensor.dim() == 4 else roles.get(name.rpartition(".")[2])
            spread = spread_of(role or "", is_first=False)
            tensor.copy_(values(key + b"given", role, number, tensor.shape, spread)) if role else tensor.zero_()
    return net


@contextmanager
def stand_ins(student: Any, module: str, blocks: Mapping[str, type[nn.Module]]) -> Iterator[None]:
    """The kit's *blocks*, by name, for the submission's: in *module*, and wherever else a module has the names."""
    replaced = []
    for place in student.modules():
        for name, block in blocks.items():
            if hasattr(place, name) or place.__name__ == module:
                replaced.append((place, name, vars(place).get(name)))
                setattr(place, name, block)
    try:
        yield
    finally:
        for place, name, block in replaced:
            if block is None:
                delattr(place, name)
            else:
                setattr(place, name, block)


def borrowed(net: nn.Module) -> list[str]:
    """Classes of torchvision's ready-made models in the network, which staff may want to know of."""
    kinds = {type(m) for m in nn.Module.modules(net)}
    return sorted({k.__name__ for k in kinds if k.__module__.startswith(("torchvision.models", "timm."))})
