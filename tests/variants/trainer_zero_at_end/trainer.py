import torch


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def train(self, epoch=1):
        self.net.train()
        history = []
        for ep in range(epoch):
            running_loss = 0.0
            for i, data in enumerate(self.trainloader, 0):
                inputs, labels = data

                outputs = self.net(inputs)
                loss = self.criterion(outputs, labels)
                loss.backward()
                self.optimizer.step()

                # print statistics
                running_loss += loss.item()
                if (i+1) % 500 == 0:
                    print('[%d, %5d] loss: %.3f' % (ep + 1, i + 1, running_loss / 500))
                    history.append(running_loss / 500)
                    running_loss = 0.0

                # ready for the next batch
                self.optimizer.zero_grad()
        print('Finished Training')
        return history

    def test(self):
        self.net.eval()
        correct = 0
        with torch.no_grad():
            for inputs, labels in self.testloader:
                output = self.net(inputs)
                pred = output.max(1, keepdim=True)[1]
                correct += pred.eq(labels.view_as(pred)).sum().item()
        n = len(self.testloader.dataset)
        print('Test set: Accuracy: {}/{} ({:.0f}%)'.format(correct, n, 100. * correct / n))
        return correct / n

    def compute_conf(self):
        self.net.eval()
        matrix = [[0 for _ in range(10)] for _ in range(10)]
        with torch.no_grad():
            for inputs, labels in self.testloader:
                pred = self.net(inputs).max(1)[1]
                for t, p in zip(labels, pred):
                    matrix[t.item()][p.item()] += 1
        for row in matrix:
            print(row)
        return matrix
