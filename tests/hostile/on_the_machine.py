"""Attacks on the machine: its secrets, its settings, its services; and what honest code may do there."""

from __future__ import annotations

from .attack import SAME, Attack

ATTACKS = (
    Attack(
        "read_the_machine",
        rows=(13,),
        does="opens passwords, keys, disks and memory of the machine (opened is enough; nothing is read)",
        stopped_by="landlock",
        act="""
        got = []
        for path in ("/etc/shadow", "/proc/1/environ", "/proc/1/maps", "/proc/kcore", "/dev/mem",
                     "/dev/kmsg", "/dev/vda", "/dev/sda", "/root", "/home", "/var/log", "/run",
                     "/etc/ssl/private", "/sys/kernel/debug"):
            try:
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
                got.append(path)
            except OSError as error:
                say("REFUSED", error)
        return got
        """,
    ),
    Attack(
        "change_the_machine",
        rows=(7,),
        does="opens settings of the kernel for writing (opened is enough; nothing is written)",
        stopped_by="landlock",
        act="""
        got = []
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
                     "/etc/passwd", "/etc/ld.so.preload", "/sys/power/state", "/dev/kmsg", "/proc/self/uid_map",
                     "/proc/self/attr/current"):
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                got.append(path)
            except OSError as error:
                say("REFUSED", error)
        return got
        """,
        privileged=True,
    ),
    Attack(
        "rights_of_root",
        rows=(7, 20),
        does="looks for rights of root's that it still has or could win back",
        stopped_by="uid",
        act="""
        status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
        got = [f"{name} {int(status[name], 16):x}" for name in ("CapEff", "CapPrm", "CapAmb") if int(status[name], 16)]
        if status["NoNewPrivs"].strip() != "1":
            got.append("setuid programs count")
        return got
        """,
        privileged=True,
    ),
    Attack(
        "watch_hidden_files",
        rows=(14,),
        does="is told by the kernel when hidden files are opened and changed",
        stopped_by="seccomp",
        act="""
        libc = ctypes.CDLL(None, use_errno=True)
        watch = libc.inotify_init1(0)
        if watch < 0 or libc.inotify_add_watch(watch, b"@OPEN@", 0xFFF) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        os.close(watch)
        return "watching"
        """,
    ),
    Attack(
        "threads_and_files_are_allowed",
        rows=(60,),
        does="what honest code does: threads, files in its folder, time, random numbers, its own signals and limits",
        stopped_by="nothing",
        act="""
        import random, resource, signal, tempfile, threading, time
        thread = threading.Thread(target=time.sleep, args=(0.01,))
        thread.start()
        thread.join()
        os.mkdir("mine")
        with open("mine/a", "w") as file:
            file.write("text")
        os.rename("mine/a", "mine/b")
        assert open("mine/b").read() == "text"
        os.unlink("mine/b")
        os.rmdir("mine")
        with tempfile.TemporaryFile() as file:
            file.write(os.urandom(16))
        os.kill(os.getpid(), 0)
        resource.getrlimit(resource.RLIMIT_NOFILE)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGUSR1)
        """,
        without=SAME,
    ),
    Attack(
        "links_and_pipes",
        rows=(12, 55),
        does="makes a link, a pipe and a socket in its scratch folder",
        stopped_by="landlock",
        act="""
        import socket
        got = []
        for name, make in (("link", lambda: os.symlink("/etc/passwd", "alink")), ("pipe", lambda: os.mkfifo("apipe")),
                           ("socket", lambda: socket.socketpair()[0].bind("asocket"))):
            try:
                make()
                got.append(name)
            except OSError as error:
                say("REFUSED", error)
        return got
        """,
    ),
)
