"""How sure a count is: bounds of a share with 99.9 % confidence."""

from __future__ import annotations

import math

from autograder.shares import wilson

CONFIDENCE = 3.09  # standard deviations: 99.9 %, one-sided


def lower_bound(right: int, total: int) -> float:
    """The lower bound of the true share with 99.9 % confidence (Wilson's bound, JASA 1927)."""
    return wilson(right, total, CONFIDENCE)[0]


def upper_bound(right: int, total: int) -> float:
    """The upper bound of the true share with 99.9 % confidence."""
    return wilson(right, total, CONFIDENCE)[1]


def surely_apart(first: tuple[int, int], second: tuple[int, int]) -> float:
    """By how much the *first* share is above the *second* with 99.9 % confidence; each is right of total.

    A half is added to each count (Agresti and Caffo, 2000), so that a share of 100 % has an error, too.
    """
    shares = [((right + 0.5) / (total + 1), total + 1) for right, total in (first, second)]
    spread = math.sqrt(sum(share * (1 - share) / total for share, total in shares))
    return shares[0][0] - shares[1][0] - CONFIDENCE * spread
