"""Linux's control groups: where they are mounted, which one is ours, and a new one below it that a command runs in.

No other group is touched: a box is a group of its own, or there is none. Of the kernel's documentation see
``admin-guide/cgroup-v1`` and ``admin-guide/cgroup-v2.rst``.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.errors import GraderError
from autograder.staff.box.records import Limits
from autograder.staff.box.start import started

PERIOD_US = 100_000  # in which a quota is counted; what Docker and Kubernetes take
PATIENCE = 20.0  # seconds for killed processes to go: a throttled one frees its memory at the quota's speed

# The shell enters the groups, and becomes the command. No thread of ours is ever in them.
_ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"'
_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Mount:
    """A hierarchy of groups.

    Attributes:
        version: 1 or 2.
        root: the group that lies at *point*.
        point: where it is mounted.
        controllers: of version 1; those of version 2 stand in each group.
    """

    version: int
    root: str
    point: Path
    controllers: frozenset[str]


def mounts(mountinfo: str) -> list[Mount]:
    """The hierarchies that ``/proc/self/mountinfo`` lists."""
    found = []
    for line in mountinfo.splitlines():
        place, _, kind = line.partition(" - ")
        root, point = (re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), field) for field in place.split()[3:5])
        name, _, options = kind.split(maxsplit=2)
        if name in ("cgroup", "cgroup2"):
            controllers = frozenset(options.split(",")) if name == "cgroup" else frozenset[str]()
            found.append(Mount(2 if name == "cgroup2" else 1, root, Path(point), controllers))
    return found


def own_groups(cgroup: str) -> dict[str, str]:
    """This process's group by controller, from ``/proc/self/cgroup``; that of version 2 is under ``""``."""
    fields = (line.split(":", 2) for line in cgroup.splitlines())
    return {controller: group for _, controllers, group in fields for controller in controllers.split(",")}


def own_folder(mount: Mount, group: str) -> Path | None:
    """The folder of our *group*; None if this mount does not show it."""
    try:
        folder = mount.point / PurePosixPath(group).relative_to(mount.root)
    except ValueError:
        return None
    return folder if ".." not in folder.parts and folder.is_dir() else None


def find(version: int) -> dict[str, Path]:
    """The folder of our own group by controller (``""`` in version 2); empty where there is none."""
    try:
        groups = own_groups(Path("/proc/self/cgroup").read_text())
        hierarchies = [m for m in mounts(Path("/proc/self/mountinfo").read_text()) if m.version == version]
    except OSError:
        return {}
    found = {}
    for mount in hierarchies:
        for controller in mount.controllers if version == 1 else {""}:
            folder = own_folder(mount, groups[controller]) if controller in groups else None
            if folder is not None:
                found[controller] = folder
    return found


def new_group(parents: Sequence[Path]) -> tuple[Path, ...]:
    """A new group below each of these (the same one below the same), of one name; all of them, or none.

    Raises:
        OSError: one can't be made.
    """
    name = f"hw1-box-{os.getpid()}-{next(_NUMBERS)}"
    made: list[Path] = []
    try:
        for parent in dict.fromkeys(parents):
            (parent / name).mkdir()
            made.append(parent / name)
    except BaseException:
        remove_groups(made)
        raise
    return tuple(parent / name for parent in parents)


def numbers(path: Path) -> dict[str, int]:
    """A file of lines ``NAME NUMBER``."""
    return {name: int(value) for name, value in map(str.split, path.read_text().splitlines())}


class Group(ABC):
    """A new group in each of some folders, and the command in it. What limits it and counts is each version's own."""

    holds_cpu = True

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(dict.fromkeys(folders))
        self._process: subprocess.Popen[bytes] | None = None
        self._cache = 0

    @abstractmethod
    def limit(self, limits: Limits) -> None:
        """Write the limits.

        Raises:
            OSError: one of them can't be had here.
        """

    def holds(self, limits: Limits) -> bool:
        """Whether it can be limited and entered; both have been tried. If not, it is gone again."""
        command = self._entering(["/bin/sh", "-c", ":"])
        fits = False
        try:
            with suppress(OSError, subprocess.TimeoutExpired):
                self.limit(limits)
                fits = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
        finally:
            if not fits:
                self.remove()
        return fits

    def start(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, output: IO[bytes]) -> None:
        """Start the command in the group.

        Raises:
            GraderError: it can't be started there.
        """
        self._process = started(self._entering(command), environment, cwd, output)

    def poll(self) -> int | None:
        """The command's status; None while it runs."""
        return self._process.poll() if self._process is not None else None

    def kill(self) -> None:
        """End every process in the group."""
        kill_all(self._folders)

    def remove(self) -> None:
        """End what is left in the group, and remove it.

        Raises:
            GraderError: something in it can't be ended.
        """
        remove_groups(self._folders)
        if self._process is not None:
            self._process.wait()

    def _entering(self, command: Sequence[str]) -> list[str]:
        return ["/bin/sh", "-c", _ENTER, "sh", *(str(f / "cgroup.procs") for f in self._folders), "--", *command]

    def _peak(self, most: int, memory: int, cache: int) -> int:
        """The most since the reading before of what can't be given back.

        The kernel keeps the most of all that is charged, the page cache included. How large that was at the moment is
        not known: take the larger one of before and now, so that it is not taken for memory.

        Args:
            most: bytes charged at the worst moment since the reading before.
            memory: bytes now that can't be given back.
            cache: bytes now that can.
        """
        before, self._cache = self._cache, cache
        return max(memory, most - max(before, cache))


def kill_all(folders: Sequence[Path]) -> bool:
    """Send SIGKILL to every process in the groups and in those below; whether there was any."""
    pids = set()
    for folder in folders:
        for group in (folder, *_below(folder)):
            with suppress(OSError):  # gone by now
                pids |= {int(pid) for pid in (group / "cgroup.procs").read_text().split()}
    for pid in pids - {0}:  # 0: of another namespace, out of reach
        with suppress(OSError):  # gone by now; or not ours to end: who removes the group says so
            os.kill(pid, signal.SIGKILL)
    return bool(pids)


def remove_groups(folders: Sequence[Path]) -> None:
    """End what is in the groups, and remove them.

    Raises:
        GraderError: something in them can't be ended.
    """
    until = time.monotonic() + PATIENCE
    while left := [folder for folder in folders if folder.exists()]:
        if time.monotonic() > until:
            raise GraderError(f"{left[0]} can't be removed: something in it can't be ended")
        if not kill_all(left):
            for folder in left:
                for group in (*_below(folder), folder):
                    with suppress(OSError):  # the last process is still going
                        group.rmdir()
        time.sleep(0.002)


def _below(folder: Path) -> list[Path]:
    """The groups below, the deepest first."""
    return [Path(path) for path, _, _ in os.walk(folder, topdown=False) if path != str(folder)]
