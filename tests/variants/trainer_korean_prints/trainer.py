import time

import torch
import torch.nn.functional as F
import matplotlib.pyplot as plt
import numpy as np


# 학습을 담당하는 클래스
class Trainer():
  def __init__(self, trainloader, testloader, net, optimizer, criterion):
    self.trainloader = trainloader
    self.testloader = testloader
    self.net = net
    self.optimizer = optimizer
    self.criterion = criterion
    print("학습 배치 수:", len(trainloader), "테스트 배치 수:", len(testloader))
    print(net)

  # epoch 수만큼 학습한다
  def train(self, epoch = 1):
    self.net.train()                       # 학습 모드 (batch norm, dropout)
    self.loss_log = []
    start = time.time()
    for e in range(epoch):
      running_loss = 0.0
      print("==== epoch", e + 1, "/", epoch, "====")
      for i, data in enumerate(self.trainloader, 0):
        inputs, labels = data              # 입력과 정답

        self.optimizer.zero_grad()         # 기울기 초기화
        outputs = self.net(inputs)         # 순전파
        loss = self.criterion(outputs, labels)
        loss.backward()                    # 역전파
        self.optimizer.step()              # 가중치 갱신

        if i % 100 == 0:
          print("  batch", i, "loss", loss.item(), "shape", tuple(inputs.shape))

        # 통계 출력
        running_loss += loss.item()
        if (i+1) % 500 == 0:
          print('[%d, %5d] loss: %.3f' % (e + 1, i + 1, running_loss / 500))
          self.loss_log.append(running_loss / 500)
          running_loss = 0.0
      print("  걸린 시간: %.1f초" % (time.time() - start))

    print('Finished Training')
    return self.loss_log

  # 테스트 정확도
  def test(self):
    self.net.eval()                        # 평가 모드
    test_loss = 0
    correct = 0
    num = 0
    with torch.no_grad():                  # 기울기 계산 안 함
      for inputs, labels in self.testloader:
        output = self.net(inputs)
        test_loss += F.cross_entropy(output, labels, reduction='sum').item()
        pred = torch.max(output, 1)[1]
        correct += (pred == labels).sum().item()
        num += inputs.size(0)
    print("Test set: Average loss: %.4f" % (test_loss / num))
    print('Test set: Accuracy: {}/{} ({:.0f}%)'.format(correct, num, 100. * correct / num))
    return np.float64(correct / num)

  # 혼동 행렬: 행은 정답, 열은 예측
  def compute_conf(self):
    self.net.eval()
    conf = np.zeros([10, 10])
    with torch.no_grad():
      for inputs, labels in self.testloader:
        pred = torch.max(self.net(inputs), 1)[1]
        for j in range(inputs.size(0)):
          conf[labels[j]][pred[j]] += 1
    conf = conf.astype(int)
    print("confusion matrix")
    print(conf)
    # 클래스별 정확도
    for k in range(10):
      print("class %d: %d / %d" % (k, conf[k, k], conf[k].sum()))
    plt.matshow(conf)
    plt.show()
    return conf
