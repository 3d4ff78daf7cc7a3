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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autograder.deep_learning.data.layouts import (
    KEYS,
    SPECS,
    Found,
    Spec,
    absence,
    find_arrays,
    load_array,
    require,
    spec_of,
)
from autograder.disk import write_whole
from autograder.errors import MisuseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.uint8]

FORMAT = 1  # of the manifest


@dataclass(frozen=True)
class ArrayFacts:
    """One array in a manifest; *sha256* is of the array's bytes, *size* and *mtime_ns* are the file's."""

    sha256: str
    shape: tuple[int, ...]
    dtype: str
    size: int
    mtime_ns: int


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


@dataclass(frozen=True, eq=False)
class PreparedArrays:
    """A data set, memory-mapped and read-only.

    Attributes:
        manifest: where it comes from, and its hashes.
        train_images: (N, H, W) or (N, H, W, 3) uint8; train_labels: (N,) uint8 in 0 to 9; the same for the test set.
    """

    manifest: Manifest
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array


# Prepare ------------------------------------------------------------------------------------------------------------


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
            manifests.append(_write(target / spec.name, spec, found))
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


def _canonical(arrays: Mapping[str, Array], hashes: Mapping[str, str], spec: Spec) -> bool:
    """Whether the arrays are the ones that the homework means."""
    head = {
        key: hash_of(array[: spec.head]) if spec.head is not None and key.startswith("test") else hashes[key]
        for key, array in arrays.items()
    }
    return all(head[key].startswith(digest) for key, digest in spec.canonical.items())


def _write(folder: Path, spec: Spec, found: Found) -> Manifest:
    """Write the arrays and, last, their manifest; until all are written in full the old ones stay."""
    parts = {key: folder / f".{key}.{os.getpid()}.part" for key in (*KEYS, "manifest")}
    facts = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for key, array in found.arrays.items():
            _write_synced(parts[key], _npy_header(array), array.data)
            state = parts[key].stat()
            facts[key] = ArrayFacts(hash_of(array), array.shape, str(array.dtype), state.st_size, state.st_mtime_ns)
        canonical = _canonical(found.arrays, {key: facts[key].sha256 for key in KEYS}, spec)
        manifest = Manifest(spec.name, found.layout, canonical, facts)
        document = {"format": FORMAT, **asdict(manifest)}
        _write_synced(parts["manifest"], json.dumps(document, indent=1).encode())
        (folder / "manifest.json").unlink(missing_ok=True)  # a folder without one is not prepared
        (folder / "verified.json").unlink(missing_ok=True)
        for key in KEYS:
            parts[key].replace(folder / f"{key}.npy")
        parts["manifest"].replace(folder / "manifest.json")
    except OSError as error:
        needed = sum(array.nbytes for array in found.arrays.values()) / 1e6
        raise MisuseError(
            f"{spec.title} can't be written to {folder}, {needed:.0f} MB: {error.strerror or error}"
        ) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return manifest


def _npy_header(array: Array) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return header.getvalue()


def _write_synced(path: Path, *blocks: bytes | memoryview) -> None:
    # Not np.save: its array.tofile() reports a full disk without the reason.
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


# Open ---------------------------------------------------------------------------------------------------------------


def open_arrays(folder: Path, name: str, rehash: bool = False) -> PreparedArrays:
    """Map a prepared data set.

    Size, shape and dtype are compared with the manifest at each call; the hash only where a file's size or time is not
    the one at which it was last found right (in ``manifest.json``, or ``verified.json`` beside it after a copy).

    Args:
        folder: `prepare`'s target.
        name: of ``SPECS``.
        rehash: compare the hashes in any case.

    Raises:
        MisuseError: not prepared; a file is missing, cut off or changed: the sentence names it.
    """
    spec = spec_of(name)
    base = folder / name
    manifest = read_manifest(base, spec)
    stamps = {key: (facts.size, facts.mtime_ns) for key, facts in manifest.arrays.items()} | read_stamps(base)
    fresh = {}
    arrays = {}
    for key in KEYS:
        path, facts = base / f"{key}.npy", manifest.arrays[key]
        state = require(path).stat()
        if state.st_size != facts.size:
            raise MisuseError(f"{path} is damaged: {state.st_size:,} bytes, wanted {facts.size:,}. {_again(spec)}")
        arrays[key] = load_array(path)
        if (arrays[key].shape, str(arrays[key].dtype)) != (facts.shape, facts.dtype) or facts.dtype != "uint8":
            raise MisuseError(f"{path} is damaged: it is not {facts.dtype} {facts.shape}. {_again(spec)}")
        stamp = (state.st_size, state.st_mtime_ns)
        if rehash or stamps[key] != stamp:
            if not arrays[key].flags.c_contiguous or hash_of(arrays[key]) != facts.sha256:
                raise MisuseError(f"{path} is damaged: its SHA-256 is not the manifest's. {_again(spec)}")
            fresh[key] = stamp
    if fresh:
        remember_stamps(base, stamps | fresh)
    return PreparedArrays(manifest, **arrays)


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
                tuple(int(axis) for axis in facts["shape"]),
                str(facts["dtype"]),
                int(facts["size"]),
                int(facts["mtime_ns"]),
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


def read_stamps(base: Path) -> dict[str, tuple[int, int]]:
    """Size and time at which each file was found right, from ``verified.json``; a damaged one says nothing."""
    try:
        found = json.loads((base / "verified.json").read_bytes())
        return {str(key): (int(size), int(time)) for key, (size, time) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def remember_stamps(base: Path, stamps: Mapping[str, tuple[int, int]]) -> None:
    """Write ``verified.json``; where the folder is read-only, nothing is lost but the time to hash again."""
    with contextlib.suppress(OSError):
        write_whole(base / "verified.json", json.dumps(stamps).encode(), synced=False)
