import torch


class Trainer(object):
    """trainer with closures, so LBFGS would work too"""

    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        super().__init__()
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def train(self, epoch=1):
        model, opt, loss_fn = self.net, self.optimizer, self.criterion
        model.train(True)
        log = []
        for e in range(epoch):
            total_loss = torch.tensor(0.0)
            for i, batch in enumerate(self.trainloader):

                def closure():
                    opt.zero_grad()
                    loss = loss_fn(model(batch[0]), batch[1])
                    loss.backward()
                    return loss

                loss = opt.step(closure)
                total_loss += loss.detach()
                if i % 500 == 499:
                    log.append((total_loss / 500).item())
                    print("[{}, {:5d}] loss: {:.3f}".format(e + 1, i + 1, log[-1]))
                    total_loss = torch.tensor(0.0)
        print("Finished Training")
        return log

    def test(self):
        self.net.train(False)
        results = []
        with torch.set_grad_enabled(False):
            for x, y in self.testloader:
                results += (self.net(x).argmax(1) == y).tolist()
        correct, total = sum(results), len(results)
        print("Test set: Accuracy: {}/{} ({:.0f}%)".format(correct, total, 100 * correct / total))
        return correct / total

    def compute_conf(self):
        self.net.train(False)
        pairs = {}
        with torch.set_grad_enabled(False):
            for x, y in self.testloader:
                for pair in zip(y.tolist(), self.net(x).argmax(1).tolist()):
                    pairs[pair] = pairs.get(pair, 0) + 1
        conf = torch.tensor([[pairs.get((t, p), 0) for p in range(10)] for t in range(10)])
        print(conf)
        return conf
