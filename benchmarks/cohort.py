"""What a class costs with the journal: python benchmarks/cohort.py [--students N] [--own N] [--write].

Twice the solution's modules: a class whose hand-ins are equal but for their answers, so that a probe is run once for
all, and a smaller one in which each file has a line of its own, so that nothing of one stands for another. Nothing is
trained, but for one hand-in, whose training the journal has to hold, too. --write puts the table into cohort.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from bench_page import machine, put

from autograder.check import Probe
from autograder.cohort import run
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.tables import class_reports, write_tables
from autograder.evidence import Array, Evidence, Observation
from autograder.home import solution_folder
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.submission import Submission

HW1 = str(Path(sys.executable).parent / "hw1")
BARE = Path(__file__).with_name("bare.py")
PAGE = Path(__file__).with_name("cohort.md")
GRADE = ("--seed", "public", "--train", "never")
SECONDS, PROBES = 0.005, 24  # of a hand-in with stand-ins, and how many of these it has
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
WIDTHS = (b"256", b"250")  # of MNIST_Net: another network than the solution's, so that its accuracy has to be trained

Row = tuple[str, str, str]
"""What, the aim, what was measured."""


def write_class(folder: Path, students: int, same: bool) -> None:
    """A class of right hand-ins, equal but for their answers or with a line of its own in each file."""
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
    """Wall and CPU seconds of *command*, and of what it has started."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **ONE_THREAD})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, cpu_of(after) - cpu_of(before)


def cpu_of(usage: resource.struct_rusage) -> float:
    """User and system seconds."""
    return usage.ru_utime + usage.ru_stime


def said(wall: float, cpu: float) -> str:
    """Seconds as the table says them."""
    return f"{wall:.1f} s, {cpu:.1f} core-s"


def own(root: Path, students: int) -> Iterator[Row]:
    """A class of which nothing stands for another, against the bare five checks."""
    write_class(root / "in", students, same=False)
    half = root / "half"
    write_class(half, students // 2, same=False)
    _, bare = min(timed(sys.executable, BARE) for _ in range(3))
    _, few = timed(HW1, "grade", half, "-o", root / "half-out", *GRADE)
    wall, cpu = timed(HW1, "grade", root / "in", "-o", root / "out", *GRADE)
    each = (cpu - few) / (students - students // 2)
    name = f"{students} hand-ins, each with lines of its own; a further one"
    yield (
        name,
        "0.95 core-s, 0.3 of the bare checks",
        f"{each:.2f} core-s, {each / bare:.2f} of {bare:.2f}; {wall:.0f} s in all",
    )
    yield from judged(root, students, "the same judged again", "12 ms each")
    yield "their journal", "100 kB each", f"{(root / 'out' / NAME).stat().st_size / students / 1e3:.0f} kB each"


def equal(root: Path, students: int) -> Iterator[Row]:
    """A class that is equal but for its answers: graded, again, judged again, and again with one changed hand-in."""
    write_class(root / "in", students, same=True)
    grade = (HW1, "grade", root / "in", "-o", root / "out", *GRADE)
    yield f"{students} hand-ins, equal but for their answers", "", said(*timed(*grade))
    yield "again, unchanged", f"{0.5 + students / 1e3:.1f} s", said(*timed(*grade))
    yield from judged(root, students, "judged again", f"{5 * students / 400:.1f} s")
    changed = root / "in" / "20260000" / "trainer.py"
    changed.write_bytes(changed.read_bytes() + b"\n# changed\n")
    alone = timed(*grade[:2], root / "in" / "20260000", "-o", root / "alone", *GRADE)
    yield "one changed hand-in in a folder of its own", "", said(*alone)
    yield "one changed among them", "start-up + 2 hand-ins' time", said(*timed(*grade))
    size = (root / "out" / NAME).stat().st_size
    yield "the journal after all this", "100 kB each", f"{size / students / 1e3:.0f} kB each"


def judged(root: Path, students: int, name: str, aim: str) -> Iterator[Row]:
    """The class in *root*, as after a change that only judges."""
    with closing(sqlite3.connect(root / "out" / NAME)) as journal, journal:
        journal.execute("UPDATE report SET basis = ''")
    wall, cpu = timed(HW1, "grade", root / "in", "-o", root / "out", *GRADE)
    yield name, aim, f"{said(wall, cpu)}; {1e3 * wall / students:.1f} ms each"


def training(root: Path) -> Iterator[Row]:
    """One hand-in whose network is trained on the embedded digits, and judged again."""
    write_class(root / "in", 1, same=True)
    network = root / "in" / "20260000" / "mnist.py"
    network.write_bytes(network.read_bytes().replace(*WIDTHS))
    grade = (HW1, "grade", root / "in", "-o", root / "out", "--seed", "public", "--device", "cpu")
    yield "one hand-in with a training", "", said(*timed(*grade))
    with closing(sqlite3.connect(root / "out" / NAME)) as journal, journal:
        journal.execute("UPDATE report SET basis = ''")
    yield "it is judged again", "", said(*timed(*grade))
    yield "its journal", "100 kB", f"{(root / 'out' / NAME).stat().st_size / 1e3:.0f} kB"


class Sandbox:
    """Answers each probe after a moment."""

    environment: Mapping[str, str] = {"torch": "2"}
    layers: Mapping[str, str] = {}
    printed, printed_text, pressed, waited = 0, "", 0, 0.0
    files: Mapping[str, bytes] = {}

    def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
        """Return evidence of a usual size."""
        time.sleep(SECONDS / PROBES)
        return Evidence({"n": probe.params["n"]}, {"x": np.zeros(64, np.float32)})


def stand_ins(root: Path, students: int) -> tuple[float, float]:
    """Seconds a hand-in for scheduling, journal and tables alone, on the wall and of a core."""

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
        start, cpu = time.perf_counter(), time.process_time()
        for _ in run.grade_all(hand_ins, kit, folder, journal, jobs):
            pass
        write_tables([replace(one, printed="") for one in class_reports(journal, folder)], journal, folder)
        wall = time.perf_counter() - start - students * SECONDS / jobs
        return wall / students, (time.process_time() - cpu) / students


def measured(students: int, lines: int) -> Iterator[Row]:
    """All rows of the table."""
    from cluster import rows as of_cluster  # beside this file

    for rows, number in ((own, lines), (equal, students)):
        with tempfile.TemporaryDirectory() as scratch:
            yield from rows(Path(scratch), number)
    with tempfile.TemporaryDirectory() as scratch:
        yield from training(Path(scratch))
    for number in (500, 5000):
        with tempfile.TemporaryDirectory() as scratch:
            wall, cpu = stand_ins(Path(scratch), number)
        name = f"{number:,} hand-ins with {PROBES} stand-ins for probes, {1e3 * SECONDS:g} ms in all"
        yield name, "1 ms each or less", f"{1e3 * wall:.2f} ms each beyond these, {1e3 * cpu:.2f} ms of a core"
    for what, aim, told, _ in of_cluster():
        yield what, aim, told


def main() -> None:
    """Print the table, and write it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=400, help="of the class that is equal but for its answers")
    parser.add_argument("--own", type=int, default=24, help="of the class with lines of its own")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    wanted = parser.parse_args()
    lines = [f"Machine: {machine('torch')}.", "", "| what | aim, on 2 cores | measured |", "|---|---|---|"]
    print("\n".join(lines), flush=True)
    for row in measured(wanted.students, wanted.own):
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    if wanted.write:
        put(PAGE, "\n".join(lines), "cohort.py")


if __name__ == "__main__":
    main()
