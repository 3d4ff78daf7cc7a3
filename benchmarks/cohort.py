"""What a class costs with the journal, for benchmarks/cohort.md: python benchmarks/cohort.py [--students N].

The hand-ins are the solution's modules, each with a line of its own, so that nothing of one stands for another; with
--same they are equal but for their answers, which takes a minute and not an hour. Grades are made without training.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from autograder.check import Probe
from autograder.cohort import run
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.evidence import Array, Evidence, Observation
from autograder.home import solution_folder
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.submission import Submission

HW1 = str(Path(sys.executable).parent / "hw1")
GRADE = ("--seed", "public", "--train", "never")
PROBE_SECONDS, PROBES = 0.005, 24  # of a stand-in, and how many a hand-in has


def write_class(folder: Path, students: int, same: bool) -> None:
    """A class of right hand-ins."""
    sources = {path.name: path.read_bytes() for path in solution_folder().iterdir() if path.suffix == ".py"}
    answers = (solution_folder() / "answers.md").read_bytes()
    for number in range(students):
        hand_in = folder / f"{20260000 + number}"
        hand_in.mkdir(parents=True)
        own = b"" if same else b"\n# %d\n" % number
        for name, data in sources.items():
            (hand_in / name).write_bytes(data + own)
        (hand_in / "answers.md").write_bytes(b"%d\n" % number + answers)


def timed(*command: str | Path) -> tuple[float, float]:
    """Wall and CPU seconds of `hw1` with *command*."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([HW1, *command], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, cpu


def real(root: Path, students: int, same: bool) -> Iterator[tuple[str, str]]:
    """A class that is graded, graded again, judged again and graded with one changed hand-in."""
    write_class(root / "in", students, same)
    grade = ("grade", root / "in", "-o", root / "out", *GRADE)
    wall, cpu = timed(*grade)
    yield f"{students} hand-ins", f"{wall:.1f} s, {cpu / students:.2f} core-s each"
    size = (root / "out" / NAME).stat().st_size
    yield "the journal", f"{size / students / 1e3:.0f} kB each"
    wall, cpu = timed(*grade)
    yield "again, unchanged", f"{wall:.2f} s"
    with sqlite3.connect(root / "out" / NAME) as journal:  # as after a change that only judges
        journal.execute("UPDATE report SET basis = ''")
    journal.close()
    wall, cpu = timed(*grade)
    yield "judged again", f"{wall:.2f} s, {1e3 * cpu / students:.0f} ms of a core each"
    changed = root / "in" / "20260000" / "trainer.py"
    changed.write_bytes(changed.read_bytes() + b"\n# changed\n")
    wall, cpu = timed(*grade)
    yield "one changed", f"{wall:.2f} s, {cpu:.1f} core-s"


def stand_ins(root: Path, students: int) -> float:
    """Seconds a hand-in for journal and tables alone: probes are stood in for by 5 ms of sleep."""

    class Sandbox:
        """Answers each probe after 5 ms."""

        environment: Mapping[str, str] = {"torch": "2"}
        layers: Mapping[str, str] = {}
        printed, printed_text, pressed = 0, "", 0
        files: Mapping[str, bytes] = {}

        def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
            time.sleep(PROBE_SECONDS)
            return Evidence({"n": probe.params["n"]}, {"x": np.zeros(64, np.float32)})

    def grade(found: Submission, kit: Kit, tell: object) -> object:
        sandbox = kit.bound(Sandbox())  # type: ignore[arg-type]
        for number in range(PROBES):
            sandbox.observe(Probe(f"{number}", "stand-in", (), "", {"n": number}), found.id.encode())
        outcomes = {check.id: Outcome(Status.PASSED) for check in kit.homework.checks}
        return make_report(found.id, found.digest, kit.homework.checks, outcomes, kit.rubric, (), {})

    hand_ins = [Submission(f"{20260000 + n}", {"net.py": b"%d" % n}) for n in range(students)]
    with Kit(train="never") as kit, patch.object(run, "grade", grade), Journal(root / NAME) as journal:
        folder, jobs = ReportFolder(root, kit.rubric), os.cpu_count() or 1
        journal.begin(kit.depends(), {})
        start = time.perf_counter()
        reports = [report for report, _ in run.grade_all(hand_ins, kit, folder, journal, jobs)]
        folder.write_grades(replace(report, printed="") for report in reports)
        return (time.perf_counter() - start - students * PROBES * PROBE_SECONDS / jobs) / students


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=400)
    parser.add_argument("--same", action="store_true", help="equal but for their answers")
    wanted = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as scratch:
        for name, value in real(Path(scratch), wanted.students, wanted.same):
            print(f"| {name} | {value} |", flush=True)
    for students in (500, 5000):
        with tempfile.TemporaryDirectory() as scratch:
            print(f"| {students} stand-ins | {1e3 * stand_ins(Path(scratch), students):.2f} ms each |", flush=True)


if __name__ == "__main__":
    main()
