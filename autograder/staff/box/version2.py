"""Control groups, version 2: one hierarchy for everything."""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from pathlib import Path

from autograder.staff.box.groups import PERIOD_US, Group, find, new_group, numbers
from autograder.staff.box.records import MB, Limits, Reading

ANEW = b"reset"  # any text does it
KERNEL = ("kernel_stack", "pagetables", "percpu", "slab")
"""What the kernel keeps for a group; before 5.18 it does not tell the sum."""


def version2_box(limits: Limits) -> Version2 | None:
    """A box below our own group or one above it: the first that hands both controllers on; None if there is none."""
    own = find(2).get("")
    above = [own, *own.parents] if own is not None else []
    for parent in itertools.takewhile(lambda folder: (folder / "cgroup.controllers").is_file(), above):
        with suppress(OSError):
            box = Version2(*new_group([parent]))
            if box.holds(limits):
                return box
    return None


class Version2(Group):
    """A group in its *folder*."""

    how = "cgroup v2"

    def __init__(self, folder: Path) -> None:
        super().__init__((folder,))
        self._folder = folder
        self._most = 0
        self._anew: int | None = None

    def limit(self, limits: Limits) -> None:
        """Write the limits."""
        (self._folder / "memory.max").write_text(str(limits.memory_mb * MB))
        (self._folder / "cpu.max").write_text(f"{round(limits.cpus * PERIOD_US)} {PERIOD_US}")
        with suppress(OSError):  # a kernel that keeps no account of swap
            (self._folder / "memory.swap.max").write_text("0")
        self._count_anew()

    def read(self) -> Reading:
        """What is taken now."""
        stat = numbers(self._folder / "memory.stat")
        slab = stat.get("slab_reclaimable", 0)
        kernel = stat.get("kernel", sum(stat.get(name, 0) for name in KERNEL)) - slab
        memory = stat["anon"] + stat["shmem"] + kernel
        cache = stat["file"] - stat["shmem"] + slab
        cpu = numbers(self._folder / "cpu.stat")["usage_usec"] / 1e6
        return Reading(cpu, memory, self._peak(self._most_since(), memory, cache))

    def killed(self) -> int:
        """How many processes the memory limit has ended."""
        return numbers(self._folder / "memory.events")["oom_kill"]

    def throttled(self) -> float:
        """Seconds that the quota has taken away."""
        return numbers(self._folder / "cpu.stat")["throttled_usec"] / 1e6

    def remove(self) -> None:
        """End what is left in the group, and remove it."""
        if self._anew is not None:
            os.close(self._anew)
            self._anew = None
        super().remove()

    def _count_anew(self) -> None:
        """Open the count of the most, if it can begin anew for who has it open (since 6.12)."""
        with suppress(OSError):
            opened = os.open(self._folder / "memory.peak", os.O_RDWR)
            try:
                os.pwrite(opened, ANEW, 0)
            except OSError:  # root may open it before 6.12, too
                os.close(opened)
            else:
                self._anew = opened

    def _most_since(self) -> int:
        """Bytes charged at the worst moment since the reading before; 0 where that is not known.

        Where the count can't begin anew, it tells something only when it grows.
        """
        if self._anew is not None:
            most = int(os.pread(self._anew, 64, 0))
            os.pwrite(self._anew, ANEW, 0)
            return most
        try:
            most = int((self._folder / "memory.peak").read_text())
        except FileNotFoundError:  # before 5.19
            return 0
        before, self._most = self._most, most
        return most if most > before else 0
