"""The five checks that every tool runs, and bare Python by itself: python five_checks.py HAND_IN.

The hand-in's `ablations.Exp2`, a 784-30-10 network, exists, has the right number of parameters and output shape, gets
gradients, and twenty Adam steps lower its loss. As a script it prints how many passed; the exit code is 0 if all have.
"""

from __future__ import annotations

import sys

import torch
from torch import nn

torch.set_num_threads(1)


def exists(network: type[nn.Module]) -> None:
    """It can be built."""
    assert isinstance(network(), nn.Module)


def count(network: type[nn.Module]) -> None:
    """It has 784 x 30 + 30 + 30 x 10 + 10 parameters."""
    assert sum(p.numel() for p in network().parameters()) == 23_860


def shape(network: type[nn.Module]) -> None:
    """Images become ten logits each."""
    assert network()(torch.rand(32, 1, 28, 28)).shape == (32, 10)


def gradients(network: type[nn.Module]) -> None:
    """The loss reaches each parameter."""
    net = network()
    nn.functional.cross_entropy(net(torch.rand(32, 1, 28, 28)), torch.randint(10, (32,))).backward()
    assert all(p.grad is not None for p in net.parameters())


def learns(network: type[nn.Module]) -> None:
    """Twenty steps on one batch lower the loss."""
    net, losses = network(), []
    images, labels = torch.rand(32, 1, 28, 28), torch.randint(10, (32,))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


CHECKS = (exists, count, shape, gradients, learns)


def passed(network: type[nn.Module]) -> int:
    """How many of the checks pass."""
    number = 0
    for check in CHECKS:
        try:
            check(network)
            number += 1
        except Exception as error:  # noqa: BLE001 - whatever a hand-in raises
            print(f"{check.__name__}: {error!r}")
    return number


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    from ablations import Exp2

    right = passed(Exp2)
    print(right)
    sys.exit(right != len(CHECKS))
