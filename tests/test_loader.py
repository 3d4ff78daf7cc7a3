"""The loader from memory gives what a DataLoader gives, batch by batch, draw by draw."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from autograder.deep_learning.probes.counts import Counts
from autograder.deep_learning.probes.loader import Images, MemoryLoader

RNG = np.random.default_rng(0)
GREY = Images(RNG.integers(0, 256, (53, 28, 28), np.uint8), RNG.integers(0, 10, 53))
COLOUR = Images(RNG.integers(0, 256, (20, 32, 32, 3), np.uint8), RNG.integers(0, 10, 20))


@pytest.mark.parametrize("images", [GREY, COLOUR])
@pytest.mark.parametrize("shuffle", [True, False])
def test_two_epochs_have_the_same_batches_as_a_dataloaders_and_leave_the_same_random_state(images, shuffle):
    runs = []
    for kind in (DataLoader, MemoryLoader):
        torch.manual_seed(5)
        loader = kind(images, batch_size=8, shuffle=shuffle)
        runs.append(([[x, y] for _ in range(2) for x, y in loader], torch.rand(1), len(loader)))
    (expected, after, count), (found, after_ours, our_count) = runs
    assert len(expected) == len(found)
    assert all(
        torch.equal(a, b) for pair, other in zip(expected, found, strict=True) for a, b in zip(pair, other, strict=True)
    )
    assert torch.equal(after, after_ours)
    assert count == our_count


def test_images_are_float_in_0_to_1_channels_first():
    x, y = COLOUR[3]
    assert x.shape == (3, 32, 32)
    assert x.dtype == torch.float32
    assert x.min() >= 0 and x.max() <= 1
    assert isinstance(y, int)
    assert next(iter(MemoryLoader(GREY, 8)))[0].shape == (8, 1, 28, 28)


def test_what_students_ask_a_loader_for_is_there():
    loader = MemoryLoader(GREY, 8, shuffle=True)
    assert isinstance(loader, DataLoader)
    assert len(loader) == 7
    assert len(loader.dataset) == 53
    assert loader.batch_size == 8


def test_passes_and_batches_are_counted():
    counts = Counts()
    loader = MemoryLoader(Images(np.zeros((10, 4, 4), np.uint8), np.arange(10)), 3, counts=counts)
    assert len(list(loader)) == 4
    next(iter(loader))
    assert (counts.passes, counts.batches) == (2, 5)
