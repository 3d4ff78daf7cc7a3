"""Runs a network of the submission's on weights and inputs drawn from a key, in eval and in train mode."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from autograder.deep_learning.probes.assigning import Assignments, assignments
from autograder.deep_learning.probes.borrowed import calls_into_models
from autograder.deep_learning.probes.building import borrowed, construct, given_features, stand_ins
from autograder.deep_learning.probes.draws import images, spread_of, uniform, values
from autograder.deep_learning.probes.edits import Edited, FirstOutput, Unsquashed
from autograder.deep_learning.probes.steps import step
from autograder.deep_learning.probes.usage import Layer, Use, Watch
from autograder.sandbox.torch.devices import RunOn

OUTPUT_CAP = 1 << 16  # elements; a larger output is told by its shape alone
BATCH = 8
PARAMETERS_CAP = 60_000_000  # three VGG-19s; of a larger network only shapes and counts are told
ALONE = 3  # the row that is also run by itself
BACKWARD_CAP = 5_000_000  # weights; of more the backward pass goes to the inputs alone, which takes half as long
TRAINED = 2  # images that so large a network is trained on: those of a whole batch say no more
HIDDEN = "hidden.weight"  # the role of what a trace does not see
ALIKE = 1e-5  # of the largest output: rows that are no farther apart need a closer look at what they depend on
TRIES = 3  # backward passes, where the first reaches less than it might: some networks leave layers out at random

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]
Blocks = Mapping[str, type[nn.Module]]
NO_BLOCKS: Blocks = {}


def network(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray], blocks: Blocks = NO_BLOCKS
) -> Answer:
    """Evidence of one network; *blocks* are the kit's own, which can stand in for the submission's.

    Params: ``module`` and ``name`` of the class; ``args`` of its constructor; ``shape`` of one input, ``(C, H, W)``;
    ``given``: pass a ``vgg19_bn`` whose features are filled from the key; ``stand_in``: replace the submission's blocks
    by the kit's; ``effects``: look for each parameter whether disturbing it changes the output; ``places``: fill the
    parameters not in the order of use but in the *choice*-th way of :func:`assigning.assignments`.

    Returns:
        Facts: ``shape1``, ``shape8``, ``dtype``, ``finite``, ``repeatable``, and those of :func:`_described`. Arrays:
        ``eval1`` (1, ...), ``eval8`` (8, ...), ``train8`` (8, ...) or, of a large network, (2, ...), ``running``
        (number of buffers, 2), ``first`` (2,).
    """
    shape = params["shape"]
    called: set[str] = set()
    with _at_work(student, params, blocks) as device:
        net, watch, kept = _built(student, key, params, called)
        uses = watch.uses
        if "places" in params:
            given = [use for use, is_kept in zip(uses, kept, strict=True) if is_kept]
            way = _assigned(net, key, params, watch, kept).ways[params["choice"]]
            way.fill(key)
            uses = [*given, *way.uses()]
            kept = [number < len(given) for number in range(len(uses))]
        too_large = sum(use.tensor.numel() for use in uses) > PARAMETERS_CAP
        if not too_large and "places" not in params:
            fill(key, uses, kept)
        facts, found = _run(net, uses, images(key, "inputs", (BATCH, *shape)))
        if params.get("effects") and not too_large:
            facts["effects"] = _effects(net, uses, images(key, "effects", (1, *shape)))
    facts |= {"kept": kept, "too_large": too_large}
    if too_large:  # it ran on weights that nobody set: only the shapes say something
        facts |= {"finite": True, "repeatable": True}
    facts |= {"redirected": device.redirected, **_described(net, watch, uses, blocks)}
    facts["borrowed"] = sorted({*facts["borrowed"], *called})
    return facts, {} if too_large else found


def candidates(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray], blocks: Blocks = NO_BLOCKS
) -> Answer:
    """Outputs for each way to give the network's parameters their places, where the trace does not tell.

    Params: as :func:`network`'s; ``places``: ``[role, number, shape, is first]`` of what is wanted, buffers too.

    Returns:
        Facts: ``ways``: how many were tried; ``all``: whether these are all that there are; ``hidden``: whether
        something that has an effect is out of the trace's sight. Arrays: ``outputs`` (ways, 8, ...), in eval mode.
    """
    outputs = []
    with _at_work(student, params, blocks), torch.no_grad():
        net, watch, kept = _built(student, key, params, set())
        found = _assigned(net, key, params, watch, kept)
        x = images(key, "inputs", (BATCH, *params["shape"]))
        for way in found.ways:
            way.fill(key)
            _to_eval(net)
            with step("forward, eval mode, N = 8"):
                y = net(x)
            if not isinstance(y, torch.Tensor) or y.numel() > OUTPUT_CAP:
                return {"ways": 0, "all": True, "hidden": False}, {}
            outputs.append(y.float().numpy().copy())
    facts = {"ways": len(outputs), "all": found.all, "hidden": found.hidden}
    return facts, {"outputs": np.stack(outputs)} if outputs else {}


def edited(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray], blocks: Blocks = NO_BLOCKS
) -> Answer:
    """Outputs of the network with some of its steps replaced, one variant after another.

    Params: as :func:`network`'s; ``variants``: lists of ``[number of the step, what stands in its place]``; ``output``:
    the shape that is wanted.

    Returns:
        Facts: ``ran``: whether each variant ran. Arrays: ``outputs`` (variants that ran, 8, ...), in eval mode.
    """
    ran, outputs = [], []
    with _at_work(student, params, blocks), torch.no_grad():
        net, watch, kept = _built(student, key, params, set())
        fill(key, watch.uses, kept)
        x = images(key, "inputs", (BATCH, *params["shape"]))
        _to_eval(net)
        for variant in params["variants"]:
            try:
                with Edited(net, {int(number): what for number, what in variant}):
                    y = net(x)
                ran.append(list(y.shape) == params["output"])
            except Exception:  # noqa: BLE001  shapes no longer fit: this variant is none
                ran.append(False)
            if ran[-1]:
                outputs.append(y.float().numpy().copy())
    return {"ran": ran}, {"outputs": np.stack(outputs)} if outputs else {}


@contextmanager
def _at_work(student: Any, params: Mapping[str, Any], blocks: Blocks) -> Iterator[RunOn]:
    """What is around the submission's code: no GPU, and the kit's *blocks* if *params* say so."""
    device = RunOn()
    with device, stand_ins(student, params["module"], blocks) if params.get("stand_in") else nullcontext():
        yield device


def _built(
    student: Any, key: bytes, params: Mapping[str, Any], called: set[str]
) -> tuple[nn.Module, Watch, list[bool]]:
    """The network, a trace of it, and for each use whether it is one of the given features, unchanged.

    What its constructor *called* of a library's models is added.
    """
    given = given_features(key) if params.get("given") else None
    # Told before the submission may change them.
    marks = {_fingerprint(t) for t in given.features.state_dict().values()} if given is not None else set()
    with calls_into_models(called):
        net = construct(student, params, given)
    x = images(key, "dry", (2, *params["shape"]))
    watch = dry_run(net, x)
    watch.uses += _hidden(net, watch, x)
    return net, watch, [bool(marks) and _fingerprint(use.tensor) in marks for use in watch.uses]


def _assigned(net: nn.Module, key: bytes, params: Mapping[str, Any], watch: Watch, kept: list[bool]) -> Assignments:
    """The ways to give what is not among the given features the places that *params* name."""
    without = {id(use.tensor) for use, is_kept in zip(watch.uses, kept, strict=True) if is_kept}
    return assignments(net, params["places"], watch, images(key, "dry", (2, *params["shape"])), without)


def _described(net: nn.Module, watch: Watch, uses: list[Use], blocks: Blocks) -> dict[str, Any]:
    """What a network is made of.

    Returns:
        ``uses``: ``[role, shape, registered name, layer]`` of each parameter and buffer in the order of use;
        ``layers``: ``[kind, shapes by part, output shape, used again]`` and ``settings``: of each what it is called
        with; ``steps``: ``[what, output shape]``; ``unused``: ``[name, shape]``; ``unregistered``: how many are used
        and not among ``net.parameters()``; ``requires_grad``, one for each use; ``backwards``: roles whose weight lies
        transposed; ``borrowed``: classes of a library's models; ``stand_ins``: how many blocks are the kit's.
    """
    names = {id(p): name for name, p in nn.Module.named_parameters(net)}
    with step("parameters()"):
        listed = {id(p) for p in net.parameters()}  # what an optimizer is given
    used = {id(use.tensor) for use in uses}
    trained = [use for use in uses if use.role.endswith(("weight", "bias"))]
    layers = watch.layers or [Layer("hidden")]  # of a network whose calls the trace does not see
    return {
        "uses": [[u.role, list(u.shape), names.get(id(u.tensor), ""), u.layer] for u in uses],
        "layers": [[layer.kind, layer.shapes, layer.output, layer.again] for layer in layers],
        "settings": [layer.settings for layer in layers],
        "steps": watch.steps,
        "unused": [[name, list(p.shape)] for name, p in nn.Module.named_parameters(net) if id(p) not in used],
        "unregistered": sum(id(use.tensor) not in listed for use in trained),
        "requires_grad": [use.tensor.requires_grad for use in uses],
        "backwards": sorted(set(watch.backwards)),
        "borrowed": borrowed(net),
        "stand_ins": sum(type(module) in blocks.values() for module in nn.Module.modules(net)),
    }


def _to_eval(net: nn.Module) -> None:
    """As users do it, with an override of the submission's."""
    with step("eval()"):
        net.eval()


def _to_train(net: nn.Module) -> None:
    with step("train()"):
        net.train()


def dry_run(net: nn.Module, x: torch.Tensor) -> Watch:
    """A forward pass that shows what is used, after one that materialises lazy layers."""
    with torch.no_grad():
        _to_eval(net)
        with step("forward"):
            if any(isinstance(p, UninitializedParameter) for p in nn.Module.parameters(net)):
                net(x)  # the drawing of lazy layers' weights is no part of the forward pass
            watch = Watch(net)
            with watch:
                net(x)
    return watch


def _hidden(net: nn.Module, watch: Watch, x: torch.Tensor) -> list[Use]:
    """Registered parameters that the trace does not see, as in scripted code, and that a gradient reaches."""
    seen = {id(use.tensor) for use in watch.uses}
    unseen = [Use(p, HIDDEN, 0) for p in nn.Module.parameters(net) if id(p) not in seen]
    if not unseen:
        return []
    with torch.enable_grad(), step("forward"):
        y = net(x)
    reached = _reached(y, unseen) if isinstance(y, torch.Tensor) else [False] * len(unseen)
    return [use for use, is_reached in zip(unseen, reached, strict=True) if is_reached]


def fill(key: bytes, uses: list[Use], kept: list[bool]) -> None:
    """Fill what is not *kept* and not hidden in the order in which it is used, each role counted by itself."""
    counts: dict[str, int] = {}
    with torch.no_grad():
        for use in (use for use, is_kept in zip(uses, kept, strict=True) if not is_kept and use.role != HIDDEN):
            number = counts.get(use.role, 0)
            counts[use.role] = number + 1
            spread = spread_of(use.role, use is uses[0])
            use.tensor.data.copy_(values(key, use.role, number, use.tensor.shape, spread))


def leaves_of(y: torch.Tensor) -> set[int]:
    """Ids of the tensors that the graph of *y* leads back to: gradients reach them."""
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
    return leaves


def _reached(y: torch.Tensor, uses: list[Use]) -> list[bool]:
    """For each use, whether a gradient of *y* reaches it. Buffers count as reached."""
    leaves = leaves_of(y)
    return [not isinstance(use.tensor, nn.Parameter) or id(use.tensor) in leaves for use in uses]


@dataclass
class _Pass:
    """A pass in train mode: what came out, the running statistics after it, and whether it reaches each use."""

    output: Any
    running: list[torch.Tensor]
    reached: list[bool]


def _trained(net: nn.Module, uses: list[Use], x: torch.Tensor, hoped: list[bool]) -> _Pass:
    """Forward and backward in train mode. More passes follow where the first reaches less than is hoped."""
    weights = [use.tensor for use in uses if use.tensor.requires_grad]
    if _is_large(uses):
        x, weights = x[:TRAINED], []
    first = None
    for attempt in range(TRIES):
        _to_train(net)
        torch.manual_seed(2 + attempt)  # a network with dropout drops the same
        inputs = x.clone().requires_grad_()
        with step(f"forward, train mode, N = {len(x)}"):
            y = net(inputs)
        if first is None:
            running = [use.tensor.detach().clone() for use in uses if use.role in ("norm.mean", "norm.var")]
            first = _Pass(y, running, [not isinstance(use.tensor, nn.Parameter) for use in uses])
        if not isinstance(y, torch.Tensor) or y.grad_fn is None:
            break
        first.reached = [now or before for now, before in zip(_reached(y, uses), first.reached, strict=True)]
        with step("backward"):
            torch.autograd.grad(y.float().square().mean(), [inputs, *weights], allow_unused=True)
        if not any(want and not have for want, have in zip(hoped, first.reached, strict=True)):
            break
    assert first is not None  # noqa: S101  there is at least one attempt
    return first


def _is_large(uses: list[Use]) -> bool:
    return sum(use.tensor.numel() for use in uses) > BACKWARD_CAP


def _effects(net: nn.Module, uses: list[Use], x: torch.Tensor) -> list[bool]:
    """For each use, whether it has an effect on the output in eval mode: a gradient, or disturbing it changes it."""
    tensors = [use.tensor for use in uses]
    _to_eval(net)
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


def _run(net: nn.Module, uses: list[Use], x: torch.Tensor) -> Answer:
    """Outputs in eval mode at N = 1 and N = 8, then in train mode, and the running statistics after it.

    Returns:
        Facts: ``returned`` (a type's name) if it is no tensor, otherwise ``learns`` (for each use, whether a gradient
        reaches it in both modes), ``repeatable``, ``dtype``, ``finite``, ``shape1``, ``shape8``, and where all rows
        are alike ``depends`` (whether the output changes with the input all the same). Arrays: as :func:`network`'s.
    """
    _to_eval(net)
    alone = x[ALONE : ALONE + 1]
    with step("forward, eval mode, N = 1"):
        eval1 = net(alone)
    if not isinstance(eval1, torch.Tensor):
        return {"returned": type(eval1).__name__}, {}
    reached = _reached(eval1, uses)
    facts: dict[str, Any] = {}
    first = FirstOutput(uses[0].tensor if uses else None)
    with torch.no_grad():
        with step("forward, eval mode, N = 8"), first:
            eval8 = net(x)
        facts["repeatable"] = _agree(eval8[ALONE : ALONE + 1], eval1) or _agree(net(alone), eval1)
    if _alike(eval8):
        facts["depends"] = _depends(net, alone)
    trained = _trained(net, uses, x, reached)
    if not isinstance(trained.output, torch.Tensor):
        return {"returned": type(trained.output).__name__}, {}
    facts["learns"] = [a and b for a, b in zip(reached, trained.reached, strict=True)]
    _to_eval(net)
    outputs = {"eval8": eval8, "eval1": eval1.detach(), "train8": trained.output.detach()}
    facts["dtype"] = str(eval8.dtype).removeprefix("torch.")
    facts["finite"] = all(bool(torch.isfinite(y).all()) for y in outputs.values() if y.is_floating_point())
    facts["shape1"], facts["shape8"] = list(eval1.shape), list(eval8.shape)
    found = {name: y.to(torch.float32).numpy().copy() for name, y in outputs.items() if y.numel() <= OUTPUT_CAP}
    told = {
        "running": np.array(_pairs(trained.running)).reshape(-1, 2),
        "first": np.array(_pairs(first.outputs)).reshape(-1),
    }
    return facts, {**found, **told}


def _alike(rows: Any) -> bool:
    """Whether the outputs of all inputs are the same but for rounding, or nearly so."""
    if not isinstance(rows, torch.Tensor) or rows.ndim == 0:
        return False
    values = rows.detach().double()
    return bool((values - values[:1]).abs().max() <= ALIKE * values.abs().max()) if values.numel() else False


def _depends(net: nn.Module, x: torch.Tensor) -> bool:
    """Whether a gradient of the output reaches the input, in eval mode.

    On weights that are not in their places a deep network's outputs differ by less than rounding: its batch norms do
    not fit what comes in. The gradient is as small, and yet no zero, unless a softmax or the like is saturated.
    """
    return _reaches_input(net, x, nullcontext()) or _reaches_input(net, x, Unsquashed())


def _reaches_input(net: nn.Module, x: torch.Tensor, mode: AbstractContextManager[Any]) -> bool:
    inputs = x.clone().requires_grad_()
    with torch.enable_grad(), mode:
        y = net(inputs)
    if not isinstance(y, torch.Tensor) or y.grad_fn is None:
        return False
    (gradient,) = torch.autograd.grad(_project(y.double().flatten()), inputs, allow_unused=True)
    return gradient is not None and bool(gradient.isfinite().all() and gradient.any())


def _pairs(tensors: Sequence[torch.Tensor]) -> list[list[float]]:
    """Two numbers for each tensor are enough to compare: its mean and its projection on a fixed direction."""
    flat = [t.detach().double().flatten() for t in tensors]
    return [[float(t.mean()), float(_project(t))] for t in flat]


def _agree(a: Any, b: torch.Tensor) -> bool:
    """Whether two outputs are the same but for rounding."""
    if not isinstance(a, torch.Tensor) or a.numel() != b.numel():
        return False
    first, second = a.detach().double().flatten(), b.detach().double().flatten()
    return bool((first - second).abs().max() <= 1e-4 * second.abs().max().clamp_min(1e-12))


def _project(flat: torch.Tensor) -> torch.Tensor:
    direction = uniform(b"", f"direction {flat.numel()}", flat.shape).double()
    return (flat * direction).sum() / math.sqrt(flat.numel())


def _fingerprint(tensor: torch.Tensor) -> tuple[tuple[int, ...], float, float]:
    """Tells copies of a tensor from others: its shape, and two sums over values from all of it and from both ends."""
    flat = tensor.detach().flatten()
    part = torch.cat([flat[:256], flat[:: max(1, len(flat) // 4096)], flat[-256:]]).double()
    return tuple(tensor.shape), float(part.sum()), float(part.square().sum())
