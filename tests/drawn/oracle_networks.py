"""The truth about networks: plain ones of the oracle's own beside them, with the same weights."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import nn

TOLERANCE = 1e-3  # float32 in another order of sums is a hundred times nearer
_READY: dict[str, Any] = {}


def _dense(activation: type[nn.Module], *widths: int, normed: bool = False) -> nn.Module:
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(widths):
        layers.append(nn.Linear(inputs, outputs))
        if outputs != 10:
            layers += [*([nn.BatchNorm1d(outputs)] if normed else []), activation()]
    return nn.Sequential(*layers)


def _conv(pooled: bool) -> nn.Module:
    pool, width = ([nn.MaxPool2d(2)], 288) if pooled else ([], 1152)
    return nn.Sequential(nn.Conv2d(1, 8, 6, 2), nn.BatchNorm2d(8), nn.ReLU(), *pool, nn.Flatten(), nn.Linear(width, 10))


EXPERIMENTS: dict[int, Callable[[], nn.Module]] = {
    1: lambda: _dense(nn.Sigmoid, 784, 30, 10),
    2: lambda: _dense(nn.ReLU, 784, 30, 10),
    3: lambda: _dense(nn.Sigmoid, 784, 50, 30, 10),
    4: lambda: _dense(nn.ReLU, 784, 50, 30, 10),
    5: lambda: _dense(nn.ReLU, 784, 50, 30, 10),
    6: lambda: _dense(nn.ReLU, 784, 30, 10),
    7: lambda: _dense(nn.ReLU, 784, 30, 10, normed=True),
    8: lambda: _dense(nn.ReLU, 784, 50, 30, 10, normed=True),
    9: lambda: _conv(False),
    10: lambda: _conv(True),
}


def _block(inputs: int, outputs: int, times: int) -> nn.Module:
    layers: list[nn.Module] = []
    for number in range(times):
        layers += [nn.Conv2d(outputs if number else inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


class RightBlock1(nn.Sequential):
    """A right ``ConvBlock1``, for networks whose own is wrong."""

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__(_block(in_dim, out_dim, 2))


class RightBlock2(nn.Sequential):
    """The same for ``ConvBlock2``."""

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__(_block(in_dim, out_dim, 4))


def _head() -> list[nn.Module]:
    return [nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10)]


def _vgg19() -> nn.Module:
    sizes = ((3, 64, 2), (64, 128, 2), (128, 256, 4), (256, 512, 4), (512, 512, 4))
    return nn.Sequential(*(_block(*size) for size in sizes), *_head())


def _pre_vgg() -> Any:
    from torchvision.models import vgg19_bn

    torch.manual_seed(3)
    net = vgg19_bn()
    with torch.no_grad():
        for module in net.features.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.5, 1.5)
    return net


def prepare(modules: set[str]) -> None:
    """What all judgements share, made once before the processes part."""
    torch.set_num_threads(1)
    for number, make in EXPERIMENTS.items() if "ablations" in modules else ():
        _READY[f"Exp{number}"] = _Expected(make, (1, 28, 28))
    if "vgg" in modules:
        _READY["ConvBlock1"] = _Expected(lambda: _block(3, 5, 2), (3, 12, 12))
        _READY["ConvBlock2"] = _Expected(lambda: _block(3, 5, 4), (3, 12, 12))
        _READY["VGG19"] = _Expected(_vgg19, (3, 32, 32), images=4)
        pre = _pre_vgg()
        _READY["pre_vgg"] = pre
        _READY["PretrainedVGG"] = _Expected(
            lambda: nn.Sequential(copy.deepcopy(pre.features), *_head()), (3, 32, 32), 4, given=True
        )


def _images(shape: tuple[int, ...], number: int) -> torch.Tensor:
    """Like the data's: much black, some white, the rest in between."""
    generator = torch.Generator().manual_seed(number)
    x = torch.rand(number, *shape, generator=generator)
    return torch.where(x < 0.3, torch.zeros_like(x), torch.where(x > 0.95, torch.ones_like(x), x))


class _Expected:
    """What a right network gives for weights of the oracle's."""

    def __init__(self, make: Callable[[], nn.Module], shape: tuple[int, ...], images: int = 8, given: bool = False):
        torch.manual_seed(11)
        net = make()
        if not given:
            with torch.no_grad():
                for name, p in net.named_parameters():
                    if p.dim() > 1:
                        p.mul_(4.0)  # far on both sides of zero, one and six
                    elif name.endswith("bias"):
                        p.normal_(0, 0.5)
                    else:
                        p.uniform_(1.0, 4.0)
        self.given = given
        self.parameters = [p.detach().clone() for p in net.parameters()]
        self.x = _images(shape, images)
        self.outputs = run(net, self.x)


def run(net: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """Outputs before, while and after the running statistics move, and of one image alone."""
    outputs = []
    with torch.no_grad():
        net.eval()
        outputs += [net(x), net(x[1:2])]
        net.train()
        for _ in range(2):
            outputs.append(net(x))
        net.eval()
        outputs.append(net(x))
    return outputs


def _fits(mine: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor | None:
    """*mine* in the layout of *theirs*."""
    if mine.shape == theirs.shape:
        return mine
    if mine.dim() == 2 and mine.t().shape == theirs.shape:
        return mine.t()
    if mine.numel() == theirs.numel() and mine.dim() == 4 and theirs.dim() == 2:
        return mine.reshape(theirs.shape)
    return None


def _copied(expected: _Expected, net: nn.Module, transposed: bool) -> str:
    """Give *net* the oracle's weights; why that does not go, or nothing."""
    # What a class holds itself stands before what its parts hold, and is used after it.
    theirs = [p for _, p in sorted(net.named_parameters(), key=lambda named: "." not in named[0])]
    mine = expected.parameters
    if len(theirs) != len(mine):
        return f"{len(theirs)} parameters, {len(mine)} are right"
    skip = 64 if expected.given else 0  # the given ones have their values
    with torch.no_grad():
        for number, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            value = _fits(a.t() if transposed and a.dim() == 2 and a.shape[0] == a.shape[1] else a, b)
            if value is None:
                return f"parameter {number} is {tuple(b.shape)}, {tuple(a.shape)} is right"
            if number < skip:
                if not torch.equal(value, b):
                    return f"parameter {number} is not the given one"
            else:
                b.copy_(value)
    return ""


def compare(expected: _Expected, make: Callable[[], nn.Module]) -> str:
    """Why the network that *make* makes is not the right one, or nothing."""
    why = ""
    for transposed in (False, True):
        net = make()
        with torch.no_grad():
            net.eval()
            net(expected.x)  # lazy layers are made
        why = _copied(expected, net, transposed)
        if why:
            return why
        for number, (a, b) in enumerate(zip(run(net, expected.x), expected.outputs, strict=True)):
            if not isinstance(a, torch.Tensor) or a.shape != b.shape:
                return f"output {number} is {getattr(a, 'shape', type(a).__name__)}"
            if not float((a - b).abs().max()) <= TOLERANCE * float(b.abs().max()):
                why = f"output {number} differs by {float((a - b).abs().max() / b.abs().max()):.1e}"
                break
        if not why:
            return _unlearnt(net, expected.x[:2])
        if not any(p.dim() == 2 and p.shape[0] == p.shape[1] for p in expected.parameters):
            return why
    return why


def _unlearnt(net: nn.Module, x: torch.Tensor) -> str:
    """Whether a parameter gets no gradient, or one that gets it is not listed."""
    net.train()
    out = net(x)
    if not out.requires_grad:
        return "no gradient"
    out.square().sum().backward()
    listed = {id(p) for p in net.parameters()}
    for name, p in net.named_parameters():
        if not p.requires_grad or p.grad is None:
            return f"{name} gets no gradient"
    for thing in _parameters():
        if id(thing) not in listed and thing.grad is not None:
            return f"a parameter {tuple(thing.shape)} is not listed"
    return ""


def _parameters() -> Iterator[nn.Parameter]:
    for thing in gc.get_objects():
        if type(thing) is nn.Parameter:
            yield thing


def _each(found: dict[str, Callable[[], str]]) -> dict[str, str]:
    wrong = {}
    for part, find in found.items():
        for thing in _parameters():
            thing.grad = None
        try:
            why = find()
        except Exception as error:  # noqa: BLE001  whatever it raises, it is wrong
            why = f"{type(error).__name__}: {error}"
        if why:
            wrong[part] = why[:200]
    return wrong


def judge_ablations(module: Any) -> dict[str, str]:
    """The wrong ones of 1.2.1 to 1.2.10."""

    def experiment(number: int) -> Callable[[], str]:
        return lambda: compare(_READY[f"Exp{number}"], getattr(module, f"Exp{number}"))

    return _each({f"1.2.{number}": experiment(number) for number in EXPERIMENTS})


def judge_vgg(module: Any) -> dict[str, str]:
    """The wrong ones of 2.1a, 2.1b, 2.1c and 2.2b-structure; VGG19 on right blocks where its own are wrong."""
    wrong = _each(
        {
            "2.1a": lambda: compare(_READY["ConvBlock1"], lambda: module.ConvBlock1(3, 5)),
            "2.1b": lambda: compare(_READY["ConvBlock2"], lambda: module.ConvBlock2(3, 5)),
        }
    )
    if "2.1a" in wrong:
        module.ConvBlock1 = RightBlock1
    if "2.1b" in wrong:
        module.ConvBlock2 = RightBlock2
    given = _READY["pre_vgg"]
    return wrong | _each(
        {
            "2.1c": lambda: compare(_READY["VGG19"], module.VGG19),
            "2.2b-structure": lambda: compare(
                _READY["PretrainedVGG"], lambda: module.PretrainedVGG(copy.deepcopy(given))
            ),
        }
    )


def judge_mnist(module: Any) -> dict[str, str]:
    """Whether ``MNIST_Net`` is one."""
    return _each({"1.1-structure": lambda: _free(module.MNIST_Net)})


def _free(make: Callable[[], nn.Module]) -> str:
    net = make()
    net.eval()
    x = _images((1, 28, 28), 37)
    with torch.no_grad():
        rows, again, alone, part = net(x), net(x), net(x[3:4]), net(x[:8])
    if not isinstance(rows, torch.Tensor) or rows.shape != (37, 10) or alone.shape != (1, 10):
        return (
            f"gives {getattr(rows, 'shape', type(rows).__name__)} and {getattr(alone, 'shape', type(alone).__name__)}"
        )
    if rows.dtype != torch.float32:
        return f"gives {rows.dtype}"
    if not torch.isfinite(rows).all():
        return "gives NaN or infinity"
    near = TOLERANCE * float(rows.abs().max())
    if not float((rows - again).abs().max()) <= near:
        return "gives two results"
    if not (float((rows[3] - alone[0]).abs().max()) <= near and float((rows[:8] - part).abs().max()) <= near):
        return "mixes the batch"
    if not float((rows - rows[0]).abs().max()) > 1e-6:
        return "is constant"
    if (rows >= 0).all() and (
        torch.allclose(rows.sum(1), torch.ones(37), atol=1e-4) or torch.allclose(rows.sum(0), torch.ones(10), atol=1e-4)
    ):
        return "gives probabilities"
    if torch.allclose(rows.exp().sum(1), torch.ones(37), atol=1e-4):
        return "gives log-probabilities"
    net.train()
    nn.functional.cross_entropy(net(x), torch.arange(37) % 10).backward()
    listed = {id(p) for p in net.parameters()}
    for name, p in net.named_parameters():
        if not p.requires_grad or p.grad is None:
            return f"{name} gets no gradient"
    if any(id(p) not in listed and p.grad is not None for p in _parameters()):
        return "a parameter is not listed"
    return ""
