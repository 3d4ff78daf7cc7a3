"""Trained weights: one ``.safetensors`` file for each training, read as hostile bytes, written whole or not at all.

The safetensors library reads a file's layout; what it says is capped here before numpy sees it. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.disk import write_whole
from autograder.errors import HandinError, MisuseError
from autograder.hashing import open_regular
from autograder.text import plain

if TYPE_CHECKING:  # the first verdicts come before numpy is needed
    from autograder.evidence import Array

SUFFIX = ".safetensors"
CHECKPOINT_BYTES = 250 << 20  # 20 million weights have 81 MB in float32 and 161 in float64; a wider network finds room
HEADER_BYTES = 1 << 20  # the header of a hundred tensors has 10 kB; the library would take 100 MB of JSON
MAX_TENSORS = 4096  # a deep network has a hundred; as many arrays as a frame to a worker holds (sandbox/wire.py)
MAX_AXES = 8  # a convolution's weight has 4
MAX_FACTS = 32
FACT_LENGTH = 200
# What is read, by safetensors' name: numpy's type of the bytes, and the type that comes out of it. Unsigned 64 bits do
# not fit into int64; float8 and complex numbers are nobody's trained weights.
DTYPES = {
    "F64": ("<f8", "float32"),
    "F32": ("<f4", "float32"),
    "F16": ("<f2", "float32"),
    "BF16": ("<u2", "float32"),
    "I64": ("<i8", "int64"),
    "I32": ("<i4", "int64"),
    "I16": ("<i2", "int64"),
    "I8": ("i1", "int64"),
    "U32": ("<u4", "int64"),
    "U16": ("<u2", "int64"),
    "U8": ("u1", "int64"),
    "BOOL": ("u1", "int64"),
}


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        arrays: weights, buffers and counters by the student's names, sorted; float32 or int64, all finite.
        facts: what was written beside them, like the seed: the student's claims.
        sha256: of the file's bytes.
    """

    arrays: Mapping[str, Array]
    facts: Mapping[str, str]
    sha256: str


def read_checkpoint(path: Path) -> Checkpoint:
    """The arrays in *path*: float16, bfloat16 and float64 become float32, every kind of integer int64.

    The names of the arrays are the student's, as they are; facts are cut and come without control characters.

    Raises:
        HandinError: it is not a safetensors file, damaged, empty, too large, not finite, or can't be read. The sentence
            is about "it": whoever catches it names the file.
    """
    data = _bytes(path)
    header = _header(data)
    metadata = header.pop("__metadata__", {})
    types = _types(header)
    arrays = _arrays(types, data)
    facts = _bounded(metadata if isinstance(metadata, dict) else {})
    return Checkpoint(arrays, facts, hashlib.sha256(data).hexdigest())


def write_checkpoint(path: Path, arrays: Mapping[str, Array], facts: Mapping[str, str], half: bool = False) -> None:
    """Write *arrays* and *facts* to *path*, whole or not at all; the same input gives the same bytes.

    Args:
        path: its folder is made if it is not there.
        arrays: floats are written as float32, integers as int64.
        facts: the first 32 by name, each cut at 200 characters and without control characters.
        half: floats as float16, at half the size; a tensor with values beyond its range (65,504) stays float32.

    Raises:
        MisuseError: an array is not a weight, or *path* can't be written.
    """
    from safetensors.numpy import save

    written = {name: _to_write(name, array, half) for name, array in sorted(arrays.items())}
    data = save(written)
    start = 8 + int.from_bytes(data[:8], "little")
    # The library writes facts in an order of chance, so they are put into its header here. Offsets count from its end.
    header = json.dumps({"__metadata__": _bounded(facts), **json.loads(data[8:start])}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # keeps the tensors aligned, as the library does
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, len(header).to_bytes(8, "little") + header, memoryview(data)[start:])
    except OSError as error:
        size = (8 + len(header) + len(data) - start) / 1e6
        raise MisuseError(f"{path} can't be written ({size:,.1f} MB): {error.strerror}") from error


def _bytes(path: Path) -> bytes:
    with open_regular(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            # All of it and once: what is hashed is what is used, and a file cut while it is mapped would kill us.
            data = file.read(size + 1) if size <= CHECKPOINT_BYTES else b""
        except OSError as error:
            raise HandinError(f"it can't be read: {error.strerror}") from error
    if size > CHECKPOINT_BYTES:
        raise HandinError(too_large("it", size))
    return data


def too_large(name: str, size: int) -> str:
    """The sentence on a checkpoint of *size* bytes, more than are allowed."""
    return f"{name} has {size / 1e6:,.1f} MB; a checkpoint may have {CHECKPOINT_BYTES / 1e6:,.1f} MB"


def _header(data: bytes) -> dict[str, Any]:
    """The header's JSON object.

    Raises:
        HandinError: there is no header, or it is larger than any network's.
    """
    if not data:
        raise HandinError("it is empty: it has 0 bytes")
    length = int.from_bytes(data[:8], "little")
    if data[8:9] != b"{":  # asked first: a header of 128 bytes begins with b"\x80", too
        if data.startswith((b"PK", b"\x80")):
            raise HandinError("it was written by torch.save; use `hw1 train`, which writes safetensors")
        cut = len(data) <= 8 and length <= HEADER_BYTES
        raise HandinError("it is cut off" if cut else "it is not a safetensors file")
    if length > HEADER_BYTES:
        raise HandinError(f"it is not a safetensors file, or its header has more than {HEADER_BYTES >> 20} MB")
    if length > len(data) - 8:
        raise HandinError("it is cut off: it ends in the middle of its header")
    try:
        header: dict[str, Any] = json.loads(data[8 : 8 + length])  # an object, for it begins with a brace
    except (ValueError, RecursionError) as error:
        raise HandinError("it is damaged: its header is not JSON") from error
    return header


def _types(header: Mapping[str, Any]) -> dict[str, str]:
    """The tensors' types as safetensors calls them, found to be few, flat and readable before anything is copied."""
    if not header:
        raise HandinError("it is empty: it has no tensors")
    if len(header) > MAX_TENSORS:
        raise HandinError(f"it has {len(header):,} tensors; at most {MAX_TENSORS:,} are allowed")
    types = {}
    for tensor, entry in header.items():
        match entry:
            case {"dtype": str(dtype), "shape": list(shape)}:
                if dtype not in DTYPES:
                    raise HandinError(
                        f"it has {_said(tensor)} as {_said(dtype)}, which is not a weight: "
                        "float32, float16 and bfloat16 are, and int64 for counters"
                    )
                if len(shape) > MAX_AXES:
                    raise HandinError(
                        f"it has {_said(tensor)} with {len(shape):,} axes; at most {MAX_AXES} are allowed"
                    )
                types[tensor] = dtype
            case _:
                raise HandinError(f"it is damaged: its header has no type or shape for {_said(tensor)}")
    return types


def _arrays(types: Mapping[str, str], data: bytes) -> dict[str, Array]:
    """The tensors as arrays, by name.

    Raises:
        HandinError: the library finds the file damaged, or a value is not finite.
    """
    import numpy as np
    from safetensors import SafetensorError, deserialize

    try:
        entries: dict[str, Any] = dict(deserialize(data))  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        # Bytes that are missing and bytes too many are one error to the library.
        reason = "cut off, or has bytes to spare" if "incomplete" in str(error).lower() else "damaged"
        raise HandinError(f"it is {reason}: {_said(str(error).partition(': ')[2])}") from error
    if {tensor: entry["dtype"] for tensor, entry in entries.items()} != types:
        raise HandinError("it is damaged: its header contradicts itself")  # JSON allows a name twice
    widened = sum(
        len(entry["data"]) // np.dtype(DTYPES[types[tensor]][0]).itemsize * np.dtype(DTYPES[types[tensor]][1]).itemsize
        for tensor, entry in entries.items()
    )
    if widened > 2 * CHECKPOINT_BYTES:  # float16 doubles; only 250 MB of flags would become 2 GB
        raise HandinError(too_large("it, read as float32 and int64,", widened))
    arrays: dict[str, Array] = {}
    for tensor in sorted(types):
        entry, (stored, wanted) = entries.pop(tensor), DTYPES[types[tensor]]
        raw = np.frombuffer(entry["data"], stored)
        if types[tensor] == "BF16":  # numpy has no such type: the upper half of a float32
            raw = (raw.astype("<u4") << 16).view("<f4")
        with np.errstate(all="ignore"):  # a float64 beyond float32's range is found below
            array = raw.astype(wanted, copy=False)
        if not np.isfinite(array).all():
            raise HandinError(f"it holds NaN or infinity in {_said(tensor)}: did the training diverge?")
        try:
            arrays[tensor] = array.reshape(entry["shape"])
        except ValueError as error:  # an empty array whose other axes are larger than numpy's
            raise HandinError(f"it is damaged: {_said(tensor)} has an invalid shape") from error
    return arrays


def _to_write(name: str, array: Array, half: bool) -> Array:
    import numpy as np

    if array.dtype.kind in "biu":
        return np.asarray(array, "<i8", order="C")
    if array.dtype.kind != "f":
        raise MisuseError(f"{_said(name)} is {array.dtype}, which a checkpoint can't hold")
    with np.errstate(all="ignore"):
        single = np.asarray(array, "<f4", order="C")
        small = single.astype("<f2")
    fits = half and bool((np.isfinite(small) == np.isfinite(single)).all())
    return small if fits else single


def _bounded(facts: Mapping[Any, Any]) -> dict[str, str]:
    first = sorted(facts.items())[:MAX_FACTS]
    return {_said(key): _said(value) for key, value in first}


def _said(text: object) -> str:
    return plain(str(text), FACT_LENGTH)
