import torch
import torch.nn as nn


class Trainer:

    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.net.train()
        self.optimizer = optimizer
        self.criterion = criterion

    # the network is always in train mode outside of test() and compute_conf()
    def train(self, epoch=1):
        print_every = 500
        all_losses = []
        for e in range(epoch):
            loss_sum = 0.0
            for i, (img, target) in enumerate(self.trainloader):
                self.optimizer.zero_grad()
                loss = self.criterion(self.net(img), target)
                loss.backward()
                self.optimizer.step()

                loss_sum += loss.item()
                if i % print_every == print_every - 1:
                    mean = loss_sum / print_every
                    print("[%d, %5d] loss: %.3f" % (e + 1, i + 1, mean))
                    all_losses.append(mean)
                    loss_sum = 0.0
        print("Finished Training")
        return all_losses

    def test(self):
        self.net.eval()
        num_correct = torch.tensor(0)
        num_all = torch.tensor(0)
        with torch.no_grad():
            for img, target in self.testloader:
                num_correct += torch.sum(self.net(img).argmax(dim=1).eq(target))
                num_all += target.shape[0]
        self.net.train()
        acc = num_correct / num_all
        print("Test set: Accuracy: {}/{} ({:.0f}%)".format(num_correct, num_all, acc.item() * 100))
        return acc

    def compute_conf(self):
        self.net.eval()
        conf = torch.zeros((10, 10), dtype=torch.int64)
        with torch.no_grad():
            for img, target in self.testloader:
                guess = self.net(img).argmax(dim=1)
                # accumulate=True, otherwise repeated pairs count once
                conf.index_put_((target, guess), torch.ones_like(target), accumulate=True)
        self.net.train()
        print(conf)
        return conf
