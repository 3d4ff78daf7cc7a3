"""Linux's control groups, of both versions: a new one below our own, which holds a command to limits and counts.

No other group is touched: a box is a group of its own, or there is none. Of the kernel's documentation see
``admin-guide/cgroup-v1`` and ``admin-guide/cgroup-v2.rst``.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import GraderError
from autograder.staff.box.records import MB, Limits, Reading, end

PERIOD_US = 100_000  # in which a quota is counted; what Docker and Kubernetes take
PATIENCE = 20.0  # seconds for killed processes to go: a throttled one frees its memory at the quota's speed
OWN, MOUNTS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
_ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"'
_NUMBERS = itertools.count()

Account = tuple[tuple[float, str, str], ...]
"""A sum: of each term the factor, the file, and the line in it (``""`` where the file is one number)."""


def _stat(names: str) -> Account:
    """The sum of lines of ``memory.stat``."""
    return tuple((1, "memory.stat", name) for name in names.split())


@dataclass(frozen=True)
class Version:
    """What the two versions differ in. A file's name begins with its controller's, in whose folder it lies."""

    how: str
    controllers: tuple[str, ...]  # version 1 has a hierarchy for each, or for two of them; in version 2 "" has them all
    limits: Mapping[str, str]  # by file; {period} and {quota} in microseconds, {memory} in bytes
    wishes: frozenset[str]  # the limits that a kernel may not have
    memory: Account  # bytes that can't be given back
    cpu: Account  # seconds
    killed: Account  # processes that the memory limit has ended


# Version 1 does not tell how much of the kernel's own memory can be given back, nor before 4.13 who was killed.
VERSION1 = Version(
    how="cgroup v1",
    controllers=("cpu", "cpuacct", "memory"),
    limits={
        "cpu.cfs_period_us": "{period}",
        "cpu.cfs_quota_us": "{quota}",
        "memory.limit_in_bytes": "{memory}",
        "memory.memsw.limit_in_bytes": "{memory}",
        "memory.swappiness": "0",
    },
    wishes=frozenset({"memory.memsw.limit_in_bytes", "memory.swappiness"}),
    memory=(*_stat("total_rss total_shmem"), (1, "memory.kmem.usage_in_bytes", "")),
    cpu=((1e-9, "cpuacct.usage", ""),),
    killed=((1, "memory.oom_control", "oom_kill"),),
)
# The kernel's own memory is taken in parts: not all of it can't be given back, and the sum is told only since 5.18.
VERSION2 = Version(
    how="cgroup v2",
    controllers=("",),
    limits={"memory.max": "{memory}", "memory.swap.max": "0", "cpu.max": "{quota} {period}"},
    wishes=frozenset({"memory.swap.max"}),
    memory=_stat("anon shmem kernel_stack pagetables percpu vmalloc slab_unreclaimable"),
    cpu=((1e-6, "cpu.stat", "usage_usec"),),
    killed=((1, "memory.events", "oom_kill"),),
)


def group_box(version: Version, limits: Limits) -> Group | None:
    """A box below our own group or one above it, the first that can be limited and entered; None if there is none.

    In version 2 only groups without processes of their own hand the controllers on.
    """
    own = own_folders(version)
    for parents in zip(*([folder, *folder.parents] for folder in own), strict=False):
        if not all((folder / "cgroup.procs").is_file() for folder in parents):
            break
        name = f"hw1-box-{os.getpid()}-{next(_NUMBERS)}"
        box = Group(version, [folder / name for folder in parents])
        if box.make(limits):
            return box
    return None


def own_folders(version: Version) -> list[Path]:
    """The folder of our own group for each controller; empty where one has no group of ours."""
    try:
        lines = [line.split(":", 2) for line in OWN.read_text().splitlines()]
    except OSError:
        return []
    groups = {controller: group.strip("/") for _, controllers, group in lines for controller in controllers.split(",")}
    found = []
    for name in version.controllers:
        group = groups.get(name, "..")  # begins so where it is outside of what we are shown
        # A container's mount shows its own group as the topmost, whatever it is called outside.
        places = (MOUNTS / name / group, MOUNTS / name) if not group.startswith("..") else ()
        found += [place.resolve() for place in places if (place / "cgroup.procs").is_file()][:1]
    return found if len(found) == len(version.controllers) else []


def entering(command: Sequence[str], groups: Sequence[Path]) -> list[str]:
    """*command* behind a shell that enters the *groups* and becomes it: no thread of ours is ever in them."""
    return ["/bin/sh", "-c", _ENTER, "sh", *(str(folder / "cgroup.procs") for folder in groups), "--", *command]


class Group:
    """A new group in each of a version's hierarchies.

    Args:
        folders: by controller, as *version* lists them; they are not there yet.

    Attributes:
        folders: those that were made, each once.
    """

    holds_cpu = True

    def __init__(self, version: Version, folders: Sequence[Path]) -> None:
        self.how = version.how
        self.folders: list[Path] = []
        self._version = version
        self._of = dict(zip(version.controllers, folders, strict=True))

    def make(self, limits: Limits) -> bool:
        """Make it; whether it can be limited and entered, both of which have been tried. If not, it is gone again."""
        values = {"period": PERIOD_US, "quota": round(limits.cpus * PERIOD_US), "memory": limits.memory_mb * MB}
        made = False
        try:
            with suppress(OSError, subprocess.SubprocessError):
                for folder in dict.fromkeys(self._of.values()):
                    folder.mkdir()
                    self.folders.append(folder)
                for name, text in self._version.limits.items():
                    with suppress(*([OSError] if name in self._version.wishes else [])):
                        self._path(name).write_text(text.format(**values))
                command = entering(["/bin/sh", "-c", ":"], self.folders)
                made = not subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode
        finally:
            if not made:
                self.remove()
        return made

    def read(self) -> Reading:
        """What is taken now."""
        return Reading(self._sum(self._version.cpu), int(self._sum(self._version.memory)))

    def killed(self) -> int:
        """How many processes the memory limit has ended."""
        return int(self._sum(self._version.killed))

    def kill(self) -> None:
        """End every process in the group, and in those below."""
        for group in self._all():
            with suppress(OSError):  # gone by now
                # 0 is one of another namespace, out of reach
                end(pid for pid in map(int, (group / "cgroup.procs").read_text().split()) if pid)

    def remove(self) -> None:
        """End what is left in the group, and remove it.

        Raises:
            GraderError: something in it can't be ended.
        """
        until = time.monotonic() + PATIENCE
        while groups := self._all():
            if time.monotonic() > until:
                raise GraderError(f"{groups[-1]} can't be removed: something in it can't be ended")
            self.kill()
            for group in groups:
                with suppress(OSError):  # the last process is still going
                    group.rmdir()
            time.sleep(0.002)

    def _all(self) -> list[Path]:
        """The groups that are there, the deepest first."""
        return [Path(path) for folder in self.folders for path, _, _ in os.walk(folder, topdown=False)]

    def _path(self, name: str) -> Path:
        return (self._of.get(name.partition(".")[0]) or self._of[""]) / name

    def _sum(self, account: Account) -> float:
        """What the kernel does not tell counts as 0."""
        return sum(factor * told(self._path(name)).get(line, 0) for factor, name, line in account)


def told(path: Path) -> dict[str, int]:
    """A file of lines ``NAME NUMBER``, or of one number under ``""``; nothing where the kernel has no such file."""
    try:
        rows = [line.split() for line in path.read_text().splitlines()]
    except FileNotFoundError:
        return {}
    return {" ".join(row[:-1]): int(row[-1]) for row in rows}
