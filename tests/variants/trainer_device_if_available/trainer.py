import torch
import matplotlib.pyplot as plt

from utils import device, evaluate


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net.to(device)
        self.optimizer = optimizer
        self.criterion = criterion.to(device)

    def train(self, epoch=1):
        history = []
        for e in range(epoch):
            self.net.train()  # evaluate() may have switched it off
            running_loss = 0.0
            for i, (x, y) in enumerate(self.trainloader):
                x = x.to(device).float()
                y = y.to(device)

                self.optimizer.zero_grad()
                y_hat = self.net(x)
                loss = self.criterion(y_hat, y)
                loss.backward()
                self.optimizer.step()

                running_loss += loss.item()
                if i % 500 == 499:
                    print(f'[{e + 1}, {i + 1:5d}] loss: {running_loss / 500:.3f}')
                    history.append(running_loss / 500)
                    running_loss = 0.0
        print('Finished Training')
        return history

    def test(self):
        y, y_hat = evaluate(self.net, self.testloader)
        correct = (y == y_hat).sum().item()
        print(f'Test set: Accuracy: {correct}/{len(y)} ({100 * correct / len(y):.0f}%)')
        return correct / len(y)

    def compute_conf(self):
        y, y_hat = evaluate(self.net, self.testloader)
        conf = torch.zeros(10, 10)
        for i in range(10):
            for j in range(10):
                conf[i, j] = ((y == i) & (y_hat == j)).sum()

        plt.figure(figsize=(8, 8))
        plt.matshow(conf, fignum=1, cmap='viridis')
        for i in range(10):
            for j in range(10):
                plt.text(j, i, int(conf[i, j]), ha='center', va='center')
        plt.xlabel('predicted')
        plt.ylabel('true')
        plt.show()
        print(conf)
        return conf
