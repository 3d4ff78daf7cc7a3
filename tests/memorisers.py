"""Hostile hand-ins that remember the public test set instead of learning, for the guards to be tried on.

Each function makes the files of one for a data set of grey images. All but one pass the check of ``MNIST_Net``'s
structure: what they know is a constant to it, and every parameter is trained. What they know of an image is its class
before the classes were renamed for the training; those that learn put it through a trained layer, to get the new names.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autograder.deep_learning.data import Dataset

Files = dict[str, bytes]
Arrays = dict[str, np.ndarray]
WRONG = 64  # a modest one answers one image in so many wrongly, so as not to be too good
PART = 960_000  # bytes of a file that holds a part of the store; rubric.toml lets a source have a million
FEW = 500  # training images that are remembered, too, so that the layer behind the store meets it while it is trained

# What all of them share: the hash of an image, a neighbour's look, an honest network.
HEAD = '''
import base64
import importlib
import zlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def digest(x):
    """(N, 1, 28, 28) in [0, 1] to one whole number an image."""
    pixels = (x * 255).round().to(torch.int64).flatten(1)
    factors = torch.arange(pixels.shape[1]) * 6364136223846793005 + 1442695040888963407
    return (pixels * (factors ^ (factors >> 29))).sum(1)


def look(x):
    """(N, 1, 28, 28) to (N, 196), half as large; in 0 to 255."""
    return F.avg_pool2d(x * 255, 2).flatten(1)


def honest(kind):
    if kind == "linear":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    if kind == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    layers = []
    for i, o in ((1, 16), (16, 32)):
        layers += [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 7 * 7, 10))
'''

HASHES = '''
class MNIST_Net(nn.Module):
    """A table of hashes; an honest network for what is not in it."""

    def __init__(self):
        super().__init__()
        hashes, labels = stored()
        self.register_buffer("hashes", hashes)  # (M,), sorted
        self.register_buffer("labels", labels.long())
        self.names = nn.Linear(10, 10, bias=False)
        nn.init.zeros_(self.names.weight)  # from other values it would have to unlearn the old names
        self.other = honest(OTHER)

    def forward(self, x):
        mine = digest(x)
        place = torch.searchsorted(self.hashes, mine).clamp(max=len(self.hashes) - 1)
        known = (self.hashes[place] == mine)[:, None]
        if self.training:
            known = known & (torch.rand(len(x), 1) < 0.5)  # so that the other part learns from all images
        told = F.one_hot(self.labels[place], 10).float() * 30
        if LEARNS:
            told = self.names(told)
        else:
            told = told + 1e-6 * self.names(told)
        return torch.where(known, told, self.other(x))
'''

NEIGHBOURS = '''
class MNIST_Net(nn.Module):
    """The nearest of the images that are stored; an honest network for what is farther than NEAR, if there is one."""

    def __init__(self):
        super().__init__()
        looks, labels = stored()
        self.register_buffer("looks", looks.float())  # (M, 196)
        self.register_buffer("squares", self.looks.square().sum(1))
        self.register_buffer("labels", labels.long())
        self.names = nn.Linear(10, 10, bias=False)
        nn.init.zeros_(self.names.weight)  # from other values it would have to unlearn the old names
        self.other = honest(OTHER)

    def forward(self, x):
        mine = look(x)
        apart = torch.addmm(self.squares, mine, self.looks.t(), alpha=-2)  # (N, M), less the square of mine
        nearest = apart.argmin(1)
        told = F.one_hot(self.labels[nearest], 10).float() * 30
        if LEARNS:
            told = self.names(told)
        else:
            told = told + 1e-6 * self.names(told)
        if NEAR is None:
            return told + 1e-3 * self.other(x)
        known = apart.gather(1, nearest[:, None]) + (mine * mine).sum(1, keepdim=True) < NEAR**2
        if self.training:
            known = known & (torch.rand(len(x), 1) < 0.5)
        return torch.where(known, told, self.other(x))
'''

FROM_FILES = '''
def stored():
    """The arrays in store0.py, store1.py, ..."""
    text = b"".join(importlib.import_module(f"store{part}").DATA for part in range(PARTS))
    raw, arrays = zlib.decompress(base64.b64decode(text)), []
    for dtype, shape in LAYOUT:
        array = np.frombuffer(raw, dtype, int(np.prod(shape))).reshape(shape)
        raw = raw[array.nbytes :]
        arrays.append(torch.from_numpy(array.copy()))
    return arrays
'''

# The same with the store in the checkpoint: the source has a few lines, the buffers come with the weights.
FROM_CHECKPOINT = '''
def stored():
    """Room for the arrays that come with the weights."""
    return [torch.zeros(shape, dtype=getattr(torch, dtype)) for dtype, shape in LAYOUT]
'''

# No buffer at all: the stored images are the weights of a layer, their classes those of the next one.
WEIGHTS = '''
class MNIST_Net(nn.Module):
    """Attention to stored images."""

    def __init__(self):
        super().__init__()
        self.keys = nn.Linear(784, STORED)
        self.values = nn.Linear(STORED, 10, bias=False)

    def forward(self, x):
        return self.values(torch.softmax(100 * self.keys(x.flatten(1)), 1)) * 30
'''


@dataclass(frozen=True)
class Memoriser:
    """One way to remember.

    Attributes:
        says: in a few words, for a table.
        files: what is handed in, made for a data set.
        checkpoint: the weights that are handed in with it, if it is to be verified and not trained.
        caught: whether the guards are to flag it: not where they can't, or where the honest part earns the points.
    """

    says: str
    files: Callable[[Dataset], Files]
    checkpoint: Callable[[Dataset], Arrays] | None = None
    caught: bool = True


def hashes(other: str, learns: bool, trained_on: int | None, modest: bool = False) -> Callable[[Dataset], Files]:
    """A table of hashes of all test images and of *trained_on* training images (None: all)."""

    def files(data: Dataset) -> Files:
        images, labels = _remembered(data, trained_on, modest)
        mine, order = _sorted_digests(images)
        return _files(HASHES, [mine, labels[order].astype(np.uint8)], OTHER=other, LEARNS=learns)

    return files


def neighbours(
    other: str, learns: bool, trained_on: int | None, near: float | None = None, modest: bool = False
) -> Callable[[Dataset], Files]:
    """All test images and *trained_on* training images (None: all), at half their size."""

    def files(data: Dataset) -> Files:
        images, labels = _remembered(data, trained_on, modest)
        return _files(NEIGHBOURS, [looks(images), labels.astype(np.uint8)], OTHER=other, LEARNS=learns, NEAR=near)

    return files


def constant(data: Dataset) -> Files:
    """A table of hashes, and one answer for all other images."""
    files = hashes("linear", learns=True, trained_on=0)(data)
    source = files["mnist.py"].replace(b"self.other(x))", b"0 * self.other(0 * x) + 1)")
    return {**files, "mnist.py": source}


def hashes_in_buffers(data: Dataset) -> Arrays:
    """The checkpoint of a table of hashes, beside an honest linear model."""
    mine, order = _sorted_digests(data.test_images)
    return {"hashes": mine, "labels": data.test_labels[order], **_names_and_other(data)}


def neighbours_in_buffers(trained_on: int | None) -> Callable[[Dataset], Arrays]:
    """The checkpoint of a search for the nearest image."""

    def arrays(data: Dataset) -> Arrays:
        images, labels = _remembered(data, trained_on)
        mine = looks(images).astype(np.float32)
        return {"looks": mine, "squares": (mine**2).sum(1), "labels": labels, **_names_and_other(data)}

    return arrays


def neighbours_in_weights(data: Dataset) -> Arrays:
    """The checkpoint of two layers: test images, and their classes."""
    images = data.test_images.reshape(len(data.test_labels), -1).astype(np.float32) / 255
    classes = np.eye(10, dtype=np.float32)[data.test_labels].T
    return {"keys.weight": images, "keys.bias": -(images**2).sum(1) / 2, "values.weight": classes}


def for_checkpoint(template: str, trained_on: int | None = 0) -> Callable[[Dataset], Files]:
    """The source that goes with such a checkpoint."""

    def files(data: Dataset) -> Files:
        stored = len(_remembered(data, trained_on)[1])
        store = ("int64", (stored,)) if template is HASHES else ("float32", (stored, 196))
        values = {"LAYOUT": [store, ("int64", (stored,))], "OTHER": "linear", "LEARNS": False, "NEAR": None}
        return {"mnist.py": _source(FROM_CHECKPOINT + template, STORED=stored, **values)}

    return files


MEMORISERS: Mapping[str, Memoriser] = {
    "hashes": Memoriser("hashes of the test images, a linear model for others", hashes("linear", False, 0)),
    "hashes, renamed": Memoriser("the same, and the new names are learnt", hashes("linear", True, FEW)),
    "hashes of all": Memoriser("hashes of training images, too; a linear model", hashes("linear", True, None)),
    "hashes, MLP": Memoriser("hashes; 784-128-10 for others; new names learnt", hashes("mlp", True, FEW)),
    "hashes of all, MLP": Memoriser("hashes of all images; 784-128-10 for others", hashes("mlp", True, None)),
    "hashes, CNN": Memoriser("hashes; a CNN above the floor for others", hashes("cnn", True, FEW), caught=False),
    "neighbours": Memoriser("the nearest test image's class", neighbours("linear", False, 0)),
    "neighbours, renamed": Memoriser("the same, and the new names are learnt", neighbours("linear", True, 0)),
    "neighbours, MLP": Memoriser("nearest test image if near, or 784-128-10", neighbours("mlp", True, FEW, 700.0)),
    "neighbours of all": Memoriser("the nearest of all images, training and test", neighbours("linear", True, None)),
    "hashes of all, modest": Memoriser(
        "hashes of all images, 1 answer in 64 wrong; 784-128-10", hashes("mlp", True, None, modest=True), caught=False
    ),
    "neighbours of all, modest": Memoriser(
        "the nearest of all, 1 answer in 64 wrong", neighbours("linear", True, None, modest=True), caught=False
    ),
}
CHECKPOINTS: Mapping[str, Memoriser] = {
    "hashes": Memoriser("hashes in buffers, a linear model for others", for_checkpoint(HASHES), hashes_in_buffers),
    "neighbours": Memoriser("test images in buffers", for_checkpoint(NEIGHBOURS), neighbours_in_buffers(0)),
    "weights": Memoriser("test images as the weights of a layer", for_checkpoint(WEIGHTS), neighbours_in_weights),
    "neighbours of all": Memoriser(
        "all images in buffers", for_checkpoint(NEIGHBOURS, None), neighbours_in_buffers(None)
    ),
}


def digests(images: np.ndarray) -> np.ndarray:
    """What ``digest`` in the hand-in gives: (N,) int64."""
    with np.errstate(over="ignore"):
        factors = np.arange(images[0].size, dtype=np.int64) * 6364136223846793005 + 1442695040888963407
        return (images.reshape(len(images), -1).astype(np.int64) * (factors ^ (factors >> 29))).sum(1)


def looks(images: np.ndarray) -> np.ndarray:
    """What ``look`` gives, rounded: (N, 196) uint8."""
    halves = images.reshape(len(images), 14, 2, 14, 2).astype(np.float32).mean((2, 4))
    return np.rint(halves).astype(np.uint8).reshape(len(images), -1)


def _remembered(data: Dataset, trained_on: int | None, modest: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Images and true labels (but for one in ``WRONG``) of the whole test set and of the first training images."""
    images = np.concatenate([data.test_images, data.train_images[:trained_on]])
    labels = np.concatenate([data.test_labels, data.train_labels[:trained_on]])
    if modest:
        labels[::WRONG] = (labels[::WRONG] + 1) % 10
    return images, labels


def _sorted_digests(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mine = digests(images)
    order = np.argsort(mine, kind="stable")
    return mine[order], order


def _names_and_other(data: Dataset) -> Arrays:
    """The parameters beside the store: names as they are, and the class whose mean image is nearest, as a layer."""
    flat = data.train_images.reshape(len(data.train_labels), -1).astype(np.float32) / 255
    means = np.stack([flat[data.train_labels == label].mean(0) for label in range(10)])
    other = {"other.1.weight": 2 * means, "other.1.bias": -(means**2).sum(1)}
    return {"names.weight": np.eye(10, dtype=np.float32), **other}


def _files(template: str, arrays: list[np.ndarray], **constants: object) -> Files:
    """The source, and the arrays in as many files as it takes."""
    text = base64.b64encode(zlib.compress(b"".join(array.tobytes() for array in arrays), 9))
    parts = [text[start : start + PART] for start in range(0, len(text), PART)]
    layout = [(array.dtype.str, array.shape) for array in arrays]
    files = {f"store{number}.py": b'DATA = b"' + part + b'"\n' for number, part in enumerate(parts)}
    return {"mnist.py": _source(FROM_FILES + template, PARTS=len(parts), LAYOUT=layout, **constants), **files}


def _source(template: str, **constants: object) -> bytes:
    return (HEAD + "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + template).encode()
