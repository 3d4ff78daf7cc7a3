import torch


def numbered(loader):
    number = 0
    for inputs, labels in loader:
        number += 1
        yield number, inputs, labels


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def step(self, inputs, labels):
        logits = self.net(inputs)
        loss = self.criterion(logits, labels)
        self.net.zero_grad()
        loss.backward()
        self.optimizer.step()
        return float(loss)

    def steps(self, epochs):
        for e in range(epochs):
            if not self.net.training:
                self.net.train()
            for number, inputs, labels in numbered(self.trainloader):
                yield e + 1, number, self.step(inputs, labels)

    def train(self, epoch=1):
        means, window = [], []
        for e, number, loss in self.steps(epoch):
            if number == 1:
                window.clear()
            window.append(loss)
            if len(window) == 500:
                means.append(sum(window) / 500)
                print(f"[{e}, {number}] loss: {means[-1]:.3f}")
                window.clear()
        print("Finished Training")
        return means

    def pairs(self):
        self.net.eval()
        for inputs, labels in self.testloader:
            with torch.no_grad():
                logits = self.net(inputs)
            yield from zip(labels.tolist(), logits.max(1).indices.tolist())

    def test(self):
        answers = [label == guess for label, guess in self.pairs()]
        accuracy = sum(answers) / len(answers)
        print(f"Test set: Accuracy: {sum(answers)}/{len(answers)} ({100 * accuracy:.0f}%)")
        return accuracy

    def compute_conf(self):
        conf = [[0] * 10 for _ in range(10)]
        for label, guess in self.pairs():
            conf[label][guess] += 1
        print(torch.tensor(conf))
        return torch.tensor(conf)
