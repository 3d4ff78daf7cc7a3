"""Trains a network of the submission's an epoch at a time, and runs trained weights on images, in two workers.

The first never sees a test image; the second never sees a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.probes.devices import OnTheCPU
from autograder.probes.loader import Images, MemoryLoader
from autograder.probes.network import step

INFER_BATCH = 250
THROW_AWAY = 100  # training images that stand in for a test set: nothing can be learnt from them

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]

_running: dict[str, Any] = {}  # the training under way in this worker


class _KitTrainer:
    """The kit's own loop, for when the submission's is judged wrong by its own check."""

    def __init__(self, trainloader: Any, testloader: Any, net: nn.Module, optimizer: Any, criterion: Any) -> None:
        self.parts = (trainloader, net, optimizer, criterion)

    def train(self, epoch: int = 1) -> None:
        """Train for *epoch* epochs."""
        trainloader, net, optimizer, criterion = self.parts
        for _ in range(epoch):
            nn.Module.train(net)
            for inputs, labels in trainloader:
                optimizer.zero_grad()
                criterion(net(inputs), labels).backward()
                optimizer.step()


def fit_start(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Build the network and the trainer, with the kit's recipe.

    Params: ``module``, ``name``, ``batch``, ``lr`` (Adam), ``own_trainer``: the submission's ``Trainer``, or the kit's
    loop. Arrays: ``images`` (N, H, W[, C]) uint8 and ``labels`` (N,).
    """
    images = Images(arrays["images"], arrays["labels"])
    few = Images(arrays["images"][:THROW_AWAY], arrays["labels"][:THROW_AWAY])
    with OnTheCPU():
        torch.manual_seed(int.from_bytes(key[:6], "little"))
        with step("constructor"):
            net = student.named(params["module"], params["name"])()
        with step("forward"), torch.no_grad():
            net(images.inputs(images.data[:2]))  # materialises lazy layers before the optimizer asks for parameters
        trainloader = MemoryLoader(images, params["batch"], shuffle=True)
        testloader = MemoryLoader(few, params["batch"])
        optimizer = torch.optim.Adam(net.parameters(), lr=params["lr"])
        made = student.named("trainer", "Trainer") if params["own_trainer"] else _KitTrainer
        with step("Trainer's constructor"):
            trainer = made(trainloader, testloader, net, optimizer, nn.CrossEntropyLoss())
    _running.clear()
    _running.update(net=net, trainer=trainer)
    return {}, {}


def fit_epoch(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Train what :func:`fit_start` has built for one more epoch.

    Returns:
        Arrays: parameters and buffers by name, after ``"weights "``.
    """
    with OnTheCPU(), step("train"):
        _running["trainer"].train(1)
    state = {name: tensor.detach().cpu() for name, tensor in _running["net"].state_dict().items()}
    return {}, {f"weights {name}": _portable(tensor) for name, tensor in state.items()}


def infer(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Run trained weights on images.

    Arrays: ``images`` (N, H, W[, C]) uint8, and the weights of :func:`fit_epoch`.

    Returns:
        Arrays: ``logits`` (N, 10) float32.
    """
    images = Images(arrays["images"], np.zeros(len(arrays["images"])))
    state = {name.removeprefix("weights "): a for name, a in arrays.items() if name.startswith("weights ")}
    with OnTheCPU(), torch.no_grad():
        with step("constructor"):
            net = student.named(params["module"], params["name"])()
        with step("forward"):
            nn.Module.eval(net)
            net(images.inputs(images.data[:2]))
            net.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in state.items()})
            batches = torch.split(images.data, INFER_BATCH)
            logits = torch.cat([net(images.inputs(pixels)).detach().float() for pixels in batches])
    return {}, {"logits": logits.numpy()}


def _portable(tensor: torch.Tensor) -> np.ndarray:
    """As an array whose dtype travels."""
    return tensor.float().numpy() if tensor.is_floating_point() else tensor.to(torch.int64).numpy()
