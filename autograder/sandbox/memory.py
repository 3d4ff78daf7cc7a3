"""The machine's memory, shared out among the hand-ins under way: who finds no room waits, and one alone always runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from pathlib import Path

AVAILABLE = Path("/proc/meminfo")
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # version 2, 1


class Memory:
    """What there is of it, and who holds how much.

    Args:
        total: MB of all hand-ins together.
    """

    def __init__(self, total: float = inf) -> None:
        self._total = total
        self._held: dict[int, int] = {}
        self._changed = threading.Condition()

    def hold(self, owner: object, mb: int) -> None:
        """Wait until there is room for *mb* MB of *owner*'s, which then holds that much at the least.

        Who waits for more holds nothing meanwhile, so that no two wait for each other.
        """
        with self._changed:
            if self._held.get(id(owner), 0) >= mb:
                return
            self.leave(owner)
            self._changed.wait_for(lambda: not self._held or sum(self._held.values()) + mb <= self._total)
            self._held[id(owner)] = mb

    def leave(self, owner: object) -> None:
        """What *owner* holds is free again."""
        with self._changed:
            self._held.pop(id(owner), None)
            self._changed.notify_all()


def machine_mb(available: Path = AVAILABLE, limits: Sequence[Path] = LIMITS) -> float:
    """MB of memory that are free on this machine, or that this container may have, if less; infinite if unknown."""
    found = [inf]
    with suppress(OSError, ValueError, IndexError):
        lines = dict(line.split(":", 1) for line in available.read_text(encoding="ascii").splitlines())
        found += [int(lines[name].split()[0]) / 1024 for name in ("MemAvailable",) if name in lines]
    for path in limits:
        with suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")) / (1 << 20))  # without a limit it is a word
    return min(found)
