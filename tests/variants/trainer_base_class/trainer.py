import torch

from base_trainer import BaseTrainer


class Trainer(BaseTrainer):
    def training_step(self, batch):
        inputs, labels = batch
        return self.criterion(self.net(inputs), labels)

    def test(self):
        right, count = 0, 0
        for y, guess in self.predictions():
            right += torch.count_nonzero(y == guess).item()
            count += y.numel()
        print("Test set: Accuracy: %d/%d (%.0f%%)" % (right, count, 100 * right / count))
        return torch.tensor(right / count)

    def compute_conf(self):
        conf = torch.zeros(10, 10, dtype=torch.int32)
        eye = torch.eye(10, dtype=torch.int32)
        for y, guess in self.predictions():
            # one-hot(labels)^T @ one-hot(predictions)
            conf += eye[y].T @ eye[guess]
        print(conf)
        return conf
