"""Compares evidence with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# By the name of an array: how far apart two right answers may be, relative to the reference's root mean square.
# `hw1 verify` measures both sides of each number: the reference against itself (threads, memory layouts, instruction
# sets), and the nearest mistake. It fails if noise or mistake comes within a factor of ten.
TOLERANCES = {
    "eval1": 5e-4,  # noise 3e-6 for VGG-19
    "eval8": 5e-4,
    "train8": 2e-3,  # noise 6e-5: batch norm over 8 values amplifies rounding
    "running": 5e-4,
    "first": 5e-4,
    "twice": 1e-4,  # noise 1.3e-6 after ten steps; the nearest mistake is 0.4 away
    "two": 1e-4,
    "long": 5e-4,  # noise 3e-6 after 1,004 steps
    "between": 5e-4,
    "matrix": 0.0,
    "again": 0.0,
    "many": 0.0,
}
USUAL = 5e-4  # of all other arrays: a homework's own; `hw1 verify` says where it does not fit


def tolerance(name: str) -> float:
    """How far apart two right answers may be in the array *name*."""
    return TOLERANCES.get(name, USUAL)


def distance(a: Any, b: Any) -> float:
    """The largest difference of two arrays, relative to the root mean square of *b*; infinite if the shapes differ."""
    import numpy as np  # only now: the first verdicts compare no arrays

    if a.shape != b.shape:
        return float("inf")
    if a.size == 0:
        return 0.0
    first, second = a.astype(np.float64), b.astype(np.float64)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return float("inf")
    scale = float(np.sqrt(np.mean(second**2))) or 1.0
    return float(np.abs(first - second).max()) / scale


def same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two views are equal: facts exactly, arrays within their tolerances."""
    if a.keys() != b.keys():
        return False
    for name, value in b.items():
        if hasattr(value, "dtype"):
            if not hasattr(a[name], "dtype") or distance(a[name], value) > tolerance(name):
                return False
        elif hasattr(a[name], "dtype") or a[name] != value:
            return False
    return True


def in_tolerances(mine: Mapping[str, Any], wanted: Mapping[str, Any]) -> float:
    """The largest distance between two views in units of the tolerances; infinite if a fact differs."""
    if mine.keys() != wanted.keys():
        return float("inf")
    largest = 0.0
    for name, value in wanted.items():
        other = mine[name]
        if hasattr(value, "dtype") and hasattr(other, "dtype"):
            apart = distance(other, value)
            largest = max(largest, apart / tolerance(name) if tolerance(name) else apart and float("inf"))
        elif hasattr(value, "dtype") or hasattr(other, "dtype") or value != other:
            return float("inf")
    return largest
