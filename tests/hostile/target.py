"""What the attacks are let loose on: files, secrets, listeners and the grader itself, and what became of them."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import shutil
import signal
import socket
import time
from pathlib import Path

from autograder.home import handout_folder, solution_folder

OTHER = "20260002"
GONE_SECONDS = 3.0  # within which what a hand-in started must have ended
NAMES = [name for name in dir(resource) if name.startswith("RLIMIT_")]


class Target:
    """Everything that no hand-in may reach, in a folder of whoever grades.

    Args:
        folder: where it is made; anybody may enter it.
        secret: the text that must not get out. It stands in files, in the grader's environment and in its memory.
    """

    def __init__(self, folder: Path, secret: str):
        self.secret = secret
        self.folder = folder
        self.open, self.private = folder / "open", folder / "private"
        for path, mode in ((self.open, 0o777), (self.private, 0o700)):
            path.mkdir(parents=True)
            path.chmod(mode)
        self.canary = self.open / "canary"
        self.home = Path(os.environ["HW1_HOME"])
        self.other = self.open / "hand-ins" / OTHER / "mnist.py"
        self.results = self.private / "out" / "results.json"
        self.victims = {
            self.open / "victim": 0o644,
            self.open / "results.json": 0o666,
            self.private / "victim": 0o600,
            self.results: 0o644,
            self.other: 0o644,
            self.home / "labels.json": 0o600,
        }
        self._listeners = self._listen()
        self.markers = self._markers()
        self.restore()

    def restore(self) -> None:
        """Put all back as it was before an attack."""
        self.canary.unlink(missing_ok=True)
        for path, mode in self.victims.items():
            with contextlib.suppress(OSError):
                path.parent.chmod(0o755 if path.parent != self.open else 0o777)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_text(f"{self.secret}\n")
            path.chmod(mode)
        self.private.chmod(0o700)
        self.home.chmod(0o700)
        for left in Path("/dev/shm").glob(f"rt-{os.getpid()}*"):  # noqa: S108  what an attack is told to write there
            left.unlink(missing_ok=True)
        self._files = {path: _look(path) for path in self.victims}
        self._self = _grader()
        for listener in self._listeners.values():
            _heard(listener)

    def harm(self, told: str, warm: set[int]) -> list[str]:
        """What has happened since the last `restore`, a line each.

        Args:
            told: all that the hand-in printed and that its report says.
            warm: processes of the kit's own that may be there.
        """
        found = []
        if os.path.lexists(self.canary):
            found.append("wrote a file outside")
            told += self.canary.read_text(errors="replace") if self.canary.is_file() else ""
        found += [f"changed {path.name}" for path, before in self._files.items() if _look(path) != before]
        if self.secret in told:
            found.append("a secret got out")
        found += [f"connected: {name}" for name, listener in self._listeners.items() if _heard(listener)]
        if _grader() != self._self:
            found.append("changed the grader's limits")
        left = _left(warm)
        if left:
            found.append(f"left {len(left)} processes")
        return found

    @property
    def spoiled(self) -> bool:
        """Whether the grader is no longer what it was, so that another one must go on."""
        return _grader() != self._self

    def close(self) -> None:
        """Take all away."""
        for listener in self._listeners.values():
            listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _listen(self) -> dict[str, socket.socket]:
        made = {
            "TCP": socket.create_server(("127.0.0.1", 0)),
            "UDP": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "UNIX": socket.socket(socket.AF_UNIX),
            "ABSTRACT": socket.socket(socket.AF_UNIX),
            "LOG": socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        }
        with contextlib.suppress(OSError):  # no IPv6 here
            made["TCP6"] = socket.create_server(("::1", 0), family=socket.AF_INET6)
        made["UDP"].bind(("127.0.0.1", 0))
        made["UNIX"].bind(str(self.open / "socket"))
        made["LOG"].bind(str(self.open / "log"))
        for name in ("socket", "log"):
            (self.open / name).chmod(0o777)
        made["ABSTRACT"].bind(f"\0rt-{os.getpid()}")
        for name in ("UNIX", "ABSTRACT"):
            made[name].listen()
        for listener in made.values():
            listener.setblocking(False)
        return made

    def _markers(self) -> dict[str, str]:
        ports = {name: str(self._listeners[name].getsockname()[1]) for name in ("TCP", "UDP")}
        ports["TCP6"] = str(self._listeners["TCP6"].getsockname()[1]) if "TCP6" in self._listeners else "9"
        return {
            **ports,
            "UNIX": str(self.open / "socket"),
            "LOG": str(self.open / "log"),
            "ABSTRACT": f"rt-{os.getpid()}",
            "CANARY": str(self.canary),
            "OPEN": str(self.open),
            "VICTIM": str(self.open / "victim"),
            "PRIVATE": str(self.private / "victim"),
            "RESULTS": str(self.results),
            "REPLACED": str(self.open / "results.json"),
            "SECRET": str(self.home / "labels.json"),
            "OTHER": str(self.other),
            "SOLUTION": str(solution_folder()),
            "HANDOUT": str(handout_folder()),
            "KIT": str(Path(__file__).resolve().parents[2] / "autograder"),
            "GRADER": str(os.getpid()),
            "TOKEN": f"rt-{os.getpid()}-{secrets.token_hex(4)}",
        }


def _look(path: Path) -> tuple[object, ...]:
    """What must not change of a file: its folder's mode, its own, owner, times, content."""
    try:
        status = path.lstat()
        return (path.parent.stat().st_mode, status.st_mode, status.st_uid, status.st_mtime_ns, path.read_bytes())
    except OSError as error:
        return (type(error).__name__,)


def _grader() -> tuple[object, ...]:
    """This process's limits, cores, priority."""
    limits = tuple(resource.getrlimit(getattr(resource, name)) for name in NAMES)
    return limits, tuple(sorted(os.sched_getaffinity(0))), os.getpriority(os.PRIO_PROCESS, 0)


def _heard(listener: socket.socket) -> bool:
    """Whether anything came in since the last time; it is taken."""
    heard = False
    with contextlib.suppress(BlockingIOError):
        while True:
            if listener.type == socket.SOCK_DGRAM:
                listener.recv(4096)
            else:
                listener.accept()[0].close()
            heard = True
    return heard


def descendants() -> set[int]:
    """The processes that come from this one, however far down; it must be their subreaper."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text()
                state, parent = stat.rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(entry.name)] = int(parent)
    found: set[int] = set()
    waiting = {os.getpid()}
    while waiting:
        waiting = {pid for pid, parent in parents.items() if parent in waiting} - found
        found |= waiting
    return found


def _left(warm: set[int]) -> set[int]:
    """What a hand-in left running for longer than a moment; it is ended."""
    until = time.monotonic() + GONE_SECONDS
    while (left := descendants() - warm) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in left:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return left
