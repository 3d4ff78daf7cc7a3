"""Finds how fast a submission's training can run without touching its code, such that it computes the same.

Each faster way (bfloat16 autocast around the loop, the channels-last memory format) is tried on a few batches with the
submission's own network and ``Trainer`` first. ``x.view`` fails after a channels-last convolution, ``.numpy()`` on
bfloat16 logits: then the training is run plainly, and nobody loses a point.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

STEPS = 2  # batches of a dry run
SMALL_BATCH = 16  # on a CPU; on a GPU the recipe's own, so that the peak of its memory is known beforehand
# How far apart a faster way may be from the plain one, measured on the ten experiments, MNIST_Net and VGG-19: logits
# before training differ by 4e-7 (channels last) and 7e-3 (bfloat16), mean losses of the first steps by 3 %, the more
# since dropout draws other masks in another memory format.
LOGITS_APART = {False: 1e-3, True: 0.05}  # relative to their root mean square, by whether bfloat16 is used
LOSS_APART = 0.15  # of the plain one

Data = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Speed:
    """A way to run a training.

    Attributes:
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        bf16: bfloat16 autocast around the loop.
        channels_last: network and images in torch's channels-last memory format.
    """

    device: str
    bf16: bool = False
    channels_last: bool = False

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """The context around the loop and each forward pass.

        Without autocast's cache, which holds the weights' bfloat16 copies until the outermost context ends: around a
        whole loop, each step would be computed with the weights of the first.
        """
        if not self.bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16, cache_enabled=False)

    def __str__(self) -> str:
        layout = ["channels last"] if self.channels_last else []
        return ", ".join([self.device, "bfloat16" if self.bf16 else "float32", *layout])


def set_up_card(params: Mapping[str, Any]) -> None:
    """Set what holds for a whole process that trains on a CUDA device: its share of the memory, and how it multiplies.

    Params: ``device``; ``memory_share``: the part, in (0, 1]; ``fast``: whether TF32 may be used.
    """
    if params["device"] == "cuda":
        torch.cuda.set_per_process_memory_fraction(params.get("memory_share", 1.0))
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = bool(params.get("fast"))


def as_fast_as_it_agrees(built: Callable[..., Any], data: Data, params: Mapping[str, Any]) -> tuple[Speed, str, int]:
    """The fastest way that runs and agrees with the plain one.

    Args:
        built: ``(speed, (images, labels), batch) -> Fit``.
        data: images (N, H, W[, C]) uint8 and labels (N,).
        params: ``device``, ``batch``; ``fast``: whether anything is tried; ``bf16``: whether bfloat16 is.

    Returns:
        The way, a remark if it is slower than what was asked for, and the most bytes of a GPU's memory that it took.
    """
    device = params["device"]
    plain = Speed(device)
    waiting = _candidates(params) if params.get("fast") else []
    batch = params["batch"] if device != "cpu" else min(params["batch"], SMALL_BATCH)
    few = (data[0][: STEPS * batch], data[1][: STEPS * batch])
    if not waiting and device == "cpu":
        return plain, "", 0
    if device == "cpu" and not params.get("bf16") and not _convolves(built(plain, few, batch).net):
        return plain, "", 0  # there is nothing that another memory format would be faster for
    wanted, peak = _tried(built, plain, few, batch)
    remark = ""
    for speed in waiting:
        try:
            found, peak = _tried(built, speed, few, batch)
        except Exception as error:  # noqa: BLE001  whatever the student's code raises, the plain way may still run
            reason = type(error).__name__
        else:
            reason = _apart(found, wanted, speed)
            if not reason:
                return speed, remark, peak
        remark = (
            remark
            or f"Trained without {_difference(speed)}, because this code does not run the same with it ({reason})."
        )
    return plain, remark, peak


def _candidates(params: Mapping[str, Any]) -> list[Speed]:
    """Faster ways, the fastest first."""
    device, bf16 = params["device"], bool(params.get("bf16"))
    if device == "mps":
        return []  # autocast there is young, and channels last is no faster
    if device == "cuda":
        return [Speed(device, bf16, True), *([Speed(device, True), Speed(device, False, True)] if bf16 else [])]
    # oneDNN reorders for bfloat16 convolutions by itself: channels last gains nothing there
    return [*([Speed(device, True)] if bf16 else []), Speed(device, False, True)]


def _convolves(net: nn.Module) -> bool:
    return any(parameter.dim() == 4 for parameter in nn.Module.parameters(net))


def _difference(speed: Speed) -> str:
    return str(speed).partition(", ")[2].removeprefix("float32, ")


def _tried(built: Callable[..., Any], speed: Speed, few: Data, batch: int) -> tuple[tuple[torch.Tensor, float], int]:
    """Logits in eval mode before, and the mean loss of, a few steps of training; and the peak of a GPU's memory."""
    if speed.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    fit = built(speed, few, batch)
    inputs, _ = next(iter(fit.trainloader))
    with fit.running():
        nn.Module.eval(fit.net)
        with torch.no_grad():
            logits = fit.net(inputs).detach().double().cpu()
        nn.Module.train(fit.net)
        fit.trainer.train(1)
    losses = fit.criterion.slices()
    peak = torch.cuda.max_memory_allocated() if speed.device == "cuda" else 0
    return (logits, float(np.mean(losses)) if losses else 0.0), peak


def _apart(found: tuple[torch.Tensor, float], wanted: tuple[torch.Tensor, float], speed: Speed) -> str:
    """Why the two are not the same, or nothing."""
    (logits, loss), (plain_logits, plain_loss) = found, wanted
    if logits.shape != plain_logits.shape:
        return "other shapes"
    scale = plain_logits.square().mean().sqrt().clamp_min(1e-12)
    if not float((logits - plain_logits).square().mean().sqrt() / scale) <= LOGITS_APART[speed.bf16]:
        return "other outputs"
    if not abs(loss - plain_loss) <= LOSS_APART * abs(plain_loss):
        return "other losses"
    return ""
