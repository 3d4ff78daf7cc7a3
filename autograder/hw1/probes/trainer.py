"""Runs a submission's ``Trainer`` on tiny networks, whose batch norm makes each slip visible in the numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from autograder.deep_learning.probes.steps import step
from autograder.hw1.probes.bench import CLASSES, MANY, TEST, Bench, LongBench, call, on_the_cpu

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]
TOLD = 8  # printed lines and returned numbers; the handout's loop gives two
PRINT_EACH = 500  # iterations
NUMBER = r"[-+]?\d{1,12}(?:\.\d{1,12})?(?:[eE][-+]?\d{1,3})?|nan|inf"


def train(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``train`` twice with a ``test`` between, ``train(2)`` on a fresh network, and ``train(1)`` on 1,004 batches.

    Returns:
        Facts: ``calls`` (what was counted in each, ``Tally.facts``); ``returned``, ``lines``, ``more`` and ``finished``
        on the long bench and, in ``briefly``, of ``train(2)``; ``means`` (of the losses of each 500 batches), ``lasts``
        (the last of each), ``redirected``. Arrays: ``initial``, ``once``, ``twice`` and ``two`` (number of weights and
        statistics,); ``long`` (the same of the long bench's network), ``between`` (4, 4), projections on the way there.
    """
    calls: dict[str, dict[str, Any]] = {}
    with on_the_cpu(student) as device:
        bench = Bench(key)
        initial = bench.state()
        trainer = bench.trainer(student)
        bench.tally.begin(study=True)
        with step("train(1)"):
            call(trainer, "train", 1)
        calls["once"], once = bench.tally.facts(), bench.state()
        bench.test_and_restore(trainer)
        bench.tally.begin()
        with step("train(1) after test()"):
            call(trainer, "train", 1)
        calls["again"], twice = bench.tally.facts(), bench.state()

        other = Bench(key)
        trainer = other.trainer(student)
        other.tally.begin()
        with step("train(2)"):
            returned, printed = call(trainer, "train", 2)
        calls["two"] = other.tally.facts()
        briefly = {"briefly": {"returned": _returned(returned), **_printed(printed)}}

        long = LongBench(key)
        trainer = long.trainer(student)
        long.tally.begin()
        with step("train(1), 1,004 batches"):
            returned, printed = call(trainer, "train", 1)
        calls["long"] = long.tally.facts()
    losses = [float(loss) for loss in long.tally.losses]
    parts = [losses[first : first + PRINT_EACH] for first in range(0, len(losses) - PRINT_EACH + 1, PRINT_EACH)][:TOLD]
    facts = {
        "calls": calls,
        **briefly,
        "returned": _returned(returned),
        **_printed(printed),
        "means": [float(np.mean(part)) for part in parts],
        "lasts": [part[-1] for part in parts],
        "redirected": device.redirected,
    }
    found = {"initial": initial, "once": once, "twice": twice, "two": other.state()}
    return facts, {**found, "long": long.state(), "between": np.array(long.tally.between(), dtype=np.float64)}


def test(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``test()`` on a network with batch norm and ``Dropout(p=1)``, which make train mode visible.

    It is called, and again after the network has changed, as after more training; then on a large test set.

    Returns:
        Facts: ``calls``, for each of these three in its order: ``images``, ``returned`` (a number, or None), ``type``
        (of what was returned), ``float`` (whether it is one), ``fractions`` and ``percents`` (what was printed),
        ``line`` (whether it is as the handout says); ``changed`` (whether weights or statistics moved), ``redirected``.
    """
    calls, changed = [], False
    with on_the_cpu(student) as device:
        bench = Bench(key, drop=1.0)
        trainer = bench.trainer(student)
        for again in (False, True):
            if again:
                bench.turn()
            before = bench.state()
            with step("test()" + " again" * again):
                calls.append(_tested(TEST, *call(trainer, "test")))
            changed |= not np.array_equal(before, bench.state())
        many = Bench(key, drop=1.0, many=True)
        trainer = many.trainer(student)
        before = many.state()
        with step("test() on many batches"):
            calls.append(_tested(MANY, *call(trainer, "test")))
        changed |= not np.array_equal(before, many.state())
    return {"calls": calls, "changed": changed, "redirected": device.redirected}, {}


def confusion(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``compute_conf()`` in the same three ways; what is printed counts where nothing is returned.

    Returns:
        Facts: ``returned`` (a type's name) and ``dtype`` (of its entries, a word), ``changed``, ``redirected``. Arrays:
        ``matrix``, ``again`` and ``many``, those that there are.
    """
    found, changed = {}, False
    returned: Any = None
    with on_the_cpu(student) as device:
        bench = Bench(key, drop=1.0)
        trainer = bench.trainer(student)
        for name in ("matrix", "again"):
            if name == "again":
                bench.turn()
            before = bench.state()
            with step("compute_conf()" + " again" * (name == "again")):
                returned, printed = call(trainer, "compute_conf")
            found[name] = _matrix(returned) if returned is not None else _printed_matrix(printed)
            changed |= not np.array_equal(before, bench.state())
        facts: dict[str, Any] = {"returned": type(returned).__name__, "dtype": _dtype(returned)}
        many = Bench(key, drop=1.0, many=True)
        trainer = many.trainer(student)
        before = many.state()
        with step("compute_conf() on many batches"):
            returned, printed = call(trainer, "compute_conf")
        found["many"] = _matrix(returned) if returned is not None else _printed_matrix(printed)
        changed |= not np.array_equal(before, many.state())
    facts |= {"changed": changed, "redirected": device.redirected}
    return facts, {name: matrix for name, matrix in found.items() if matrix is not None}


def _returned(value: Any) -> dict[str, Any]:
    """What ``train`` returned: its type's name, and of a list how long it is, the first numbers and their type."""
    told: dict[str, Any] = {"type": type(value).__name__, "length": -1, "entries": "", "numbers": []}
    if isinstance(value, (list, tuple, np.ndarray, torch.Tensor)):
        with_axes = getattr(value, "ndim", 1)
        listed = list(value) if with_axes else []
        told |= {"length": len(listed), "entries": type(listed[0]).__name__ if listed else ""}
        numbers = [_number(entry) for entry in listed[:TOLD]]
        told["numbers"] = [number for number in numbers if number is not None]
    return told


def _printed(printed: str) -> dict[str, Any]:
    """What ``train`` printed: epoch, iteration and loss of each line that has them, and how often it said the end."""
    pattern = rf"\[\s*(\d{{1,6}})\s*,\s*(\d{{1,6}})\s*\]\s*loss:\s*({NUMBER})"
    lines = [[int(e), int(i), float(loss)] for e, i, loss in re.findall(pattern, printed)]
    return {"lines": lines[:TOLD], "more": len(lines) > TOLD, "finished": printed.count("Finished Training")}


def _tested(images: int, returned: Any, printed: str) -> dict[str, Any]:
    lines = re.findall(
        r"Test set:\s*Accuracy:\s*(\d{1,6})\s*/\s*(\d{1,6})\s*\(\s*(\d{1,3}(?:\.\d{1,12})?)\s*%\s*\)", printed
    )
    return {
        "images": images,
        "returned": _number(returned),
        "type": type(returned).__name__,
        "float": isinstance(returned, float),
        "fractions": [[int(a), int(b)] for a, b in re.findall(r"(\d{1,6})\s*/\s*(\d{1,6})", printed)][:20],
        "percents": [float(p) for p in re.findall(r"(\d{1,3}(?:\.\d{1,12})?)\s*%", printed)][:20],
        "line": any(int(b) and abs(100 * int(a) / int(b) - float(p)) <= 0.5 + 1e-9 for a, b, p in lines),
    }


def _number(value: Any) -> float | None:
    """A number, or what holds exactly one: a float, an int, an array or tensor of one element, or such a text."""
    try:
        if isinstance(value, str):
            return float(value.strip().removesuffix("%"))
        return float(value) if getattr(value, "numel", lambda: 1)() == 1 else None
    except Exception:  # noqa: BLE001  whatever a student's object raises
        return None


def _matrix(value: Any) -> np.ndarray | None:
    """What ``compute_conf`` returned as a float64 array of at most two axes, or None."""
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        array = np.asarray(value, dtype=np.float64)
    except Exception:  # noqa: BLE001  whatever a student's object raises
        return None
    return array if array.ndim <= 2 and array.size <= 4096 else None


def _dtype(value: Any) -> str:
    """What the entries of a matrix are, in a word: ``"int"``, ``"float"`` or ``"other"``."""
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        kind = np.asarray(value).dtype.kind
    except Exception:  # noqa: BLE001  whatever a student's object raises
        return "other"
    return {"i": "int", "u": "int", "f": "float"}.get(kind, "other")


def _printed_matrix(printed: str) -> np.ndarray | None:
    """The one 10 x 10 block of numbers among what was printed, or None."""
    rows = [re.findall(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?", line) for line in printed.splitlines()]
    rows = [row for row in rows if len(row) == CLASSES]
    return np.array(rows, dtype=np.float64) if len(rows) == CLASSES else None
