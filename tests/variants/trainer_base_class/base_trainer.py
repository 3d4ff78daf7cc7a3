from abc import ABC, abstractmethod

import torch


class BaseTrainer(ABC):
    """The parts of a training loop that do not depend on the task."""

    log_every = 500

    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    @abstractmethod
    def training_step(self, batch):
        """loss of one batch"""

    def optimize(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def train(self, epoch=1):
        losses = []
        for n in range(1, epoch + 1):
            losses.extend(self.train_epoch(n))
        print("Finished Training")
        return losses

    def train_epoch(self, n):
        self.net.train()
        printed, window = [], []
        for it, batch in enumerate(self.trainloader, 1):
            loss = self.training_step(batch)
            self.optimize(loss)
            window.append(loss.item())
            if it % self.log_every == 0:
                printed.append(sum(window) / len(window))
                print("[%d, %5d] loss: %.3f" % (n, it, printed[-1]))
                window.clear()
        return printed

    def predictions(self):
        """generator over (labels, predicted classes), batch by batch"""
        self.net.eval()
        for x, y in self.testloader:
            with torch.no_grad():
                out = self.net(x)
            yield y, out.argmax(dim=1)
