"""The compressions of a tar: gzip, bzip2, xz or none, unpacked piece by piece, however large the result."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

XZ_BYTES = 128 << 20  # of memory, which an xz file asks for in its header; `xz -9` needs 65 MiB
DAMAGED = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)  # bz2 raises OSError


class Unpacker(Protocol):
    """Decompresses one file.

    Attributes:
        eof: whether the end has been reached.
        full: whether it still holds packed bytes, and needs no others yet.
        rest: packed bytes that it has not used: to be given again before the end; after it, what follows the file.
    """

    @property
    def eof(self) -> bool:
        """See above."""

    @property
    def full(self) -> bool:
        """See above."""

    @property
    def rest(self) -> bytes:
        """See above."""

    def unpack(self, packed: bytes, size: int) -> bytes:
        """At most *size* bytes."""


Packing = Callable[[], Unpacker]


class Gzip:
    """Decompresses gzip."""

    full = False

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self.eof, self.rest = False, b""

    def unpack(self, packed: bytes, size: int) -> bytes:
        """At most *size* bytes."""
        data = self._inner.decompress(packed, size)
        self.eof = self._inner.eof
        self.rest = self._inner.unused_data if self.eof else self._inner.unconsumed_tail
        return data


class _Holding:
    """The base of the two that keep what they were given."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner
        self.eof, self.full, self.rest = False, False, b""

    def unpack(self, packed: bytes, size: int) -> bytes:
        """At most *size* bytes."""
        data = self._inner.decompress(packed, size)
        self.eof = self._inner.eof
        self.full = not self.eof and not self._inner.needs_input
        self.rest = self._inner.unused_data if self.eof else b""
        return data


class Bzip2(_Holding):
    """Decompresses bzip2."""

    def __init__(self) -> None:
        super().__init__(bz2.BZ2Decompressor())


class Xz(_Holding):
    """Decompresses xz."""

    def __init__(self) -> None:
        super().__init__(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_BYTES))


class Plain:
    """Passes on a tar that is not compressed: it ends where the file does."""

    full = False

    def __init__(self) -> None:
        self.eof, self.rest = False, b""

    def unpack(self, packed: bytes, size: int) -> bytes:
        """At most *size* bytes."""
        self.eof, self.rest = not packed, packed[size:]
        return packed[:size]
