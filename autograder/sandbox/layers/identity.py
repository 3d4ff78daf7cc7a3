"""Who a process is: its user, its capabilities, and what happens to it when its parent ends (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from autograder.sandbox.layers import kernel

_CAPABILITIES_3 = 0x20080522  # the version of the structures that capset takes
_SECURE_ROOT = 0b101111  # root gains nothing by being root, for good (linux/securebits.h)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends. A change of user cancels it."""
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans(adopt: bool = True) -> None:
    """Become the parent of what this process's descendants leave behind, or no longer."""
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, int(adopt))


def child_processes() -> set[int]:
    """The numbers of this process's children; none where the kernel does not list them."""
    try:
        return {int(pid) for pid in Path("/proc/thread-self/children").read_text().split()}
    except (OSError, ValueError):
        return set()


def threads() -> int:
    """How many threads this process has; 1 where the kernel does not tell."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def hide() -> bool:
    """Close this process's memory, environment and descriptors to others of its user; whether that is so now."""
    if sys.platform != "linux":
        return False
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    return hidden()


def hidden() -> bool:
    """Whether :func:`hide` is in force."""
    return sys.platform == "linux" and kernel.prctl(kernel.PR_GET_DUMPABLE) == 0


def capabilities() -> int:
    """The capabilities in force for this process, one bit each; 0 where the kernel does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)


def become(user: int) -> None:
    """Become *user*, of a group with the same number and of no other; its capabilities are gone then.

    Raises:
        OSError: this process may not.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def give_up_capabilities() -> None:
    """Stay who it is, without any capability: root is then an ordinary user who owns root's files.

    Raises:
        OSError: this process may not.
    """
    kernel.prctl(kernel.PR_SET_SECUREBITS, _SECURE_ROOT)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    none = (ctypes.c_uint32 * 6)()
    kernel.call("capset", ctypes.byref(header), ctypes.byref(none))


def gain_nothing() -> None:
    """Let no program bring privileges, for this process and all of its children, for good."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
