"""Frames between the grader and a worker: a JSON header and raw little-endian arrays. Nothing is ever unpickled.

A frame is four bytes (the header's length, big-endian), the header (a JSON object, UTF-8), then the bytes of the arrays
that the header lists under ``"arrays"``, one after the other. Sizes are checked against the caps before anything is
read, and memory is taken for what has come, not for what was promised.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from autograder.errors import EndedError, ProtocolError

if TYPE_CHECKING:
    from autograder.evidence import Array

HEADER_CAP = 1 << 20  # 1 MiB: the largest reply's header, with a table of 19 layers, has 30 KiB
DTYPES = {"float32": 4, "float64": 8, "int64": 8, "uint8": 1, "bool": 1}
MAX_DIMENSIONS = 8
MAX_ARRAYS = 4096
MAX_DEPTH = 16  # of lists and objects in a header; the layer table's shapes lie six deep
# Of what a worker tells of an exception, in characters: of its name or a function's, of its message, of a line.
KIND_LENGTH, MESSAGE_LENGTH, LINE_LENGTH = 80, 600, 160
FRAMES = 4  # of its traceback
CHUNK = 1 << 20  # bytes that are asked for at once


def write_frame(stream: BinaryIO, header: Mapping[str, Any], arrays: Mapping[str, Array] | None = None) -> None:
    """Send *header* and *arrays*.

    Raises:
        ProtocolError: an array's dtype can't travel.
        OSError: the other side is gone.
    """
    listed, chunks = [], []
    for name, array in (arrays or {}).items():
        if str(array.dtype) not in DTYPES:
            raise ProtocolError(f"array {name!r}: dtype {array.dtype} does not travel")
        listed.append([name, str(array.dtype), list(array.shape)])
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        chunks.append(little.reshape(-1).view("uint8"))
    encoded = json.dumps({**header, "arrays": listed}, allow_nan=True).encode()
    stream.write(len(encoded).to_bytes(4, "big") + encoded)
    for chunk in chunks:
        stream.write(chunk.data)
    stream.flush()


def read_frame(stream: BinaryIO, body_cap: int) -> tuple[dict[str, Any], dict[str, Array]] | None:
    """The next frame as header and arrays (read-only), or None at the end of the stream, which may be unbuffered.

    A lone half of a surrogate pair in the header becomes a question mark: it could not be printed.

    Raises:
        ProtocolError: the bytes are not a frame, end in the middle of one, or hold more than *body_cap* bytes.
    """
    prefix = stream.read(4)
    if not prefix:
        return None
    length = int.from_bytes(prefix + _exactly(stream, 4 - len(prefix)), "big")
    if length > HEADER_CAP:
        raise ProtocolError(f"a header of {length} bytes")
    header = _header(_exactly(stream, length))
    layout = _layout(header.pop("arrays", []), body_cap)
    if not layout:
        return header, {}
    import numpy as np  # only now: the first verdicts carry no arrays

    arrays: dict[str, Array] = {}
    for name, dtype, shape, size in layout:
        data = memoryview(_exactly(stream, size)).toreadonly()
        try:
            arrays[name] = np.frombuffer(data, dtype=np.dtype(dtype).newbyteorder("<")).reshape(shape)
        except ValueError as error:  # an empty array whose other axes are larger than numpy's
            raise ProtocolError("an array of an invalid shape") from error
    return header, arrays


def _exactly(stream: BinaryIO, size: int) -> bytearray:
    """The next *size* bytes. An unbuffered stream may give fewer at a time."""
    data = bytearray()  # it grows by an eighth at a time, so that nothing is copied twice
    while len(data) < size:
        part = stream.read(min(size - len(data), CHUNK))
        if not part:
            raise EndedError("the stream ended in the middle of a frame")
        data += part
    return data


def _header(data: bytearray) -> dict[str, Any]:
    """The JSON object in *data*: names once each, integers of 64 bits, nested not too deeply, text that prints."""
    try:
        header = json.loads(data.decode(), object_pairs_hook=_object, parse_int=_integer)
        _check_depth(header)
        if b"\\u" in data:  # only an escape can bring a lone surrogate
            header = json.loads(json.dumps(header, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a header that is not JSON") from error
    if not isinstance(header, dict):
        raise ProtocolError("a header that is not an object")
    return header


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ProtocolError("a header with a name twice in one object")
    return made


def _integer(digits: str) -> int:
    value = int(digits) if len(digits) <= 20 else 1 << 63
    if not -(1 << 63) <= value < 1 << 63:
        raise ProtocolError("a header with an integer of more than 64 bits")
    return value


def _check_depth(header: object) -> None:
    level, depth = [header], 0
    while level:
        inner: list[Any] = []
        for one in level:
            if isinstance(one, list):
                inner += one
            elif isinstance(one, dict):
                inner += one.values()
        level, depth = inner, depth + 1
        if level and depth > MAX_DEPTH:
            raise ProtocolError("a header that is nested too deeply")


def _layout(listed: object, body_cap: int) -> list[tuple[str, str, tuple[int, ...], int]]:
    """The arrays' names, dtypes, shapes and sizes in bytes, all checked."""
    if not isinstance(listed, list) or len(listed) > MAX_ARRAYS:
        raise ProtocolError("an invalid list of arrays")
    layout, total = [], 0
    for entry in listed:
        match entry:
            case [str(name), str(dtype), list(shape)] if dtype in DTYPES and len(shape) <= MAX_DIMENSIONS:
                if not all(type(n) is int and 0 <= n <= body_cap for n in shape):
                    raise ProtocolError("an array of an invalid shape")
                size = DTYPES[dtype] * math.prod(shape)
            case _:
                raise ProtocolError("an invalid entry of an array")
        total += size
        if total > body_cap:
            raise ProtocolError(f"more than {body_cap} bytes of arrays")
        layout.append((name, dtype, tuple(shape), size))
    if len({name for name, *_ in layout}) != len(layout):
        raise ProtocolError("two arrays of one name")
    return layout
