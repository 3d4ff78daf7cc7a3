"""Runs a module of the kit as if on macOS or Windows: no ``/proc``, and for Windows none of POSIX's calls and modules.

    python foreign_platform.py darwin|win32 [-I -X utf8 -m] MODULE ARGUMENTS...

With ``-I`` first it is the interpreter of a worker, as the kit starts it. Packages are imported beforehand, for they
would look for what their own builds for that platform bring.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.abc
import io
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

MODULES = ("resource", "fcntl", "pwd", "grp", "termios", "syslog")
FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_CLOEXEC")
CALLS = (
    *("fork", "forkpty", "posix_spawn", "wait4", "killpg", "setsid", "getpgid", "nice", "uname", "sysconf"),
    *("geteuid", "getuid", "getegid", "getgid", "setuid", "setgroups", "setresuid", "setresgid"),
    *("chown", "lchown", "fchown", "mkfifo", "statvfs", "pread", "sched_getaffinity"),
)
INTERPRETER = "FOREIGN_PYTHON"  # the variable that names what workers are started with


class Absent(importlib.abc.MetaPathFinder):
    """Finds none of MODULES."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def without_proc() -> None:
    """There is no folder ``/proc``."""

    def closed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **kwargs: Any) -> Any:
            if str(path).startswith("/proc"):
                raise FileNotFoundError(2, "No such file or directory", str(path))
            return function(path, *args, **kwargs)

        return call

    for module, name in ((io, "open"), (builtins, "open"), (os, "open"), (os, "listdir")):
        setattr(module, name, closed(getattr(module, name)))


def without_posix() -> None:
    """What Windows does not have is not there."""

    def sockets_only(*args: Any) -> Any:
        raise OSError(10038, "An operation was attempted on something that is not a socket")

    def kill(process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            os.kill(process.pid, 9)

    subprocess.Popen.kill = kill  # type: ignore[method-assign]  it names a signal that is away
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Absent())
    gone = [(os, name) for name in (*CALLS, *FLAGS)] + [(signal, name) for name in ("SIGKILL", "SIGALRM", "SIGHUP")]
    for module, name in [*gone, (socket, "send_fds"), (socket, "recv_fds"), (socket, "AF_UNIX")]:
        delattr(module, name)
    os.supports_dir_fd = set()
    select.select = sockets_only


def import_packages(worker: bool) -> None:
    """All that a worker, or the command line, has of others."""
    workers = ("matplotlib.pyplot", "torch._dynamo", "torch.utils.data", "torchvision")
    for name in (
        "zoneinfo",
        "numpy",
        *(workers if worker else ("typer._adapters", "typer.rich_utils", "typer.testing")),
    ):
        with contextlib.suppress(ModuleNotFoundError):  # typer's own pieces differ from version to version
            importlib.import_module(name)
    sysconfig.get_config_vars()


def main() -> None:
    """Be that platform, and run the module."""
    system, *rest = sys.argv[1:]
    worker = rest[0] == "-I"
    import_packages(worker)
    without_proc()
    if system == "win32":
        without_posix()
    if worker:
        rest = rest[rest.index("-m") + 1 :]
    else:
        sys.platform = system
        sys.executable = os.environ[INTERPRETER]
    sys.argv = rest
    runpy.run_module(rest[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
