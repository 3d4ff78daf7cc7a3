"""Runs a command in a box, watches it, and says what it took."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from autograder.errors import GraderError
from autograder.staff.box.groups import Group, version1_box, version2_box
from autograder.staff.box.measured import Measuring, measured_box
from autograder.staff.box.meter import Clock, Sample, phases_of, read_marks
from autograder.staff.box.records import MB, Limits, Measured

EACH = 0.05  # seconds between two readings
TICK = 0.005  # seconds between two looks at whether it has ended, or a phase has begun
SHARE = 0.2  # of a CPU, that readings may take: with many or large processes they are rarer
SAID = 4096  # bytes

Box = Group | Measuring
Way = Callable[[Limits], Box | None]
WAYS: tuple[Way, ...] = (version2_box, version1_box, measured_box)
"""How a command can be held to limits, the best first; each is tried, and is None if it can't be had."""


def run_in_box(
    command: Sequence[str],
    limits: Limits,
    *,
    environment: Mapping[str, str],
    cwd: Path,
    phases: Path,
    ways: Sequence[Way] = WAYS,
) -> Measured:
    """Run a command within a container's limits.

    When it has ended, so has everything that it started. A file that was in the page cache before is not charged to the
    box: its first reading costs less here than in a fresh container.

    Args:
        command: the program and its arguments; it has no input.
        environment: all of its environment.
        phases: the file, emptied first, to which it appends a line of JSON as each phase begins:
            ``{"phase": NAME, "at": time.monotonic()}``.
        ways: how it may be held to the limits.

    Raises:
        GraderError: there is no way here to run it, it can't be started, it wrote something else to *phases*, or
            something it left behind can't be ended.
    """
    phases.write_bytes(b"")
    box = next((box for way in ways if (box := way(limits)) is not None), None)
    if box is None:
        raise GraderError("nothing here can hold a command to limits, or measure it: that needs Linux or macOS")
    try:
        with tempfile.TemporaryFile() as output:
            begin = time.monotonic()
            box.start(command, environment, cwd, output)
            samples, status, timed_out = _watch(box, limits, phases, begin)
            killed, throttled = box.killed(), box.throttled()
            said = _tail(output)
    finally:
        box.remove()
    return Measured(
        status=status,
        seconds=samples[-1].seconds,
        cpu_seconds=samples[-1].cpu_seconds,
        peak_mb=max(sample.peak for sample in samples) / MB,
        phases=phases_of(read_marks(phases), samples),
        killed=killed,
        timed_out=timed_out,
        throttled_seconds=throttled,
        said=said,
        how=box.how,
    )


def _watch(box: Box, limits: Limits, phases: Path, begin: float) -> tuple[list[Sample], int, bool]:
    """Take samples until the command has ended, or its time has; its status, and whether the time was up."""
    clock = Clock(None if box.holds_cpu else limits.cpus)
    samples = [Sample(begin, 0.0, 0.0, 0, 0)]

    def sample() -> Sample:
        reading, at = box.read(), time.monotonic()
        cpu = max(samples[-1].cpu_seconds, reading.cpu_seconds)  # a process that nobody waited for takes its own along
        samples.append(Sample(at, clock.tell(at - begin, cpu), cpu, reading.memory, reading.peak))
        return samples[-1]

    size, due, timed_out = 0, 0.0, False
    while (status := box.poll()) is None:
        time.sleep(TICK)
        began, known = time.monotonic(), size
        size = _size(phases)
        if timed_out or (began < due and size == known):
            continue
        if sample().seconds >= limits.seconds:
            timed_out = True
            box.kill()
        due = began + max(EACH, (time.monotonic() - began) / SHARE)
    sample()
    return samples, status, timed_out


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # the command's doing; reading the marks says so
        return 0


def _tail(output: IO[bytes]) -> str:
    end = output.seek(0, os.SEEK_END)
    output.seek(max(0, end - SAID))
    return output.read(SAID).decode(errors="replace")
