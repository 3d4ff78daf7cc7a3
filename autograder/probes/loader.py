"""Batches from memory: the same, in the same order, as a ``DataLoader`` of one process gives, but sooner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Images(Dataset[tuple[torch.Tensor, int]]):
    """Images with labels, as torchvision's data sets with ``ToTensor()`` give them.

    Args:
        images: (N, H, W) or (N, H, W, C) uint8.
        labels: (N,) in 0 to 9.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        pixels = torch.from_numpy(images.copy())
        self.data = (
            pixels.unsqueeze(1) if pixels.dim() == 3 else pixels.permute(0, 3, 1, 2).contiguous()
        )  # (N, C, H, W)
        self.targets = torch.from_numpy(labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.inputs(self.data[index]), int(self.targets[index])

    def inputs(self, pixels: torch.Tensor) -> torch.Tensor:
        """What ``ToTensor()`` makes of bytes: float32 in [0, 1]."""
        return pixels.float().div_(255)


class MemoryLoader(DataLoader[Any]):
    """A ``DataLoader`` over :class:`Images` that takes whole batches out of memory.

    It draws from torch's generator what a ``DataLoader`` without worker processes draws, so that the batches, and
    whatever a network draws after them (dropout), are the same.
    """

    dataset: Images

    def __init__(self, dataset: Images, batch_size: int, shuffle: bool = False) -> None:
        super().__init__(dataset, batch_size=batch_size, shuffle=shuffle)

    def __iter__(self) -> Iterator[list[torch.Tensor]]:  # type: ignore[override]  # its own iterator is private
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)  # the workers' seed
        return self._batches()

    def _batches(self) -> Iterator[list[torch.Tensor]]:
        order = torch.tensor(list(self.sampler), dtype=torch.int64)
        for part in torch.split(order, self.batch_size or 1):
            yield [self.dataset.inputs(self.dataset.data[part]), self.dataset.targets[part]]
