"""A box that nothing holds: the command runs at full speed, and all of its processes are looked at.

What they have together is compared with the limit, and above it they are ended. What the kernel keeps for them is not
seen, nor a file in memory that nobody has mapped.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from autograder.errors import GraderError
from autograder.sandbox.layers.identity import adopt_orphans
from autograder.sandbox.zygote import end_strays
from autograder.staff.box.records import MB, Limits, Reading, end

KB = 1024
PROC = Path("/proc")
STAYS = (("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")), ("status", ("RssAnon:", "RssShmem:")))
"""Where a process's memory that can't be given back is told: divided among those who share it, or (where we may not
look closely) once for each of them."""


class Process(NamedTuple):
    """A process: its parent, its CPU time with that of the children it waited for, bytes that are resident."""

    parent: int
    cpu_seconds: float
    resident: int


def measured_box(limits: Limits) -> Measuring | None:
    """A box without limits of the kernel's; None where processes can't be listed."""
    return Measuring(limits) if (PROC / "self/stat").is_file() else None


class Measuring:
    """All processes that this one becomes the parent of from now on, and theirs."""

    how = "measured"
    holds_cpu = False
    folders: tuple[Path, ...] = ()

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.memory_mb * MB
        self._others = {number for number, one in processes().items() if one.parent == os.getpid()}
        self._others_seconds = _waited()
        self._killed = 0
        adopt_orphans()

    def read(self) -> Reading:
        """What is taken now. Above the memory limit everything is ended."""
        listed = processes()
        tree = self._tree(listed)
        memory = sum(stays(number, listed[number]) for number in tree)
        cpu = _waited() - self._others_seconds + sum(listed[number].cpu_seconds for number in tree)
        if memory > self._limit and not self._killed:
            self._killed = 1
            end(tree)
        return Reading(cpu, memory)

    def killed(self) -> int:
        """1 if the command was ended for its memory."""
        return self._killed

    def kill(self) -> None:
        """End every process."""
        end(self._tree(processes()))

    def remove(self) -> None:
        """End what is left, and bury it.

        Raises:
            GraderError: something can't be ended.
        """
        try:
            end_strays(self._others)
        except OSError as error:
            raise GraderError(f"something that was run can't be ended: {error}") from error
        finally:
            adopt_orphans(False)

    def _tree(self, listed: Mapping[int, Process]) -> set[int]:
        found: set[int] = set()
        parents = {os.getpid()}
        while parents:
            parents = {number for number, one in listed.items() if one.parent in parents} - found - self._others
            found |= parents
        return found


def _waited() -> float:
    """CPU seconds of all children that this process has waited for."""
    times = os.times()
    return times.children_user + times.children_system


def stays(number: int, process: Process) -> int:
    """Bytes of its memory that can't be given back; all that is resident where no more is told."""
    for name, wanted in STAYS:
        with suppress(OSError):  # not ours to see, or gone
            lines = (PROC / str(number) / name).read_text().splitlines()
            told = [int(line.split()[1]) * KB for line in lines if line.startswith(wanted)]
            if len(told) == len(wanted):
                return sum(told)
    return process.resident


def processes() -> dict[int, Process]:
    """Every process by its number."""
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found = {}
    for name in filter(str.isdecimal, (path.name for path in PROC.iterdir())):
        with suppress(OSError):  # gone
            fields = (PROC / name / "stat").read_text(errors="replace").rpartition(")")[2].split()
            found[int(name)] = Process(int(fields[1]), sum(map(int, fields[11:15])) / tick, int(fields[21]) * page)
    return found
