"""Part 1: a network of two layers, written with tensors and autograd alone."""

import torch

Params = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def init(inputs: int, hidden: int, outputs: int) -> Params:
    """The four parameters to begin with, each of them a leaf that requires its gradient.

    Weights are drawn from a normal distribution of mean 0 and variance 1 / (number of inputs of the layer); biases
    are 0.

    Returns:
        ``w1`` (inputs, hidden), ``b1`` (hidden,), ``w2`` (hidden, outputs), ``b2`` (outputs,).
    """
    # TODO 1a: draw the weights, and make all four require gradients
    raise NotImplementedError("TODO 1a: draw the weights, and make all four require gradients")


def forward(params: Params, x: torch.Tensor) -> torch.Tensor:
    """Logits of a batch: ``(N, inputs)`` to ``(N, outputs)``; the hidden layer's activation is tanh."""
    # TODO 1b: a layer, tanh, and a layer
    raise NotImplementedError("TODO 1b: a layer, tanh, and a layer")


def step(params: Params, x: torch.Tensor, y: torch.Tensor, lr: float) -> float:
    """One step of gradient descent on a batch, in place; the mean cross-entropy before it.

    No optimizer: change the parameters yourself, and leave no gradient behind.

    Args:
        x: ``(N, inputs)``.
        y: the classes, ``(N,)``.
        lr: the learning rate.
    """
    # TODO 1c: the loss, its gradients, and the step
    raise NotImplementedError("TODO 1c: the loss, its gradients, and the step")
