"""Control groups, version 1: a hierarchy for the CPU, one for its account, one for memory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from autograder.staff.box.groups import PERIOD_US, Group, find, new_group, numbers
from autograder.staff.box.records import MB, Limits, Reading


def version1_box(limits: Limits) -> Version1 | None:
    """A box below our own groups; None if it can't be had."""
    own = find(1)
    try:
        box = Version1(*new_group([own["cpu"], own["cpuacct"], own["memory"]]))
    except (KeyError, OSError):
        return None
    return box if box.holds(limits) else None


class Version1(Group):
    """A group in the three hierarchies, two of which may be one.

    Args:
        cpu: the group's folder in the hierarchy of that controller; the others likewise.
    """

    how = "cgroup v1"

    def __init__(self, cpu: Path, account: Path, memory: Path) -> None:
        super().__init__((cpu, account, memory))
        self._cpu, self._account, self._memory = cpu, account, memory

    def limit(self, limits: Limits) -> None:
        """Write the limits."""
        size = str(limits.memory_mb * MB)
        (self._cpu / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (self._cpu / "cpu.cfs_quota_us").write_text(str(round(limits.cpus * PERIOD_US)))
        (self._memory / "memory.limit_in_bytes").write_text(size)
        for name, value in (("swappiness", "0"), ("memsw.limit_in_bytes", size)):
            with suppress(OSError):  # a kernel that keeps no account of swap, or none for each group
                (self._memory / f"memory.{name}").write_text(value)

    def read(self) -> Reading:
        """What is taken now. Version 1 does not tell how much of the kernel's own memory can be given back."""
        stat = numbers(self._memory / "memory.stat")
        memory = stat["total_rss"] + stat["total_shmem"] + self._bytes("kmem.usage_in_bytes")
        most = self._bytes("max_usage_in_bytes")
        (self._memory / "memory.max_usage_in_bytes").write_text("0")  # from here on anew
        cpu = int((self._account / "cpuacct.usage").read_text()) / 1e9
        return Reading(cpu, memory, self._peak(most, memory, stat["total_cache"] - stat["total_shmem"]))

    def killed(self) -> int:
        """How many processes the memory limit has ended; 0 where the kernel does not count them (before 4.13)."""
        return numbers(self._memory / "memory.oom_control").get("oom_kill", 0)

    def throttled(self) -> float:
        """Seconds that the quota has taken away."""
        return numbers(self._cpu / "cpu.stat")["throttled_time"] / 1e9

    def _bytes(self, name: str) -> int:
        try:
            return int((self._memory / f"memory.{name}").read_text())
        except FileNotFoundError:  # a kernel without that account
            return 0
