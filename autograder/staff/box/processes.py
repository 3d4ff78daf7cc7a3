"""All processes there are, and what each of them has: from ``/proc``, or from ``ps`` where there is none (macOS)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KB = 1024
PROC, PS = Path("/proc"), Path("/bin/ps")
STAYS = (("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")), ("status", ("RssAnon:", "RssShmem:")))
"""Where a process's memory that can't be given back is told: divided among those who share it, or (where we may not
look closely) once for each of them."""


@dataclass(frozen=True)
class Process:
    """A process.

    Attributes:
        parent: its number.
        cpu_seconds: its own.
        waited_seconds: of CPU time, of those of its children that it waited for; 0 where that is not told.
        resident: bytes, the pages of files included.
    """

    parent: int
    cpu_seconds: float
    waited_seconds: float
    resident: int


def can_be_listed() -> bool:
    """Whether this machine tells of its processes."""
    return (PROC / "self/stat").is_file() or PS.is_file()


def all_processes() -> dict[int, Process]:
    """Every process by its number."""
    return _from_proc() if (PROC / "self/stat").is_file() else _from_ps()


def below(keeper: int, processes: Mapping[int, Process]) -> set[int]:
    """The numbers of a process's descendants."""
    found: set[int] = set()
    parents = {keeper}
    while parents:
        parents = {number for number, process in processes.items() if process.parent in parents} - found
        found |= parents
    return found


def stays(number: int, process: Process) -> int:
    """Bytes of its memory that can't be given back; all that is resident where no more is told."""
    for name, wanted in STAYS:
        try:
            lines = (PROC / str(number) / name).read_text().splitlines()
        except OSError:  # not ours to see, or gone
            continue
        told = [int(line.split()[1]) * KB for line in lines if line.startswith(wanted)]
        if len(told) == len(wanted):
            return sum(told)
    return process.resident


def _from_proc() -> dict[int, Process]:
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found = {}
    for name in filter(str.isdecimal, (path.name for path in PROC.iterdir())):
        try:
            fields = (PROC / name / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # gone
            continue
        own, waited = sum(map(int, fields[11:13])) / tick, sum(map(int, fields[13:15])) / tick
        found[int(name)] = Process(int(fields[1]), own, waited, int(fields[21]) * page)
    return found


def _from_ps() -> dict[int, Process]:
    command = [str(PS), "-A", "-o", "pid=", "-o", "ppid=", "-o", "rss=", "-o", "time="]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env={"LC_ALL": "C"}).stdout
    found = {}
    for line in told.splitlines():
        number, parent, resident, time = line.split()
        found[int(number)] = Process(int(parent), _seconds(time), 0.0, int(resident) * KB)
    return found


def _seconds(time: str) -> float:
    """Of ``[DAYS-][HOURS:]MINUTES:SECONDS``, which may have a fraction."""
    days, _, rest = time.rpartition("-")
    seconds = 0.0
    for part in rest.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + 86_400 * int(days or 0)
