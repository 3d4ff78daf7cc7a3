"""Attacks on other processes: the grader, the warm parent, and what a worker has inherited from them."""

from __future__ import annotations

from .attack import SAME, Attack, acting

SCAN = """
def secrets_in(pid):
    needle = "-".join(("RT", "LEAK", "")).encode()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if not rights.startswith("rw") or end - start > 1 << 28:
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue
            if needle in data:
                return data[data.index(needle) :][:32].decode(errors="replace")


def act():
    return secrets_in(PID)


attempt(act)
"""

HUNT = """
import gc, sys

def act():
    # Spelt backwards: neither the code nor a constant of it is what is looked for.
    needles = [bytes(reversed(word)) for word in (b"-KAEL-TR", b"dees cilbup 1wh")]
    own = {id(needle) for needle in needles}

    def known(value):
        if id(value) in own:
            return False
        data = value.encode(errors="replace") if isinstance(value, str) else value
        return isinstance(data, bytes) and any(needle in data for needle in needles)

    frames = list(sys._current_frames().values())
    frame = sys._getframe()
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    for frame in frames:
        for place in (frame.f_locals, frame.f_globals):
            for name, value in list(place.items()):
                if known(value):
                    return f"{name} in {frame.f_code.co_name}"
    for thing in gc.get_objects():
        values = thing.values() if type(thing) is dict else thing if type(thing) in (list, tuple, set) else ()
        for value in list(values):
            if known(value):
                return f"in a {type(thing).__name__}"
    for module in list(sys.modules):
        kept = ("autograder.recording", "autograder.seeds", "autograder.rubric", "autograder.hw1.checks")
        if module.startswith(kept):
            return module


attempt(act)
"""


ATTACKS = (
    acting(
        "proc_parent_environ",
        (19, 20),
        "reads the grader's environment and arguments",
        """
        got = []
        for name in ("environ", "cmdline"):
            try:
                got.append(open(f"/proc/@GRADER@/{name}").read().replace("\\0", " "))
            except OSError as error:
                say("REFUSED", error)
        return " ".join(got).replace("\\n", " ")
        """,
        "landlock",
        quick=True,
    ),
    Attack(
        "proc_parent_mem",
        (20,),
        "searches the grader's memory for what must not get out",
        "landlock",
        before=SCAN.replace("PID", "@GRADER@"),
    ),
    Attack(
        "proc_zygote_mem",
        (17, 20),
        "opens the warm parent's memory, of which the next worker is a copy",
        "landlock",
        act="""
        os.close(os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR))
        return "open for writing"
        """,
        privileged=True,
    ),
    acting(
        "proc_parent_fd",
        (18, 20),
        "opens what the grader has open",
        """
        return os.listdir("/proc/@GRADER@/fd")
        """,
        "landlock",
    ),
    acting(
        "inherited_fds_env",
        (18, 19),
        "looks for descriptors and variables that were left to it",
        """
        import stat
        got = [name for name, value in os.environ.items() if "RT-" in value or "SECRET" in name or "HW1" in name]
        for name in ("environ", "cmdline"):
            try:
                got += ["what it was started with"] * ("RT-" in open(f"/proc/self/{name}").read())
            except OSError as error:
                say("REFUSED", error)
        for fd in range(256):
            try:
                mode = os.fstat(fd).st_mode
            except OSError:
                continue
            if stat.S_ISSOCK(mode) or stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                got.append(f"descriptor {fd}: {stat.filemode(mode)}")
        return got
        """,
        "descriptors",
        without=SAME,
        quick=True,
    ),
    acting(
        "shared_memory_of_the_zygote",
        (17, 67),
        "looks for memory that it shares with the warm parent and all workers after it",
        """
        lines = [line.split() for line in open("/proc/self/maps")]
        return [" ".join(line) for line in lines if "w" in line[1] and "s" in line[1]]
        """,
        "worker",
        without=SAME,
    ),
    Attack(
        "frame_and_gc_hunt",
        (16, 17),
        "searches frames and all objects for expected values, seeds and secrets",
        "worker",
        before=HUNT,
        without=SAME,
        quick=True,
    ),
    acting(
        "kill_grader",
        (22,),
        "ends the grader",
        """
        os.kill(@GRADER@, 9)
        return "sent"
        """,
        quick=True,
    ),
    acting(
        "kill_zygote",
        (22,),
        "ends the warm parent",
        """
        os.kill(os.getppid(), 9)
        return "sent"
        """,
    ),
    acting(
        "kill_all",
        (22,),
        "would signal every process that it may (with signal 0, which does nothing)",
        """
        os.kill(-1, 0)
        return "could"
        """,
    ),
    acting(
        "kill_group",
        (22,),
        "would signal the group of the warm parent",
        """
        os.kill(0, 0)
        return "could"
        """,
    ),
    acting(
        "signal_by_pipe",
        (22,),
        "has the kernel signal the grader whenever a pipe of its own is written to",
        """
        import fcntl, time
        ours, theirs = os.pipe()
        fcntl.fcntl(ours, fcntl.F_SETOWN, @GRADER@)
        fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(theirs, b"x")  # SIGIO ends whoever does not expect it
        time.sleep(0.2)
        """,
    ),
    acting(
        "freeze_grader",
        (21, 22),
        "holds the grader with ptrace (which it would let go at once)",
        """
        PTRACE_SEIZE = 0x4206  # unlike PTRACE_ATTACH it does not stop the other one
        answer = syscall({"x86_64": 101}.get(os.uname().machine, 117), PTRACE_SEIZE, @GRADER@, 0, 0)
        if answer < 0:
            raise OSError(-answer, os.strerror(-answer))
        return "held"
        """,
    ),
    acting(
        "limit_grader",
        (23,),
        "leaves the grader 100 open files",
        """
        import resource
        soft, hard = resource.prlimit(@GRADER@, resource.RLIMIT_NOFILE)
        resource.prlimit(@GRADER@, resource.RLIMIT_NOFILE, (100, hard))
        return "limited"
        """,
        quick=True,
    ),
    acting(
        "limit_zygote",
        (23,),
        "lowers a limit of the warm parent, and of all workers after it",
        """
        import resource
        soft, hard = resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
        resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, hard))
        return "limited"
        """,
    ),
    acting(
        "pin_grader",
        (23,),
        "puts the grader on one core",
        """
        os.sched_setaffinity(@GRADER@, {0})
        return "pinned"
        """,
    ),
    acting(
        "slow_grader",
        (23,),
        "gives the grader the lowest priority",
        """
        os.setpriority(os.PRIO_PROCESS, @GRADER@, 19)
        return "slowed"
        """,
    ),
    acting(
        "slow_all_of_its_user",
        (23,),
        "gives all processes of its user the lowest priority",
        """
        answer = syscall({"x86_64": 141}.get(os.uname().machine, 140), os.PRIO_PGRP, 999_999, 0)
        if answer == -1:
            raise PermissionError("setpriority of a group")
        return f"the kernel looked for the group: {answer}"
        """,
    ),
    acting(
        "set_dumpable",
        (28, 20),
        "makes itself dumpable and lifts the limit of core files",
        """
        import ctypes, resource
        got = []
        if ctypes.CDLL(None).prctl(4, 1, 0, 0, 0) == 0:
            got.append("dumpable")
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
            got.append("cores")
        except (ValueError, OSError) as error:
            say("REFUSED", error)
        return got
        """,
    ),
    acting(
        "core_file",
        (28,),
        "crashes in order to leave a core file with what the worker knows",
        """
        import glob
        if glob.glob("core*"):
            return "a core file"
        os.abort()
        """,
        "rlimits",
        without=SAME,
        loses=("1.1-",),
        twice=True,
    ),
)
