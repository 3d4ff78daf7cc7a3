"""seccomp: which system calls a process may make (``linux/seccomp.h``, ``linux/filter.h``).

All are allowed but those listed here: a list of what is allowed would break with each release of glibc and CUDA. What
is forbidden fails with EPERM, so that an honest program can say so; a call of another architecture ends the process.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable

from autograder.sandbox.layers import kernel

FORBIDDEN = (
    *("fork", "vfork", "execve", "execveat", "setsid", "setpgid", "personality", "unshare", "setns"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp"),
    *("pidfd_open", "pidfd_send_signal", "pidfd_getfd", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("setrlimit", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity"),
    *("migrate_pages", "move_pages", "socket", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"),
    *("memfd_create", "memfd_secret", "add_key", "request_key", "keyctl"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "mknod", "mknodat", "file_setattr"),
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
    *("removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
    *("mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree"),
    *("open_tree_attr", "move_mount", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd"),
    *("name_to_handle_at", "open_by_handle_at", "fanotify_init"),
    *("inotify_init", "inotify_init1", "inotify_add_watch"),
    *("bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module"),
    *("kexec_load", "kexec_file_load", "reboot", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime"),
    *("sethostname", "setdomainname", "acct", "syslog", "iopl", "ioperm", "modify_ldt"),
)
CLONE_THREAD = 0x10000
PRIO_PROCESS = 0
AF_UNIX = 1
NOT_A_STREAM = 0xE  # bits of the other types of sockets: one end of a pair of datagrams can be turned to any address
TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
F_SETOWN, F_SETOWN_EX = 8, 15  # who is sent SIGIO, which ends a process that does not expect it
PRIVATE = (kernel.PR_SET_PDEATHSIG, kernel.PR_SET_DUMPABLE, kernel.PR_SET_CHILD_SUBREAPER, kernel.PR_SET_PTRACER)

# Instructions of the classic BPF machine.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000

_SET_MODE_FILTER = 1
_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC

Instruction = tuple[int, int, int, int]
"""Code, how many instructions to skip if the test holds, how many if not, operand."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def apply(pid: int) -> None:
    """Put the filter in force for all threads of this process, and for good. It needs ``no_new_privs``.

    Args:
        pid: of this process, the only one that it may signal or set limits for.

    Raises:
        OSError: the kernel refused.
    """
    instructions = program(pid)
    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
    filter_ = _Program(len(instructions), packed)
    kernel.call("seccomp", _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(filter_))


def program(pid: int) -> list[Instruction]:
    """The filter for the process *pid* on this architecture.

    Arguments that the kernel takes as ``int`` are compared by their lower half, as the kernel does.
    """
    found = kernel.architecture()
    if found is None:
        raise OSError(errno.ENOSYS, "no seccomp on this platform")
    made: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, found[1]),
        _returns(_KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if found == kernel.ARCHITECTURES["x86_64"]:  # x32 calls have numbers of their own
        made += [(_AT_LEAST, 0, 1, _X32), _returns(_KILL)]
    for name in FORBIDDEN:
        made += _on(name, [_returns(_ERROR | errno.EPERM)])
    made += _on("clone3", [_returns(_ERROR | errno.ENOSYS)])  # its flags lie in memory; glibc then takes clone
    made += _on("clone", [_argument(0), (_ANY_BIT, 1, 0, CLONE_THREAD), _returns(_ERROR | errno.EPERM), _allowed()])
    streams = [_argument(1), (_ANY_BIT, 0, 1, NOT_A_STREAM), _returns(_ERROR | errno.EPERM), _allowed()]
    made += _on("socketpair", [*_only_if(0, [AF_UNIX])[:-1], *streams])
    for name in ("kill", "tgkill"):
        made += _on(name, _only_if(0, [pid]))
    made += _on("prlimit64", _only_if(0, [0, pid]))
    made += _on("setpriority", [*_only_if(0, [PRIO_PROCESS])[:-1], *_only_if(1, [0, pid])])
    made += _on("prctl", _only_unless(0, PRIVATE))
    made += _on("ioctl", _only_unless(1, (TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP)))
    made += _on("fcntl", _only_unless(1, (F_SETOWN, F_SETOWN_EX)))
    return [*made, _allowed()]


def _on(name: str, then: list[Instruction]) -> list[Instruction]:
    """*then*, if the call is *name*; it must end with a return. Nothing where the architecture has no such call."""
    found = kernel.number(name)
    return [] if found is None else [(_EQUAL, 0, len(then), found), *then]


def _only_if(argument: int, values: Iterable[int]) -> list[Instruction]:
    """Allowed if the lower half of the argument is one of *values*."""
    listed = list(values)
    tests = [(_EQUAL, len(listed) - index, 0, value) for index, value in enumerate(listed)]
    return [_argument(argument), *tests, _returns(_ERROR | errno.EPERM), _allowed()]


def _only_unless(argument: int, values: Iterable[int]) -> list[Instruction]:
    """Forbidden if the lower half of the argument is one of *values*."""
    listed = list(values)
    tests = [(_EQUAL, len(listed) - index, 0, value) for index, value in enumerate(listed)]
    return [_argument(argument), *tests, _allowed(), _returns(_ERROR | errno.EPERM)]


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument; both architectures are little-endian."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _returns(value: int) -> Instruction:
    return (_RETURN, 0, 0, value)


def _allowed() -> Instruction:
    return _returns(_ALLOW)
