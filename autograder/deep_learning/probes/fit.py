"""Trains a network of the submission's an epoch at a time, and runs trained weights on images, in two workers.

The first never sees a test image; the second never sees a label.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.deep_learning.probes.building import empty_vgg
from autograder.deep_learning.probes.counts import Counts
from autograder.deep_learning.probes.loader import Images, MemoryLoader
from autograder.deep_learning.probes.network import dry_run, leaves_of
from autograder.deep_learning.probes.speeds import Speed, as_fast_as_it_agrees, set_up_card
from autograder.deep_learning.probes.steps import step
from autograder.sandbox.torch.devices import RunOn
from autograder.sandbox.torch.settings import noted

INFER_BATCH = 250
THROW_AWAY = 100  # training images that stand in for a test set: nothing can be learnt from them
SLICES = 8  # of an epoch, for the learning curve
TOLD_EACH = 0.3  # seconds
MOST_ARRAYS = 4096  # that a frame holds (sandbox/wire.py)
GENERATORS: dict[str, Any] = {"cpu": torch.random, "cuda": torch.cuda, "mps": torch.mps}

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


class _KitTrainer:
    """The kit's own loop, for when the submission's is judged wrong by its own check."""

    def __init__(self, trainloader: Any, testloader: Any, net: nn.Module, optimizer: Any, criterion: Any) -> None:
        self.parts = (trainloader, net, optimizer, criterion)
        self.device = next((p.device for p in nn.Module.parameters(net)), torch.device("cpu"))

    def train(self, epoch: int = 1) -> None:
        """Train for *epoch* epochs."""
        trainloader, net, optimizer, criterion = self.parts
        for _ in range(epoch):
            nn.Module.train(net)
            for inputs, labels in trainloader:
                optimizer.zero_grad()
                criterion(net(inputs), labels).backward()
                optimizer.step()


class _RememberingLoss(nn.CrossEntropyLoss):
    """``nn.CrossEntropyLoss`` that keeps the losses of an epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[torch.Tensor] = []

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean loss of a batch: logits (N, 10) and labels (N,)."""
        loss = super().forward(input, target)
        self.losses.append(loss.detach())
        return loss

    def slices(self) -> list[float]:
        """The means of SLICES equal parts of what was kept, which is forgotten."""
        kept = torch.stack(self.losses).float().cpu() if self.losses else torch.empty(0)
        self.losses.clear()
        return [float(part.mean()) for part in torch.tensor_split(kept, SLICES) if len(part)]


@dataclass
class Fit:
    """A training under way.

    Attributes:
        speed: how it is run.
        redirects: whether the submission asks for devices, so that a redirection must be around its loop.
        counts: what it has done with its loader, its network and its optimizer.
        settings: puts torch's settings back to those that it is trained with.
    """

    net: nn.Module
    optimizer: torch.optim.Optimizer
    trainer: Any
    trainloader: MemoryLoader
    criterion: _RememberingLoss
    speed: Speed
    redirects: bool
    counts: Counts
    settings: Callable[[bool], None]

    @contextmanager
    def running(self) -> Iterator[None]:
        """The contexts around the student's loop."""
        with RunOn(self.speed.device) if self.redirects else nullcontext(), self.speed.precision():
            yield


_running: dict[str, Fit] = {}  # the training under way in this worker


def fit_start(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Build the network and the trainer, with the kit's recipe, to be run as fast as they may be.

    Params: ``module`` and ``name`` of the network; ``batch``, ``optimizer`` (``"adam"`` or ``"sgd"``), ``lr``;
    ``trainer``: module and class of the submission's that train it, or nothing: the kit's loop; ``device``; ``threads``
    (1); ``memory_share``: the part of a GPU's memory that it may take; ``fast`` and ``bf16``: what may be tried;
    ``given``: pass a ``vgg19_bn`` with the given features; ``images_file``: a descriptor of a ``.npy`` to map in place
    of the array; ``progress``: a file to tell about batches.

    Arrays: ``images`` (N, H, W[, C]) uint8, ``labels`` (N,), ``"given <name>"`` for the features, and the weights and
    kept state of :func:`fit_epoch` to go on with a training.

    Returns:
        Facts: ``speed`` in words, ``remark`` (why it is not faster, or nothing), ``peak_bytes`` (of a GPU's memory, in
        the first steps), ``parameters`` (how many there are).
    """
    pixels = mapped(params["images_file"]) if params.get("images_file") else arrays["images"]
    device = params["device"]
    torch.set_num_threads(params.get("threads", 1))
    set_up_card(params)
    settings = noted()
    redirects = _asks_for_devices(student)

    def built(speed: Speed, data: tuple[np.ndarray, np.ndarray], batch: int) -> Fit:
        torch.manual_seed(int.from_bytes(key[:6], "little"))
        images = Images(*data, device, speed.channels_last)
        few = Images(pixels[:THROW_AWAY], arrays["labels"][:THROW_AWAY], device, speed.channels_last)
        net = _network(student, params, arrays, images, speed)
        criterion = _RememberingLoss()
        progress = _Progress(Path(params["progress"]), criterion) if params.get("progress") else None
        counts = Counts()
        trainloader = MemoryLoader(images, batch, shuffle=True, told=progress, counts=counts)
        made = student.named(*params["trainer"]) if params["trainer"] else _KitTrainer
        optimizer = _optimizer(params, net)
        counts.watch(net, optimizer)  # from here on: a constructor may train, too
        with step("Trainer's constructor"):
            trainer = made(trainloader, MemoryLoader(few, batch), net, optimizer, criterion)
        return Fit(net, optimizer, trainer, trainloader, criterion, speed, redirects, counts, settings)

    with RunOn(device):
        speed, remark, peak = as_fast_as_it_agrees(built, (pixels, arrays["labels"]), params)
        fit = built(speed, (pixels, arrays["labels"]), params["batch"])
        if "kept rng cpu" in arrays:
            _go_on(fit, arrays)
    _running.clear()
    _running["fit"] = fit
    parameters = sum(p.numel() for p in nn.Module.parameters(fit.net))
    return {"speed": str(speed), "remark": remark, "peak_bytes": peak, "parameters": parameters}, {}


def fit_epoch(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Train what :func:`fit_start` has built for one more epoch.

    Params: ``keep``: bring along what another worker needs to go on with the training.

    Returns:
        Facts: ``losses`` (means of equal parts of the epoch), ``moved`` (whether the given network changed), and what
        was counted: ``passes``, ``batches``, ``backwards``, ``steps``. Arrays: parameters and buffers by name, after
        ``"weights "``; with ``keep`` those of :func:`_kept`.
    """
    fit = _running["fit"]
    fit.settings(False)  # generators go on where the epoch before has left them
    before = _checksum(fit.net)
    with fit.running(), step("train"):
        fit.trainer.train(1)
    state = {name: tensor.detach().cpu() for name, tensor in fit.net.state_dict().items()}
    facts = {"losses": fit.criterion.slices(), "moved": _checksum(fit.net) != before, **fit.counts.taken()}
    weights = {f"weights {name}": _portable(tensor) for name, tensor in state.items()}
    kept = _kept(fit) if params.get("keep") else {}
    return facts, {**weights, **(kept if len(weights) + len(kept) <= MOST_ARRAYS else {})}


def mapped(descriptor: int) -> np.ndarray:
    """The array in an open ``.npy`` file, mapped and read-only; ``np.load`` maps only what it opens itself."""
    with open(descriptor, "rb", closefd=False) as file:
        file.seek(0)
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
        return np.memmap(file, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def _kept(fit: Fit) -> dict[str, np.ndarray]:
    """What a training needs beside its weights to go on; what a ``Trainer`` keeps in itself is not in it.

    Returns:
        ``"kept rng cpu"`` (and the GPU's): the random generators' bytes; ``"kept lr"``: each group's learning rate;
        ``"kept 3 exp_avg"``: the optimizer's state of the parameter with that number.
    """
    kept = {}
    for name in {"cpu", fit.speed.device}:
        kept[f"kept rng {name}"] = GENERATORS[name].get_rng_state().numpy()
    kept["kept lr"] = np.array([float(group["lr"]) for group in fit.optimizer.param_groups])
    for number, values in fit.optimizer.state_dict()["state"].items():
        tensors = {key: value for key, value in values.items() if isinstance(value, torch.Tensor)}
        kept |= {f"kept {number} {key}": _portable(tensor.detach().cpu()) for key, tensor in tensors.items()}
    return kept


def _go_on(fit: Fit, arrays: Mapping[str, np.ndarray]) -> None:
    """Put a training that was just built into the state that :func:`fit_epoch` has kept."""
    weights, kept = (
        {n.removeprefix(kind): torch.from_numpy(array.copy()) for n, array in arrays.items() if n.startswith(kind)}
        for kind in ("weights ", "kept ")
    )
    fit.net.load_state_dict(weights)
    parameters = [parameter for group in fit.optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in kept.items():
        number, _, key = name.partition(" ")
        if number.isdigit():
            like = parameters[int(number)]
            if tensor.shape == like.shape:  # in the same memory format: fused optimizers do not look at strides
                tensor = torch.empty_like(like, dtype=tensor.dtype, device="cpu").copy_(tensor)
            state.setdefault(int(number), {})[key] = tensor
    groups = fit.optimizer.state_dict()["param_groups"]
    for group, lr in zip(groups, kept["lr"].tolist(), strict=True):
        group["lr"] = lr
    fit.optimizer.load_state_dict({"state": state, "param_groups": groups})
    for name in {"cpu", fit.speed.device}:
        if f"rng {name}" in kept:
            GENERATORS[name].set_rng_state(kept[f"rng {name}"])


def infer(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Run trained weights on images, in float32 and eval mode.

    Params: ``module``, ``name``, ``device``, ``given``; ``trace``: watch a first pass. Arrays: ``images``
    (N, H, W[, C]) uint8, and the weights of :func:`fit_epoch` or of a checkpoint. What has been loaded is kept: a later
    call may bring images alone.

    Returns:
        Facts: ``unfit`` (why the weights do not fit the network, or nothing); with ``trace`` what the loaded network
        does: ``steps``, the ``kinds`` of its layers, and the names of the parameters that gradients ``reached``.
        Arrays: ``logits`` (N, 10) float32, as :func:`_ranked` leaves them.
    """
    facts: dict[str, Any] = {"unfit": ""}
    images = Images(arrays["images"], np.zeros(len(arrays["images"])), params["device"])
    state = {name.removeprefix("weights "): a for name, a in arrays.items() if name.startswith("weights ")}
    with RunOn(params["device"]), torch.no_grad():
        if state or not _loaded:
            net = _network(student, params, arrays, images, Speed(params["device"]))
            unfit = _unfit(state, net.state_dict())
            if unfit:
                return {"unfit": unfit}, {}
            net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in state.items()})
            _loaded["net"] = net
            if params.get("trace"):
                facts |= _traced(net, images.inputs(images.data[:2]))
        with step("forward"):
            nn.Module.eval(_loaded["net"])
            batches = torch.split(images.data, INFER_BATCH)
            logits = torch.cat([_loaded["net"](images.inputs(pixels)).detach().float() for pixels in batches])
    return facts, {"logits": _ranked(logits.cpu()).numpy()}


def _ranked(logits: torch.Tensor) -> torch.Tensor:
    """*logits* (N, 10) with 0 for the largest of a row and -1 for the others: that is counted, and a class keeps it.

    What is not finite, and an output of another shape, stays as it is: it is told as that.
    """
    if logits.ndim != 2 or not logits.shape[1]:
        return logits
    ranked = (logits == logits.amax(1, keepdim=True)).to(logits.dtype) - 1
    return torch.where(logits.isfinite(), ranked, logits)


def _traced(net: nn.Module, x: torch.Tensor) -> dict[str, Any]:
    """What a forward pass does with the tensors that the network has now, and to which parameters it leads back."""
    watch = dry_run(net, x)
    with torch.enable_grad(), step("forward"):
        y = net(x)
    leaves = leaves_of(y) if isinstance(y, torch.Tensor) else set()
    reached = [name for name, parameter in nn.Module.named_parameters(net) if id(parameter) in leaves]
    return {"steps": watch.steps, "kinds": [layer.kind for layer in watch.layers], "reached": reached}


_loaded: dict[str, nn.Module] = {}  # the trained network at hand in this worker


class _Progress:
    """Writes which batch is under way, and the latest loss, into a file; not at each batch.

    Args:
        path: what is replaced by a JSON document ``{"batch", "of", "loss"}``.
        criterion: whose last loss is told.
    """

    def __init__(self, path: Path, criterion: _RememberingLoss) -> None:
        self.path, self.criterion = path, criterion
        self.next = 0.0

    def __call__(self, batch: int, of: int) -> None:
        """Note that a batch begins."""
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + TOLD_EACH
        loss = float(self.criterion.losses[-1]) if self.criterion.losses else None
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"batch": batch, "of": of, "loss": loss}), encoding="utf-8")
        part.replace(self.path)


def _network(
    student: Any, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray], images: Images, speed: Speed
) -> nn.Module:
    """The submission's network on the device, its lazy layers made."""
    arguments = [given_network(arrays)] if params.get("given") else []
    with step("constructor"):
        net: nn.Module = student.named(params["module"], params["name"])(*arguments)
        net.to(speed.device)
        if speed.channels_last:
            net.to(memory_format=torch.channels_last)
    with step("forward"), torch.no_grad():
        nn.Module.eval(net)
        net(images.inputs(images.data[:2]))  # materialises lazy layers before the optimizer asks for parameters
    return net


def given_network(arrays: Mapping[str, np.ndarray]) -> Any:
    """torchvision's ``vgg19_bn`` with the features that were given; undefined ones where weights are loaded later."""
    net = empty_vgg()
    given = {name.removeprefix("given "): a for name, a in arrays.items() if name.startswith("given ")}
    with torch.no_grad():
        for name, tensor in net.features.state_dict().items():
            array = given.get(f"features.{name}")
            tensor.copy_(torch.from_numpy(array.copy())) if array is not None else tensor.zero_()
    return net


def _optimizer(params: Mapping[str, Any], net: nn.Module) -> torch.optim.Optimizer:
    """The recipe's; fused, which computes the same in fewer passes over memory."""
    parameters = list(nn.Module.parameters(net))
    fused = all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
    made = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[params["optimizer"]]
    return made(parameters, lr=params["lr"], fused=fused)  # type: ignore[no-any-return]


def _asks_for_devices(student: Any) -> bool:
    """Whether any of the submission's files speaks of a GPU; a redirection costs 2 us for each call of torch."""
    return any(
        word in path.read_bytes() for path in student.folder.rglob("*.py") for word in (b"cuda", b"mps", b"pin_memory")
    )


def _checksum(net: nn.Module) -> list[float]:
    return [float(p.detach().double().abs().sum()) for p in nn.Module.parameters(net)]


def _unfit(given: Mapping[str, np.ndarray], wanted: Mapping[str, torch.Tensor]) -> str:
    """The first thing that keeps *given* from being loaded, or nothing."""
    for name, tensor in wanted.items():
        if name not in given:
            return f"{name} is missing"
        if given[name].shape != tuple(tensor.shape):
            return f"{name} is {given[name].shape}, the network's is {tuple(tensor.shape)}"
    unknown = [name for name in given if name not in wanted]
    return f"the network has no {unknown[0]}" if unknown else ""


def _portable(tensor: torch.Tensor) -> np.ndarray:
    """As an array whose dtype travels."""
    return tensor.float().numpy() if tensor.is_floating_point() else tensor.to(torch.int64).numpy()
