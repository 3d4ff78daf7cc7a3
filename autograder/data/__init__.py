"""The data that networks are trained and tested on: real MNIST where the user has it, embedded digits otherwise."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import MisuseError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Images = NDArray[np.uint8]
    Labels = NDArray[np.int64]

SPLITS = {"train": "train", "test": "t10k"}  # our name, MNIST's


@dataclass(frozen=True)
class Dataset:
    """Images and labels.

    Attributes:
        name: ``"mnist"`` or ``"digits"``, the key of its recipe.
        title: what reports call it.
        train_images: (N, H, W) uint8; train_labels: (N,) int64 in 0 to 9; the same for the test set.
    """

    name: str
    title: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels

    def describe(self) -> str:
        """For a report: which data, how many."""
        return f"{self.title} ({len(self.train_labels):,} training images, {len(self.test_labels):,} test images)"

    def secret_order(self, key: bytes) -> Labels:
        """A permutation of the test set, drawn from *key*: ``(N,)`` indices."""
        import numpy as np

        seed = int.from_bytes(hashlib.sha256(key + b"order").digest(), "little")
        return np.argsort(np.random.SFC64(seed).random_raw(len(self.test_labels)), kind="stable")


def load_digits_data(folder: Path | None) -> Dataset:
    """MNIST from *folder* (or ``$HW1_DATA``), or the embedded digits if neither is given.

    *folder* holds plain arrays (``mnist/train_images.npy``, ...) or torchvision's layout
    (``MNIST/raw/train-images-idx3-ubyte``, gzipped or not).

    Raises:
        MisuseError: a folder was given and MNIST is not in it, or a file of it is not what it should be.
    """
    given = folder or (Path(os.environ["HW1_DATA"]) if os.environ.get("HW1_DATA") else None)
    if given is None:
        return embedded_digits()
    if (given / "mnist" / "manifest.json").is_file():
        return prepared_dataset(given, "mnist")
    return _mnist(given)


def prepared_dataset(folder: Path, name: str) -> Dataset:
    """A data set that `hw1 data` has prepared: its images are memory-mapped, so that processes share them.

    Args:
        folder: what `hw1 data` wrote.
        name: ``"mnist"`` or ``"cifar10"``.

    Raises:
        MisuseError: it is not there, or a file of it is damaged.
    """
    from autograder.data.layouts import SPECS
    from autograder.data.prepare import open_arrays

    opened = open_arrays(folder, name)
    return Dataset(
        name,
        SPECS[name].title,
        opened.train_images,
        opened.train_labels.astype("int64"),
        opened.test_images,
        opened.test_labels.astype("int64"),
    )


def embedded_digits() -> Dataset:
    """scikit-learn's 1,797 handwritten digits, 8 x 8, enlarged to 28 x 28: the last 360 are the test set.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI repository, 1998; the order is the
    writers', so that the test set's writers are others than the training set's.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    loaded = load_digits()
    small = loaded.images / 16  # (1797, 8, 8) in [0, 1]
    images = np.pad(_enlarge(small, 20), ((0, 0), (4, 4), (4, 4)))  # as in MNIST, a digit fills 20 x 20 of 28 x 28
    pixels = np.rint(images * 255).astype(np.uint8)
    labels = loaded.target.astype(np.int64)
    return Dataset("digits", "the embedded digits", pixels[:-360], labels[:-360], pixels[-360:], labels[-360:])


def _enlarge(images: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Bilinear, pixel centres aligned: (N, h, w) to (N, size, size)."""
    import numpy as np

    def weights(source: int) -> NDArray[np.float64]:
        centres = np.clip((np.arange(size) + 0.5) * source / size - 0.5, 0, source - 1)
        near: NDArray[np.float64] = np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(source)[None]))
        return near  # (size, source)

    enlarged: NDArray[np.float64] = np.einsum(
        "ai,nij,bj->nab", weights(images.shape[1]), images, weights(images.shape[2])
    )
    return enlarged


def _mnist(folder: Path) -> Dataset:
    found = {}
    for split, prefix in SPLITS.items():
        images = _array(folder, f"{split}_images", f"{prefix}-images-idx3-ubyte", 16)
        labels = _array(folder, f"{split}_labels", f"{prefix}-labels-idx1-ubyte", 8)
        images = images.reshape(-1, 28, 28) if images.size % 784 == 0 else images
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels) or not len(labels) or labels.max() > 9:
            raise MisuseError(
                f"MNIST's {split} set in {folder} is not {split} images (N, 28, 28) and labels (N,) in 0 to 9"
            )
        found[split] = (images, labels)
    (train_images, train_labels), (test_images, test_labels) = found["train"], found["test"]
    return Dataset(
        "mnist", "MNIST", train_images, train_labels.astype("int64"), test_images, test_labels.astype("int64")
    )


def _array(folder: Path, name: str, idx: str, header: int) -> Images:
    """One of the four arrays, uint8, from whichever layout is there."""
    import numpy as np

    plain = [folder / "mnist" / f"{name}.npy", folder / f"{name}.npy"]
    raw = [folder / "MNIST" / "raw" / idx, folder / "raw" / idx, folder / idx]
    try:
        for path in plain:
            if path.is_file():
                array: Images = np.load(path, allow_pickle=False)
                if not isinstance(array, np.ndarray):
                    raise MisuseError(f"{path} is an archive of arrays, wanted one array")
                if array.dtype != np.uint8:
                    raise MisuseError(f"{path}: dtype {array.dtype}, wanted uint8")
                return array
        for path in raw:
            zipped = path.with_name(f"{path.name}.gz")
            if path.is_file() or zipped.is_file():
                data = path.read_bytes() if path.is_file() else gzip.decompress(zipped.read_bytes())
                return np.frombuffer(data, np.uint8)[header:]
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise MisuseError(f"{path} can't be read: {error}") from error
    raise MisuseError(f"MNIST is not in {folder}: neither mnist/{name}.npy nor MNIST/raw/{idx} is there")
