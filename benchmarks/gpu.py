"""VGG-19 on a GPU, as hand-ins are trained: python benchmarks/gpu.py DATA [CLASS].

Times one hand-in (four epochs of CIFAR-10, the student's loop) and a class of CLASS (16) side by side on one card, and
prints accuracies, seconds and the peak of the card's memory as JSON. DATA holds CIFAR-10. The package must be
importable by a plain interpreter (`pip install -e .`): workers start without PYTHONPATH.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from autograder.deep_learning.trained import Run, run_training
from autograder.home import solution_folder
from autograder.hw1.parts import TRAINING
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.staff.calibrate import whole_task


def trained(kit, submission, number):
    """Seconds, accuracies after each epoch, speed and peak bytes of one training through all epochs."""
    task = whole_task(kit, submission, TRAINING["2.2a"])
    start = time.perf_counter()
    with kit.session(submission) as session:
        case = replace(kit.case(submission, session), seed=b"gpu %d" % number)
        run = run_training(case, task, True, 1)
    assert isinstance(run, Run), run
    began = next(seen for name, seen in case.seen.items() if name.endswith(".run1"))
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "accuracies": [round(score.accuracy, 4) for score in run.scores],
        "speed": run.speed,
        "peak_bytes": began.facts["peak_bytes"],
    }


def main(folder, size=16):
    with Kit(data=Path(folder), device="cuda") as kit:
        submission = read_submission(solution_folder(), kit.rubric.limits)
        kit.launcher.warm("full")
        found = {
            "card": kit.tools.machine().name,
            "first": trained(kit, submission, 0),
            "one": trained(kit, submission, 1),
        }
        start = time.perf_counter()
        with ThreadPoolExecutor(size) as pool:
            runs = list(pool.map(lambda number: trained(kit, submission, number), range(2, 2 + size)))
        each = (time.perf_counter() - start) / size
    print(json.dumps({**found, "class": size, "seconds each": round(each, 2), "runs": runs}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
