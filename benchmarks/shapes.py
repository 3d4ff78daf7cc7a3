"""How hard the embedded shapes are, for a linear model and for a small CNN: python benchmarks/shapes.py [SEEDS].

The figures in the docstring of autograder/deep_learning/data/shapes.py come from this. One thread; about a minute for
three seeds.
"""

from __future__ import annotations

import statistics
import sys
import time

import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from autograder.deep_learning.data.shapes import embedded_shapes

EPOCHS = 6


def linear(data):
    """Test accuracy of logistic regression on the pixels; the best of three strengths of its penalty."""
    x, test = (images.reshape(len(images), -1) / 255 - 0.5 for images in (data.train_images, data.test_images))
    scores = []
    for strength in (1e-4, 1e-3, 1e-2):
        model = LogisticRegression(C=strength, max_iter=200).fit(x, data.train_labels)
        scores.append(model.score(test, data.test_labels))
    return max(scores)


def small_cnn():
    """Two convolutions, batch norm and pooling after each, one linear layer."""
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 5, padding=2), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(4)),
        *(nn.Flatten(), nn.Linear(32 * 4 * 4, 10)),
    )


def cnn(data, seed):
    """Test accuracy after each epoch: Adam 2e-3, batches of 32."""
    torch.manual_seed(seed)
    x, test = (
        torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 for images in (data.train_images, data.test_images)
    )
    y, test_y = torch.from_numpy(data.train_labels), torch.from_numpy(data.test_labels)
    net = small_cnn()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    scores = []
    for _ in range(EPOCHS):
        net.train()
        for chosen in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[chosen]), y[chosen]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            scores.append((net(test).argmax(1) == test_y).float().mean().item())
    return scores


def main(seeds=3):
    torch.set_num_threads(1)
    start = time.perf_counter()
    data = embedded_shapes()
    print(f"drawn in {time.perf_counter() - start:.2f} s")
    print(f"logistic regression on the pixels: {linear(data):.1%}")
    last = []
    for seed in range(seeds):
        scores = cnn(data, seed)
        last.append(scores[-1])
        print(f"small CNN, seed {seed}, after each epoch: {', '.join(f'{score:.1%}' for score in scores)}")
    print(
        f"small CNN, {EPOCHS} epochs, {seeds} seeds: {min(last):.1%} to {max(last):.1%}, "
        f"mean {statistics.mean(last):.1%}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
