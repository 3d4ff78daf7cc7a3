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
    # BEGIN SOLUTION 1a: draw the weights, and make all four require gradients
    first = torch.randn(inputs, hidden) / inputs**0.5
    second = torch.randn(hidden, outputs) / hidden**0.5
    parameters = first, torch.zeros(hidden), second, torch.zeros(outputs)
    return tuple(one.requires_grad_() for one in parameters)
    # END SOLUTION


def forward(params: Params, x: torch.Tensor) -> torch.Tensor:
    """Logits of a batch: ``(N, inputs)`` to ``(N, outputs)``; the hidden layer's activation is tanh."""
    # BEGIN SOLUTION 1b: a layer, tanh, and a layer
    w1, b1, w2, b2 = params
    hidden = torch.tanh(x @ w1 + b1)  # (N, hidden)
    return hidden @ w2 + b2  # (N, outputs)
    # END SOLUTION


def step(params: Params, x: torch.Tensor, y: torch.Tensor, lr: float) -> float:
    """One step of gradient descent on a batch, in place; the mean cross-entropy before it.

    No optimizer: change the parameters yourself, and leave no gradient behind.

    Args:
        x: ``(N, inputs)``.
        y: the classes, ``(N,)``.
        lr: the learning rate.
    """
    # BEGIN SOLUTION 1c: the loss, its gradients, and the step
    loss = torch.nn.functional.cross_entropy(forward(params, x), y)
    loss.backward()
    with torch.no_grad():
        for one in params:
            one -= lr * one.grad
            one.grad = None
    return loss.item()
    # END SOLUTION
