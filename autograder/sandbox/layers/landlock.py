"""Landlock: which files a process may reach, and that it may not connect or signal out (``linux/landlock.h``).

It does not restrict modes, owners and times of files, nor does it hide that a file exists: seccomp and the file system
do the first, nothing here the second.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterable, Mapping

from autograder.sandbox.layers import kernel

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << bit for bit in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = (1 << bit for bit in range(13, 16))

READ = READ_FILE | READ_DIR
RUN = READ | EXECUTE
WRITE = READ | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG  # no links, pipes, sockets
DEVICE = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # what a rule on a file may hold

_PATH_BENEATH = 1
_VERSION = 1  # a flag of landlock_create_ruleset: ask for the version instead
ABSENT = (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)  # no kernel support; switched off; Docker before 2022


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # what _pack_ means, said aloud from Python 3.13 on
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Landlock's version in this kernel, 0 where there is none.

    Raises:
        OSError: the kernel answers with neither.
    """
    try:
        return kernel.call("landlock_create_ruleset", 0, 0, _VERSION)
    except OSError as error:
        if error.errno in ABSENT:
            return 0
        raise


def handled(abi: int) -> tuple[int, int, int]:
    """All that this version can forbid: rights on files, TCP, and what may be reached outside."""
    files = (1 << 13) - 1
    files |= REFER if abi >= 2 else 0
    files |= TRUNCATE if abi >= 3 else 0
    files |= IOCTL_DEV if abi >= 5 else 0
    return files, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0  # bind and connect; abstract sockets and signals


def ruleset(rules: Mapping[int, Iterable[str]]) -> int:
    """A descriptor of what is allowed, to be put in force with :func:`restrict`.

    Args:
        rules: rights, and the files and folders that have them; what is not there is left out.

    Raises:
        OSError: the kernel refused.
    """
    abi = version()
    files, network, scopes = handled(abi)
    attributes = _Ruleset(files, network, scopes)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    made = kernel.call("landlock_create_ruleset", ctypes.byref(attributes), size, 0)
    for rights, paths in rules.items():
        for path in paths:
            _allow(made, path, rights & files)
    return made


def restrict(made: int) -> None:
    """Put a rule set in force for this thread, its children, and for good. It must be the only thread.

    Raises:
        OSError: the kernel refused.
    """
    kernel.call("landlock_restrict_self", made, 0)
    os.close(made)


def _allow(made: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_A_FILE
        rule = _PathBeneath(rights, descriptor)
        kernel.call("landlock_add_rule", made, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)
