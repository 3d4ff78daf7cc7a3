"""VGG-19 on a GPU, as hand-ins are trained: python benchmarks/gpu.py DATA [--class N] [--seeds N] [--write].

DATA holds CIFAR-10. One call, ten minutes at the most on an H200:

- the student's loop in the kit, four epochs at batch 64: one hand-in alone, and a class of N (16) side by side;
- a bare loop over tensors on the card, and how fast the card multiplies: the least that 477 TFLOP can take;
- float32, TF32 and bfloat16 in that loop, with the accuracy that each reaches on three seeds;
- the calibration of 2.2a with N seeds (10), and the peak of the card's memory.

Without a GPU it runs on the CPU with a hundredth of the data, a class of two and one seed, to show that it works; what
it then finds says nothing. --write puts the tables into gpu.md. The package must be importable by a plain interpreter
(`pip install -e .`): workers start without PYTHONPATH.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from bench_page import machine, put
from torch import nn

from autograder.deep_learning.data import load_dataset
from autograder.deep_learning.trained import Run, run_training
from autograder.home import solution_folder
from autograder.hw1.parts import TRAINING
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.staff.calibrate import measure, rows_of, whole_task

PAGE = Path(__file__).with_name("gpu.md")
TRAINING_TFLOP = 4 * 50_000 * 2.387e-3  # four epochs: 2.387 GFLOP an image, forward and backward
SHARE = 100  # of the data on a CPU: a hundredth
SIZE = 8192  # of the matrices that a card multiplies
PRECISIONS = {"float32": (False, False), "TF32": (True, False), "bfloat16": (True, True)}  # TF32, autocast
SEEDS = {"cuda": 3, "cpu": 1}


@dataclass(frozen=True)
class Place:
    """Where everything runs, and on what."""

    kit: Kit
    device: str
    data: object

    def task(self, submission):
        """2.2a, to be trained through all its epochs on these data."""
        task = whole_task(self.kit, submission, TRAINING["2.2a"])
        return task if self.device == "cuda" else replace(task, load=lambda: self.data)


def part_of(data, share):
    """Every *share*-th image: the data may be in the order of their classes."""
    few = replace(data, train_images=data.train_images[::share], train_labels=data.train_labels[::share])
    return replace(few, test_images=data.test_images[::share], test_labels=data.test_labels[::share], train_file=None)


def trained(place, submission, number):
    """Seconds, accuracies after each epoch, speed and peak bytes of one training of a hand-in."""
    start = time.perf_counter()
    with place.kit.session(submission) as session:
        case = replace(place.kit.case(submission, session), seed=b"gpu %d" % number)
        run = run_training(case, place.task(submission), True, 1)
    assert isinstance(run, Run), run
    began = next(seen for name, seen in case.seen.items() if name.endswith(".run1"))
    return {
        "seconds": time.perf_counter() - start,
        "accuracies": [round(score.accuracy, 4) for score in run.scores],
        "speed": run.speed,
        "peak_bytes": began.facts["peak_bytes"],
    }


def rate(device):
    """TFLOP/s of a matrix product in bfloat16."""
    size = SIZE if device == "cuda" else SIZE // 16
    a = torch.randn(size, size, device=device, dtype=torch.bfloat16)
    for _ in range(3):
        a @ a
    settle(device)
    start = time.perf_counter()
    for _ in range(20):
        a @ a
    settle(device)
    return 20 * 2 * size**3 / (time.perf_counter() - start) / 1e12


def settle(device):
    """Wait for the card."""
    if device == "cuda":
        torch.cuda.synchronize()


def bare(place, precision, seed, epochs, batch, lr):
    """Seconds and the accuracy of a loop over tensors that lie on the device."""
    sys.path.insert(0, str(solution_folder()))
    from vgg import VGG19

    tf32, half = PRECISIONS[precision]
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    train, test = (
        torch.from_numpy(np.array(images)).to(place.device).permute(0, 3, 1, 2).float().div_(255)
        for images in (place.data.train_images, place.data.test_images)
    )
    names, truth = (
        torch.from_numpy(labels.astype(np.int64)).to(place.device)
        for labels in (place.data.train_labels, place.data.test_labels)
    )
    torch.manual_seed(seed)
    net = VGG19().to(place.device, memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, fused=True)
    criterion = nn.CrossEntropyLoss()
    settle(place.device)
    start = time.perf_counter()
    for _ in range(epochs):
        net.train()
        for part in torch.randperm(len(names), device=place.device).split(batch):
            with torch.autocast(place.device, torch.bfloat16, enabled=half):
                optimizer.zero_grad()
                criterion(net(train[part]), names[part]).backward()
                optimizer.step()
    settle(place.device)
    seconds = time.perf_counter() - start
    net.eval()
    with torch.no_grad(), torch.autocast(place.device, torch.bfloat16, enabled=half):
        right = sum(int((net(x).argmax(1) == y).sum()) for x, y in zip(test.split(500), truth.split(500), strict=True))
    return seconds, right / len(truth)


def measured(place, submission, size, seeds):
    """All figures, as JSON values."""
    recipe = place.task(submission).recipe
    setting = recipe.epochs, recipe.batch, recipe.lr
    found = {"device": place.kit.tools.machine().name or platform.processor(), "tflops": rate(place.device)}
    found["setting"] = dict(zip(("epochs", "batch", "lr"), setting, strict=True))
    trained(place, submission, 0)  # the first one of a process loads what the others find
    found["alone"] = trained(place, submission, 1)
    bare(place, "bfloat16", 0, 1, *setting[1:])
    found["precisions"] = {
        name: [bare(place, name, seed, *setting) for seed in range(SEEDS[place.device])] for name in PRECISIONS
    }
    start = time.perf_counter()
    with ThreadPoolExecutor(size) as pool:
        runs = list(pool.map(lambda number: trained(place, submission, number), range(2, 2 + size)))
    found["class"] = {"seconds": time.perf_counter() - start, "runs": runs}
    told = lambda text, done, total: print(f"{done}/{total} {text}", file=sys.stderr, flush=True)  # noqa: E731
    tasks = [place.task(submission)]
    rows = rows_of(measure(place.kit, submission, tasks, range(seeds), min(4, size), told), "benchmarks/gpu.py")
    found["calibration"] = rows["2.2a"]["cifar10"]
    return found


def table(found, share):
    """The tables of gpu.md."""
    work = TRAINING_TFLOP / share
    limit = work / found["tflops"]
    alone, runs = found["alone"], found["class"]["runs"]
    each = found["class"]["seconds"] / len(runs)
    loop = statistics.median(seconds for seconds, _ in found["precisions"]["bfloat16"])
    row = found["calibration"]
    peak = max(run["peak_bytes"] for run in (alone, *runs)) / (1 << 30)
    lines = [
        "| VGG-19, a training | seconds | of the limit |",
        "|---|---|---|",
        f"| the limit: {work:.4g} TFLOP at {found['tflops']:.3g} TFLOP/s in bfloat16 | {limit:.2f} | 1 |",
        f"| a bare loop over tensors on the device, bfloat16 | {loop:.2f} | {loop / limit:.1f} |",
        f"| a hand-in alone, the student's loop ({alone['speed']}) | {alone['seconds']:.2f} "
        f"| {alone['seconds'] / limit:.1f} |",
        f"| each of {len(runs)} side by side | {each:.2f} | {each / limit:.1f} |",
        "",
        f"Peak of the card's memory: {peak:.2f} GiB a hand-in.",
        "",
        "| the bare loop in | seconds, median | accuracy on each seed |",
        "|---|---|---|",
    ]
    for name, several in found["precisions"].items():
        accuracies = ", ".join(f"{100 * accuracy:.1f} %" for _, accuracy in several)
        lines.append(f"| {name} | {statistics.median(seconds for seconds, _ in several):.2f} | {accuracies} |")
    accuracies = row["accuracies"]
    lines += [
        "",
        f"Calibration of 2.2a ({row['speed']}): {100 * statistics.mean(accuracies):.1f} % on average over "
        f"{len(accuracies)} seeds, {100 * min(accuracies):.1f} % at the least.",
    ]
    return "\n".join(lines) + "\n"


def main():
    """Measure, print JSON, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="a folder with CIFAR-10")
    parser.add_argument("--class", type=int, default=16, dest="size", metavar="N", help="hand-ins side by side")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="of the calibration")
    parser.add_argument("--write", action="store_true", help="put the tables into gpu.md")
    wanted = parser.parse_args()
    where = machine("torch")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    share = 1 if device == "cuda" else SHARE
    with Kit(data=wanted.data, device=device, train="always") as kit:
        submission = read_submission(solution_folder(), kit.rubric.limits)
        kit.launcher.warm("full")
        place = Place(kit, device, part_of(load_dataset("cifar10", wanted.data), share))
        small = device == "cpu"
        found = measured(
            place, submission, min(wanted.size, 2) if small else wanted.size, min(wanted.seeds, 2 if small else 99)
        )
    print(json.dumps(found, indent=1))
    if wanted.write:
        on = f"one {found['device']}" if device == "cuda" else "no GPU: the CPU, with a hundredth of the data"
        put(PAGE, f"Machine: {where}; {on}.\n\n{table(found, share)}", "gpu.py")


if __name__ == "__main__":
    main()
