import torch
import torch.nn as nn

# 시그모이드를 쓰는 다층 퍼셉트론
class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 300)
        self.hidden2 = nn.Linear(300, 100)
        self.out = nn.Linear(100, 10)
        for layer in (self.hidden, self.hidden2, self.out):
            nn.init.xavier_normal_(layer.weight)

    def forward(self, x):
        n = x.size(0)
        h = torch.sigmoid(self.hidden(x.reshape(n, 784)))
        h = torch.sigmoid(self.hidden2(h))
        return self.out(h)    # 로짓 (softmax 없음)
