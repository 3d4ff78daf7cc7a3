"""Part 2: ``SelfAttention`` computes what the reference's does."""

from __future__ import annotations

from autograder.check import Check, Probe
from autograder.deep_learning.networks import ANOTHER_FUNCTION, same_function

DIM = 8  # of sequences of 5
PROBE = Probe(
    "attention.attention",
    "network",
    ("attention",),
    "torch",
    # Queries, keys and values may be computed in any order.
    {"module": "attention", "name": "SelfAttention", "args": [DIM], "shape": [5, DIM], "parallel": True},
)

CHECKS = (
    Check(
        "2a",
        "SelfAttention: softmax of scaled products, then the mean of the values",
        "2",
        same_function("2a", PROBE),
        about="attention.SelfAttention",
        unknown=f"SelfAttention {ANOTHER_FUNCTION}",
    ),
)
