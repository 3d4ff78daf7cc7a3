"""Data sets as memory-mapped arrays: taken once from a folder, checked, written with a manifest, opened in no time.

    <folder>/<name>/train_images.npy    (N, H, W) or (N, H, W, 3) uint8, RGB
                    train_labels.npy    (N,) uint8
                    test_images.npy, test_labels.npy
                    manifest.json       SHA-256, shape, dtype and size of each; whether they are the canonical arrays

Workers that map the same file share its pages. What a folder may look like is for ``layouts.py``.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from autograder.deep_learning.data.layouts import absence, find_arrays, load_array, require
from autograder.deep_learning.data.sets import KEYS, SPECS, Spec, spec_of
from autograder.disk import whole, write_whole
from autograder.errors import MisuseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.uint8]

FORMAT = 1  # of the manifest


@dataclass(frozen=True)
class Written:
    """A file of ours: the SHA-256 of what it holds, its size in bytes, and its time when it was last found right."""

    sha256: str
    size: int
    mtime_ns: int

    def found(self, path: Path, hashed: Callable[[Path], str], again: str, rehash: bool = False) -> Self:
        """This record, with the time of the file at *path* where that is another one: then the hash is compared.

        Raises:
            MisuseError: the file is missing, cut off or changed; *again* says how it is written anew.
        """
        state = require(path).stat()
        if state.st_size != self.size:
            raise MisuseError(f"{path} is damaged: {state.st_size:,} bytes, wanted {self.size:,}. {again}")
        if (rehash or state.st_mtime_ns != self.mtime_ns) and hashed(path) != self.sha256:
            raise MisuseError(f"{path} is damaged: its SHA-256 is not the manifest's. {again}")
        return replace(self, mtime_ns=state.st_mtime_ns)


@dataclass(frozen=True)
class ArrayFacts(Written):
    """One array in a manifest; *sha256* is of the array's bytes, without the file's header."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says.

    Attributes:
        name: of ``SPECS``.
        layout: in which form the source held the data.
        canonical: the arrays are MNIST or CIFAR-10 themselves, bit for bit. A CIFAR-10 with fewer or more test images
            than 10,000 counts if its first 1,000 are right.
        arrays: by ``KEYS``.
    """

    name: str
    layout: str
    canonical: bool
    arrays: Mapping[str, ArrayFacts]

    @property
    def digest(self) -> str:
        """The data's hash: 16 hexadecimal digits that change when any of the four arrays does."""
        return joint_digest(self.arrays[key].sha256 for key in KEYS)

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``; OSError if it can't be."""
        write_whole(folder / "manifest.json", json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode())


def prepare(source: Path, target: Path, names: Sequence[str] | None = None) -> list[Manifest]:
    """Take data sets from *source* and write them below *target*, once and for all.

    Args:
        source: holds torchvision's layout (``MNIST/raw/*-ubyte[.gz]``, ``cifar-10-batches-bin``,
            ``cifar-10-batches-py``, or an archive of one of the latter as it was downloaded) or plain arrays
            (``mnist/train_images.npy``, ...).
        target: made if it is not there; may be *source*. Data of the same name are replaced once the new are complete.
        names: of ``SPECS``; None: whatever is there.

    Returns:
        The manifest of each data set.

    Raises:
        MisuseError: nothing is there; a file is missing, damaged or not what it should be; *target* can't be written.
    """
    manifests = []
    for spec in [spec_of(name) for name in (SPECS if names is None else names)]:
        found = find_arrays(source, spec)
        if found is not None:
            manifests.append(_write(target / spec.name, spec, *found))
        elif names is not None:
            raise MisuseError(absence(source, spec))
    if not manifests:
        raise MisuseError("; ".join(absence(source, spec) for spec in SPECS.values()))
    return manifests


def hash_of(array: Array | NDArray[np.int64]) -> str:
    """The SHA-256 of an array's values as bytes; labels may be of any type of whole numbers."""
    return hashlib.sha256(np.ascontiguousarray(array, np.uint8).data).hexdigest()


def joint_digest(hashes: Iterable[str]) -> str:
    """Sixteen hexadecimal digits for the hashes of a data set's arrays, in the order of ``KEYS``."""
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:16]


def npy(array: Array) -> tuple[bytes, memoryview]:
    """A C-contiguous array as a ``.npy`` file: its header and its bytes."""
    # Not np.save: its array.tofile() reports a full disk without the reason.
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return header.getvalue(), array.data


def _canonical(arrays: Mapping[str, Array], hashes: Mapping[str, str], spec: Spec) -> bool:
    """Whether the arrays are the ones that the homework means."""
    head = {
        key: hash_of(array[: spec.head]) if spec.head is not None and key.startswith("test") else hashes[key]
        for key, array in arrays.items()
    }
    return all(head[key].startswith(digest) for key, digest in spec.canonical.items())


def _write(folder: Path, spec: Spec, layout: str, arrays: Mapping[str, Array]) -> Manifest:
    """Write the arrays and, last, their manifest; until all are written in full the old ones stay."""
    facts = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            for key, array in arrays.items():
                file = stack.enter_context(whole(folder / f"{key}.npy", synced=False))
                file.writelines(npy(array))
                file.flush()
                os.fsync(file.fileno())  # here: all four are on the disk before the first gets its name
                state = os.fstat(file.fileno())
                facts[key] = ArrayFacts(hash_of(array), state.st_size, state.st_mtime_ns, array.shape, str(array.dtype))
            (folder / "manifest.json").unlink(missing_ok=True)  # a folder without one is not prepared
        canonical = _canonical(arrays, {key: facts[key].sha256 for key in KEYS}, spec)
        manifest = Manifest(spec.name, layout, canonical, facts)
        manifest.write(folder)
    except OSError as error:
        needed = sum(array.nbytes for array in arrays.values()) / 1e6
        raise MisuseError(
            f"{spec.title} can't be written to {folder}, {needed:.0f} MB: {error.strerror or error}"
        ) from error
    return manifest


def open_arrays(folder: Path, name: str, rehash: bool = False) -> tuple[Manifest, dict[str, Array]]:
    """Map a prepared data set.

    Size, shape and dtype are compared with the manifest at each call; the hash only where a file's time is not the one
    at which it was last found right, as after a copy.

    Args:
        folder: `prepare`'s target.
        name: of ``SPECS``.
        rehash: compare the hashes in any case.

    Returns:
        Its manifest, and its arrays by ``KEYS``, read-only: images (N, H, W) or (N, H, W, 3) uint8, labels (N,) uint8
        in 0 to 9.

    Raises:
        MisuseError: not prepared; a file is missing, cut off or changed: the sentence names it.
    """
    spec = spec_of(name)
    base = folder / name
    manifest = read_manifest(base, spec)
    found, arrays = {}, {}
    for key in KEYS:
        path, facts = base / f"{key}.npy", manifest.arrays[key]
        found[key] = facts.found(path, lambda path: hash_of(load_array(path)), _again(spec), rehash)
        array = arrays[key] = load_array(path)
        seen = array.shape, str(array.dtype), array.flags.c_contiguous
        if seen != (facts.shape, facts.dtype, True) or facts.dtype != "uint8":
            raise MisuseError(f"{path} is damaged: it is not {facts.dtype} {facts.shape}. {_again(spec)}")
    if found != manifest.arrays:
        manifest = replace(manifest, arrays=found)
        with contextlib.suppress(OSError):  # a read-only folder costs the time to hash again
            manifest.write(base)
    return manifest, arrays


def _again(spec: Spec) -> str:
    return f"Run `hw1 data` again to write {spec.title} anew"


def read_manifest(base: Path, spec: Spec) -> Manifest:
    """``manifest.json`` of one data set.

    Raises:
        MisuseError: it is missing or damaged.
    """
    path = base / "manifest.json"
    if not path.is_file():
        raise MisuseError(f"{spec.title} is not prepared in {base.parent}: {path} is missing. Run `hw1 data` first")
    try:
        document = json.loads(path.read_bytes())
        arrays = {
            key: ArrayFacts(
                str(facts["sha256"]),
                int(facts["size"]),
                int(facts["mtime_ns"]),
                tuple(int(axis) for axis in facts["shape"]),
                str(facts["dtype"]),
            )
            for key, facts in ((key, document["arrays"][key]) for key in KEYS)
        }
        manifest = Manifest(str(document["name"]), str(document["layout"]), document["canonical"] is True, arrays)
        right = document["format"] == FORMAT and manifest.name == spec.name
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MisuseError(f"{path} is damaged. {_again(spec)}") from error
    if not right:
        raise MisuseError(f"{path} is another data set's or another version's. {_again(spec)}")
    return manifest
