"""The handout's stubs: what they say as long as nobody has begun."""

from __future__ import annotations

import re
from pathlib import Path

STUB = re.compile(r'raise NotImplementedError\("(TODO (\S+): [^"\n]*)"\)')  # as `hw1 release` writes it


def unbegun(handout: Path) -> frozenset[str]:
    """Of each TODO of the *handout* what its first stub says: who still raises that has not begun it.

    A later stub of the same TODO is reached only by code whose first one is filled in.
    """
    first: dict[str, str] = {}
    for path in sorted(handout.glob("*.py")):
        for said, todo in STUB.findall(path.read_text(encoding="utf-8", errors="replace")):
            first.setdefault(todo, said)
    return frozenset(first.values())
