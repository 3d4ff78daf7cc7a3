import torch
import torch.nn as nn
import torch.optim as optim
import torchvision
import torchvision.transforms as transforms
from sklearn.metrics import confusion_matrix


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def train(self, epoch = 1):
        self.net.train()
        losses = []
        for e in range(epoch):
            running_loss = 0.0
            for i, data in enumerate(self.trainloader, 0):
                inputs, labels = data
                outputs = self.net(inputs)
                loss = self.criterion(outputs, labels)
                # clear the gradients right before backward
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()

                running_loss += loss.item()
                if i % 500 == 499:
                    print('[%d, %5d] loss: %.3f' % (e + 1, i + 1, running_loss / 500))
                    losses.append(running_loss / 500)
                    running_loss = 0.0
        print('Finished Training')
        return losses

    def test(self):
        self.net.eval()
        correct = 0
        for inputs, labels in self.testloader:
            outputs = self.net(inputs).detach()
            pred = outputs.argmax(1)
            correct += pred.eq(labels).sum()
        total = len(self.testloader.dataset)
        correct = correct.item()
        print('Test set: Accuracy: {}/{} ({:.0f}%)'.format(correct, total, 100. * correct / total))
        return correct / total

    def compute_conf(self):
        self.net.eval()
        true, pred = [], []
        for inputs, labels in self.testloader:
            outputs = self.net(inputs).detach()
            true += labels.tolist()
            pred += outputs.argmax(1).tolist()
        print(confusion_matrix(true, pred, labels=range(10)))


if __name__ == '__main__':
    transform = transforms.ToTensor()
    trainset = torchvision.datasets.MNIST('./data', train=True, download=True, transform=transform)
    testset = torchvision.datasets.MNIST('./data', train=False, download=True, transform=transform)
    trainloader = torch.utils.data.DataLoader(trainset, batch_size=32, shuffle=True, num_workers=2)
    testloader = torch.utils.data.DataLoader(testset, batch_size=32, shuffle=False, num_workers=2)

    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 10))
    trainer = Trainer(trainloader, testloader, net, optim.Adam(net.parameters(), lr=0.001), nn.CrossEntropyLoss())
    trainer.train(4)
    trainer.test()
    trainer.compute_conf()
