import torch
import torch.nn.functional as F

class Trainer:
  def __init__(self, trainloader, testloader, net, optimizer, criterion):
    self.trainloader = trainloader
    self.testloader = testloader
    self.net = net
    self.optimizer = optimizer
    self.criterion = criterion

  def train(self, epoch = 1):
    self.net.train()
    e = 0
    while e < epoch:
      running_loss = 0.0
      it = iter(self.trainloader)
      i = 0
      while True:
        try:
          inputs, labels = next(it)
        except StopIteration:
          break
        self.optimizer.zero_grad()
        outputs = self.net(inputs)
        loss = self.criterion(outputs, labels)
        loss.backward()
        self.optimizer.step()
        running_loss += loss.item()
        i += 1
        if i % 500 == 0:
          print('[%d, %5d] loss: %.3f' % (e + 1, i, running_loss / 500))
          running_loss = 0.0
      e += 1
    print('Finished Training')

  def test(self):
    self.net.eval()
    correct = 0
    total = len(self.testloader.dataset)
    with torch.no_grad():
      it = iter(self.testloader)
      for _ in range(len(self.testloader)):
        inputs, labels = next(it)
        outputs = self.net(inputs)
        prob = F.softmax(outputs, dim=1)   # turn the scores into probabilities
        pred = prob.argmax(dim=1)
        correct += (pred == labels).sum().item()
    print('Test set: Accuracy: %d/%d (%.0f%%)' % (correct, total, 100.0 * correct / total))

  def compute_conf(self):
    self.net.eval()
    conf = torch.zeros(10, 10).int()
    with torch.no_grad():
      for inputs, labels in self.testloader:
        prob = F.softmax(self.net(inputs), dim=1)
        pred = prob.argmax(dim=1)
        for k in range(len(labels)):
          conf[labels[k], pred[k]] += 1
    for r in range(10):
      print(' '.join('%5d' % conf[r, c] for c in range(10)))
