"""Trainer for exercise 1.2."""
from __future__ import annotations

from typing import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

Batch = tuple[Tensor, Tensor]
NUM_CLASSES: int = 10


class Trainer:
    def __init__(
        self,
        trainloader: Iterable[Batch],
        testloader: Iterable[Batch],
        net: nn.Module,
        optimizer: Optimizer,
        criterion: nn.Module,
    ) -> None:
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def _step(self, inputs: Tensor, labels: Tensor) -> float:
        """One optimisation step; returns the loss of the batch."""
        self.net.zero_grad(set_to_none=False)
        loss: Tensor = self.criterion(self.net(inputs), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def train(self, epoch: int = 1) -> list[float]:
        losses: list[float] = []
        for e in range(1, epoch + 1):
            self.net.train()
            running: float = 0.0
            for i, (inputs, labels) in enumerate(self.trainloader, start=1):
                running += self._step(inputs, labels)
                if i % 500 == 0:
                    print(f"[{e}, {i:5d}] loss: {running / 500:.3f}")
                    losses.append(running / 500)
                    running = 0.0
        print("Finished Training")
        return losses

    def test(self) -> float:
        self.net.eval()
        hits: int = 0
        seen: int = 0
        with torch.inference_mode():
            for inputs, labels in self.testloader:
                guess: Tensor = self.net(inputs).argmax(-1)
                hits += int((guess == labels).sum())
                seen += len(labels)
        print(f"Test set: Accuracy: {hits}/{seen} ({hits / seen:.0%})")
        return hits / seen

    def compute_conf(self) -> Tensor:
        self.net.eval()
        counts: Tensor = torch.zeros(NUM_CLASSES * NUM_CLASSES, dtype=torch.long)
        with torch.inference_mode():
            for inputs, labels in self.testloader:
                guess: Tensor = self.net(inputs).argmax(-1)
                counts = counts + torch.bincount(labels * NUM_CLASSES + guess, minlength=NUM_CLASSES**2)
        conf = counts.reshape(NUM_CLASSES, NUM_CLASSES)
        print(conf)
        return conf
