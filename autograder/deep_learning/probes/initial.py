"""How a network's parameters are drawn when it is constructed, told by moments of their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.deep_learning.probes.building import Draw, drawing
from autograder.deep_learning.probes.draws import images
from autograder.deep_learning.probes.fit import given_network
from autograder.deep_learning.probes.network import dry_run
from autograder.deep_learning.probes.steps import step
from autograder.deep_learning.probes.usage import Use
from autograder.sandbox.torch.devices import RunOn

CONSTRUCTIONS = 2
SAMPLE = 1 << 16  # values of a parameter that are looked at, of each row as many; the moments are then known to 1 %
TWIN = 0.5  # two parameters of one shape whose values correlate more are copies; independent ones stay below 0.4
FEW = 200  # values: of fewer only equal ones are copies; independent draws of ten correlate by 0.5 once in seven times


def initial(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Moments of the parameters of fresh constructions, in the order in which the forward pass uses them.

    Params: ``module`` and ``name`` of the class, ``shape`` of one input, ``given``: pass a ``vgg19_bn``, all zeros.

    Returns:
        Facts: ``uses``: ``[role, shape, values looked at]`` of each of the P parameters and buffers; ``twins``: how
        many pairs of one shape are copies of each other. Arrays: ``moments`` (CONSTRUCTIONS, P, 4): mean, root mean
        square, fourth moment over its square squared, and the spread of the rows' root mean squares; ``alike`` (P,):
        the correlation of the values of two constructions (1 where they are equal, 0 of fewer than FEW).
    """
    drawn = []
    arguments = [given_network({})] if params.get("given") else []
    uses: list[Use] = []
    names: list[str] = []
    with RunOn("cpu"):
        for number in range(CONSTRUCTIONS):
            torch.manual_seed(int.from_bytes(key[:6], "little") + number)
            with step("constructor"), drawing(_where_sampled):
                net = student.named(params["module"], params["name"])(*arguments)
            named = _named(net)
            if number and [_shape(named, name) for name in names] == [list(use.tensor.shape) for use in uses]:
                tensors = [named[name] for name in names]  # built as the first was
            else:
                uses = dry_run(net, images(key, "dry", (2, *params["shape"]))).uses
                tensors = [use.tensor for use in uses]
                known = {id(tensor): name for name, tensor in named.items()}
                names = [known.get(id(tensor), "") for tensor in tensors]
            drawn.append([_sampled(tensor) for tensor in tensors])
    described = [
        [use.role, list(use.tensor.shape), tensor.numel()] for use, tensor in zip(uses, drawn[-1], strict=True)
    ]
    facts = {"uses": described, "twins": _twins(drawn[0])}
    if len({len(tensors) for tensors in drawn}) > 1:
        return {**facts, "changes": True}, {}
    moments = np.array([[_moments(tensor) for tensor in tensors] for tensors in drawn])
    return facts, {"moments": moments, "alike": np.array([_alike(a, b) for a, b in zip(*drawn, strict=True)])}


def _named(net: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters and buffers that are registered."""
    return {**dict(nn.Module.named_parameters(net)), **dict(nn.Module.named_buffers(net))}


def _shape(named: Mapping[str, torch.Tensor], name: str) -> list[int] | None:
    return list(named[name].shape) if name in named else None


def _sampled(tensor: torch.Tensor) -> torch.Tensor:
    """Up to SAMPLE values, float64: (rows, some of each row) for a weight, all of a bias."""
    if tensor.dim() < 2:
        return tensor.detach().flatten()[:SAMPLE].double()
    rows = tensor.detach().flatten(1)
    return rows[:, : _columns(len(rows))].double()


def _columns(rows: int) -> int:
    return max(1, SAMPLE // rows)


def _where_sampled(original: Draw) -> Draw:
    """Draws the values of a large weight that are looked at, and repeats them in each row."""

    def drawn(self: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if self.numel() <= SAMPLE or self.dim() < 2 or not self.is_contiguous() or self.is_meta:
            return original(self, *args, **kwargs)
        with torch.no_grad():
            rows = self.detach().flatten(1)
            some = original(rows.new_empty(len(rows), _columns(len(rows))), *args, **kwargs)
            for first in range(0, rows.shape[1], some.shape[1]):
                part = rows[:, first : first + some.shape[1]]
                part.copy_(some[:, : part.shape[1]])
        return self

    return drawn


def _moments(tensor: torch.Tensor) -> tuple[float, float, float, float]:
    square = tensor.square()
    rms = float(square.mean().sqrt())
    fourth = float(square.square().mean()) / rms**4 if rms else 0.0
    rows = square.flatten(1).mean(1).sqrt() if tensor.dim() > 1 else square.sqrt()
    spread = float(rows.std()) / rms if rms and tensor.dim() > 1 and len(rows) > 1 else 0.0
    return float(tensor.mean()), rms, fourth, spread


def _alike(a: torch.Tensor, b: torch.Tensor) -> float:
    if a.shape != b.shape:
        return 0.0
    if torch.equal(a, b):
        return 1.0
    if a.numel() < FEW:
        return 0.0
    first, second = a.flatten() - a.mean(), b.flatten() - b.mean()
    return float((first @ second) / (first.norm() * second.norm()).clamp_min(1e-12))


def _twins(tensors: list[torch.Tensor]) -> int:
    """Pairs of weights that hold the same draw."""
    wide = [tensor for tensor in tensors if tensor.dim() > 1]
    pairs = ((a, b) for i, a in enumerate(wide) for b in wide[i + 1 :] if a.shape == b.shape)
    return sum(_alike(a, b) > TWIN for a, b in pairs)
