"""Attacks by what is left in the scratch folder: too much, too deep, hidden from whoever counts or cleans up."""

from __future__ import annotations

from .attack import SAME, Attack

ATTACKS = (
    Attack(
        "disk_fill",
        rows=(64,),
        does="writes 600 MB in 600 files, and looks whether they stay",
        stopped_by="watchdog",
        act="""
        import shutil, time
        os.mkdir("many")
        written = 0
        try:
            for number in range(600):
                with open(f"many/{number}", "wb") as file:
                    written += file.write(bytes(1_000_000))
            time.sleep(0.5)
        finally:
            shutil.rmtree("many")
        return f"{written / 1e6:.0f} MB"
        """,
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "inode_fill",
        rows=(64,),
        does="makes 30,000 empty files, and looks whether they stay",
        stopped_by="watchdog",
        act="""
        import shutil, time
        os.mkdir("many")
        try:
            for number in range(30_000):
                os.close(os.open(f"many/{number}", os.O_CREAT | os.O_WRONLY))
            time.sleep(0.5)
        finally:
            shutil.rmtree("many", ignore_errors=True)
        return "30,000 files"
        """,
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "one_large_file",
        rows=(64,),
        does="makes a file of 200 MB",
        stopped_by="rlimits",
        act="""
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with open("large", "wb") as file:
            for _ in range(20):
                file.write(bytes(10_000_000))
        os.unlink("large")
        return "200 MB"
        """,
        without=SAME,
    ),
    Attack(
        "disk_fill_unlinked",
        rows=(64,),
        does="writes 600 MB into files that have no name any more, which whoever counts a folder does not see",
        stopped_by="watchdog",
        act="""
        import time
        kept, written = [], 0
        for number in range(20):
            kept.append(open(f"gone{number}", "wb", buffering=0))
            os.unlink(f"gone{number}")
            for _ in range(30):
                written += kept[-1].write(bytes(1_000_000))
        time.sleep(1)
        return f"{written / 1e6:.0f} MB without a name"
        """,
        loses=("1.1-",),
        without=SAME,
        stays_open=("user",),
        why="the kernel does not let an ordinary user's grader look; 256 files of 64 MB are the bound",
    ),
    Attack(
        "disk_fill_unlisted",
        rows=(64,),
        does="writes 600 MB into a folder that may be entered but not listed",
        stopped_by="watchdog",
        act="""
        import time
        os.umask(0)
        os.mkdir("closed", 0o300)
        written = 0
        for number in range(20):
            with open(f"closed/{number}", "wb", buffering=0) as file:
                for _ in range(30):
                    written += file.write(bytes(1_000_000))
        time.sleep(1)
        for number in range(20):
            os.unlink(f"closed/{number}")
        return f"{written / 1e6:.0f} MB unseen"
        """,
        loses=("1.1-",),
        without=SAME,
    ),
    Attack(
        "unremovable_folders",
        rows=(64, 67),
        does="leaves folders that may not be listed or written to, for whoever cleans up",
        stopped_by="clean-up",
        act="""
        os.mkdir("closed", 0o300)
        open("closed/file", "w").close()
        os.mkdir("outer")
        os.mkdir("outer/inner", 0)
        """,
        risks=("1.1-",),
        without=SAME,
    ),
    Attack(
        "deep_folders",
        rows=(64, 27),
        does="leaves 3,000 folders in one another, deeper than a recursion goes",
        stopped_by="watchdog",
        loses=("1.1-",),
        act="""
        here = os.getcwd()
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        os.chdir(here)
        """,
        without=SAME,
    ),
    Attack(
        "names_for_a_shell",
        rows=(56, 67),
        does="leaves files whose names mean something to a shell, a terminal, or are no text",
        stopped_by="clean-up",
        act="""
        for name in (b"-rf *", b"$(touch canary)", b"a\\nb", b"\\xff\\xfe", b"\\x1b[2J", b"n" * 255):
            open(name, "w").close()
        """,
        without=SAME,
    ),
)
