"""A box that nothing holds: the command runs at full speed, and all of its processes are looked at.

What they have together is compared with the limit, and above it they are ended. What the kernel keeps for them is not
seen, nor a file in memory that nobody has mapped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from autograder.errors import GraderError
from autograder.staff.box.processes import all_processes, below, can_be_listed, stays
from autograder.staff.box.records import MB, Limits, Reading, started

PATIENCE = 20.0  # seconds for killed processes to go
KEEPER = (sys.executable, "-I", "-X", "utf8", "-m", "autograder.staff.box.keeper")


def measured_box(limits: Limits) -> Measuring | None:
    """A box without limits of the kernel's; None where processes can't be listed or adopted."""
    return Measuring(limits) if sys.platform != "win32" and can_be_listed() else None


class Measuring:
    """What the keeper runs.

    Args:
        limits: of which memory is watched.
    """

    how = "measured"
    holds_cpu = False

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.memory_mb * MB
        self._keeper: subprocess.Popen[bytes] | None = None
        self._reports: IO[bytes] | None = None
        self._report: dict[str, Any] = {}
        self._before = 0
        self._killed = 0

    def start(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, output: IO[bytes]) -> None:
        """Start the keeper, which starts the command.

        Raises:
            GraderError: it can't be started there.
        """
        reports, theirs = os.pipe()
        self._reports = os.fdopen(reports, "rb")
        try:
            stdin = subprocess.PIPE  # its end is the order to end everything
            told = [*KEEPER, str(theirs), *command]
            self._keeper = started(told, environment, cwd, output, stdin=stdin, pass_fds=[theirs])
        finally:
            os.close(theirs)

    def poll(self) -> int | None:
        """The command's status; None while it runs.

        Raises:
            GraderError: the keeper was ended by somebody else.
        """
        if self._keeper is None or self._keeper.poll() is None:
            return None
        if not self._report and self._reports is not None:
            try:
                self._report = json.loads(self._reports.read())
            except ValueError:
                raise GraderError("the process that watched the command was ended by somebody else") from None
        return int(self._report["status"])

    def read(self) -> Reading:
        """What is taken now. Above the memory limit everything is ended."""
        if self._report or self._keeper is None:
            return Reading(float(self._report.get("cpu_seconds", 0.0)), 0, self._before)
        processes = all_processes()
        tree = below(self._keeper.pid, processes)
        memory = sum(stays(number, processes[number]) for number in tree)
        cpu = sum(processes[number].cpu_seconds + processes[number].waited_seconds for number in tree)
        if self._keeper.pid in processes:
            cpu += processes[self._keeper.pid].waited_seconds
        if memory > self._limit and not self._killed:
            self._killed = 1
            self.kill()
        before, self._before = self._before, memory
        return Reading(cpu, memory, max(before, memory))

    def kill(self) -> None:
        """Have the keeper end everything."""
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def killed(self) -> int:
        """1 if the command was ended for its memory."""
        return self._killed

    def throttled(self) -> float:
        """Nothing takes time away."""
        return 0.0

    def remove(self) -> None:
        """End what is left.

        Raises:
            GraderError: something can't be ended.
        """
        self.kill()
        if self._reports is not None:
            self._reports.close()
        if self._keeper is not None:
            try:
                self._keeper.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._keeper.kill()
                raise GraderError("something that was run can't be ended") from None
