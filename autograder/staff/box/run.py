"""Runs a command in a box, looks at it again and again, and says what it took, phase by phase."""

from __future__ import annotations

import itertools
import json
import math
import os
import signal
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from autograder.errors import GraderError
from autograder.staff.box.groups import VERSION1, VERSION2, Group, entering, group_box
from autograder.staff.box.measured import Measuring, measured_box
from autograder.staff.box.records import MB, Limits, Measured, Phase

EACH = 0.02  # seconds between two readings
TICK = 0.005  # seconds between two looks at whether it has ended, or a phase has begun
SHARE = 0.2  # of a CPU, that readings may take: with many or large processes they are rarer
WINDOW = 0.5  # seconds; a CPU time without a quota comes in steps of 10 ms, which must not look like load
SAID = 4096  # bytes

Box = Group | Measuring
Way = Callable[[Limits], Box | None]
WAYS: tuple[Way, ...] = (partial(group_box, VERSION2), partial(group_box, VERSION1), measured_box)
"""How a command can be held to limits, the best first; each is tried, and is None if it can't be had."""


class Sample(NamedTuple):
    """A reading, the seconds by the box's clock, and how many phases had begun."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    begun: int = 0


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
            ``{"phase": NAME}``, and ``"part"`` and ``"training"`` where it has them.
        ways: how it may be held to the limits.

    Raises:
        GraderError: there is no way here to run it, it can't be started, it wrote something else to *phases*, or
            something it left behind can't be ended.
    """
    phases.write_bytes(b"")
    box = next((box for way in ways if (box := way(limits)) is not None), None)
    if box is None:
        raise GraderError("nothing here can hold a command to limits, or measure it: that needs Linux")
    try:
        with tempfile.TemporaryFile() as output:
            process = _started(entering(command, box.folders), output, env=environment, cwd=cwd)
            try:
                samples, timed_out = _watch(process, box, limits, phases)
            finally:
                with suppress(OSError):  # none of its session is left
                    os.killpg(process.pid, signal.SIGKILL)
                status = process.wait()
            killed = box.killed()
            output.seek(max(0, output.seek(0, os.SEEK_END) - SAID))
            said = output.read().decode(errors="replace")
    finally:
        box.remove()
    told, last = phases_of(read_marks(phases), samples), samples[-1]
    peak = max(sample.memory for sample in samples) / MB
    return Measured(status, last.seconds, last.cpu_seconds, peak, told, killed, timed_out, said, box.how)


def _started(command: Sequence[str], output: IO[bytes], **how: Any) -> subprocess.Popen[bytes]:
    """The process, in a session of its own: Ctrl-C is for us."""
    how |= {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, "start_new_session": True}
    try:
        return subprocess.Popen(command, **how)
    except OSError as error:
        raise GraderError(f"nothing can be run in {how['cwd']}: {error}") from error


def _watch(process: subprocess.Popen[bytes], box: Box, limits: Limits, phases: Path) -> tuple[list[Sample], bool]:
    """Take samples until the command has ended, or its time has; whether the time was up."""
    begin = time.monotonic()
    clock = Clock(math.inf if box.holds_cpu else limits.cpus)
    samples = [Sample()]

    def sample() -> None:
        begun, reading = len(read_marks(phases)), box.read()
        while begun != (now := len(read_marks(phases))):  # whose memory that was is not known
            begun, reading = now, box.read()
        cpu = max(samples[-1].cpu_seconds, reading.cpu_seconds)  # a process that nobody waited for takes its own along
        seconds = clock.tell(time.monotonic() - begin, cpu)
        samples.append(Sample(seconds, cpu, reading.memory, begun))

    due, timed_out = 0.0, False
    while process.poll() is None:
        time.sleep(TICK)
        began = time.monotonic()
        if timed_out or (began < due and len(read_marks(phases)) == samples[-1].begun):
            continue
        sample()
        if samples[-1].seconds >= limits.seconds:
            timed_out = True
            box.kill()
        due = began + max(EACH, (time.monotonic() - began) / SHARE)
    sample()
    return samples, timed_out


class Clock:
    """How much time has gone by in a box.

    Args:
        cpus: that it has, where nothing holds it to them: in each WINDOW the time is then the longer one of what went
            by and of what so much CPU time takes with *cpus*. Infinite: time goes by as it does.
    """

    def __init__(self, cpus: float = math.inf) -> None:
        self._cpus = cpus
        self._told = self._wall = self._cpu = 0.0

    def tell(self, wall: float, cpu: float) -> float:
        """Seconds in the box, after *wall* seconds and *cpu* seconds of CPU time."""
        since = wall - self._wall
        told = self._told + max(since, (cpu - self._cpu) / self._cpus)
        if since >= WINDOW:
            self._told, self._wall, self._cpu = told, wall, cpu
        return told


def read_marks(path: Path) -> list[tuple[str, str, str]]:
    """The name, part and training of each phase; a last line that was not finished doesn't count.

    Raises:
        GraderError: a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        marks = [json.loads(line) for line in lines if line.endswith("\n")]
        return [(str(mark["phase"]), str(mark.get("part", "")), str(mark.get("training", ""))) for mark in marks]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise GraderError(f"{path.name} does not list phases: {error!r}") from error


def phases_of(marks: Sequence[tuple[str, str, str]], samples: Sequence[Sample]) -> tuple[Phase, ...]:
    """What each phase took: of two samples, the time between them is the earlier one's phase's."""
    seconds, cpu, most = (defaultdict[int, float](float) for _ in range(3))  # by the phase's number
    for before, after in itertools.pairwise(samples):
        seconds[before.begun] += after.seconds - before.seconds
        cpu[before.begun] += after.cpu_seconds - before.cpu_seconds
        for phase in range(min(before.begun + 1, after.begun), after.begun + 1):  # too short for a sample, too
            most[phase] = max(most[phase], after.memory)
    named = enumerate([("start", "", ""), *marks])
    return tuple(Phase(name, seconds[i], cpu[i], most[i] / MB, part, training) for i, (name, part, training) in named)
