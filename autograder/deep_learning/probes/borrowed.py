"""Which ready-made parts of a library's models a constructor calls, though the network's own classes hide them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

LIBRARIES = ("/torchvision/models/", "/timm/models/", "/torchvision/ops/")
MOST = 12  # names


@contextmanager
def calls_into_models(found: set[str]) -> Iterator[None]:
    """Add to *found* the names of functions of a library's models that are called, by code that is not the library's.

    A profile function hears of each call: a constructor of VGG-19 makes some thousand, which takes 2 ms.
    """
    before = sys.getprofile()

    def hear(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or len(found) >= MOST or not _of_models(frame.f_code.co_filename):
            return
        caller = frame.f_back
        while caller is not None and _of_models(caller.f_code.co_filename, helpers=True):
            caller = caller.f_back  # what wraps the functions of the library
        if caller is not None and not _within(caller.f_code.co_filename):
            name = frame.f_code.co_name
            owner = frame.f_locals.get("self") if name == "__init__" else None
            found.add(type(owner).__name__ if owner is not None else name)

    sys.setprofile(hear)
    try:
        yield
    finally:
        sys.setprofile(before)


def _of_models(file: str, helpers: bool = False) -> bool:
    """Whether it is a file of models, or else one of what these are helped by (``_utils.py``)."""
    named = file.replace("\\", "/")
    return any(part in named for part in LIBRARIES) and named.rpartition("/")[2].startswith("_") is helpers


def _within(file: str) -> bool:
    """Whether the caller is of the library itself, or its import."""
    named = file.replace("\\", "/")
    return file.startswith("<frozen importlib") or "/torchvision/" in named or "/timm/" in named
