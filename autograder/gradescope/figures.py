"""The leaderboard: accuracy and size of ``MNIST_Net``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograder.outcome import Status
from autograder.report import Report

STEPS = 1000  # accuracies are rounded down to a tenth of a percent: repeated uploads must not give single labels away
NOISE = 1e-9  # of a fraction of two whole numbers


def leaderboard(report: Report) -> tuple[Mapping[str, Any], ...]:
    """Rows as Gradescope takes them; without the accuracy where none was measured here."""
    rows: list[Mapping[str, Any]] = []
    passed = {line.id: line.outcome.figures for line in report.lines if line.outcome.status is Status.PASSED}
    accuracy = passed.get("1.1-accuracy", {}).get("accuracy")
    if accuracy is not None:
        percent = math.floor(accuracy * STEPS + NOISE) / (STEPS / 100)
        rows.append({"name": "MNIST_Net accuracy, %", "value": percent, "order": "desc"})
    parameters = passed.get("1.1-structure", {}).get("parameters")
    if parameters is not None:
        rows.append({"name": "MNIST_Net parameters", "value": int(parameters), "order": "asc"})
    return tuple(rows)
