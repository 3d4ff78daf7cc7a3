"""Runs a network of the submission's on weights and inputs drawn from a key, in eval and in train mode."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter
from torch.overrides import TorchFunctionMode

from autograder.probes.borrowed import calls_into_models
from autograder.probes.devices import RunOn
from autograder.probes.draws import images, uniform, values
from autograder.probes.standins import STAND_INS
from autograder.probes.usage import Use, Watch

OUTPUT_CAP = 1 << 16  # elements; a larger output is told by its shape alone
BATCH = 8
PARAMETERS_CAP = 60_000_000  # three VGG-19s; of a larger network only shapes and counts are told
ALONE = 3  # the row that is also run by itself


@contextmanager
def step(name: str) -> Iterator[None]:
    """Marks what is raised inside with what was under way."""
    try:
        yield
    except BaseException as error:
        if not hasattr(error, "hw1_during"):
            error.hw1_during = name  # type: ignore[attr-defined]
        raise


_DRAWING = {"uniform_", "normal_", "kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_"}


class _LeaveWeightsAlone(TorchFunctionMode):
    """Skips the drawing of initial weights, which are overwritten anyway: VGG-19 is built in 10 ms instead of 110."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        target = args[0] if args else (kwargs or {}).get("tensor")  # torch.nn.init passes it by name
        if getattr(func, "__name__", "") in _DRAWING and type(target) is nn.Parameter:
            return target
        return func(*args, **(kwargs or {}))


def network(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Evidence of one network.

    Params: ``module`` and ``name`` of the class; ``args`` of its constructor; ``shape`` of one input, ``(C, H, W)``;
    ``given``: pass a ``vgg19_bn`` whose features are filled from the key; ``stand_in``: replace the submission's blocks
    by the kit's; ``effects``: look for each parameter whether disturbing it changes the output.

    Returns:
        Facts: ``shape1``, ``shape8``, ``dtype``, ``finite``, ``repeatable``, and those of :func:`_described`. Arrays:
        ``eval1`` (1, ...), ``eval8`` and ``train8`` (8, ...), ``running`` (number of buffers, 2).
    """
    device = RunOn()
    shape = params["shape"]
    with device, _stand_ins(student, params["module"]) if params.get("stand_in") else nullcontext():
        given = _given_features(key) if params.get("given") else None
        called: set[str] = set()
        with calls_into_models(called):
            net = _construct(student, params, given)
        watch = dry_run(net, images(key, "dry", (2, *shape)))
        uses = watch.uses
        marks = {_fingerprint(t) for t in given.features.state_dict().values()} if given is not None else set()
        kept = [_fingerprint(use.tensor) in marks for use in uses]
        fresh = [use for use, is_kept in zip(uses, kept, strict=True) if not is_kept]
        too_large = sum(use.tensor.numel() for use in uses) > PARAMETERS_CAP
        if not too_large:
            _fill(key, fresh)
        facts, found = _run(net, uses, images(key, "inputs", (BATCH, *shape)))
        if params.get("effects") and not too_large:
            facts["effects"] = _effects(net, uses, images(key, "effects", (1, *shape)))
    facts |= {"kept": kept, "too_large": too_large}
    if too_large:  # it ran on weights that nobody set: only the shapes say something
        facts |= {"finite": True, "repeatable": True}
    facts |= {"redirected": device.redirected, **_described(net, watch)}
    facts["borrowed"] = sorted({*facts["borrowed"], *called})
    return facts, {} if too_large else found


def _described(net: nn.Module, watch: Watch) -> dict[str, Any]:
    """What a network is made of.

    Returns:
        ``uses``: ``[role, shape, registered name, layer]`` of each parameter and buffer in the order of use;
        ``layers``: ``[kind, shapes by part, output shape, used again]``; ``steps``: ``[what, output shape]``;
        ``unused``: ``[name, shape]``; ``unregistered``: how many are used and not registered; ``requires_grad``, one
        for each use; ``backwards``: roles whose weight lies transposed; ``borrowed``: classes of a library's models;
        ``stand_ins``: how many blocks are the kit's.
    """
    registered = {id(p): name for name, p in nn.Module.named_parameters(net)}
    used = {id(use.tensor) for use in watch.uses}
    trained = [use for use in watch.uses if use.role.endswith(("weight", "bias"))]
    return {
        "uses": [[u.role, list(u.tensor.shape), registered.get(id(u.tensor), ""), u.layer] for u in watch.uses],
        "layers": [[layer.kind, layer.shapes, layer.output, layer.again] for layer in watch.layers],
        "steps": watch.steps,
        "unused": [[name, list(p.shape)] for name, p in nn.Module.named_parameters(net) if id(p) not in used],
        "unregistered": sum(id(use.tensor) not in registered for use in trained),
        "requires_grad": [use.tensor.requires_grad for use in watch.uses],
        "backwards": sorted(set(watch.backwards)),
        "borrowed": _borrowed(net),
        "stand_ins": sum(type(module) in STAND_INS.values() for module in nn.Module.modules(net)),
    }


def _construct(student: Any, params: Mapping[str, Any], given: nn.Module | None) -> nn.Module:
    factory = student.named(params["module"], params["name"])
    torch.manual_seed(0)
    with step("constructor"), _LeaveWeightsAlone():
        net = factory(given) if given is not None else factory(*params.get("args", ()))
    if not isinstance(net, nn.Module):
        raise TypeError(f"{params['name']} made a {type(net).__name__}, not an nn.Module")
    return net


def dry_run(net: nn.Module, x: torch.Tensor) -> Watch:
    """A forward pass that shows what is used, after one that materialises lazy layers."""
    with step("forward"), torch.no_grad():
        nn.Module.eval(net)
        if any(isinstance(p, UninitializedParameter) for p in nn.Module.parameters(net)):
            net(x)  # the drawing of lazy layers' weights is no part of the forward pass
        watch = Watch(net)
        with watch:
            net(x)
    return watch


def _fill(key: bytes, uses: list[Use]) -> None:
    """Fill parameters and buffers in the order in which they are used, each role counted by itself."""
    counts: dict[str, int] = {}
    with torch.no_grad():
        for use in uses:
            number = counts.get(use.role, 0)
            counts[use.role] = number + 1
            use.tensor.data.copy_(values(key, use.role, number, use.tensor.shape))


def _reached(y: torch.Tensor, uses: list[Use]) -> list[bool]:
    """For each use, whether the graph of *y* leads back to it: the gradient does, too. Buffers count as reached."""
    leaves: set[int] = set()
    seen: set[Any] = set()
    waiting = [y.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaves.add(id(getattr(node, "variable", None)))  # only the nodes that accumulate gradients have it
        waiting += [following for following, _ in node.next_functions]
    return [not isinstance(use.tensor, nn.Parameter) or id(use.tensor) in leaves for use in uses]


def _effects(net: nn.Module, uses: list[Use], x: torch.Tensor) -> list[bool]:
    """For each use, whether it has an effect on the output in eval mode: a gradient, or disturbing it changes it."""
    tensors = [use.tensor for use in uses]
    nn.Module.eval(net)
    y = net(x)
    effects = [False] * len(uses)
    if isinstance(y, torch.Tensor) and y.requires_grad:
        trained = [index for index, tensor in enumerate(tensors) if tensor.requires_grad]
        gradients = torch.autograd.grad(y.float().square().sum(), [tensors[i] for i in trained], allow_unused=True)
        for index, gradient in zip(trained, gradients, strict=True):
            effects[index] = gradient is not None and bool(gradient.any())
    with torch.no_grad():
        for index, tensor in enumerate(tensors):
            if effects[index] or not isinstance(tensor, nn.Parameter):
                effects[index] = True
                continue
            kept = tensor.detach().clone()
            tensor.data.mul_(1.5).add_(0.1)
            effects[index] = not torch.equal(net(x), y)
            tensor.data.copy_(kept)
    return effects


def _run(net: nn.Module, uses: list[Use], x: torch.Tensor) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Outputs in eval mode at N = 1 and N = 8, then in train mode at N = 8, and the running statistics after it.

    Returns:
        Facts: ``returned`` (a type's name) if it is no tensor, otherwise ``learns`` (for each use, whether a gradient
        reaches it), ``repeatable``, ``dtype``, ``finite``, ``shape1``, ``shape8``. Arrays: as :func:`network`'s.
    """
    nn.Module.eval(net)
    alone = x[ALONE : ALONE + 1]
    with step("forward, eval mode, N = 1"):
        eval1 = net(alone)
    if not isinstance(eval1, torch.Tensor):
        return {"returned": type(eval1).__name__}, {}
    facts: dict[str, Any] = {"learns": _reached(eval1, uses)}
    with torch.no_grad():
        with step("forward, eval mode, N = 8"):
            eval8 = net(x)
        facts["repeatable"] = _agree(eval8[ALONE : ALONE + 1], eval1) or _agree(net(alone), eval1)
        nn.Module.train(net)
        torch.manual_seed(2)  # a network with dropout drops the same
        with step("forward, train mode, N = 8"):
            train8 = net(x)
        nn.Module.eval(net)
    outputs = {"eval8": eval8, "eval1": eval1.detach(), "train8": train8}
    facts["dtype"] = str(eval8.dtype).removeprefix("torch.")
    facts["finite"] = all(bool(torch.isfinite(y).all()) for y in outputs.values() if y.is_floating_point())
    facts["shape1"], facts["shape8"] = list(eval1.shape), list(eval8.shape)
    found = {name: y.to(torch.float32).numpy().copy() for name, y in outputs.items() if y.numel() <= OUTPUT_CAP}
    running = [u.tensor.detach().double().flatten() for u in uses if u.role in ("norm.mean", "norm.var")]
    # Two numbers for each buffer are enough to compare: its mean and its projection on a fixed direction.
    pairs = [[float(t.mean()), float(_project(t))] for t in running]
    return facts, {**found, "running": np.array(pairs, dtype=np.float64).reshape(-1, 2)}


def _agree(a: Any, b: torch.Tensor) -> bool:
    """Whether two outputs are the same but for rounding."""
    if not isinstance(a, torch.Tensor) or a.numel() != b.numel():
        return False
    first, second = a.detach().double().flatten(), b.detach().double().flatten()
    return bool((first - second).abs().max() <= 1e-4 * second.abs().max().clamp_min(1e-12))


def _project(flat: torch.Tensor) -> torch.Tensor:
    direction = uniform(b"", f"direction {flat.numel()}", flat.shape).double()
    return (flat * direction).sum() / math.sqrt(flat.numel())


def empty_vgg() -> Any:
    """torchvision's ``vgg19_bn`` with undefined features, the classifier left on the meta device (480 MB saved)."""
    from torchvision.models import vgg19_bn

    with torch.device("meta"):
        net = vgg19_bn(weights=None)
    net.features.to_empty(device="cpu")
    return net


def _given_features(key: bytes) -> Any:
    """torchvision's ``vgg19_bn``, its features filled from *key*."""
    net = empty_vgg()
    roles = {"weight": "norm.weight", "bias": "norm.bias", "running_mean": "norm.mean", "running_var": "norm.var"}
    with torch.no_grad():
        for number, (name, tensor) in enumerate(net.features.state_dict().items()):
            role = "conv.weight" if tensor.dim() == 4 else roles.get(name.rpartition(".")[2])
            tensor.copy_(values(key + b"given", role, number, tensor.shape)) if role else tensor.zero_()
    return net


def _fingerprint(tensor: torch.Tensor) -> tuple[tuple[int, ...], float, float]:
    """Tells copies of a tensor from others: its shape and two sums over a part of it."""
    part = tensor.detach().flatten()[:512].double()
    return tuple(tensor.shape), float(part.sum()), float(part.square().sum())


@contextmanager
def _stand_ins(student: Any, module: str) -> Iterator[None]:
    """The kit's blocks in the place of the submission's: in *module*, and wherever else a module has the names."""
    replaced = []
    for place in student.modules():
        for name, block in STAND_INS.items():
            if hasattr(place, name) or place.__name__ == module:
                replaced.append((place, name, vars(place).get(name)))
                setattr(place, name, block)
    try:
        yield
    finally:
        for place, name, block in replaced:
            if block is None:
                delattr(place, name)
            else:
                setattr(place, name, block)


def _borrowed(net: nn.Module) -> list[str]:
    """Classes of torchvision's ready-made models in the network, which staff may want to know of."""
    kinds = {type(m) for m in nn.Module.modules(net)}
    return sorted({k.__name__ for k in kinds if k.__module__.startswith(("torchvision.models", "timm."))})
