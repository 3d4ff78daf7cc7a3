"""Attacks that take more than their share. None of them could harm a machine: each has an end of its own."""

from __future__ import annotations

from .attack import SAME, Attack

MEMORY_MB = 600  # small, so that three times as much is harmless; the networks that are graded take less

ATTACKS = (
    Attack(
        "fork_bomb",
        rows=(59,),
        does="multiplies (20 children at the most, five seconds each)",
        stopped_by="seccomp",
        act="""
        import time
        got = 0
        for _ in range(20):
            if os.fork() == 0:
                time.sleep(5)
                os._exit(0)
            got += 1
        return f"{got} children"
        """,
        quick=True,
    ),
    Attack(
        "thread_bomb",
        rows=(60,),
        does="starts 300 threads",
        stopped_by="rlimits",
        act="""
        import threading
        stop, started = threading.Event(), 0
        try:
            for _ in range(300):
                threading.Thread(target=stop.wait, args=(20,), daemon=True).start()
                started += 1
        except RuntimeError as error:
            say("REFUSED", f"{error} after {started}")
        stop.set()
        return started == 300 and "300 threads"
        """,
        risks=("1.1-",),
        without=SAME,
    ),
    Attack(
        "spinning_threads",
        rows=(75,),
        does="keeps 60 threads computing for three seconds in each of its processes",
        stopped_by="watchdog",
        act="""
        import threading, time

        def burn(end=time.monotonic() + 3):
            while time.monotonic() < end:
                pass

        for _ in range(60):
            threading.Thread(target=burn, daemon=True).start()
        """,
        risks=("1.1-",),
        without=SAME,
        seconds=120,
        quick=True,
    ),
    Attack(
        "choose_its_cores",
        rows=(75,),
        does="leaves the cores that it was given",
        stopped_by="seccomp",
        act="""
        os.sched_setaffinity(0, range(os.cpu_count()))
        return "all cores"
        """,
        quick=True,
    ),
    Attack(
        "memory_bomb",
        rows=(61,),
        does="takes three times the memory that there is for it",
        stopped_by="rlimits",
        before="taken = [bytearray(100 << 20) for _ in range(18)]\n",
        memory_mb=MEMORY_MB,
        loses=("1.1-",),
        without=SAME,
        quick=True,
    ),
    Attack(
        "memory_by_mmap",
        rows=(61, 62),
        does="takes it by shared anonymous memory, which survives the garbage collector",
        stopped_by="rlimits",
        before="""
import mmap
taken = []
for _ in range(18):
    taken.append(mmap.mmap(-1, 100 << 20))
    for start in range(0, 100 << 20, 4096):
        taken[-1][start] = 1
""",
        memory_mb=MEMORY_MB,
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "shm_bomb",
        rows=(62,),
        does="keeps memory in /dev/shm, where it outlives the process",
        stopped_by="landlock",
        act="""
        with open("/dev/shm/@TOKEN@", "wb") as file:
            file.write(bytes(32 << 20))
        return "32 MiB that stay"
        """,
    ),
    Attack(
        "memfd_bomb",
        rows=(62,),
        does="keeps memory in a file without a name, which no limit of a process counts",
        stopped_by="seccomp",
        act="""
        with os.fdopen(os.memfd_create("x"), "wb") as file:
            file.write(bytes(32 << 20))
        return "32 MiB"
        """,
    ),
    Attack(
        "stdout_flood",
        rows=(63,),
        does="prints a hundred megabytes",
        stopped_by="watchdog",
        before="import os\nfor _ in range(1600):\n    os.write(1, b'x' * 65536)\n",
        loses=("1.1-",),
        without=SAME,
        quick=True,
    ),
    Attack(
        "many_descriptors",
        rows=(60,),
        does="opens 2,000 files",
        stopped_by="rlimits",
        act="""
        opened = []
        try:
            for _ in range(2000):
                opened.append(os.open("/dev/null", os.O_RDONLY))
        finally:
            for fd in opened:
                os.close(fd)
        return "2,000 descriptors"
        """,
        without=SAME,
    ),
    Attack(
        "lock_memory",
        rows=(61,),
        does="locks 64 MiB in memory, so that the machine can't swap it out",
        stopped_by="rlimits",
        act="""
        import ctypes, mmap
        taken = mmap.mmap(-1, 64 << 20)
        libc = ctypes.CDLL(None, use_errno=True)
        place = ctypes.addressof(ctypes.c_char.from_buffer(taken))
        if libc.mlock(ctypes.c_void_p(place), ctypes.c_size_t(64 << 20)) != 0:
            raise OSError(ctypes.get_errno(), "mlock")
        return "64 MiB locked"
        """,
        privileged=True,
    ),
    Attack(
        "lower_its_own_oom_score",
        rows=(61,),
        does="asks to be the last one that is ended when memory is short",
        stopped_by="landlock",
        act="""
        open("/proc/self/oom_score_adj", "w").write("-1000")
        return "the last"
        """,
        privileged=True,
    ),
)
