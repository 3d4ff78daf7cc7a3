"""Attacks by processes of their own, and by entries to the kernel that a filter could overlook."""

from __future__ import annotations

import platform

from .attack import NOT_RUN, REACHED, Attack, acting

X86 = platform.machine() == "x86_64"


# getpid by the 32-bit entry, and by the x32 table: what a filter that looks at numbers alone lets through.
INT80 = r"""
import mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20; int 0x80; ret
place = ctypes.addressof(ctypes.c_char.from_buffer(code))
return f"process {ctypes.CFUNCTYPE(ctypes.c_int)(place)()} by another entry"
"""
X32 = """
return f"the kernel answered {syscall(0x40000000 + 39)} to an x32 call"
"""

VFORK = """
answer = syscall(58)
if answer < 0:
    raise OSError(-answer, os.strerror(-answer))
return "a child"
"""

ENTRIES = (
    Attack(
        "call_vfork",
        (57, 59),
        "a vfork, whose parent can't be ended while its child lives",
        "seccomp",
        act=VFORK,
        without=NOT_RUN,
        why="parent and child would share a stack, and what they did with it nobody can foresee",
    ),
    Attack("call_int80", (73,), "a 32-bit call in a 64-bit process", "seccomp", act=INT80, loses=("1.1-",)),
    Attack("call_x32", (73,), "an x32 call", "seccomp", act=X32, loses=("1.1-",)),
)

ATTACKS = (
    Attack(
        "double_fork_rewriter",
        rows=(8,),
        does="leaves a process that writes later",
        stopped_by="seccomp",
        act="""
        import time
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            return "a process of its own"
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(1)
        open("@CANARY@", "w").write("later")
        os._exit(0)
        """,
        quick=True,
    ),
    acting(
        "outlive_parent",
        (8, 22),
        "asks not to be ended with its parent",
        """
        import ctypes
        if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0:
            return "will live on"
        """,
    ),
    acting(
        "new_process",
        (8, 59),
        "starts a program",
        """
        read, write = os.pipe()  # not by subprocess: a program that is started so ends at once, and nothing is told
        to_pipe = [(os.POSIX_SPAWN_DUP2, write, 1)]
        os.waitpid(os.posix_spawn("/bin/echo", ["echo", "started"], {}, file_actions=to_pipe), 0)
        os.close(write)
        return os.read(read, 100).decode()
        """,
        quick=True,
    ),
    acting(
        "become_another_program",
        (8, 59),
        "puts a program in its own place",
        """
        os.execv("/bin/echo", ["/bin/echo", "RT-REACHED another program"])
        """,
        without=REACHED,
    ),
    acting(
        "posix_spawn",
        (8, 59),
        "starts a program by another way",
        """
        pid = os.posix_spawn("/bin/true", ["/bin/true"], {})
        os.waitpid(pid, 0)
        return "started"
        """,
    ),
    acting(
        "multiprocessing",
        (8, 52, 59),
        "starts a worker of its own",
        """
        import multiprocessing
        child = multiprocessing.get_context("fork").Process(target=int)
        child.start()
        child.join()
        return "started"
        """,
    ),
    Attack(
        "call_clone",
        rows=(8, 59),
        does="clone without a thread: fork by its real name",
        stopped_by="seccomp",
        act=f"""
        answer = syscall({56 if X86 else 220}, 17, 0, 0, 0, 0)  # SIGCHLD
        if answer == 0:
            os._exit(0)
        if answer < 0:
            raise OSError(-answer, os.strerror(-answer))
        os.waitpid(answer, 0)
        return "a child"
        """,
    ),
    *(ENTRIES if X86 else ()),
)
