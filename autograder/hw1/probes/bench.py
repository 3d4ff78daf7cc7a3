"""What a ``Trainer`` is given in a probe: a real network, loaders, optimizer and criterion, which also count."""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder.deep_learning.probes.draws import images, uniform, values
from autograder.deep_learning.probes.steps import step
from autograder.hw1.probes.tally import Tally
from autograder.sandbox.torch.devices import RunOn

CLASSES = 10
SIZE = 6  # pixels: enough for a 3 x 3 convolution, and 500 times cheaper than a digit
TRAIN, TRAIN_BATCH = 22, 5  # the last batch is smaller: two images
TEST, TEST_BATCH = 37, 8  # the last one has five
# 120 batches with counts above 255: one class is predicted for a tenth of the images at the least, and nine of ten of
# the first labels are right. An odd number of images: no accuracy lies halfway between two whole percents.
MANY, MANY_BATCH = 3839, 32
LONG, LONG_BATCH = 1004, 8  # batches: past two prints; below eight, batch norm amplifies rounding
LONG_SIZE = 4
MOMENTUM, EPSILON = 0.1, 1e-5  # batch norm's defaults
PRINTED_CAP = 1 << 16
ASKING = (b"cuda", b"mps", b"xpu", b"accelerator")


class MissingNameError(Exception):
    """The ``Trainer`` lacks a method."""


class Tiny(nn.Module):
    """``(N, 1, 6, 6)`` to ``(N, 10)``: convolution, batch norm, ReLU, dropout with probability *drop*, linear."""

    tally: Tally | None = None

    def __init__(self, drop: float):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(drop)
        self.fc = nn.Linear(64, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, 1, 6, 6)`` to ``(N, 10)``."""
        y = self.fc(self.drop(torch.relu(self.norm(self.conv(x))).flatten(1)))
        if self.tally is not None:
            self.tally.forward(self, x, y)
        return y  # type: ignore[no-any-return]


class Tinier(nn.Module):
    """``(N, 1, 4, 4)`` to ``(N, 10)``: batch norm, one matrix; smooth, so that rounding does not grow.

    What it leaves out (the calls of modules, a transpose, a bias) would take half as long as all else of a batch.
    """

    tally: Tally | None = None

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(LONG_SIZE**2, affine=False)
        self.weight = nn.Parameter(torch.empty(LONG_SIZE**2, CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, 1, 4, 4)`` to ``(N, 10)``."""
        mean, var = self.norm.running_mean, self.norm.running_var
        y = torch.batch_norm(x.flatten(1), None, None, mean, var, self.training, MOMENTUM, EPSILON, False)
        y = y @ self.weight
        if self.tally is not None:
            self.tally.forward(self, x, y)
        return y


class Loader(DataLoader[Any]):
    """A ``DataLoader`` that takes whole batches out of memory and counts them; each batch is a copy of its own."""

    def __init__(self, inputs: torch.Tensor, labels: torch.Tensor, batch: int, tally: Tally, name: str):
        super().__init__(TensorDataset(inputs, labels), batch)
        self._tally, self._name = tally, name

    def __iter__(self) -> Iterator[list[torch.Tensor]]:  # type: ignore[override]  # its own iterator is private
        self._tally.passes[self._name] += 1
        return self._batches()

    def _batches(self) -> Iterator[list[torch.Tensor]]:
        parts, size = self.dataset.tensors, self.batch_size or 1  # type: ignore[attr-defined]
        given = zip(*(part.split(size) for part in parts), strict=True)
        copies = zip(*(torch.split_copy(part, size) for part in parts), strict=True)  # type: ignore[func-returns-value]
        for original, copied in zip(given, copies, strict=True):
            batch = list(copied)
            self._tally.drawn(self._name, original, batch)
            yield batch


class Criterion(nn.CrossEntropyLoss):
    """``nn.CrossEntropyLoss`` that counts."""

    tally: Tally | None = None

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The loss of a batch: logits (N, 10) and labels (N,)."""
        loss = super().forward(input, target)
        if self.tally is not None:
            self.tally.loss(input, target, loss)
        return loss


for _ours, _theirs in ((Loader, DataLoader), (Criterion, nn.CrossEntropyLoss)):  # as a student who asks sees them
    _ours.__name__ = _ours.__qualname__ = _theirs.__name__


class Bench:
    """All that a ``Trainer`` is given, drawn from a key; the labels are throw-away ones.

    Attributes:
        tally: what has been done with it.
    """

    net: Any  # Tiny; on the long bench Tinier, which has no layers that could be turned

    def __init__(self, key: bytes, drop: float = 0.0, many: bool = False):
        self.tally = Tally()
        self.net = Tiny(drop)
        fill(self.net, key)
        train = images(key, "train", (TRAIN, 1, SIZE, SIZE))
        self.trainloader = self._loader(train, labels(key, self.net, train, "train", 0.25), TRAIN_BATCH, "train")
        name, number, batch = ("many", MANY, MANY_BATCH) if many else ("test", TEST, TEST_BATCH)
        test = images(key, name, (number, 1, SIZE, SIZE))
        if drop:
            self._centre(test)
        marks = uneven_labels(key, self.net, test) if many else labels(key, self.net, test, name, 0.6)
        self.testloader = self._loader(test, marks, batch, "test")
        # Momentum, decay, class weights and smoothing show a Trainer that makes an optimizer or a loss of its own.
        optimizer = torch.optim.SGD(self.net.parameters(), lr=0.05, momentum=0.9, weight_decay=0.02)
        self._optimize(key, optimizer, smoothing=0.1, study=True)

    def _centre(self, x: torch.Tensor) -> None:
        """Take the mean logits of *x* away, so that the network says another class of one image than of the next."""
        self.net.eval()
        with torch.no_grad():
            self.net.fc.bias.sub_(self.net(x).mean(0))
        self.net.train()

    def _loader(self, inputs: torch.Tensor, marks: torch.Tensor, batch: int, name: str) -> Loader:
        return Loader(inputs, marks, batch, self.tally, name)

    def _optimize(self, key: bytes, optimizer: torch.optim.Optimizer, smoothing: float, study: bool) -> None:
        self.optimizer = optimizer
        weight = uniform(key, "class weights", (CLASSES,)).mul_(0.4).add_(1)
        self.criterion = Criterion(weight=weight, label_smoothing=smoothing)
        self.net.tally = self.tally
        self.criterion.tally = self.tally
        self.tally.watch(self.net, self.optimizer, study)

    def trainer(self, student: Any) -> Any:
        """The submission's ``Trainer`` over this bench."""
        made = student.named("trainer", "Trainer")
        with step("constructor"):
            return made(self.trainloader, self.testloader, self.net, self.optimizer, self.criterion)

    def test_and_restore(self, trainer: Any) -> None:
        """Call ``test()``, then undo everything but the mode: what else it does wrong is for its own check."""
        weights = copy.deepcopy(self.net.state_dict())
        optimizer = copy.deepcopy(self.optimizer.state_dict())
        gradients = [None if p.grad is None else p.grad.clone() for p in self.net.parameters()]
        with contextlib.suppress(Exception):
            call(trainer, "test")
        self.net.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        for parameter, gradient in zip(self.net.parameters(), gradients, strict=True):
            parameter.grad = gradient

    def state(self) -> np.ndarray:
        """Weights and running statistics, flat, float64."""
        return self.tally.state().numpy().copy()

    def turn(self) -> None:
        """Change what the network says, as training between two tests does."""
        with torch.no_grad():
            self.net.fc.weight.neg_()
            self.net.fc.bias.neg_()


class LongBench(Bench):
    """1,004 batches of eight images for a network that takes next to no time, and a test set of one batch."""

    def __init__(self, key: bytes):
        self.tally = Tally()
        self.net = Tinier()
        fill(self.net, key)
        train = images(key, "long", (LONG * LONG_BATCH, 1, LONG_SIZE, LONG_SIZE))
        marks = labels(key, self.net, train, "long", 0.25)
        self.trainloader = self._loader(train, marks, LONG_BATCH, "train")
        self.testloader = self._loader(train[:LONG_BATCH], marks[:LONG_BATCH], LONG_BATCH, "test")
        # A smoothed loss takes half as long again, momentum and decay a tenth; the short benches have them.
        self._optimize(key, torch.optim.SGD(self.net.parameters(), lr=0.03), smoothing=0.0, study=False)


def fill(net: nn.Module, key: bytes) -> None:
    """Weights and statistics of *net*, drawn from *key*."""
    roles = {"conv": "conv", "norm": "norm", "fc": "linear", "": "linear"}
    parts = {"weight": "weight", "bias": "bias", "running_mean": "mean", "running_var": "var"}
    with torch.no_grad():
        for number, (name, tensor) in enumerate(net.state_dict().items()):
            layer, _, part = name.rpartition(".")
            if part in parts:
                tensor.copy_(values(key, f"{roles[layer]}.{parts[part]}", number, tensor.shape, spread=1))


def labels(key: bytes, net: nn.Module, x: torch.Tensor, name: str, right: float) -> torch.Tensor:
    """Throw-away labels ``(N,)``: about *right* of them what the network says in eval mode, each class among them."""
    guesses, drawn = _guesses(net, x), (uniform(key, f"{name} labels", (2, len(x))) + 1) / 2  # in [0, 1)
    found = torch.where(drawn[0] < right, guesses, (drawn[1] * CLASSES).long())
    spread = found[:: max(1, len(x) // CLASSES)][:CLASSES]
    spread.copy_(torch.arange(len(spread)))
    return found


def uneven_labels(key: bytes, net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Throw-away labels ``(N,)``: of the first half nine in ten are right, of the rest two; a part is not the whole."""
    first = labels(key, net, x[: len(x) // 2], "first", 0.9)
    return torch.cat([first, labels(key, net, x[len(x) // 2 :], "second", 0.2)])


def _guesses(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    net.eval()
    with torch.no_grad():
        guesses = net(x).argmax(1)
    net.train()
    return guesses  # type: ignore[no-any-return]


def call(trainer: Any, name: str, *args: Any) -> tuple[Any, str]:
    """The result of a method and the beginning of what it printed.

    Raises:
        MissingNameError: there is no such method.
    """
    method = getattr(trainer, name, None)
    if not callable(method):
        raise MissingNameError(f"Trainer has no method {name}")
    with contextlib.redirect_stdout(_Capped()) as out:
        result = method(*args)
    return result, out.getvalue()


@contextmanager
def on_the_cpu(student: Any) -> Iterator[RunOn]:
    """Sends what asks for a GPU to the CPU, where the submission asks for one at all: it costs 2 us a call of torch."""
    device = RunOn()
    asks = any(word in path.read_bytes() for path in student.folder.rglob("*.py") for word in ASKING)
    with device if asks else nullcontext():
        yield device


class _Capped(io.StringIO):
    """Keeps the first PRINTED_CAP characters, passes nothing on."""

    def write(self, text: str) -> int:
        """Keep as much of *text* as there is room for."""
        room = PRINTED_CAP - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)
