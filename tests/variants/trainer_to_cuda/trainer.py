import torch

device = 'cuda'


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader, self.testloader = trainloader, testloader
        self.net = net.to(device)
        self.optimizer, self.criterion = optimizer, criterion.to(device)

    def train(self, epoch=1):
        self.net.train()
        for e in range(epoch):
            running_loss = 0.0
            for i, (inputs, labels) in enumerate(self.trainloader):
                inputs = inputs.to(device)
                labels = labels.to('cuda')
                self.net.zero_grad()
                loss = self.criterion(self.net(inputs), labels)
                loss.backward()
                self.optimizer.step()
                running_loss += loss.item()
                if i % 500 == 499:
                    print('[%d, %5d] loss: %.3f' % (e + 1, i + 1, running_loss / 500))
                    running_loss = 0.0
        print('Finished Training')

    def test(self):
        self.net.eval()
        correct = torch.zeros(1, device=device)
        total = 0
        with torch.no_grad():
            for inputs, labels in self.testloader:
                out = self.net(inputs.to(device))
                correct += (out.argmax(1) == labels.to(device)).sum()
                total += labels.size(0)
        correct = int(correct.item())
        acc = correct / total
        print(f'Test set: Accuracy: {correct}/{total} ({acc * 100:.0f}%)')
        return acc

    def compute_conf(self):
        self.net.eval()
        conf = torch.zeros(10, 10, device=device)
        with torch.no_grad():
            for inputs, labels in self.testloader:
                pred = self.net(inputs.to(device)).argmax(1)
                for t, p in zip(labels.to(device), pred):
                    conf[t.long(), p.long()] += 1
        print(conf.int())
        return conf.cpu().numpy()
