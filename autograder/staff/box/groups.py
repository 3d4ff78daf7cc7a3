"""Linux's control groups, of both versions: a new one below our own, which holds a command to limits and counts.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.errors import GraderError
from autograder.staff.box.records import MB, Limits, Reading, started

PERIOD_US = 100_000  # in which a quota is counted; what Docker and Kubernetes take
PATIENCE = 20.0  # seconds for killed processes to go: a throttled one frees its memory at the quota's speed

# The shell enters the groups, and becomes the command. No thread of ours is ever in them.
_ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"'
_NUMBERS = itertools.count()


Lines = tuple[tuple[str, ...], tuple[str, ...]]
Account = tuple[str, str, float]


@dataclass(frozen=True)
class Version:
    """What the two versions differ in. A file's name begins with its controller's, in whose folder it lies.

    Lines of ``memory.stat`` are summed: the first ones, less the others. An account is a file, the line in it (if it
    has more than one) and how many of its units make one of ours.
    """

    number: int
    controllers: tuple[str, ...]  # version 1 has a hierarchy for each, or for two of them; in version 2 "" has them all
    limits: Mapping[str, str]  # {period} and {quota} in microseconds, {memory} in bytes
    wishes: Mapping[str, str]  # the same, for which a kernel may keep no account
    memory: Lines  # what can't be given back
    cache: Lines  # what can
    most: str  # the file of the most bytes of both
    kernel: str  # the file of the kernel's own bytes, where memory.stat does not tell
    cpu: Account  # seconds
    throttled: Account  # seconds that the quota has taken away
    killed: Account  # processes that the memory limit has ended

    @property
    def how(self) -> str:
        """Its name."""
        return f"cgroup v{self.number}"


# Version 1 does not tell how much of the kernel's own memory can be given back, nor before 4.13 who was killed.
VERSION1 = Version(
    1,
    ("cpu", "cpuacct", "memory"),
    {"cpu.cfs_period_us": "{period}", "cpu.cfs_quota_us": "{quota}", "memory.limit_in_bytes": "{memory}"},
    {"memory.swappiness": "0", "memory.memsw.limit_in_bytes": "{memory}"},
    memory=(("total_rss", "total_shmem", "kernel"), ()),
    cache=(("total_cache",), ("total_shmem",)),
    most="memory.max_usage_in_bytes",
    kernel="memory.kmem.usage_in_bytes",
    cpu=("cpuacct.usage", "", 1e9),
    throttled=("cpu.stat", "throttled_time", 1e9),
    killed=("memory.oom_control", "oom_kill", 1),
)
VERSION2 = Version(
    2,
    ("",),
    {"memory.max": "{memory}", "cpu.max": "{quota} {period}"},
    {"memory.swap.max": "0"},
    memory=(("anon", "shmem", "kernel"), ("slab_reclaimable",)),
    cache=(("file", "slab_reclaimable"), ("shmem",)),
    most="memory.peak",  # since 5.19
    kernel="",
    cpu=("cpu.stat", "usage_usec", 1e6),
    throttled=("cpu.stat", "throttled_usec", 1e6),
    killed=("memory.events", "oom_kill", 1),
)
KERNEL = ("kernel_stack", "pagetables", "percpu", "slab")  # before 5.18 version 2 does not tell the sum


def version1_box(limits: Limits) -> Group | None:
    """A box below our own groups; None if it can't be had."""
    own = find(1)
    return _held(VERSION1, limits, [[own[name] for name in VERSION1.controllers if name in own]])


def version2_box(limits: Limits) -> Group | None:
    """A box below our own group or one above it: the first that hands both controllers on; None if there is none."""
    own = find(2).get("")
    above = [own, *own.parents] if own is not None else []
    return _held(
        VERSION2, limits, ([f] for f in itertools.takewhile(lambda f: (f / "cgroup.controllers").is_file(), above))
    )


def _held(version: Version, limits: Limits, places: Iterable[Sequence[Path]]) -> Group | None:
    """A box in the first of some *places*, each a folder for each controller, that can be limited and entered."""
    for parents in places:
        with suppress(OSError):
            if len(parents) == len(version.controllers):
                box = Group(version, new_group(parents))
                if box.holds(limits):
                    return box
    return None


def mounts(mountinfo: str) -> Iterator[tuple[int, str, Path, frozenset[str]]]:
    """The hierarchies that ``/proc/self/mountinfo`` lists: version, root, where it is mounted, and controllers."""
    for line in mountinfo.splitlines():
        place, _, kind = line.partition(" - ")
        root, point = (re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), field) for field in place.split()[3:5])
        name, _, options = kind.split(maxsplit=2)
        if name in ("cgroup", "cgroup2"):
            controllers = options.split(",") if name == "cgroup" else [""]
            yield 2 if name == "cgroup2" else 1, root, Path(point), frozenset(controllers)


def own_groups(cgroup: str) -> dict[str, str]:
    """This process's group by controller, from ``/proc/self/cgroup``; that of version 2 is under ``""``."""
    fields = (line.split(":", 2) for line in cgroup.splitlines())
    return {controller: group for _, controllers, group in fields for controller in controllers.split(",")}


def own_folder(root: str, point: Path, group: str) -> Path | None:
    """The folder of our *group* where *root* is mounted at *point*; None if this mount does not show it."""
    try:
        folder = point / PurePosixPath(group).relative_to(root)
    except ValueError:
        return None
    return folder if ".." not in folder.parts and folder.is_dir() else None


def find(version: int) -> dict[str, Path]:
    """The folder of our own group by controller (``""`` in version 2); empty where there is none."""
    try:
        groups = own_groups(Path("/proc/self/cgroup").read_text())
        hierarchies = list(mounts(Path("/proc/self/mountinfo").read_text()))
    except OSError:
        return {}
    shown = [
        (controller, own_folder(root, point, groups[controller]))
        for number, root, point, controllers in hierarchies
        for controller in controllers
        if number == version and controller in groups
    ]
    return {controller: folder for controller, folder in shown if folder is not None}


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


class Group:
    """A new group in each of a version's hierarchies, and the command in it.

    Args:
        folders: by controller, as *version* lists them.
    """

    holds_cpu = True

    def __init__(self, version: Version, folders: Sequence[Path]) -> None:
        self.how = version.how
        self._version = version
        self._of = dict(zip(version.controllers, folders, strict=True))
        self._folders = tuple(dict.fromkeys(folders))
        self._process: subprocess.Popen[bytes] | None = None
        self._cache = self._most = 0

    def limit(self, limits: Limits) -> None:
        """Write the limits.

        Raises:
            OSError: one of them can't be had here.
        """
        values = {"period": PERIOD_US, "quota": round(limits.cpus * PERIOD_US), "memory": limits.memory_mb * MB}
        for name, text in self._version.limits.items():
            self._path(name).write_text(text.format(**values))
        for name, text in self._version.wishes.items():
            with suppress(OSError):
                self._path(name).write_text(text.format(**values))

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

    def read(self) -> Reading:
        """What is taken now.

        The kernel keeps the most of all that is charged, the page cache included, and it tells something only when it
        grows. How large the cache was at the moment is not known: the larger one of before and now is taken, so that it
        does not count as memory.
        """
        stat = numbers(self._path("memory.stat"))
        stat.setdefault("kernel", self._bytes(self._version.kernel) or sum(stat.get(name, 0) for name in KERNEL))
        memory, cache = (_total(stat, lines) for lines in (self._version.memory, self._version.cache))
        before, self._cache = self._cache, cache
        most, self._most = self._most, self._bytes(self._version.most)
        grown = self._most - max(before, cache) if self._most > most else 0
        return Reading(self._told(self._version.cpu), memory, max(memory, grown))

    def kill(self) -> None:
        """End every process in the group."""
        kill_all(self._folders)

    def killed(self) -> int:
        """How many processes the memory limit has ended."""
        return int(self._told(self._version.killed))

    def throttled(self) -> float:
        """Seconds that the quota has taken away."""
        return self._told(self._version.throttled)

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

    def _path(self, name: str) -> Path:
        return (self._of.get(name.partition(".")[0]) or self._of[""]) / name

    def _told(self, where: Account) -> float:
        name, line, units = where
        return (numbers(self._path(name)).get(line, 0) if line else self._bytes(name)) / units

    def _bytes(self, name: str) -> int:
        """The number in a file; 0 where the kernel does not keep it."""
        try:
            return int(self._path(name).read_text()) if name else 0
        except FileNotFoundError:
            return 0


def _total(stat: Mapping[str, int], lines: Lines) -> int:
    more, less = (sum(stat.get(name, 0) for name in names) for names in lines)
    return more - less


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
