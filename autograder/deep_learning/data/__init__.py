"""The data that networks are trained and tested on: MNIST and CIFAR-10 where the user has them, or what is embedded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import MisuseError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from autograder.deep_learning.data.sets import Spec

    Images = NDArray[np.uint8]
    Labels = NDArray[np.int64]

DIGITS = tuple("0123456789")
HEAD = 1000  # test images that tell data sets apart


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels.

    Attributes:
        name: ``"mnist"``, ``"cifar10"``, ``"digits"`` or ``"shapes"``, the key of its recipe.
        title: what reports call it.
        train_images: (N, H, W) or (N, H, W, 3) uint8; train_labels: (N,) int64 in 0 to 9; the same for the test set.
        classes: what the labels 0 to 9 stand for.
        stand_in: it is embedded, in the place of the data set that the homework means.
        train_file: the ``.npy`` file that holds *train_images* as they are, in which case they are mapped from it:
            processes that map it, too, share its pages.
        train_total: how many training images there are, where these are a sample of them; 0: these are all.
    """

    name: str
    title: str
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    classes: tuple[str, ...] = DIGITS
    stand_in: bool = False
    train_file: Path | None = None
    train_total: int = 0

    @cached_property
    def digest(self) -> str:
        """The data's hash: 16 hexadecimal digits, the same whichever layout they came in. Hashing takes up to 0.3 s."""
        from autograder.deep_learning.data.prepare import hash_of, joint_digest
        from autograder.deep_learning.data.sets import KEYS

        return joint_digest(hash_of(getattr(self, key)) for key in KEYS)

    @cached_property
    def identity(self) -> str:
        """The same for one data set however many test images are there: the training set and 1,000 test images."""
        from autograder.deep_learning.data.prepare import hash_of, joint_digest

        head = (self.test_images[:HEAD], self.test_labels[:HEAD])
        return joint_digest(hash_of(array) for array in (self.train_images, self.train_labels, *head))

    def describe(self) -> str:
        """For a report: which data, how many."""
        training = self.train_total or len(self.train_labels)
        return f"{self.title} ({training:,} training images, {len(self.test_labels):,} test images)"

    def secret_order(self, key: bytes) -> Labels:
        """A permutation of the test set, drawn from *key*: ``(N,)`` indices."""
        import numpy as np

        seed = int.from_bytes(hashlib.sha256(key + b"order").digest(), "little")
        return np.argsort(np.random.SFC64(seed).random_raw(len(self.test_labels)), kind="stable")


def load_dataset(kind: str, folder: Path | None) -> Dataset:
    """MNIST or CIFAR-10 from *folder* (or ``$HW1_DATA``), or its embedded stand-in if neither is given.

    Args:
        kind: ``"mnist"`` or ``"cifar10"``.
        folder: what `hw1 data` prepared, or one in any of the layouts that it takes (``layouts.py``).

    Raises:
        MisuseError: a folder was given and the data set is not in it, or a file of it is not what it should be.
    """
    from autograder.deep_learning.data.layouts import absence, find_arrays
    from autograder.deep_learning.data.prepare import open_arrays
    from autograder.deep_learning.data.sets import spec_of

    spec = spec_of(kind)
    given = folder or (Path(os.environ["HW1_DATA"]) if os.environ.get("HW1_DATA") else None)
    if given is None:
        return _stand_in(kind)
    try:
        if (given / kind / "manifest.json").is_file():
            manifest, arrays = open_arrays(given, kind)  # mapped, so that processes share them
            dataset = _dataset(spec, arrays)
            vars(dataset)["digest"] = manifest.digest  # the cached property: these arrays have been hashed already
            return dataset
        found = find_arrays(given, spec)
    except OSError as error:  # such as a folder that is another user's
        raise MisuseError(f"{error.filename or given} can't be read: {error.strerror or error}") from error
    if found is None:
        raise MisuseError(f"{absence(given, spec)}. Run `hw1 data {given} --only {kind}` to fetch it")
    from autograder.deep_learning.data.excerpt import as_excerpt

    return as_excerpt(_dataset(spec, found[1]), given)


def classes_of(name: str) -> tuple[str, ...]:
    """What the labels of the data set called *name* stand for; nothing if there is no such data set."""
    from autograder.deep_learning.data.sets import SPECS

    if name in SPECS:
        return SPECS[name].classes
    if name == "shapes":
        from autograder.deep_learning.data.shapes import CLASSES

        return CLASSES
    return DIGITS if name == "digits" else ()


def _dataset(spec: Spec, arrays: Mapping[str, Images]) -> Dataset:
    """The record of four uint8 arrays; images that are a ``np.memmap`` are their file's, byte by byte."""
    import numpy as np

    images = arrays["train_images"]
    return Dataset(
        spec.name,
        spec.title,
        images,
        arrays["train_labels"].astype(np.int64),
        arrays["test_images"],
        arrays["test_labels"].astype(np.int64),
        classes=spec.classes,
        train_file=Path(images.filename) if isinstance(images, np.memmap) and images.filename else None,
    )


def _stand_in(kind: str) -> Dataset:
    """What is embedded in the place of *kind*."""
    if kind == "mnist":
        return embedded_digits()
    from autograder.deep_learning.data.shapes import embedded_shapes

    return embedded_shapes()


def embedded_digits() -> Dataset:
    """scikit-learn's 1,797 handwritten digits, 8 x 8, enlarged to 28 x 28: the last 360 are the test set.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI repository, 1998; the order is the
    writers', so that the test set's writers are others than the training set's.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    loaded = load_digits()
    digits = _enlarge(loaded.images.astype(np.int64), 20)  # (1797, 20, 20) uint8
    images = np.pad(digits, ((0, 0), (4, 4), (4, 4)))  # as in MNIST, a digit fills 20 x 20 of 28 x 28
    labels = loaded.target.astype(np.int64)
    split = images[:-360], labels[:-360], images[-360:], labels[-360:]
    return Dataset("digits", "the embedded digits", *split, stand_in=True)


def _enlarge(images: NDArray[np.int64], size: int) -> Images:
    """Bilinear, pixel centres aligned: (N, h, w) in 0 to 16 to (N, size, size) uint8.

    In whole numbers, so that every machine draws the same: one pixel in 200 lies halfway between two values, and would
    be rounded by the noise of its sums.
    """
    import numpy as np

    unit = 2 * size  # of the weights

    def weights(source: int) -> NDArray[np.int64]:
        centres = np.clip((2 * np.arange(size) + 1) * source - size, 0, unit * (source - 1))
        near: NDArray[np.int64] = np.maximum(0, unit - np.abs(centres[:, None] - unit * np.arange(source)[None]))
        return near  # (size, source)

    whole = 16 * unit * unit
    sums = weights(images.shape[1]) @ images @ weights(images.shape[2]).T  # (N, size, size) in 0 to whole
    enlarged: Images = ((sums * 255 + whole // 2) // whole).astype(np.uint8)
    return enlarged
