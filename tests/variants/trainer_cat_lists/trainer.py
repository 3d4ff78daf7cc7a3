import torch
from torch.utils.data import DataLoader


class Trainer:
    CLASSES = 10

    def __init__(self, trainloader: DataLoader, testloader: DataLoader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion
        self.iteration = 0

    def train(self, epoch: int = 1):
        result = []
        for e in range(epoch):
            self.net.train()
            losses = []
            for x, y in self.trainloader:
                scores = self.net(x.float())
                loss = self.criterion(scores, y.long())

                grads = torch.autograd.grad(loss, list(self.net.parameters()))
                for p, g in zip(self.net.parameters(), grads):
                    p.grad = g       # replaces the old one, nothing to clear
                self.optimizer.step()

                losses.append(loss.item())
                if len(losses) % 500 == 0:
                    result.append(sum(losses[-500:]) / 500)
                    print("[%d, %5d] loss: %.3f" % (e + 1, len(losses), result[-1]))
        print("Finished Training")
        return result

    def all_scores(self):
        was_training = self.net.training
        self.net.eval()
        scores, labels = [], []
        try:
            with torch.no_grad():
                for x, y in self.testloader:
                    scores.append(self.net(x.float()))
                    labels.append(y)
        finally:
            self.net.train(was_training)
        return torch.cat(scores, dim=0), torch.cat(labels, dim=0)

    def test(self):
        scores, labels = self.all_scores()
        ok = scores.topk(1, dim=1).indices.squeeze(1) == labels
        print("Test set: Accuracy: %d/%d (%.0f%%)" % (ok.sum(), ok.numel(), 100 * ok.float().mean()))
        return ok.float().mean()

    def compute_conf(self):
        scores, labels = self.all_scores()
        guess = scores.topk(1, dim=1).indices.squeeze(1)
        conf = torch.stack([torch.bincount(guess[labels == c], minlength=self.CLASSES) for c in range(self.CLASSES)])
        print(conf)
        return conf.numpy()
