"""The operating system's limits on a worker, set by itself before it reads a line of the submission."""

from __future__ import annotations

from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no rlimits: the host's deadlines are all there is
    resource = None  # type: ignore[assignment]

FILE_SIZE = 64 << 20  # bytes a file; nothing in the homework writes one
OPEN_FILES = 256


def apply(memory: int | None) -> list[str]:
    """Allow this process *memory* bytes of address space more than it has (None: any); no core files, no large files.

    Returns:
        The names of the limits in force; fewer where the platform has fewer.
    """
    if resource is None:
        return []
    wanted = [("core", resource.RLIMIT_CORE, 0), ("fsize", resource.RLIMIT_FSIZE, FILE_SIZE)]
    wanted.append(("nofile", resource.RLIMIT_NOFILE, OPEN_FILES))
    size = address_space()
    if size is not None and memory is not None:
        # Relative, since a CUDA build of torch maps several GiB before anything is allocated.
        wanted.append(("as", resource.RLIMIT_AS, size + memory))
    names = []
    for name, limit, value in wanted:
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))
        names.append(name)
    return names


def address_space() -> int | None:
    """This process's address space in bytes, or None where there is no ``/proc``."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pages * resource.getpagesize()


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends (Linux only)."""
    import ctypes
    import signal
    import sys

    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1  # noqa: N806  linux/prctl.h
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of what this process's descendants leave behind (Linux only)."""
    import ctypes
    import sys

    if sys.platform == "linux":
        PR_SET_CHILD_SUBREAPER = 36  # noqa: N806  linux/prctl.h
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def child_processes() -> set[int]:
    """The numbers of this process's children; none where the kernel does not list them."""
    try:
        return {int(pid) for pid in Path("/proc/thread-self/children").read_text().split()}
    except (OSError, ValueError):
        return set()
