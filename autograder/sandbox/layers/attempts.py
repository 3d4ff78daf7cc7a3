"""Tries what the layers forbid: a layer counts only if that fails, whatever the kernel's version says."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Collection
from pathlib import Path

from autograder.sandbox.layers import identity, kernel, limits
from autograder.sandbox.plan import Plan

DESCRIPTORS = 5  # nothing, two for prints, the channel; the plan's files come after them


class HoleError(Exception):
    """Something that a layer forbids worked."""


def try_all(plan: Plan, layers: Collection[str], limited: list[str], parent: int) -> list[str]:
    """Try what *layers* forbid, in a process that has put them on.

    Args:
        limited: the names of the limits in force.
        parent: the process number of the parent.

    Returns:
        What was tried and failed: ``"no-files"``, ``"no-network"`` and so on.

    Raises:
        HoleError: one of them worked.
    """
    if len(_open()) != DESCRIPTORS + len(plan.files):
        _hole("has descriptors that are not its own:", sorted(_open()))
    held = ["descriptors"]
    if "rlimits" in layers and not limits.in_force(limited):
        _hole("a limit is not in force")
    if kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS) != 1:
        _hole("a program could bring privileges")
    if "uid" in layers:
        if os.getresuid() != (plan.cell.user,) * 3 or os.getgroups() or identity.capabilities():
            _hole("it is still who it was")
        _refused("become root", lambda: os.setresuid(0, 0, 0))
    if "no-capabilities" in layers and identity.capabilities():
        _hole("it still has capabilities")
    if "landlock" in layers:
        _refused("read outside", lambda: os.close(os.open(plan.cell.trap, os.O_RDONLY)))
        _refused("list the folder of it", lambda: os.listdir(Path(plan.cell.trap).parent))
        _refused("write beside the submission", lambda: Path(plan.folder, ".trap").touch())
        _refused("write outside", lambda: Path(f"{plan.cell.trap}.{os.getpid()}").touch())
        held.append("no-files")
    if "seccomp" in layers:
        held += _calls(parent, plan)
    return held


def _calls(parent: int, plan: Plan) -> list[str]:
    _refused("open a socket", lambda: socket.socket(socket.AF_UNIX).close())
    _refused("open a socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close())
    _refused("fork", _fork)
    _refused("run a program", lambda: kernel.call("execve", 0, 0, 0))
    _refused("leave its session", os.setsid)
    _refused("signal its parent", lambda: os.kill(parent, 0))
    _refused("look into its parent", lambda: kernel.call("process_vm_readv", parent, 0, 0, 0, 0, 0))
    _refused("limit its parent", lambda: kernel.call("prlimit64", parent, 0, 0, 0))
    _refused("choose its cores", lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)))
    _refused("change a file's mode", lambda: os.chmod(plan.scratch, 0o700))
    _refused("set up io_uring", lambda: kernel.call("io_uring_setup", 0, 0))
    return ["no-network", "no-processes", "no-signals", "no-chmod"]


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _refused(what: str, attempt: Callable[[], object]) -> None:
    """Make the attempt; anything but a refusal by a layer is a hole."""
    try:
        attempt()
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES):
            return
        _hole(f"could {what}, had it been possible ({error.strerror})")
    _hole(f"could {what}")


def _open() -> set[int]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(name))
        except OSError:
            continue  # the one that listed them
        found.add(int(name))
    return found


def _hole(what: str, *more: object) -> list[str]:
    raise HoleError(" ".join([f"the sandbox has a hole: a worker {what}", *map(str, more)]))
