"""The data sets as they lie in a user's folder: torchvision's layouts, and plain arrays.

CIFAR-10's Python version is a set of pickles: they are read in a process of its own, which this module is, too, by an
unpickler that knows nothing but arrays, and come back as plain ``.npy`` files.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.deep_learning.data import DIGITS
from autograder.errors import MisuseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.uint8]
    AnyArray = NDArray[Any]
    Reading = tuple[str, Mapping[str, AnyArray]]  # in which form the data were held, the four arrays

KEYS = ("train_images", "train_labels", "test_images", "test_labels")
LARGEST = 1 << 28  # bytes of one decompressed file; the largest, MNIST's training images, has 47 MB
APART_SECONDS = 300  # for a process of its own; CIFAR-10's pickles take 2, VGG-19's weights 4, on two cores


@dataclass(frozen=True)
class Spec:
    """What a data set must look like.

    Attributes:
        name: folder and key; title: what messages call it.
        image: the shape of one image.
        classes: what the labels 0, 1, ... stand for.
        canonical: for each array, the first 32 hexadecimal digits of the SHA-256 of its bytes.
        head: how many test images the hashes of the test set cover (None: all, and there may be no others).
    """

    name: str
    title: str
    image: tuple[int, ...]
    classes: tuple[str, ...]
    canonical: Mapping[str, str]
    head: int | None


SPECS = {
    spec.name: spec
    for spec in (
        Spec(
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
        ),
        Spec(
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
        ),
    )
}

IDX = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
BINARY = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
PICKLES = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}


@dataclass(frozen=True, eq=False)
class Found:
    """A data set as a folder held it.

    Attributes:
        layout: in which form.
        arrays: by ``KEYS``, C-contiguous uint8: images (N, H, W) or (N, H, W, 3), labels (N,) in 0 to 9. Images are a
            ``np.memmap`` exactly if the array in the file that they map has this shape and order, too.
    """

    layout: str
    arrays: Mapping[str, Array]


def spec_of(name: str) -> Spec:
    """What the data set of that name must look like.

    Raises:
        MisuseError: there is none.
    """
    if name not in SPECS:
        raise MisuseError(f"there is no data set {name!r}: the homework uses {' and '.join(SPECS)}")
    return SPECS[name]


def find_arrays(source: Path, spec: Spec) -> Found | None:
    """The data set from the first of its layouts that is in *source*, checked; None if none is.

    Raises:
        MisuseError: *source* is not a folder; a file is missing, damaged or not what it should be.
    """
    if not source.is_dir():
        raise MisuseError(f"{source} is not a folder")
    readers: tuple[Callable[[Path, Spec], Reading | None], ...] = (
        (_plain, _idx) if spec.name == "mnist" else (_plain, _binary, _pickles)
    )
    for reader in readers:
        reading = reader(source, spec)
        if reading is not None:
            layout, arrays = reading
            return Found(layout, _checked(arrays, spec, source))
    return None


def absence(source: Path, spec: Spec) -> str:
    """The sentence that `find_arrays` found nothing, with what it looked for."""
    places = {"mnist": f"MNIST/raw/{IDX['train_images']}", "cifar10": "cifar-10-batches-bin nor cifar-10-batches-py"}
    return f"{spec.title} is not in {source}: neither {spec.name}/train_images.npy nor {places[spec.name]} is there"


def _checked(arrays: Mapping[str, AnyArray], spec: Spec, source: Path) -> dict[str, Array]:
    """The four arrays as uint8, contiguous, of the right shapes; MisuseError if they can't be."""
    checked: dict[str, Array] = {}
    for split in ("train", "test"):
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        seen = f"{images.dtype} {images.shape} and {labels.dtype} {labels.shape}"
        where = f"{spec.title}'s {split} set in {source}"
        if images.dtype != np.uint8 or images.shape[1:] not in _image_shapes(spec):
            wanted = ", ".join(map(str, ("N", *spec.image)))
            raise MisuseError(f"{where}: wanted images uint8 ({wanted}) and labels (N,), got {seen}")
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images) or not len(labels):
            raise MisuseError(f"{where}: wanted one whole number as label for each image, got {seen}")
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(spec.classes):
            raise MisuseError(f"{where}: wanted labels in 0 to {len(spec.classes) - 1}, got {low} to {high}")
        if images.shape[1:] != spec.image or not images.flags.c_contiguous:
            images = np.ascontiguousarray(images.reshape(-1, *spec.image))  # a plain array, no longer the file's
        checked[f"{split}_images"] = images
        checked[f"{split}_labels"] = np.ascontiguousarray(labels, np.uint8)
    return checked


def _plain(source: Path, spec: Spec) -> Reading | None:
    """``mnist/train_images.npy``, ...; or directly in *source* if its images have the right shape."""
    for folder in (source / spec.name, source):
        paths = {key: folder / f"{key}.npy" for key in KEYS}
        if not any(path.is_file() for path in paths.values()):
            continue
        if folder == source and load_array(require(paths["train_images"])).shape[1:] not in _image_shapes(spec):
            continue  # the other data set's
        return "arrays", {key: load_array(require(path)) for key, path in paths.items()}
    return None


def _image_shapes(spec: Spec) -> tuple[tuple[int, ...], ...]:
    """The shapes in which one image may come: grey ones may be flat."""
    return (spec.image, (math.prod(spec.image),)) if len(spec.image) == 2 else (spec.image,)


def require(path: Path) -> Path:
    """*path*, or the sentence that it is missing."""
    if not path.is_file():
        raise MisuseError(f"{path} is missing")
    return path


def load_array(path: Path) -> AnyArray:
    """A ``.npy`` file, mapped."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy parses the header as Python: a damaged one raises any of ten types
        raise MisuseError(f"{path} can't be read as an array: {_first_line(error)}") from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise MisuseError(f"{path} is an archive of arrays, wanted a single one")
    return array


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0][:200]


def _idx(source: Path, spec: Spec) -> Reading | None:
    """MNIST's own files, gzipped or not."""
    for folder in (source / "MNIST" / "raw", source / "raw", source):
        if any((folder / f"{name}{end}").is_file() for name in IDX.values() for end in ("", ".gz")):
            return "IDX files", {key: _read_idx(folder / name) for key, name in IDX.items()}
    return None


def _read_idx(path: Path) -> AnyArray:
    """One IDX file: two zero bytes, 8 for uint8, the number of axes, each axis as a big-endian int32, the bytes.

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits.
    """
    zipped = path.with_name(f"{path.name}.gz")
    given = path if path.is_file() else require(zipped)
    data = _bytes(given)
    axes = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    header = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[start : start + 4], "big") for start in range(4, header, 4))
    if axes not in (1, 3) or 0 in shape or len(data) != header + math.prod(shape):
        raise MisuseError(f"{given} is not an IDX file of bytes, or is cut off: {len(data):,} bytes, axes {shape}")
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def _bytes(path: Path) -> bytes:
    """The file's bytes, decompressed if its name says so."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MisuseError(f"{path} can't be read: {_first_line(error)}") from error
    if len(data) > LARGEST:
        raise MisuseError(f"{path} is larger than {LARGEST >> 20} MB")
    return data


def _binary(source: Path, spec: Spec) -> Reading | None:
    """CIFAR-10's binary version: records of a label and 3 x 32 x 32 bytes, planes of red, green and blue.

    Source: A. Krizhevsky, Learning multiple layers of features from tiny images, 2009, and the data set's page.
    """
    read = _members(source, "cifar-10-batches-bin", "cifar-10-binary.tar.gz", BINARY)
    if read is None:
        return None
    arrays: dict[str, AnyArray] = {}
    for split, files in BINARY.items():
        records = []
        for file in files:
            data = read[file]
            if not data or len(data) % 3073:
                raise MisuseError(f"{file} in {source} is cut off: {len(data):,} bytes, wanted a multiple of 3,073")
            records.append(np.frombuffer(data, np.uint8).reshape(-1, 3073))
        joined = np.concatenate(records)
        arrays[f"{split}_labels"] = joined[:, 0]
        arrays[f"{split}_images"] = joined[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # (N, 32, 32, 3)
    return "CIFAR-10's binary version", arrays


def _members(source: Path, folder: str, archive: str, files: Mapping[str, list[str]]) -> dict[str, bytes] | None:
    """The files by name, from *folder* in *source*, *source* itself or the archive; None if nothing is there."""
    names = [name for split in files.values() for name in split]
    for place in (source / folder, source):
        if any((place / name).is_file() for name in names):
            return {name: _bytes(require(place / name)) for name in names}
    packed = source / archive
    if not packed.is_file():
        return None
    found = {}
    try:
        with tarfile.open(packed) as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                file = tar.extractfile(member) if name in names and member.isfile() else None
                if file is not None and member.size <= LARGEST:
                    found[name] = file.read()
    except (OSError, EOFError, ValueError, tarfile.TarError, zlib.error) as error:
        raise MisuseError(f"{packed} can't be read: {_first_line(error)}") from error
    for name in names:
        if name not in found:
            raise MisuseError(f"{packed} lacks {name}")
    return found


def _pickles(source: Path, spec: Spec) -> Reading | None:
    """CIFAR-10's Python version: read in a process of its own, which leaves arrays in a folder that goes away."""
    names = [name for split in PICKLES.values() for name in split]
    places = [source / "cifar-10-batches-py" / name for name in names] + [source / name for name in names]
    if not any(path.is_file() for path in [*places, source / "cifar-10-python.tar.gz"]):
        return None
    with tempfile.TemporaryDirectory(prefix="hw1-data-") as scratch:
        try:
            run_apart("autograder.deep_learning.data.layouts", source, Path(scratch))
        except MisuseError as error:
            raise MisuseError(
                f"{error}. Take CIFAR-10's binary version (cifar-10-binary.tar.gz) instead, or let `hw1 data` fetch it"
            ) from error
        read = {key: np.array(load_array(require(Path(scratch) / f"{key}.npy"))) for key in KEYS}  # into memory
    return "CIFAR-10's Python version", read


# Apart: in a process of its own -------------------------------------------------------------------------------------


def run_apart(module: str, *arguments: Path) -> None:
    """Run ``python -I -m module arguments`` and wait: for what must not happen in this process.

    Raises:
        MisuseError: it failed or did not end; the text is the last line that it wrote.
    """
    command = [sys.executable, "-I", "-X", "utf8", "-m", module, *(str(path.resolve()) for path in arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=APART_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MisuseError(f"{arguments[0]} could not be converted in {APART_SECONDS} seconds") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise MisuseError(f"{arguments[0]} can't be converted: {lines[-1][:300]}")


def _unpickle(source: Path, scratch: Path) -> None:
    """Only ever run in a process of its own: CIFAR-10's pickles in *source* to four ``.npy`` files in *scratch*."""
    import pickle

    known = {
        ("_reconstruct", "multiarray"): np.empty(0).__reduce__()[0],  # numpy's own, wherever this version keeps it
        ("ndarray", "numpy"): np.ndarray,
        ("dtype", "numpy"): np.dtype,
        ("encode", "_codecs"): lambda text, encoding: text.encode("latin1"),  # bytes, as Python 3 pickles them for 2
    }

    class ArrayUnpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found = known.get((name, module.rpartition(".")[2]))
            if found is None or module.partition(".")[0] not in ("numpy", "_codecs"):
                raise pickle.UnpicklingError(f"it holds {module}.{name}, which is not an array")
            return found

    read = _members(source, "cifar-10-batches-py", "cifar-10-python.tar.gz", PICKLES)
    for split, files in PICKLES.items():
        images, labels = [], []
        for file in files:
            try:
                batch = ArrayUnpickler(io.BytesIO((read or {})[file]), encoding="latin1").load()
                data, numbers = batch["data"], batch["labels"]
                right = data.dtype == np.uint8 and data.shape == (len(numbers), 3072)
            except Exception as error:
                raise MisuseError(f"{file} is not a batch of CIFAR-10: {_first_line(error)}") from error
            if not right:
                raise MisuseError(f"{file}: wanted data uint8 (N, 3072) and N labels, got {data.dtype} {data.shape}")
            images.append(data)
            labels.append(np.array(numbers, dtype=np.int64))
        joined = np.concatenate(images).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        np.save(scratch / f"{split}_images.npy", np.ascontiguousarray(joined), allow_pickle=False)
        np.save(scratch / f"{split}_labels.npy", np.concatenate(labels), allow_pickle=False)


if __name__ == "__main__":
    try:
        _unpickle(*map(Path, sys.argv[1:]))
    except MisuseError as error:
        sys.exit(str(error))
