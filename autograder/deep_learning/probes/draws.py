"""Random numbers from a key and a name, the same on every machine and with every version of torch and numpy."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import torch

# Standard deviation of activations: they lie on both sides of 0, 1 and 6, where ReLU, ReLU6, SiLU and the like part.
SPREAD = 6.0
DRAWN = 262_139  # values; a larger tensor repeats them: a fifth of VGG-19's time. A prime, so that no two rows agree


def uniform(key: bytes, name: str, shape: Sequence[int]) -> torch.Tensor:
    """Float32 in [-1, 1], drawn from *key* and *name*; ``shape`` as given.

    numpy promises that a bit generator's stream never changes (NEP 19), which torch does not.
    """
    seed = int.from_bytes(hashlib.sha256(key + name.encode()).digest(), "little")
    size = math.prod(shape)
    count = min(size, DRAWN)
    raw = np.random.SFC64(seed).random_raw((count + 1) // 2)
    values = raw.view(np.int32)[:count].astype(np.float32)
    values *= np.float32(2.0**-31)
    return torch.from_numpy((values if count == size else np.resize(values, size)).reshape(tuple(shape)))


def images(key: bytes, name: str, shape: Sequence[int]) -> torch.Tensor:
    """Random images in [0, 1], a sixth of whose pixels is black and a sixth white, as in the data."""
    return uniform(key, name, shape).mul_(0.75).add_(0.5).clamp_(0, 1)


def values(key: bytes, role: str, number: int, shape: Sequence[int], spread: float) -> torch.Tensor:
    """What the *number*-th parameter or buffer in *role* is filled with.

    Weights have the variance that keeps activations alive through ReLUs (He et al. 2015), times *spread*; batch norm
    gives them *spread* as standard deviation. Running variances are positive and fit to that, so that nothing grows
    from layer to layer.
    """
    drawn = uniform(key, f"{role} {number}", shape)
    match role:
        case "norm.weight":
            return drawn.mul_(0.5).add_(1).mul_(spread)
        case "norm.var":
            return drawn.mul_(0.5).add_(1).mul_(spread**2)
        case "conv.weight":
            return drawn.mul_(math.sqrt(6 / fan_in(shape)))
        case "linear.weight":
            return drawn.mul_(spread * math.sqrt(6 / fan_in(shape)))
        case "norm.mean" | "norm.bias" | "linear.bias":
            return drawn.mul_(0.4 * spread)
        case _:
            return drawn.mul_(0.4)


def spread_of(role: str, is_first: bool) -> float:
    """How far the parameter or buffer in *role* spreads activations: batch norm does, and a linear layer that is first.

    What follows keeps the spread, so that logits stay where a softmax still tells one row from another.
    """
    return SPREAD if role.startswith("norm.") or (is_first and role == "linear.weight") else 1.0


def fan_in(shape: Sequence[int]) -> int:
    """How many inputs an output of a weight of this shape has."""
    return max(1, math.prod(shape[1:]))
