"""The handout's own files: an unchanged one is nobody's work, and hides nobody's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from autograder.home import handout_folder

MOST = 8  # times as long as the handout's: a file beyond that is another one, and its words are not counted


def is_handouts(name: str, data: bytes) -> bool:
    """Whether *data* is the handout's file *name* as it was given out, but for blanks and line ends."""
    given, words = _given(handout_folder() / name)
    return bool(words) and len(data) <= MOST * given and data.split() == words


def is_handouts_at(name: str, path: Path) -> bool:
    """Whether the file at *path* is the handout's, but for blanks and line ends."""
    try:
        return path.stat().st_size <= MOST * _given(handout_folder() / name)[0] and is_handouts(name, path.read_bytes())
    except OSError:  # it went away
        return False


@cache
def _given(path: Path) -> tuple[int, list[bytes]]:
    """The handout's file at *path*: how long it is, and its words; nothing if there is none."""
    try:
        data = path.read_bytes()
    except OSError:
        return 0, []
    return len(data), data.split()
