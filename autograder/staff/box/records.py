"""What a box is told, and what it brings back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

MB = 1 << 20
"""Memory is told in units of 2**20 bytes, as containers' limits are."""


@dataclass(frozen=True)
class Limits:
    """What a container has."""

    cpus: float  # CPU seconds in each second; may be a fraction
    memory_mb: int  # of all of its processes together; there is no swap
    seconds: float  # after which everything in it is ended


@dataclass(frozen=True)
class Phase:
    """A part of a run."""

    name: str  # what the command called it; "start" is what came before it called anything
    seconds: float
    cpu_seconds: float  # of all processes together
    memory_mb: float  # the peak within it, counted as in Measured
    part: str = ""  # of the check that it is about, if it is about one
    training: str = ""  # the same


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        status: its exit code, negative for a signal; 126 or 127 if it can't be run, as a shell has it.
        seconds: how long it took. Where nothing holds the CPU back, how long it would have taken with ``cpus``.
        cpu_seconds: of all processes together.
        peak_mb: the most memory at one moment that can't be given back: anonymous, shared, and the kernel's own on its
            behalf. A file's pages are not counted, for they go before anybody is killed. It is looked at every 20 ms
            at most, and what comes and goes between two looks is not seen.
        phases: in their order; their seconds add up to ``seconds``.
        killed: how many processes the memory limit ended.
        timed_out: the time was up, and all was ended.
        said: the last 4,096 bytes of what it printed.
        how: ``"cgroup v2"`` or ``"cgroup v1"``: the kernel held it. ``"measured"``: nothing did; it ran at full speed,
            and ``seconds`` is computed.
    """

    status: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    phases: tuple[Phase, ...]
    killed: int
    timed_out: bool
    said: str
    how: str


class Reading(NamedTuple):
    """What a box holds at a moment: CPU seconds since it was made, and bytes that can't be given back."""

    cpu_seconds: float
    memory: int


def end(numbers: Iterable[int]) -> None:
    """Send SIGKILL to these processes."""
    for number in numbers:
        with suppress(OSError):  # gone by now; or not ours to end: who removes the box says so
            os.kill(number, signal.SIGKILL)
