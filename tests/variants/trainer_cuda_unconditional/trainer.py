import numpy as np
import torch


class Trainer():
  def __init__(self, trainloader, testloader, net, optimizer, criterion):
    self.trainloader = trainloader
    self.testloader = testloader
    self.net = net.cuda()
    self.optimizer = optimizer
    self.criterion = criterion.cuda()

  def train(self, epoch = 1):
    self.net.train()
    losses = []
    for e in range(epoch):
      running_loss = 0.0
      for i, data in enumerate(self.trainloader, 0):
        # get the inputs
        inputs, labels = data
        inputs = inputs.cuda()
        labels = labels.cuda()
        # zero the parameter gradients
        self.optimizer.zero_grad()
        # forward + backward + optimize
        outputs = self.net(inputs)
        loss = self.criterion(outputs, labels)
        loss.backward()
        self.optimizer.step()
        # print statistics
        running_loss += loss.item()
        if (i+1) % 500 == 0:
          print('[%d, %5d] loss: %.3f' % (e + 1, i + 1, running_loss / 500))
          losses.append(running_loss / 500)
          running_loss = 0.0
    print('Finished Training')
    return losses

  def test(self):
    self.net.eval()
    correct = 0
    for inputs, labels in self.testloader:
      inputs, labels = inputs.cuda(), labels.cuda()
      with torch.no_grad():
        output = self.net(inputs)
      pred = output.max(1, keepdim=True)[1]
      correct += pred.eq(labels.view_as(pred)).sum().item()
    test_acc = correct / len(self.testloader.dataset)
    print('Test set: Accuracy: {}/{} ({:.0f}%)'.format(correct, len(self.testloader.dataset), 100. * test_acc))
    return test_acc

  def compute_conf(self):
    self.net.eval()
    conf = np.zeros((10, 10), dtype=np.int64)
    for inputs, labels in self.testloader:
      with torch.no_grad():
        pred = self.net(inputs.cuda()).argmax(1).cpu().numpy()
      np.add.at(conf, (labels.numpy(), pred), 1)
    print(conf)
    return conf
