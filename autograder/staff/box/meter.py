"""Readings and marks become phases."""

from __future__ import annotations

import bisect
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.errors import GraderError
from autograder.staff.box.records import MB, Phase

WINDOW = 0.5  # seconds; a CPU time without a quota comes in steps of 10 ms, which must not look like load


@dataclass(frozen=True)
class Sample:
    """A reading and its time.

    Attributes:
        at: CLOCK_MONOTONIC's seconds.
        seconds: since the start, by the box's clock.
        cpu_seconds: since the start.
        memory: bytes, at that time.
        peak: bytes; the most since the sample before.
    """

    at: float
    seconds: float
    cpu_seconds: float
    memory: int
    peak: int


class Clock:
    """How much time has gone by in a box.

    Args:
        cpus: that it has, where nothing holds it to them: in each WINDOW the time is then the longer one of what went
            by and of what so much CPU time takes with *cpus*. None: time goes by as it does.
    """

    def __init__(self, cpus: float | None = None) -> None:
        self._cpus = cpus if cpus is not None else math.inf
        self._told = self._wall = self._cpu = 0.0

    def tell(self, wall: float, cpu: float) -> float:
        """Seconds in the box, after *wall* seconds and *cpu* seconds of CPU time."""
        since = wall - self._wall
        told = self._told + max(since, (cpu - self._cpu) / self._cpus)
        if since >= WINDOW:
            self._told, self._wall, self._cpu = told, wall, cpu
        return told


def read_marks(path: Path) -> list[tuple[str, float]]:
    """The phases' names and starts, by time; a last line that was not finished doesn't count.

    Raises:
        GraderError: a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        marks = [json.loads(line) for line in lines if line.endswith("\n")]
        return sorted(((str(mark["phase"]), float(mark["at"])) for mark in marks), key=lambda mark: mark[1])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise GraderError(f"{path.name} does not list phases: {error!r}") from error


def phases_of(marks: Sequence[tuple[str, float]], samples: Sequence[Sample]) -> tuple[Phase, ...]:
    """What each phase took; times between two samples are interpolated.

    Args:
        marks: names and starts, by time.
        samples: at least two, by time; the first is the start and the last the end.
    """
    times = [sample.at for sample in samples]
    first, last = times[0], times[-1]
    named = [("start", first), *((name, min(max(at, first), last)) for name, at in marks)]
    starts = [at for _, at in named]
    seconds = np.diff(np.interp([*starts, last], times, [sample.seconds for sample in samples]))
    cpu = np.diff(np.interp([*starts, last], times, [sample.cpu_seconds for sample in samples]))
    peaks = _peaks(starts, samples)
    return tuple(Phase(name, float(seconds[i]), float(cpu[i]), peaks[i] / MB) for i, (name, _) in enumerate(named))


def _peaks(starts: Sequence[float], samples: Sequence[Sample]) -> list[int]:
    """The peak of each phase, in bytes.

    If a phase begins between two samples, what was the most between them belongs to the larger one's phase. A phase
    without a sample is given all of that.
    """
    peaks = [-1] * len(starts)
    for before, after in itertools.pairwise(samples):
        larger = before if before.memory > after.memory else after
        for at, size in ((before.at, before.memory), (larger.at, after.peak), (after.at, after.memory)):
            place = bisect.bisect_right(starts, at) - 1
            peaks[place] = max(peaks[place], size)
    return [
        peak if peak >= 0 else next(sample.peak for sample in samples[1:] if sample.at >= start)
        for start, peak in zip(starts, peaks, strict=True)
    ]
