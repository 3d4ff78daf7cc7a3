"""Trains a network of the submission's, and runs trained weights on images, in two different workers.

The first never sees a test image; the second never sees a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder.probes.devices import OnTheCPU
from autograder.probes.network import step

INFER_BATCH = 250

Answer = tuple[dict[str, Any], dict[str, np.ndarray]]


class _KitTrainer:
    """The kit's own loop, for when the submission's is judged wrong by its own check."""

    def __init__(self, trainloader: Any, testloader: Any, net: nn.Module, optimizer: Any, criterion: Any):
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


def fit(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Train with the kit's recipe and, unless ``own_trainer`` is false, the submission's ``Trainer``.

    Params: ``module``, ``name``, ``epochs``, ``batch``, ``lr`` (Adam), ``own_trainer``. Arrays: ``images``
    (N, H, W) uint8 and ``labels`` (N,) int64.

    Returns:
        Facts: ``trained`` (parameters and buffers by name), ``redirected``. Arrays: those weights.
    """
    x = torch.from_numpy(arrays["images"].copy()).unsqueeze(1).float().div_(255)  # (N, 1, H, W) in [0, 1]
    y = torch.from_numpy(arrays["labels"].astype(np.int64))
    with OnTheCPU() as device:
        torch.manual_seed(int.from_bytes(key[:6], "little"))
        with step("constructor"):
            net = student.named(params["module"], params["name"])()
        with step("forward"), torch.no_grad():
            net(x[:2])  # materialises lazy layers before the optimizer asks for parameters
        trainloader = DataLoader(TensorDataset(x, y), params["batch"], shuffle=True)
        # What stands in for a test set here is a part of the training set: nothing to learn from it.
        testloader = DataLoader(TensorDataset(x[:100], y[:100]), params["batch"])
        optimizer = torch.optim.Adam(net.parameters(), lr=params["lr"])
        made = student.named("trainer", "Trainer") if params["own_trainer"] else _KitTrainer
        trainer = made(trainloader, testloader, net, optimizer, nn.CrossEntropyLoss())
        with step("train"):
            for _ in range(params["epochs"]):
                trainer.train(1)
    state = {name: t.detach().cpu() for name, t in net.state_dict().items()}
    weights = {f"weights {name}": _portable(t) for name, t in state.items()}
    return {"trained": sorted(state), "redirected": device.redirected}, weights


def infer(student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Answer:
    """Run trained weights on images.

    Arrays: ``images`` (N, H, W) uint8, and the weights of :func:`fit`.

    Returns:
        Arrays: ``logits`` (N, 10) float32.
    """
    x = torch.from_numpy(arrays["images"].copy()).unsqueeze(1).float().div_(255)
    with OnTheCPU(), torch.no_grad():
        with step("constructor"):
            net = student.named(params["module"], params["name"])()
        with step("forward"):
            nn.Module.eval(net)
            net(x[:2])
            state = {
                name.removeprefix("weights "): torch.from_numpy(a.copy())
                for name, a in arrays.items()
                if name != "images"
            }
            net.load_state_dict(state)
            logits = torch.cat([net(part).detach().float() for part in torch.split(x, INFER_BATCH)])
    return {}, {"logits": logits.numpy()}


def _portable(tensor: torch.Tensor) -> np.ndarray:
    """As an array whose dtype travels."""
    if tensor.is_floating_point():
        return tensor.float().numpy()
    return tensor.to(torch.int64).numpy()
