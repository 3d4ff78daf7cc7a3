"""Part 1.2: the training loop, the test and the confusion matrix."""

import torch
from torch import nn


class Trainer:
    """Trains and tests one network.

    Args:
        trainloader: yields ``(inputs, labels)``, inputs ``(N, C, H, W)`` float, labels ``(N,)`` int64 in 0 to 9.
        testloader: the same for the test set.
        net: the network; its outputs are logits ``(N, 10)``.
        optimizer: a ``torch.optim`` optimizer over the network's parameters.
        criterion: the loss, called as ``criterion(outputs, labels)``.
    """

    def __init__(self, trainloader, testloader, net: nn.Module, optimizer, criterion):
        self.trainloader = trainloader
        self.testloader = testloader
        self.net = net
        self.optimizer = optimizer
        self.criterion = criterion
        self.device = next((p.device for p in net.parameters()), torch.device("cpu"))

    def train(self, epoch: int = 1) -> list[float]:
        """Train for *epoch* epochs.

        Prints ``[epoch, iteration] loss: x.xxx`` every 500 iterations, the mean loss of those 500, and
        ``Finished Training`` at the end.

        Returns:
            The printed mean losses, in order.
        """
        # TODO 1.2a: for each epoch and batch: clear the gradients, forward, loss, backward, step
        raise NotImplementedError("TODO 1.2a: for each epoch and batch: clear the gradients, forward, loss, backward, step")

    def test(self) -> float:
        """Test on the whole test set, in eval mode.

        Prints ``Test set: Accuracy: 9881/10000 (99%)``.

        Returns:
            The accuracy, a float in [0, 1].
        """
        # TODO 1.2b: count the right predictions, in eval mode and without gradients
        raise NotImplementedError("TODO 1.2b: count the right predictions, in eval mode and without gradients")

    def compute_conf(self) -> torch.Tensor:
        """The confusion matrix of the test set, in eval mode; prints and plots it.

        Returns:
            ``(10, 10)`` integers: row the true class, column the predicted class.
        """
        # TODO 1.2c: count each pair of true and predicted class
        raise NotImplementedError("TODO 1.2c: count each pair of true and predicted class")


def plot_confusion(conf: torch.Tensor) -> None:
    """Draw the ``(10, 10)`` confusion matrix; given, nothing to do here."""
    import matplotlib.pyplot as plt  # here, since it takes longer to import than all the rest takes to run

    plt.imshow(conf, cmap="Blues")
    plt.xlabel("predicted class")
    plt.ylabel("true class")
    plt.xticks(range(10))
    plt.yticks(range(10))
    plt.colorbar()
    plt.show()
