"""What a box is told, and what it brings back."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from autograder.errors import GraderError

MB = 1 << 20
"""Memory is told in units of 2**20 bytes, as containers' limits are."""


@dataclass(frozen=True)
class Limits:
    """What a container has.

    Attributes:
        cpus: CPU seconds in each second; may be a fraction.
        memory_mb: of all of its processes together; there is no swap.
        seconds: after which everything in it is ended.
    """

    cpus: float
    memory_mb: int
    seconds: float


@dataclass(frozen=True)
class Phase:
    """A part of a run.

    Attributes:
        name: what the command called it; ``"start"`` is what came before it called anything.
        seconds: how long it lasted.
        cpu_seconds: of all processes together.
        memory_mb: the peak within it, counted as in :class:`Measured`.
    """

    name: str
    seconds: float
    cpu_seconds: float
    memory_mb: float


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        status: its exit code, negative for a signal; 126 or 127 if it can't be run, as a shell has it.
        seconds: how long it took. Where nothing holds the CPU back, how long it would have taken with ``cpus``.
        cpu_seconds: of all processes together.
        peak_mb: the most memory at one moment that can't be given back: anonymous, shared, and the kernel's own on its
            behalf. A file's pages are not counted, for they go before anybody is killed.
        phases: in their order; their seconds add up to ``seconds``.
        killed: how many processes the memory limit ended.
        timed_out: the time was up, and all was ended.
        throttled_seconds: how long the CPU's quota made it wait, as the kernel counts it (each CPU by itself); 0 where
            it is not known.
        said: the last 4,096 bytes of what it printed.
        how: ``"cgroup v2"`` or ``"cgroup v1"``: the kernel held it. ``"measured"``: nothing did; it ran at full speed
            and was looked at every 50 ms, ``seconds`` is computed, and a peak between two looks goes unseen.
    """

    status: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    phases: tuple[Phase, ...]
    killed: int
    timed_out: bool
    throttled_seconds: float
    said: str
    how: str


@dataclass(frozen=True)
class Reading:
    """What a box holds at a moment.

    Attributes:
        cpu_seconds: since it was made.
        memory: bytes that can't be given back.
        peak: the most of these since the reading before.
    """

    cpu_seconds: float
    memory: int
    peak: int


def started(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path, output: IO[bytes], **more: Any
) -> subprocess.Popen[bytes]:
    """The process, in a session of its own: Ctrl-C is for us, what it prints goes to *output*, *more* is ``Popen``'s.

    Raises:
        GraderError: it can't be started there.
    """
    how: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output} | more
    try:
        return subprocess.Popen(command, env=environment, cwd=cwd, start_new_session=True, **how)
    except OSError as error:
        raise GraderError(f"nothing can be run in {cwd}: {error}") from error
