"""What a further hand-in costs in CPU time, here and in another checkout: python benchmarks/further.py OTHER [ROUNDS].

Each checkout has its own `.venv`; both grade 2 and 10 copies of their own solution in turn: a machine whose speed
drifts is fair to both. Believe ratios, not single figures.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("mnist.py", "trainer.py", "ablations.py", "vgg.py")
FEW, MANY = 2, 10
GRADE = ("--jobs", "1", "--seed", "public", "--train", "never", "--rerun")


def cpu_seconds(checkout, count):
    """CPU time of `hw1 grade` and all that it starts over *count* hand-ins that differ in a comment."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            one = Path(folder, "in", str(20260000 + number))
            one.mkdir(parents=True)
            for module in MODULES:
                text = (checkout / "solution" / module).read_text()
                (one / module).write_text(f"{text}\n# {number}\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [str(checkout / ".venv/bin/hw1"), "grade", f"{folder}/in", "-o", f"{folder}/out", *GRADE]
        home = dict(os.environ, HW1_HOME=f"{folder}/home")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=home)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    """Print a line a round and the median ratio."""
    other = Path(sys.argv[1]).resolve()
    ratios = []
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 3):
        costs = []
        for checkout in (ROOT, other):
            few, many = cpu_seconds(checkout, FEW), cpu_seconds(checkout, MANY)
            costs.append((many - few) / (MANY - FEW))
        ratios.append(costs[0] / costs[1])
        print(f"a further hand-in: here {costs[0]:.2f} core-s, there {costs[1]:.2f}: {ratios[-1]:.2f} x", flush=True)
    print(f"median: {statistics.median(ratios):.2f} x")


if __name__ == "__main__":
    main()
