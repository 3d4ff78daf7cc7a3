"""The data sets as they lie in a user's folder: plain arrays, or the files as they are handed round.

CIFAR-10's Python version is a set of pickles: their opcodes are read, and nothing is unpickled.
"""

from __future__ import annotations

import gzip
import math
import pickletools
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.deep_learning.data.sets import IDX, KEYS, Spec
from autograder.errors import MisuseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.uint8]
    AnyArray = NDArray[Any]
    Reading = tuple[str, Mapping[str, AnyArray]]  # in which form the data were held, the four arrays
    Batch = tuple[AnyArray, Array]  # labels (n,), images (n, 3072): planes of red, green and blue

LARGEST = 1 << 28  # bytes of one decompressed file; the largest, MNIST's training images, has 47 MB
PIXELS = 3072  # bytes of one image of CIFAR-10


def find_arrays(source: Path, spec: Spec) -> tuple[str, dict[str, Array]] | None:
    """The data set from the first of its layouts that is in *source*, checked; None if none is.

    Returns:
        The layout's name, and the arrays by ``KEYS``, C-contiguous uint8: images (N, H, W) or (N, H, W, 3), labels (N,)
        in 0 to 9. Images are a ``np.memmap`` exactly if the array in the file that they map has this shape and order.

    Raises:
        MisuseError: *source* is not a folder; a file is missing, damaged or not what it should be.
    """
    if not source.is_dir():
        raise MisuseError(f"{source} is not a folder")
    for reader in (_plain, _idx if spec.name == "mnist" else _batches):
        reading = reader(source, spec)
        if reading is not None:
            layout, arrays = reading
            return layout, _checked(arrays, spec, source)
    return None


def absence(source: Path, spec: Spec) -> str:
    """The sentence that `find_arrays` found nothing, with what it looked for."""
    return f"{spec.title} is not in {source}: neither {spec.name}/train_images.npy nor {spec.others} is there"


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
        if folder == source and load_array(paths["train_images"]).shape[1:] not in _image_shapes(spec):
            continue  # the other data set's
        return "arrays", {key: load_array(path) for key, path in paths.items()}
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
    """A ``.npy`` file, mapped.

    Raises:
        MisuseError: it is missing, or not one plain array.
    """
    try:
        array = np.load(require(path), mmap_mode="r", allow_pickle=False)
    except MisuseError:
        raise
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
    given = path if path.is_file() else path.with_name(f"{path.name}.gz")
    data = _bytes(given)
    axes = data[3] if data[:3] == b"\0\0\x08" and len(data) > 3 else 0
    header = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[start : start + 4], "big") for start in range(4, header, 4))
    if axes not in (1, 3) or 0 in shape or len(data) != header + math.prod(shape):
        raise MisuseError(f"{given} is not an IDX file of bytes, or is cut off: {len(data):,} bytes, axes {shape}")
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def _bytes(path: Path) -> bytes:
    """The file's bytes, decompressed if its name says so."""
    require(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MisuseError(f"{path} can't be read: {_first_line(error)}") from error
    if len(data) > LARGEST:
        raise MisuseError(f"{path} is larger than {LARGEST >> 20} MB")
    return data


def _batches(source: Path, spec: Spec) -> Reading | None:
    """CIFAR-10's binary version or its Python version: five files of training images and one of test images.

    Source: A. Krizhevsky, Learning multiple layers of features from tiny images, 2009, and the data set's page.
    """
    versions: tuple[tuple[str, str, str, str, Callable[[bytes, str], Batch]], ...] = (
        ("CIFAR-10's binary version", "cifar-10-batches-bin", "cifar-10-binary.tar.gz", ".bin", _records),
        ("CIFAR-10's Python version", "cifar-10-batches-py", "cifar-10-python.tar.gz", "", _pickled),
    )
    for layout, folder, archive, end, parse in versions:
        names = [*(f"data_batch_{number}{end}" for number in range(1, 6)), f"test_batch{end}"]
        read = _members(source, folder, archive, names)
        if read is None:
            continue
        batches = [parse(read[name], f"{name} in {source}") for name in names]
        arrays: dict[str, AnyArray] = {}
        for split, chosen in (("train", batches[:-1]), ("test", batches[-1:])):
            arrays[f"{split}_labels"] = np.concatenate([labels for labels, _ in chosen])
            planes = np.concatenate([images for _, images in chosen]).reshape(-1, 3, 32, 32)
            arrays[f"{split}_images"] = planes.transpose(0, 2, 3, 1)  # (N, 32, 32, 3)
        return layout, arrays
    return None


def _members(source: Path, folder: str, archive: str, names: list[str]) -> dict[str, bytes] | None:
    """The files by name, from *folder* in *source*, *source* itself or the archive; None if nothing is there."""
    for place in (source / folder, source):
        if any((place / name).is_file() for name in names):
            return {name: _bytes(place / name) for name in names}
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


def _records(data: bytes, where: str) -> Batch:
    """A file of the binary version: a label and 3,072 bytes, again and again."""
    if not data or len(data) % (PIXELS + 1):
        raise MisuseError(f"{where} is cut off: {len(data):,} bytes, wanted a multiple of 3,073")
    records = np.frombuffer(data, np.uint8).reshape(-1, PIXELS + 1)
    return records[:, 0], records[:, 1:]


def _pickled(data: bytes, where: str) -> Batch:
    """A pickle ``{"labels": [n whole numbers], "data": uint8 (n, 3072), ...}``, from its opcodes.

    numpy pickles an array as its dtype, whether its order is Fortran's, and its bytes: as Latin-1 text from Python 3.
    """
    key = dtype = pixels = ""
    fortran = None  # of the last truth value before the bytes
    labels = []
    try:
        for opcode, argument, _ in pickletools.genops(data):
            value = argument.decode("latin-1") if isinstance(argument, bytes) else argument
            if value in ("batch_label", "labels", "data", "filenames"):
                key = value
            elif opcode.name in ("NEWTRUE", "NEWFALSE") and not pixels:
                fortran = opcode.name == "NEWTRUE"
            elif key == "labels" and opcode.name in ("BININT", "BININT1", "BININT2"):
                labels.append(value)
            elif key == "data" and isinstance(value, str):
                dtype = value if value[1:].isdigit() and not pixels else dtype
                pixels = value if len(value) >= PIXELS else pixels
        flat = np.frombuffer(pixels.encode("latin-1"), np.uint8)
        images = flat.reshape(PIXELS, -1).T if fortran else flat.reshape(-1, PIXELS)
    except ValueError as error:
        raise MisuseError(f"{where} is not a batch of CIFAR-10: {_first_line(error)}. {_OTHERWISE}") from error
    if dtype != "u1" or fortran is None or not labels or len(labels) != len(images):
        raise MisuseError(f"{where} is not a batch of CIFAR-10: wanted data uint8 (N, 3072) and N labels. {_OTHERWISE}")
    return np.array(labels), images


_OTHERWISE = "Take CIFAR-10's binary version (cifar-10-binary.tar.gz) instead, or let `hw1 data` fetch it"
