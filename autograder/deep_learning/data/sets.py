"""What MNIST and CIFAR-10 are, one record each: shapes, classes, hashes, and the files that servers have.

CIFAR-10 is fetched in its binary version: torchvision fetches pickles, and those are no data. Where MNIST's files go is
where torchvision puts them, so that either can go on with the other's folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.deep_learning.data import DIGITS
from autograder.errors import MisuseError

KEYS = ("train_images", "train_labels", "test_images", "test_labels")
BLOCK = 1 << 18  # bytes that are hashed or fetched at a time


@dataclass(frozen=True)
class Remote:
    """A file on a server.

    Attributes:
        title: what messages call it.
        path: where it goes, relative to the folder.
        urls: mirrors, tried in this order.
        algorithm: ``"md5"`` or ``"sha256"``.
        checksum: the digest in hexadecimal, or its beginning.
        remedy: a sentence that names the way around a server that can't be reached.
    """

    title: str
    path: str
    urls: tuple[str, ...]
    algorithm: str
    checksum: str
    remedy: str

    def matches(self, path: Path) -> bool:
        """Whether the file at *path* has the checksum."""
        # MD5 is what the sources state. It guards against accidents; `prepare` compares SHA-256 sums of the arrays.
        digest = hashlib.new(self.algorithm, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest().startswith(self.checksum)


@dataclass(frozen=True)
class Spec:
    """What a data set must look like.

    Attributes:
        name: folder and key; title: what messages call it.
        image: the shape of one image.
        classes: what the labels 0, 1, ... stand for.
        canonical: for each array, the first 32 hexadecimal digits of the SHA-256 of its bytes.
        head: how many test images the hashes of the test set cover (None: all, and there may be no others).
        remotes: the files to fetch.
        others: what a folder may hold in the place of plain arrays, for the sentence that it holds neither.
    """

    name: str
    title: str
    image: tuple[int, ...]
    classes: tuple[str, ...]
    canonical: Mapping[str, str]
    head: int | None
    remotes: tuple[Remote, ...] = ()
    others: str = ""


IDX = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
_MD5 = {
    "train_images": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train_labels": "d53e105ee54ea40749a09fcbcd1e9432",
    "test_images": "9fb629c4189551a2d022fa330f9573f3",
    "test_labels": "ec29112dd5afa0611ce80d1b7f02629c",
}
_MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/")

MNIST = Spec(
    "mnist",
    "MNIST",
    (28, 28),
    DIGITS,
    {
        "train_images": "741c988805d008ac6e4c904b69001ba1",
        "train_labels": "1feba77c54802fa5339a11837ea4b286",
        "test_images": "6d87418db22cc8025d05968bec9bd5c3",
        "test_labels": "ddeff807876a9661a1110d45c266c862",
    },
    None,
    tuple(
        Remote(
            "MNIST",
            f"MNIST/raw/{name}.gz",
            tuple(f"{mirror}{name}.gz" for mirror in _MIRRORS),
            "md5",
            _MD5[key],
            "Take it from a folder with --from DIR: torchvision's MNIST/raw, or arrays like mnist/train_images.npy",
        )
        for key, name in IDX.items()
    ),
    f"MNIST/raw/{IDX['train_images']}",
)
CIFAR10 = Spec(
    "cifar10",
    "CIFAR-10",
    (32, 32, 3),
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    {
        "train_images": "47af8b02cfcfb6cdf3dbbd1969ad7f1b",
        "train_labels": "2b7cd2f24487317614016b72ffd53071",
        "test_images": "da362006b99671213d1a5d856cab2bed",
        "test_labels": "636a087e604331a0b9dafc94b6e9ade0",
    },
    1000,
    (
        Remote(
            "CIFAR-10",
            "cifar-10-binary.tar.gz",
            ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
            "md5",
            "c32a1d4ab5d03f1284b67883e8d87530",  # as https://www.cs.toronto.edu/~kriz/cifar.html states it
            "Take it from a folder with --from DIR: the archive, cifar-10-batches-bin, or cifar-10-batches-py",
        ),
    ),
    "cifar-10-batches-bin nor cifar-10-batches-py",
)
SPECS = {spec.name: spec for spec in (MNIST, CIFAR10)}

# torchvision's VGG19_BN_Weights.IMAGENET1K_V1; its name tells how its SHA-256 begins.
WEIGHTS = Remote(
    "VGG-19's weights",
    "vgg19_bn-c79401a0.pth",
    ("https://download.pytorch.org/models/vgg19_bn-c79401a0.pth",),
    "sha256",
    "c79401a0",
    "Take it from a file with --weights-from vgg19_bn-c79401a0.pth",
)


def spec_of(name: str) -> Spec:
    """What the data set of that name must look like.

    Raises:
        MisuseError: there is none.
    """
    if name not in SPECS:
        raise MisuseError(f"there is no data set {name!r}: the homework uses {' and '.join(SPECS)}")
    return SPECS[name]
