import torch


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader, self.testloader = trainloader, testloader
        self.net, self.optimizer, self.criterion = net, optimizer, criterion
        self.accuracies = []

    def train(self, epoch=1, log_every=500):
        means = []
        for epoch_i in range(epoch):
            self.net.train()
            running = 0.0
            for i, (inputs, labels) in enumerate(self.trainloader, start=1):
                self.optimizer.zero_grad(set_to_none=False)
                loss = self.criterion(self.net(inputs), labels)
                loss.backward()
                self.optimizer.step()
                running += loss.item()
                if i % log_every == 0:
                    means.append(running / log_every)
                    print(f"[{epoch_i + 1}, {i:5d}] loss: {means[-1]:.3f}")
                    running = 0.0
                if i % 100 == 0:
                    self.accuracies.append(self.accuracy())
                    self.net.train()
            self.accuracies.append(self.accuracy())
        self.net.train()
        print("Finished Training")
        return means

    @torch.inference_mode()
    def answers(self):
        self.net.eval()
        return [(labels, self.net(inputs).argmax(dim=-1)) for inputs, labels in self.testloader]

    def accuracy(self):
        right = [bool(a == b) for labels, guesses in self.answers() for a, b in zip(labels, guesses)]
        return sum(right) / len(right)

    def test(self):
        acc = self.accuracy()
        n = len(self.testloader.dataset)
        print(f"Test set: Accuracy: {round(acc * n)}/{n} ({acc:.0%})")
        return acc

    def compute_conf(self):
        conf = torch.zeros(100, dtype=torch.int64)
        for labels, guesses in self.answers():
            conf += torch.bincount(10 * labels + guesses, minlength=100)
        print(conf.view(10, 10))
        return conf.view(10, 10)
