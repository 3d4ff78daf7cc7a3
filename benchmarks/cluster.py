"""A cluster of two local workers against two local jobs: python benchmarks/cluster.py [--students N] [--rounds N].

Both grade the same class of right hand-ins of examples/hw2, each with a line of its own, in turn. Throughput is what
is done in a second between the first report and the last: what both need to start is not in it, and stands beside it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HW1 = str(Path(sys.executable).parent / "hw1")
HOMEWORK = Path(__file__).resolve().parent.parent / "examples" / "hw2"
OPTIONS = ("--seed", "public", "--train", "never", "--jobs", "2")
AIM = 0.9


def write_class(folder: Path, students: int) -> None:
    """A class of right hand-ins."""
    for number in range(students):
        hand_in = folder / f"{20260000 + number}"
        hand_in.mkdir(parents=True)
        for path in (HOMEWORK / "solution").glob("*.py"):
            (hand_in / path.name).write_bytes(path.read_bytes() + b"\n# %d\n" % number)
        (hand_in / "answers.md").write_bytes((HOMEWORK / "solution" / "answers.md").read_bytes())


def throughput(hand_ins: Path, out: Path, *options: str) -> tuple[float, float]:
    """Hand-ins a second between the first report and the last, and seconds until the first one."""
    command = [HW1, "--homework", str(HOMEWORK), "grade", str(hand_ins), "-o", str(out), *OPTIONS, *options]
    began, times = time.perf_counter(), []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.partition(":")[0].partition(" ")[0].count("/") == 1 and line[0].isdigit():  # 3/40 20260002: ...
                times.append(time.perf_counter())
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return (len(times) - 1) / (times[-1] - times[0]), times[0] - began


def rows(students: int = 40, rounds: int = 3) -> Iterator[tuple[str, str, str, str]]:
    """The row of the table: what, the aim, what was measured, whether it was met."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_class(root / "in", students)
        local, cluster = [], []
        for number in range(rounds):
            local.append(throughput(root / "in", root / f"local-{number}"))
            cluster.append(throughput(root / "in", root / f"cluster-{number}", "--cluster", "local"))
    ratio = statistics.median(there[0] / here[0] for here, there in zip(local, cluster, strict=True))
    (here, start), (there, start_there) = (
        (statistics.median(n) for n in zip(*one, strict=True)) for one in (local, cluster)
    )
    told = f"{ratio:.2f} x ({there:.2f} against {here:.2f} hand-ins/s; first after {start_there:.0f} and {start:.0f} s)"
    what = "cluster of 2 local workers against two local jobs"
    yield what, f"{AIM} x the throughput", told, "yes" if ratio >= AIM else "**no**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for row in rows(options.students, options.rounds):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
