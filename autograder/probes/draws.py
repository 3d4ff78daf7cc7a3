"""Random numbers from a key and a name, the same on every machine and with every version of torch and numpy."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import torch


def uniform(key: bytes, name: str, shape: Sequence[int]) -> torch.Tensor:
    """Float32 in [-1, 1], drawn from *key* and *name*; ``shape`` as given.

    numpy promises that a bit generator's stream never changes (NEP 19), which torch does not.
    """
    seed = int.from_bytes(hashlib.sha256(key + name.encode()).digest(), "little")
    size = math.prod(shape)
    raw = np.random.SFC64(seed).random_raw((size + 1) // 2)
    values = raw.view(np.int32)[:size].astype(np.float32)
    values *= np.float32(2.0**-31)
    return torch.from_numpy(values.reshape(tuple(shape)))


def images(key: bytes, name: str, shape: Sequence[int]) -> torch.Tensor:
    """Random images in [0, 1]."""
    return uniform(key, name, shape).add_(1).mul_(0.5)


def values(key: bytes, role: str, number: int, shape: Sequence[int]) -> torch.Tensor:
    """What the *number*-th parameter or buffer in *role* is filled with.

    Weights have the variance that keeps activations alive through ReLUs (He et al. 2015); variances are positive.
    """
    drawn = uniform(key, f"{role} {number}", shape)
    match role:
        case "norm.weight" | "norm.var":
            return drawn.mul_(0.5).add_(1)
        case "conv.weight" | "linear.weight":
            fan_in = max(1, math.prod(shape[1:]))
            return drawn.mul_(math.sqrt(6 / fan_in))
        case _:
            return drawn.mul_(0.4)
