import torch
from sklearn.metrics import confusion_matrix
from tqdm import tqdm


class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion

    def train(self, epoch=1):
        self.net.train()
        losses = []
        for e in range(epoch):
            running_loss = 0.0
            pbar = tqdm(enumerate(self.trainloader), total=len(self.trainloader), desc=f"epoch {e + 1}")
            for i, (images, labels) in pbar:
                self.optimizer.zero_grad()
                loss = self.criterion(self.net(images), labels)
                loss.backward()
                self.optimizer.step()

                pbar.set_postfix(loss=loss.item())
                running_loss += loss.item()
                if i % 500 == 499:
                    tqdm.write(f"[{e + 1}, {i + 1}] loss: {running_loss / 500:.3f}")
                    losses.append(running_loss / 500)
                    running_loss = 0.0
        print("Finished Training")
        return losses

    @torch.no_grad()
    def predict_all(self):
        """(true labels, predictions) of the whole test set"""
        self.net.eval()
        y_true, y_pred = [], []
        for images, labels in tqdm(self.testloader, desc="test"):
            y_pred.append(self.net(images).argmax(1))
            y_true.append(labels)
        return torch.cat(y_true), torch.cat(y_pred)

    @torch.no_grad()
    def test(self):
        y_true, y_pred = self.predict_all()
        acc = (y_true == y_pred).numpy().mean()
        print(f"Test set: Accuracy: {(y_true == y_pred).sum()}/{len(y_true)} ({acc * 100:.0f}%)")
        return acc

    @torch.no_grad()
    def compute_conf(self):
        y_true, y_pred = self.predict_all()
        # labels= so that the matrix is 10x10 even if a class never shows up
        cm = confusion_matrix(y_true.numpy(), y_pred.numpy(), labels=list(range(10)))
        print(cm)
        return cm
