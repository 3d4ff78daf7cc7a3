"""Zips and tars, the same bytes for the same files: they say nothing of the machine that they come from."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import IO

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time a zip knows


def zipped(files: Mapping[str, bytes], executable: Collection[str] = ()) -> bytes:
    """A zip of *files*: sorted, without times, for everybody to read.

    Args:
        executable: the names of those that are scripts.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3  # Unix, whose modes the next line gives, wherever this runs
            info.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def write_tar(file: IO[bytes] | gzip.GzipFile, members: Iterable[tuple[str, bytes | Path, int]]) -> None:
    """Write a tar of *members* to *file*: name, bytes or where they lie, and size; no time, no owner, mode 0644.

    Raises:
        OSError: one can't be read, or is shorter than its size; or nothing can be written.
    """
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content, size in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = size, 0o644
            with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as data:
                archive.addfile(info, data)
