"""What the layers cost a worker, and whether torch is slower inside: python benchmarks/isolation.py

Writes benchmarks/isolation.md. Workers with and without layers are started in turn, so that noise hits both alike.
"""

from __future__ import annotations

import platform
import statistics
import time
from pathlib import Path

from bench_page import machine

from autograder.check import Probe
from autograder.kit import Kit
from autograder.sandbox.isolation import described
from autograder.sandbox.session import Session

ROUNDS = 100
TRAININGS = 7
TRAINING = """
import time
import torch
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1),
                    nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(1024, 10))
optimizer = torch.optim.Adam(net.parameters())
images, labels = torch.randn(64, 3, 32, 32), torch.randint(10, (64,))


def Exp1():
    for _ in range(20):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
    raise ValueError("done")
"""
PARAMS = {"module": "ablations", "name": "Exp1", "shape": [1, 28, 28]}
NETWORK = Probe("x", "network", ("ablations",), "full", PARAMS, 60)


def session(kit, files=None):
    """A session as grading opens it."""
    return Session(kit.launcher, files or {}, 6 << 30, 60, "extras", base=kit.scratch, cell=kit._cell())


def start(kit):
    """Milliseconds from the fork to the first answer."""
    with session(kit) as opened:
        began = time.perf_counter()
        opened.open()
        return 1e3 * (time.perf_counter() - began)


def train(kit):
    """Seconds for 20 training steps with two threads, after as many that warm up."""
    with session(kit, {"ablations.py": TRAINING.encode()}) as opened:
        opened.observe(NETWORK, bytes(32))
        began = time.perf_counter()
        opened.observe(NETWORK, bytes(32))
        return time.perf_counter() - began


def main():
    where = machine("torch")
    with Kit() as plain, Kit(isolation="best") as confined:
        for kit in (plain, confined):
            kit.launcher.warm("extras", ("matplotlib.pyplot",))
            _ = kit.layers
            start(kit)
        starts = [(start(plain), start(confined)) for _ in range(ROUNDS)]
        trainings = [(train(plain), train(confined)) for _ in range(TRAININGS)]
        layers = described(confined.layers)
    without, within = (statistics.median(values) for values in zip(*starts, strict=True))
    slow, slower = (statistics.median(values) for values in zip(*trainings, strict=True))
    text = f"""# What isolation costs

`python benchmarks/isolation.py`, part of `make bench`: a minute. Medians.

Machine: {where}; kernel {platform.release()}.

Layers: {layers}

| | limits alone | all layers | difference | aim |
|---|---|---|---|---|
| a worker, from fork to first answer, ms ({ROUNDS} each) | {without:.1f} | {within:.1f} | {within - without:.1f} | 15 |
| 20 training steps, two threads, s ({TRAININGS} each) | {slow:.2f} | {slower:.2f} | {slower - slow:.2f} | 0 |

The layers' own attempts (a socket, a fork, a file outside, and so on) are part of it.
"""
    Path(__file__).with_name("isolation.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
