import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
import matplotlib.pyplot as plt


class Trainer():
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def train(self, epoch=1):
        self.net.train()

        for e in range(epoch):
            running_loss = 0
            for i, (x, y) in enumerate(self.trainloader):
                # clear old gradients (same thing as zero_grad)
                for p in self.net.parameters():
                    p.grad = None

                out = self.net(x)
                loss = self.criterion(out, y)
                loss.backward()
                self.optimizer.step()

                running_loss += loss.item()
                if i % 500 == 499:
                    print('[%d, %5d] loss: %.3f' % (e + 1, i + 1, running_loss / 500))
                    running_loss = 0

        print('Finished Training')

    def test(self):
        self.net.eval()
        correct, total = 0, 0
        with torch.no_grad():
            for x, y in self.testloader:
                outputs = self.net(x)
                _, predicted = torch.max(outputs.data, 1)
                total += y.size(0)
                correct += (predicted == y).sum()
        print(f'Test set: Accuracy: {correct}/{total} ({100*correct/total:.0f}%)')
        return correct / total          # tensor

    def compute_conf(self):
        self.net.eval()
        conf = np.zeros((10, 10), dtype=int)
        with torch.no_grad():
            for x, y in self.testloader:
                outputs = self.net(x)
                _, predicted = torch.max(outputs.data, 1)
                for a, b in zip(y.numpy(), predicted.numpy()):
                    conf[a][b] += 1
        print(conf)
        plt.matshow(conf)
        plt.colorbar()
        plt.show()
        return conf
