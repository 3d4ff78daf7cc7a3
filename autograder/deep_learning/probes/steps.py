"""Marks an exception with what was under way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Iterator[None]:
    """Mark exceptions with *name* as what was under way, unless an inner step has done so."""
    try:
        yield
    except BaseException as error:
        if not hasattr(error, "hw1_during"):
            error.hw1_during = name  # type: ignore[attr-defined]
        raise
