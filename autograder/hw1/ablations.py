"""Part 1.2's ten networks: each computes what the reference's does."""

from __future__ import annotations

from autograder.check import Check, Probe
from autograder.deep_learning.networks import ANOTHER_FUNCTION, same_function

DIGIT = [1, 28, 28]  # channels, height, width


def _experiment(number: int, what: str) -> Check:
    check_id = f"1.2.{number}"
    params = {"module": "ablations", "name": f"Exp{number}", "shape": DIGIT}
    probe = Probe(f"ablations.{number}", "network", ("ablations",), "torch", params)
    name = f"Exp{number}"
    return Check(
        check_id,
        f"{name}: {what}",
        "1.2",
        same_function(check_id, probe),
        about=f"ablations.{name}",
        unknown=f"{name} {ANOTHER_FUNCTION}",
    )


CHECKS = (
    _experiment(1, "784-30-10, sigmoid"),
    _experiment(2, "784-30-10, ReLU"),
    _experiment(3, "784-50-30-10, sigmoid"),
    _experiment(4, "784-50-30-10, ReLU"),
    _experiment(5, "784-50-30-10, ReLU, for Adam"),
    _experiment(6, "784-30-10, ReLU, for Adam"),
    _experiment(7, "784-30-10, batch norm before the ReLU"),
    _experiment(8, "784-50-30-10, batch norm before each ReLU"),
    _experiment(9, "6 x 6 convolution, batch norm, ReLU, 1152-10"),
    _experiment(10, "6 x 6 convolution, batch norm, ReLU, max-pool, 288-10"),
)
