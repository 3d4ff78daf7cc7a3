"""The operating system's limits on a process, which it sets on itself."""

from __future__ import annotations

import os
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no rlimits: the host's deadlines are all there is
    resource = None  # type: ignore[assignment]

FILE_SIZE = 64 << 20  # bytes a file; nothing in the homework writes one
OPEN_FILES = 256
LOCKED = 64 << 10  # bytes of memory that may not be swapped out
THREADS = 64  # of one process, or of all of a user of their own; and two for each core
CPU_SECONDS = 24 * 3600  # the deadlines come first; this ends what would outlive a grader that was killed


def apply(memory: int | None, own_user: bool = False) -> list[str]:
    """Allow this process *memory* bytes of address space more than it has (None: any); no core files, no large files.

    Args:
        own_user: it is about to become a user who has no other processes, so that threads can be counted by user.

    Returns:
        The names of the limits in force; fewer where the platform has fewer.
    """
    if resource is None:
        return []
    wanted = {"CORE": 0, "FSIZE": FILE_SIZE, "NOFILE": OPEN_FILES, "MEMLOCK": LOCKED, "MSGQUEUE": 0}
    wanted["CPU"] = CPU_SECONDS
    size = address_space()
    if size is not None and memory is not None:
        # Relative, since a CUDA build of torch maps several GiB before anything is allocated.
        wanted["AS"] = size + memory
    if own_user:
        wanted["NPROC"] = most_threads()
    return [name.lower() for name, value in wanted.items() if _limit(name, value)]


def most_threads() -> int:
    """How many threads a worker may have."""
    return THREADS + 2 * (os.cpu_count() or 1)


def in_force(names: list[str]) -> bool:
    """Whether the limits of these names are there, as the kernel tells it."""
    return all(resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1] >= 0 for name in names)


def address_space() -> int | None:
    """This process's address space in bytes, or None where there is no ``/proc``."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()


def _limit(name: str, value: int) -> bool:
    """Set soft and hard limit, never above the hard limit that is there; whether this platform has it."""
    number = getattr(resource, f"RLIMIT_{name}", None)
    if number is None:
        return False
    _, hard = resource.getrlimit(number)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(number, (value, value))
    return True
