"""Runs a submission's ``Trainer`` on tiny networks, whose batch norm makes each slip visible in the numbers."""

from __future__ import annotations

import contextlib
import copy
import io
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder.probes.devices import RunOn
from autograder.probes.draws import images, uniform, values
from autograder.probes.steps import step

CLASSES = 10
SIZE = 6  # pixels: enough for a 3 x 3 convolution, and 500 times cheaper than a digit
TRAIN, TRAIN_BATCH = 22, 5  # the last batch is smaller: two images
TEST, TEST_BATCH = 37, 8  # the last one has five
LONG = 502  # batches: the loop prints after each 500
PRINTED_CAP = 1 << 16

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


class Tiny(nn.Module):
    """``(N, 1, 6, 6)`` to ``(N, 10)``: convolution, batch norm, ReLU, dropout with probability *drop*, linear."""

    def __init__(self, drop: float):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(drop)
        self.fc = nn.Linear(64, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, 1, 6, 6)`` to ``(N, 10)``."""
        return self.fc(self.drop(torch.relu(self.norm(self.conv(x))).flatten(1)))  # type: ignore[no-any-return]


class Bench:
    """All that a ``Trainer`` is given, drawn from a key; the labels are throw-away ones."""

    def __init__(self, key: bytes, drop: float):
        self.net = Tiny(drop)
        roles = {"conv": "conv", "norm": "norm", "fc": "linear"}
        parts = {"weight": "weight", "bias": "bias", "running_mean": "mean", "running_var": "var"}
        with torch.no_grad():
            for number, (name, tensor) in enumerate(self.net.state_dict().items()):
                layer, _, part = name.partition(".")
                if part in parts:
                    tensor.copy_(values(key, f"{roles[layer]}.{parts[part]}", number, tensor.shape, spread=1))
        train = images(key, "train", (TRAIN, 1, SIZE, SIZE))
        test = images(key, "test", (TEST, 1, SIZE, SIZE))
        self.trainloader = DataLoader(TensorDataset(train, _labels(key, self.net, train, "train", 0.25)), TRAIN_BATCH)
        self.testloader = DataLoader(TensorDataset(test, _labels(key, self.net, test, "test", 0.6)), TEST_BATCH)
        # Momentum, decay, class weights and smoothing show a Trainer that makes an optimizer or a loss of its own.
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.05, momentum=0.9, weight_decay=0.02)
        weight = uniform(key, "class weights", (CLASSES,)).mul_(0.4).add_(1)
        self.criterion = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)

    def trainer(self, student: Any) -> Any:
        """The submission's ``Trainer`` over this bench."""
        made = student.named("trainer", "Trainer")
        with step("constructor"):
            return made(self.trainloader, self.testloader, self.net, self.optimizer, self.criterion)

    def test_and_restore(self, trainer: Any) -> None:
        """Call ``test()``, then undo all it did but the mode it left: what else it does wrong is for its own check."""
        weights = copy.deepcopy(self.net.state_dict())
        optimizer = copy.deepcopy(self.optimizer.state_dict())
        gradients = [None if p.grad is None else p.grad.clone() for p in self.net.parameters()]
        with contextlib.suppress(Exception):
            _call(trainer.test)
        self.net.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        for parameter, gradient in zip(self.net.parameters(), gradients, strict=True):
            parameter.grad = gradient

    def state(self) -> np.ndarray:
        """Weights and running statistics, flat, float64."""
        tensors = [t for t in self.net.state_dict().values() if t.is_floating_point()]
        return torch.cat([t.detach().double().flatten() for t in tensors]).numpy().copy()


def train(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``train`` twice with a ``test`` between, and ``train(2)`` on a fresh network.

    Returns:
        Facts: ``returned`` (the list's type), ``finished`` (whether it said so), ``stepped``, ``redirected``. Arrays:
        ``initial``, ``once``, ``twice`` and ``two`` (number of weights and statistics,).
    """
    with RunOn() as device:
        bench = Bench(key, drop=0.0)
        initial = bench.state()
        trainer = bench.trainer(student)
        with step("train(1)"):
            returned, printed = _call(trainer.train, 1)
        once = bench.state()
        bench.test_and_restore(trainer)
        with step("train(1) after test()"):
            _call(trainer.train, 1)
        twice = bench.state()
        other = Bench(key, drop=0.0)
        trainer = other.trainer(student)
        with step("train(2)"):
            _call(trainer.train, 2)
    facts = {
        "returned": type(returned).__name__,
        "finished": "Finished Training" in printed,
        "redirected": device.redirected,
    }
    return facts, {"initial": initial, "once": once, "twice": twice, "two": other.state()}


def long(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``train(1)`` over more than 500 batches, after which the loop prints: what no short run reaches.

    Returns:
        Facts: ``finished`` (whether it said so).
    """
    inputs = images(key, "long", (2 * LONG, 1, SIZE, SIZE))
    with RunOn() as device:
        bench = Bench(key, drop=0.0)
        labels = torch.arange(len(inputs)) % CLASSES
        bench.trainloader = DataLoader(TensorDataset(inputs, labels), 2)
        trainer = bench.trainer(student)
        with step("train(1), 502 batches"):
            _, printed = _call(trainer.train, 1)
    return {"finished": "Finished Training" in printed, "redirected": device.redirected}, {}


def test(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``test()`` on a network with batch norm and ``Dropout(p=1)``, which make train mode visible.

    Returns:
        Facts: ``returned`` (a number, or its type's name), ``fractions`` and ``percents`` (what was printed),
        ``changed`` (whether weights or statistics moved), ``redirected``.
    """
    with RunOn() as device:
        bench = Bench(key, drop=1.0)
        before = bench.state()
        trainer = bench.trainer(student)
        with step("test()"):
            returned, printed = _call(trainer.test)
    facts = {
        "images": TEST,
        "returned": _number(returned),
        "fractions": [[int(a), int(b)] for a, b in re.findall(r"(\d{1,6})\s*/\s*(\d{1,6})", printed)][:20],
        "percents": [float(p) for p in re.findall(r"(\d{1,3}(?:\.\d{1,12})?)\s*%", printed)][:20],
        "changed": not np.array_equal(before, bench.state()),
        "redirected": device.redirected,
    }
    return facts, {}


def confusion(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """``compute_conf()`` on the same kind of network; what is printed counts where nothing is returned.

    Returns:
        Facts: ``returned`` (a type's name), ``changed``, ``redirected``. Arrays: ``matrix``, if there is one.
    """
    with RunOn() as device:
        bench = Bench(key, drop=1.0)
        before = bench.state()
        trainer = bench.trainer(student)
        with step("compute_conf()"):
            returned, printed = _call(trainer.compute_conf)
    facts = {
        "returned": type(returned).__name__,
        "changed": not np.array_equal(before, bench.state()),
        "redirected": device.redirected,
    }
    matrix = _matrix(returned) if returned is not None else _printed_matrix(printed)
    return facts, {} if matrix is None else {"matrix": matrix}


def _call(function: Any, *args: Any) -> tuple[Any, str]:
    """The result of a method and the beginning of what it printed."""
    with contextlib.redirect_stdout(_Capped()) as out:
        result = function(*args)
    return result, out.getvalue()


class _Capped(io.StringIO):
    """Keeps the first PRINTED_CAP characters, passes nothing on."""

    def write(self, text: str) -> int:
        """Take *text*, keep what there is room for."""
        room = PRINTED_CAP - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def _labels(key: bytes, net: nn.Module, x: torch.Tensor, name: str, right: float) -> torch.Tensor:
    """Throw-away labels ``(N,)``: about *right* of them what the network says in eval mode, each class among them."""
    net.eval()
    with torch.no_grad():
        guesses = net(x).argmax(1)
    net.train()
    drawn = (uniform(key, f"{name} labels", (2, len(x))) + 1) / 2  # in [0, 1)
    labels = torch.where(drawn[0] < right, guesses, (drawn[1] * CLASSES).long())
    labels[:: max(1, len(x) // CLASSES)][:CLASSES] = torch.arange(CLASSES)[
        : len(labels[:: max(1, len(x) // CLASSES)][:CLASSES])
    ]
    return labels


def _number(value: Any) -> float | str | None:
    """A number out of what ``test`` returned: a float, an int, a 0-d array or tensor; otherwise its type's name."""
    if value is None:
        return None
    try:
        return float(value) if getattr(value, "numel", lambda: 1)() == 1 else type(value).__name__
    except Exception:  # noqa: BLE001  whatever a student's object raises
        return type(value).__name__


def _matrix(value: Any) -> np.ndarray | None:
    """What ``compute_conf`` returned as a float64 array of at most two axes, or None."""
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        array = np.asarray(value, dtype=np.float64)
    except Exception:  # noqa: BLE001  whatever a student's object raises
        return None
    return array if array.ndim <= 2 and array.size <= 4096 else None


def _printed_matrix(printed: str) -> np.ndarray | None:
    """The one 10 x 10 block of numbers among what was printed, or None."""
    rows = [re.findall(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?", line) for line in printed.splitlines()]
    rows = [row for row in rows if len(row) == CLASSES]
    return np.array(rows, dtype=np.float64) if len(rows) == CLASSES else None
