"""Counts what a training loop does with the network, the loaders, the optimizer and the criterion that it was given.

The counts are facts for sentences: what passes is decided by the weights.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

ORDER = 64  # letters
STUDIED = 5  # batches whose gradients are looked at
SNAPSHOTS = (100, 500, 501, 1000)  # steps after which weights are noted: around a print, and before the last batches
DIRECTIONS = 4
FIRSTS = ("evals", "uncleared", "inputs", "labels")  # what is told with the number of the first time
CLOSE = 1e-4  # relative: the same but for rounding

Batch = tuple[torch.Tensor, torch.Tensor]


class Tally:
    """What has been done since :meth:`begin`; a deep copy of what counts goes on counting here."""

    def __init__(self) -> None:
        self.net: nn.Module | None = None
        self.parameters: list[nn.Parameter] = []
        self.begin()

    def __deepcopy__(self, memo: dict[int, Any]) -> Tally:
        return self

    def begin(self, study: bool = False) -> None:
        """Count from 0; with *study*, also look at the gradients of the first batches."""
        self.counts: Counter[str] = Counter()
        self.first: dict[str, int] = {}
        self.passes: Counter[str] = Counter()
        self.rates: list[float] = []
        self.losses: list[torch.Tensor] = []
        self.order = ""
        self.labels = self.inputs = self.gradient = ""
        self.factor = 1.0
        self.fresh = True
        self.settings = False
        self.snapshots: dict[int, list[float]] = {}
        self.before = [parameter.detach().clone() for parameter in self.parameters]
        self.study = study
        self.given: Batch | None = None
        self.batch: list[torch.Tensor] = []
        self.output: torch.Tensor | None = None
        self.pure: list[torch.Tensor | None] | None = None
        self.after: dict[int, torch.Tensor] = {}

    def watch(self, net: nn.Module, optimizer: torch.optim.Optimizer, study: bool) -> None:
        """Count what is done with these two, too; with *study*, gradients may be looked at later."""
        self.net, self.parameters = net, list(net.parameters())
        self.wanted = {name: value for name, value in optimizer.param_groups[0].items() if name not in ("params", "lr")}
        optimizer.register_step_pre_hook(self._before_step)
        optimizer.register_step_post_hook(self._after_step)
        for number, parameter in enumerate(self.parameters if study else ()):
            parameter.register_post_accumulate_grad_hook(self._accumulated(number))  # type: ignore[no-untyped-call]

    def state(self) -> torch.Tensor:
        """Weights and running statistics, flat, float64."""
        assert self.net is not None  # noqa: S101  watched from the start
        tensors = [t for t in self.net.state_dict().values() if t.is_floating_point()]
        return torch.cat([t.detach().double().flatten() for t in tensors])

    # What happens, in the order in which it does

    def drawn(self, name: str, given: Batch, batch: list[torch.Tensor]) -> None:
        """A loader hands *batch* out, a copy of *given*."""
        self.counts[f"{name} batches"] += 1
        self._note("d" if name == "train" else "t")
        self.given, self.batch, self.output = given, batch, None

    def forward(self, net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> None:
        """A network has made *y* of *x*."""
        if not torch.is_grad_enabled():
            self._note("n")
            return
        number = self._count("forwards")
        self.output = y
        if not net.training:
            self._count("evals", number)
        if net is not self.net:
            self._count("copies", number)
        self._note("f" if net.training else "e")
        if self.given is not None and not _same(x, self.given[0], self.batch[0]):
            self._count("inputs", number)
            self.inputs = self.inputs or kind_of_inputs(x.detach(), self.given[0])

    def loss(self, outputs: Any, target: Any, loss: torch.Tensor) -> None:
        """The criterion has made *loss* of *outputs* and *target*."""
        number = self._count("losses")
        self._note("l")
        self.losses.append(loss.detach())
        if outputs is not self.output and not _equal(outputs, self.output):
            self._count("outputs", number)
        if self.given is not None and not _same(target, self.given[1], self.batch[1]):
            self._count("labels", number)
            self.labels = self.labels or kind_of_labels(target, self.given[1])
        if loss.requires_grad:
            if self.study and number <= STUDIED:
                self.pure = self._gradient_of(loss)
            loss.register_hook(self._backward)  # type: ignore[no-untyped-call]

    def _gradient_of(self, loss: torch.Tensor) -> list[torch.Tensor | None] | None:
        """The gradient of the loss alone; None where its graph is gone, as after the step."""
        try:
            return list(torch.autograd.grad(loss, self.parameters, retain_graph=True, allow_unused=True))
        except RuntimeError:
            return None

    def _backward(self, gradient: torch.Tensor) -> None:
        number = self._count("backwards")
        last = self.parameters[-1].grad
        left = last is not None and bool(last.any())
        if left:
            self._count("uncleared", number)
        self._note("a" if left else "b")
        factor = float(gradient.sum() if gradient.dim() else gradient)
        if self.factor == 1.0 and factor != 1.0:
            self.factor = factor

    def _accumulated(self, number: int) -> Callable[[torch.Tensor], None]:
        def note(parameter: torch.Tensor) -> None:
            if self.study and self.counts["steps"] < STUDIED and parameter.grad is not None:
                self.after[number] = parameter.grad.clone()

        return note

    def _before_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if not self.rates:
            self.fresh = not any(optimizer.state.values())
        group = optimizer.param_groups[0]
        rate = group["lr"]
        if not self.rates or rate != self.rates[-1]:
            self.rates.append(rate)
        if not group.items() >= self.wanted.items():
            self.settings = True

    def _after_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        gradients = [parameter.grad for parameter in self.parameters]
        if all(gradient is None for gradient in gradients):
            self._count("idle")
            self._note("i")
            return
        number = self._count("steps")
        self._note("s")
        if number in SNAPSHOTS:
            self.snapshots[number] = projections(self.state())
        if self.study and number <= STUDIED and not self.gradient:
            self.gradient = self._kind_of_gradient(gradients)

    def _kind_of_gradient(self, gradients: list[torch.Tensor | None]) -> str:
        """What was done to the gradient of the loss before this step, in a word, or nothing."""
        if self.pure is None or len(self.after) != len(gradients) or any(g is None for g in (*self.pure, *gradients)):
            return ""
        pure, now = (
            torch.cat([g.flatten() for g in some if g is not None]).double() for some in (self.pure, gradients)
        )
        after = torch.cat([self.after[number].flatten() for number in range(len(gradients))]).double()
        if not _far(now, pure) or not bool(torch.isfinite(now).all()):
            return ""
        if not _far(now, after):  # as backward() has left it
            if self.counts["uncleared"] or self.factor != 1.0:
                return ""  # told by these
            return "of another loss"
        scale = float(now @ after) / max(float(after @ after), 1e-30)
        if not _far(now, scale * after):
            return "shortened" if 0 < scale < 1 else "lengthened" if scale > 1 else "turned"
        largest = float(now.abs().max())
        if not _far(now, after.clamp(-largest, largest)):
            return "clamped"
        return "changed"

    # What is told of it

    def _count(self, name: str, at: int | None = None) -> int:
        self.counts[name] += 1
        number = self.counts[name]
        self.first.setdefault(name, number if at is None else at)
        return number

    def _note(self, letter: str) -> None:
        if len(self.order) < ORDER:
            self.order += letter

    def facts(self) -> dict[str, Any]:
        """The counts as JSON values; see ``sandbox/forms.py``."""
        names = ["forwards", "losses", "backwards", "steps", "idle", "evals", "copies", "uncleared"]
        names += ["inputs", "labels", "outputs"]
        return {
            "passes": self.passes["train"],
            "batches": self.counts["train batches"],
            "tested": self.counts["test batches"],
            **{name: self.counts[name] for name in names},
            "first": {name: self.first[name] for name in FIRSTS if name in self.first},
            "rates": [_figure(rate) for rate in (*self.rates[:7], *self.rates[7:][-1:])],
            "moved": not all(map(torch.equal, self.before, self.parameters)),
            "settings": self.settings,
            "fresh": self.fresh,
            "factor": _figure(self.factor),
            "kinds": [self.inputs, self.labels, self.gradient],
            "order": self.order,
        }

    def between(self) -> list[list[float]]:
        """Projections of the weights after the steps of SNAPSHOTS; zeros where there was no such step."""
        return [self.snapshots.get(number, [0.0] * DIRECTIONS) for number in SNAPSHOTS]


def projections(state: torch.Tensor) -> list[float]:
    """A few numbers for all weights: sums with signs, each with another pattern."""
    places = torch.arange(len(state), dtype=torch.float64)
    return [float((state * torch.cos(places * (2 + number))).sum()) for number in range(DIRECTIONS)]


def _figure(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _same(seen: Any, given: torch.Tensor, batch: torch.Tensor) -> bool:
    """Whether a tensor is the one that was handed out, unchanged, or equal to it."""
    return (seen is batch and batch._version == 0) or _equal(seen, given)


def _equal(a: Any, b: Any) -> bool:
    both = isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor)
    return both and a.shape == b.shape and bool(torch.equal(a.detach().to(b.dtype), b.detach()))


def _far(a: torch.Tensor, b: torch.Tensor) -> bool:
    return float((a - b).norm()) > CLOSE * float(b.norm())


def kind_of_inputs(seen: torch.Tensor, given: torch.Tensor) -> str:
    """How the inputs differ from the loader's, in a word."""
    if seen.shape != given.shape or not seen.is_floating_point():
        return "another shape"
    for dims in ((3,), (2,), (2, 3)):
        if torch.equal(seen, given.flip(dims)):
            return "flipped"
    for shift in range(1, len(given)):
        if torch.equal(seen, given.roll(shift, 0)):
            return "shifted"
    x, y = given.double().flatten(), seen.double().flatten()
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum().clamp_min(1e-12))
    if not _far(y, slope * (x - x.mean()) + y.mean()):
        moved = abs(float(y.mean()) - slope * float(x.mean())) > CLOSE * abs(slope)
        return "normalised" if moved else "scaled"
    return "noisy" if slope > 0.3 else "other"  # what is left of the loader's pixels


def kind_of_labels(seen: Any, given: torch.Tensor) -> str:
    """How the labels differ from the loader's, in a word."""
    if not isinstance(seen, torch.Tensor) or seen.shape != given.shape:
        return "another shape"
    if seen.is_floating_point():
        return "another dtype"
    apart = (seen - given) % 10
    if bool((apart == apart[0]).all()):
        return "raised" if int(apart[0]) else "other"
    if torch.equal(seen.sort().values, given.sort().values):
        return "shuffled"
    return "other"
