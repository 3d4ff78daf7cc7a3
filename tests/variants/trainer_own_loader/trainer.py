import itertools

import numpy as np
import torch
from torch.utils.data import DataLoader


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.device = torch.device("cpu")
        self.net = net.to(self.device)
        self.optimizer = optimizer
        self.criterion = criterion.to(self.device)
        self.batches = DataLoader(trainloader.dataset, batch_size=trainloader.batch_size)
        self.testloader = testloader

    def train(self, epoch=1):
        self.net.train()
        count = len(self.batches)
        losses, everything = [], []
        for e, i in itertools.product(range(1, epoch + 1), range(1, count + 1)):
            if i == 1:
                stream, losses = iter(self.batches), []
            x, y = next(stream)
            for group in self.optimizer.param_groups:
                for p in group["params"]:
                    p.grad = None
            loss = self.criterion(self.net(x.to(self.device)), y.to(self.device))
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
            if i % 500 == 0:
                everything.append(float(np.mean(losses[-500:])))
                print("[%d, %5d] loss: %.3f" % (e, i, everything[-1]))
        print("Finished Training")
        return everything

    def test(self):
        conf = self._count()
        right, total = int(conf.trace()), int(conf.sum())
        print("Test set: Accuracy: %d/%d (%.0f%%)" % (right, total, 100 * right / total))
        return right / total

    def compute_conf(self):
        conf = self._count()
        print(conf)
        return conf

    def _count(self):
        self.net.eval()
        conf = np.zeros((10, 10), dtype=int)
        with torch.no_grad():
            for x, y in self.testloader:
                np.add.at(conf, (y.numpy(), self.net(x).numpy().argmax(1)), 1)
        return conf
