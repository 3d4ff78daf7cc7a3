"""Each family of system calls that a worker may not make, by itself: raw numbers, arguments that do nothing.

The kernel looks at a call's arguments after seccomp does: EPERM is seccomp's answer (or that of a kernel that wants
more rights), anything else says that the kernel itself looked. The numbers stand here again, on purpose: a wrong number
in the filter is not to be repeated by its test.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass

from .attack import REACHED, Attack

X86 = platform.machine() == "x86_64"


@dataclass(frozen=True)
class Call:
    """A system call with its number on x86-64 and on aarch64 (None: not there), and arguments as Python text."""

    name: str
    x86: int | None
    arm: int | None
    arguments: str = "0, 0, 0, 0"


SETS = 'os.close(os.open("mine", os.O_CREAT | os.O_WRONLY))\nmine = ctypes.c_char_p(b"mine")\n'
HERE = "-100"  # AT_FDCWD

# family: (rows, needs root with isolation off, code before, the calls)
FAMILIES: dict[str, tuple[tuple[int, ...], bool, str, tuple[Call, ...]]] = {
    "clone3": ((8, 59), False, "", (Call("clone3", 435, 435),)),
    "new_session": ((8,), False, "", (Call("setsid", 112, 157),)),
    "new_group": ((8,), False, "", (Call("setpgid", 109, 154, "0, 0"),)),
    "namespaces": (
        (7, 21),
        False,
        "",
        (Call("unshare", 272, 97, "0x10000000"), Call("setns", 308, 268, "-1, 0"), Call("unshare", 272, 97, "0")),
    ),
    "personality": ((21,), False, "", (Call("personality", 135, 92, "0xffffffff"),)),
    "io_uring": (
        (73,),
        False,
        "",
        (
            Call("io_uring_setup", 425, 425, "0, 0"),
            Call("io_uring_enter", 426, 426, "-1, 0, 0, 0, 0, 0"),
            Call("io_uring_register", 427, 427, "-1, 0, 0, 0"),
        ),
    ),
    "userfaultfd": ((21,), True, "", (Call("userfaultfd", 323, 282, "0xf0000"),)),
    "keyrings": (
        (62, 67),
        False,
        "",
        (
            Call("keyctl", 250, 219, "999, 0, 0, 0, 0"),
            Call("add_key", 248, 217, "0, 0, 0, 0, -4"),
            Call("request_key", 249, 218, "0, 0, 0, 0"),
        ),
    ),
    "secret_memory": ((62,), False, "", (Call("memfd_secret", 447, 447, "0xffff"),)),
    "sysv_memory": ((62, 67), False, "", (Call("shmget", 29, 194, "0, 0, 0"), Call("shmctl", 31, 195, "-1, 0, 0"))),
    "sysv_semaphores": (
        (67,),
        False,
        "",
        (Call("semget", 64, 190, "0, -1, 0"), Call("semctl", 66, 191, "-1, 0, 0, 0")),
    ),
    "sysv_messages": (
        (67,),
        False,
        "",
        (Call("msgctl", 71, 187, "-1, 0, 0"), Call("msgrcv", 70, 188, "-1, 0, 0, 0, 0")),
    ),
    "posix_messages": ((67,), False, "", (Call("mq_open", 240, 180, "0, 0, 0, 0"),)),
    "other_memory": (
        (20, 21),
        False,
        "word = (ctypes.c_ulong * 2)(4096, 8)\nplace = ctypes.addressof(word)\n",
        (
            Call("process_vm_readv", 310, 270, "@GRADER@, place, 1, place, 1, 0"),
            Call("process_vm_writev", 311, 271, "@GRADER@, place, 1, place, 1, 0"),
        ),
    ),
    "process_descriptors": (
        (18, 21, 22),
        False,
        "",
        (
            Call("pidfd_open", 434, 434, "@GRADER@, 0"),
            Call("pidfd_getfd", 438, 438, "-1, 0, 0"),
            Call("pidfd_send_signal", 424, 424, "-1, 0, 0, 0"),
            Call("process_madvise", 440, 440, "-1, 0, 0, 0, 0"),
            Call("process_mrelease", 448, 448, "-1, 0"),
        ),
    ),
    "compare_processes": ((20,), False, "", (Call("kcmp", 312, 272, "@GRADER@, @GRADER@, 1, 0, 0"),)),
    "signals": (
        (22,),
        False,
        "info = ctypes.create_string_buffer(128)\nplace = ctypes.addressof(info)\n",
        (
            Call("kill", 62, 129, "@GRADER@, 0"),
            Call("kill with more bits than a number has", 62, 129, "@GRADER@ | 1 << 40, 0"),
            Call("tkill", 200, 130, "@GRADER@, 0"),
            Call("tgkill", 234, 131, "@GRADER@, @GRADER@, 0"),
            Call("rt_sigqueueinfo", 129, 138, "@GRADER@, 0, 0"),
            Call("rt_tgsigqueueinfo", 297, 240, "@GRADER@, @GRADER@, 0, 0"),
        ),
    ),
    "limits_of_others": (
        (23,),
        False,
        "",
        (
            Call("prlimit64", 302, 261, "@GRADER@, 7, 0, 0"),
            Call("sched_setaffinity", 203, 122, "@GRADER@, 0, 0"),
            Call("setpriority", 141, 140, "0, @GRADER@, 0"),
            Call("ioprio_set", 251, 30, "1, @GRADER@, -1"),
            Call("sched_setscheduler", 144, 119, "@GRADER@, -1, 0"),
            Call("sched_setparam", 142, 118, "@GRADER@, 0"),
            Call("sched_setattr", 314, 274, "@GRADER@, 0, 0"),
            Call("migrate_pages", 256, 238, "@GRADER@, 0, 0, 0"),
        ),
    ),
    "privileges_of_its_own": (
        (20, 28),
        False,
        "",
        (
            Call("prctl PR_SET_DUMPABLE", 157, 167, "4, 1, 0, 0, 0"),
            Call("prctl PR_SET_PDEATHSIG", 157, 167, "1, 9, 0, 0, 0"),
            Call("prctl PR_SET_PTRACER", 157, 167, "0x59616d61, -1, 0, 0, 0"),
            Call("prctl with more bits than a number has", 157, 167, "4 | 1 << 40, 1, 0, 0, 0"),
        ),
    ),
    "terminal": (
        (22,),
        False,
        "",
        (
            Call("ioctl TIOCSTI", 16, 29, "-1, 0x5412, 0"),
            Call("ioctl TIOCLINUX", 16, 29, "-1, 0x541c, 0"),
            Call("ioctl with more bits than a number has", 16, 29, "-1, 0x5412 | 1 << 40, 0"),
        ),
    ),
    "modes": (
        (6,),
        False,
        SETS,
        (
            Call("chmod", 90, None, "mine, 0o777"),
            Call("fchmod", 91, 52, "-1, 0"),
            Call("fchmodat", 268, 53, f"{HERE}, mine, 0o777"),
            Call("fchmodat2", 452, 452, f"{HERE}, mine, 0o777, 0"),
        ),
    ),
    "owners": (
        (6,),
        False,
        SETS,
        (
            Call("chown", 92, None, "mine, -1, -1"),
            Call("lchown", 94, None, "mine, -1, -1"),
            Call("fchown", 93, 55, "-1, -1, -1"),
            Call("fchownat", 260, 54, f"{HERE}, mine, -1, -1, 0"),
        ),
    ),
    "times": (
        (6, 69),
        False,
        SETS,
        (
            Call("utime", 132, None, "mine, 0"),
            Call("utimes", 235, None, "mine, 0"),
            Call("futimesat", 261, None, f"{HERE}, mine, 0"),
            Call("utimensat", 280, 88, f"{HERE}, mine, 0, 0"),
        ),
    ),
    "attributes": (
        (6,),
        False,
        SETS,
        (
            Call("setxattr", 188, 5, "mine, 0, 0, 0, 0"),
            Call("lsetxattr", 189, 6, "mine, 0, 0, 0, 0"),
            Call("fsetxattr", 190, 7, "-1, 0, 0, 0, 0"),
            Call("removexattr", 197, 14, "mine, 0"),
        ),
    ),
    "special_files": (
        (53, 55),
        False,
        "mine = ctypes.c_char_p(b'special')\n",
        (
            Call("mknod of a pipe", 133, None, "mine, 0o10600, 0"),
            Call("mknodat of a pipe", 259, 33, f"{HERE}, mine, 0o10600, 0"),
        ),
    ),
    "file_handles": (
        (13,),
        False,
        "",
        (Call("name_to_handle_at", 303, 264, "-1, 0, 0, 0, 0"), Call("open_by_handle_at", 304, 265, "-1, 0, 0")),
    ),
    "file_systems": (
        (7,),
        True,
        "",
        (
            Call("mount", 165, 40, "0, 0, 0, 0, 0"),
            Call("umount2", 166, 39, "0, -1"),
            Call("chroot", 161, 51, "0"),
            Call("pivot_root", 155, 41, "0, 0"),
            Call("fsopen", 430, 430, "0, -1"),
            Call("move_mount", 429, 429, "-1, 0, -1, 0, -1"),
            Call("open_tree", 428, 428, "-1, 0, -1"),
            Call("swapon", 167, 224, "0, 0"),
            Call("quotactl", 179, 60, "-1, 0, 0, 0"),
        ),
    ),
    "bpf": ((20, 73), True, "", (Call("bpf", 321, 280, "-1, 0, 0"),)),
    "perf": ((20,), True, "", (Call("perf_event_open", 298, 241, "0, 0, -1, -1, 0"),)),
    "the_machine": (
        (7,),
        True,
        "",
        (
            Call("reboot", 169, 142, "0, 0, 0, 0"),
            Call("init_module", 175, 105, "0, 0, 0"),
            Call("finit_module", 313, 273, "-1, 0, 0"),
            Call("kexec_load", 246, 104, "0, -1, 0, 0"),
            Call("settimeofday", 164, 170, "1, 1"),
            Call("clock_settime", 227, 112, "-1, 0"),
            Call("sethostname", 170, 161, "0, -1"),
            Call("syslog", 103, 116, "-1, 0, 0"),
            Call("acct", 163, 89, "1"),
        ),
    ),
    "hardware": ((7,), True, "", (Call("iopl", 172, None, "4"), Call("ioperm", 173, None, "-1, 1, 0"))),
}


def _probe(family: str) -> Attack:
    rows, privileged, before, calls = FAMILIES[family]
    lines = []
    for call in calls:
        number = call.x86 if X86 else call.arm
        if number is not None:
            lines.append(f"answers[{call.name!r}] = syscall({number}, {call.arguments})")
    body = before + "answers = {}\n" + "\n".join(lines)
    body += """
for name, answer in answers.items():
    say({-1: "REFUSED", -38: "ABSENT"}.get(answer, "REACHED"), f"{name}: {answer}")
"""
    names = ", ".join(dict.fromkeys(call.name.partition(" ")[0] for call in calls))
    return Attack(f"call_{family}", rows, names, "seccomp", act=body, privileged=privileged, without=REACHED)


ATTACKS = (*(_probe(family) for family in FAMILIES if family != "hardware" or X86),)
