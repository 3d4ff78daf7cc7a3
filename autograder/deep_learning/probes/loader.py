"""Batches from memory: those of a ``DataLoader`` of one process, in the same order, but faster."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from autograder.deep_learning.probes.counts import Counts


class Images(Dataset[tuple[torch.Tensor, int]]):
    """Images with labels, as torchvision's data sets with ``ToTensor()`` give them.

    The bytes are not copied, so that workers which map the same file share its pages; on a GPU they live there.

    Args:
        images: (N, H, W) or (N, H, W, C) uint8.
        labels: (N,) in 0 to 9.
        device: where images and labels are kept, and where batches come from.
        channels_last: batches come in torch's channels-last memory format; their values are the same.
    """

    def __init__(
        self, images: np.ndarray, labels: np.ndarray, device: str = "cpu", channels_last: bool = False
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of arrays that can't be written; nobody writes here
            self.data = torch.from_numpy(images).to(device)  # (N, H, W) or (N, H, W, C)
        self.targets = torch.from_numpy(labels.astype(np.int64)).to(device)
        self._format = torch.channels_last if channels_last else torch.contiguous_format

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.inputs(self.data[index : index + 1])[0], int(self.targets[index])

    def inputs(self, pixels: torch.Tensor) -> torch.Tensor:
        """What ``ToTensor()`` makes of bytes: (n, H, W[, C]) uint8 to (n, C, H, W) float32 in [0, 1]."""
        planes = pixels.unsqueeze(1) if pixels.dim() == 3 else pixels.permute(0, 3, 1, 2)
        return planes.to(torch.float32, memory_format=self._format).div_(255)


class MemoryLoader(DataLoader[Any]):
    """A ``DataLoader`` over :class:`Images` that takes whole batches out of memory.

    It draws from torch's generator what a ``DataLoader`` without worker processes draws, so that the batches, and
    whatever a network draws after them (dropout), are the same.

    Args:
        dataset: the images.
        batch_size: of each batch but the last.
        shuffle: a new order in each epoch.
        told: is told of each batch before it is handed out: its number from 0, and how many there are.
        counts: counts passes and batches.
    """

    dataset: Images

    def __init__(
        self,
        dataset: Images,
        batch_size: int,
        shuffle: bool = False,
        told: Callable[[int, int], None] | None = None,
        counts: Counts | None = None,
    ) -> None:
        super().__init__(dataset, batch_size=batch_size, shuffle=shuffle)
        self._told = told
        self._counts = counts if counts is not None else Counts()

    def __iter__(self) -> Iterator[list[torch.Tensor]]:  # type: ignore[override]  # its own iterator is private
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)  # the workers' seed
        self._counts.passes += 1
        return self._batches()

    def _batches(self) -> Iterator[list[torch.Tensor]]:
        order = torch.tensor(list(self.sampler), dtype=torch.int64).to(self.dataset.data.device)
        for number, part in enumerate(torch.split(order, self.batch_size or 1)):
            if self._told is not None:
                self._told(number, len(self))
            self._counts.batches += 1
            yield [self.dataset.inputs(self.dataset.data[part]), self.dataset.targets[part]]
