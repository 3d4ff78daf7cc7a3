"""Marks what is raised with what was under way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Iterator[None]:
    """What is raised inside has *name* as what was under way, unless a step further inside has said so."""
    try:
        yield
    except BaseException as error:
        if not hasattr(error, "hw1_during"):
            error.hw1_during = name  # type: ignore[attr-defined]
        raise
