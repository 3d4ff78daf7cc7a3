"""Calls the functions of ``mlp.py`` with parameters and batches that are drawn from a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from autograder.deep_learning.probes.draws import uniform

INPUTS, HIDDEN, OUTPUTS = 6, 5, 4
MANY = 400  # units: their variance is within 20 % of the distribution's by far
STEPS = 4
Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


def mlp_init(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Facts: ``shapes``, ``leaves``, ``spread``, ``biases``: whether these are as they should be."""
    torch.manual_seed(int.from_bytes(key[:4], "little"))
    w1, b1, w2, b2 = found = student.named("mlp", "init")(MANY, MANY // 2, OUTPUTS)
    with torch.no_grad():
        spread = [abs(float(w.var()) * w.shape[0] - 1) < 0.2 for w in (w1, w2)]
        biases = [not bool(b.any()) for b in (b1, b2)]
    facts = {
        "shapes": [list(one.shape) for one in found],
        "leaves": [bool(one.is_leaf and one.requires_grad) for one in found],
        "spread": spread,
        "biases": biases,
    }
    return facts, {}


def mlp_forward(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Facts: ``returned``. Arrays: ``logits`` (8, OUTPUTS), ``gradients`` of all parameters, one after another."""
    own, x, _ = _drawn(key)
    y = student.named("mlp", "forward")(own, x)
    if not isinstance(y, torch.Tensor):
        return {"returned": type(y).__name__}, {}
    weights = uniform(key, "weights", y.shape)
    (y * weights).sum().backward()
    found = {"logits": y.detach(), "gradients": torch.cat([_gradient(one).flatten() for one in own])}
    return {"returned": "Tensor"}, {name: one.numpy().astype(np.float32) for name, one in found.items()}


def mlp_step(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Facts: ``returned``. Arrays: ``losses`` (STEPS,), ``after``: the parameters after as many steps."""
    own, x, y = _drawn(key)
    step = student.named("mlp", "step")
    losses = [step(own, x, y, 0.5) for _ in range(STEPS)]
    returned = {type(loss).__name__ for loss in losses}
    if returned != {"float"}:
        return {"returned": sorted(returned)[0]}, {}
    after = torch.cat([one.detach().flatten() for one in own])
    return {"returned": "float"}, {"losses": np.array(losses, np.float32), "after": after.numpy().astype(np.float32)}


def _drawn(key: bytes) -> tuple[tuple[torch.Tensor, ...], torch.Tensor, torch.Tensor]:
    """Parameters, a batch of 8, and its classes."""
    shapes = {"w1": (INPUTS, HIDDEN), "b1": (HIDDEN,), "w2": (HIDDEN, OUTPUTS), "b2": (OUTPUTS,)}
    own = tuple(uniform(key, name, shape).requires_grad_() for name, shape in shapes.items())
    classes = uniform(key, "classes", (8,)).add(1).mul(OUTPUTS / 2).long().clamp(0, OUTPUTS - 1)
    return own, uniform(key, "x", (8, INPUTS)).mul(2), classes


def _gradient(parameter: torch.Tensor) -> torch.Tensor:
    return parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
