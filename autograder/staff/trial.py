"""One upload that a container is tried with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trial:
    """One upload.

    Attributes:
        name: what the verdict calls it.
        folder: holds its files.
        whole: whether everything in it is right, so that nothing of it may be lost or left for want of time or memory.
    """

    name: str
    folder: Path
    whole: bool = True
