"""Observations as frames, as they are on the wire, and large arrays in them by their digests alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from autograder.check import Probe
from autograder.errors import ProtocolError
from autograder.evidence import Array, Evidence, Observation, Raised, Stopped
from autograder.homework import in_force
from autograder.sandbox.forms import misfit
from autograder.sandbox.host import observation_of
from autograder.sandbox.wire import read_frame, write_frame

LARGE = 1 << 18  # bytes of arrays; what has more (trained weights have up to 80 MB) is kept by its digest alone


@dataclass(eq=False)
class Unkept:
    """An array of which the journal has the digest alone; it is made again when somebody looks at it."""

    digest: str
    dtype: str
    shape: tuple[int, ...]
    make: Any  # () -> the array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.real() if dtype is None else self.real().astype(dtype)

    def real(self) -> Array:
        """The array."""
        made: Array = self.make()
        return made


def framed(seen: Observation, large: bool = False) -> bytes:
    """*seen* as a frame; with *large*, arrays of more than ``LARGE`` bytes are there by their digests alone."""
    stream = io.BytesIO()
    match seen:
        case Evidence(facts, arrays):
            unkept = large and sum(array.nbytes for array in arrays.values()) > LARGE
            names = sorted(arrays) if unkept else []
            listed = [[n, array_digest(arrays[n]), str(arrays[n].dtype), list(arrays[n].shape)] for n in names]
            write_frame(stream, {"facts": facts, "unkept": listed}, {} if unkept else arrays)
        case Raised():
            frames = [[one.file, one.line, one.function, one.text] for one in seen.frames]
            said = {"kind": seen.kind, "message": seen.message, "frames": frames}
            write_frame(stream, {"raised": {**said, "during": seen.during, "block": seen.block}})
        case Stopped():
            write_frame(stream, {"stopped": {"reason": seen.reason, "detail": seen.detail, "during": seen.during}})
    return stream.getvalue()


def decoded(
    frame: bytes, probe: Probe, unkept: Callable[[Sequence[Any]], Mapping[str, Any]] = lambda listed: {}
) -> Observation | None:
    """The observation in *frame*, checked as a worker's reply is; None if it is not one.

    Args:
        unkept: makes what stands for the arrays that are there by their digests alone.
    """
    read = _read_again if len(frame) <= LARGE else _read
    seen, listed = read(frame, probe.call, probe.reply_bytes, in_force().name)
    return Evidence(seen.facts, {**seen.arrays, **unkept(listed)}) if isinstance(seen, Evidence) else seen


def _read(frame: bytes, call: str, most: int, homework: str) -> tuple[Observation | None, Sequence[Any]]:
    """What is in *frame*, and which arrays of it are there by their digests alone; *homework*: that is in force."""
    try:
        header, arrays = read_frame(io.BytesIO(frame), most) or ({}, {})
    except ProtocolError:
        return None, ()
    match header:
        case {"stopped": {"reason": str(reason), "detail": str(detail), "during": str(during)}}:
            return Stopped(reason, detail, during), ()
    seen = observation_of(header, arrays, call)
    if not isinstance(seen, Evidence):
        return seen if header else None, ()
    listed = header.get("unkept") or []
    return (None, ()) if not listed and misfit(call, seen.facts, seen.arrays) else (seen, listed)


_read_again = lru_cache(maxsize=512)(_read)  # what computes the same brings the same bytes, whoever wrote it


def array_digest(array: Any) -> str:
    """A digest of dtype, shape and values."""
    if isinstance(array, Unkept):
        return array.digest
    digest = hashlib.sha256(f"{array.dtype} {array.shape} ".encode())
    digest.update(memoryview(array.copy(order="C") if not array.flags.c_contiguous else array).cast("B"))
    return digest.hexdigest()
