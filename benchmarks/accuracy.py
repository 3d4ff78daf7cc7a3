"""Fills benchmarks/ACCURACY.md: python benchmarks/accuracy.py [DATA [SEEDS]].

DATA ($HW1_DATA if it is not said) holds real MNIST and CIFAR-10. SEEDS (50) fresh runs of the solution's MNIST_Net are
counted against the floor; they take half an hour on two cores at first, and are kept (`hw1 calibrate`); 0 leaves them
out. Figures that are compared come from one run, interleaved; medians of three, or of five pairs.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from bench_page import machine, put
from torch import nn
from torch.utils.data import DataLoader

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "solution"))

from autograder.deep_learning.bounds import upper_bound
from autograder.deep_learning.data import load_dataset
from autograder.deep_learning.probes.loader import Images, MemoryLoader
from autograder.grade import judged
from autograder.hw1.checks import CHECKS
from autograder.hw1.parts import TRAINING
from autograder.ingest.checkpoint import write_checkpoint
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.staff.calibrate import Request, calibrated

ROUNDS = 3
PAIRS = 5  # of trainings of VGG-19
VGG_BATCHES = 40  # of 64 images: what an epoch costs beside its batches is 1 % of these
FIRST_FRESH_SEED = 1000  # the calibration has used those below


def loaders(data):
    """Seconds of an epoch of Exp6 with DataLoader(num_workers=1) and from memory: the same batches, the same loop."""
    from ablations import Exp6
    from trainer import Trainer

    images = Images(np.array(data.train_images), data.train_labels)
    makers = {
        "worker": lambda: DataLoader(images, 32, shuffle=True, num_workers=1),
        "memory": lambda: MemoryLoader(images, 32, shuffle=True),
    }
    times = {name: [] for name in makers}
    finals = {}
    for _ in range(ROUNDS):
        for name, make in makers.items():
            torch.manual_seed(0)
            net = Exp6()
            optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=name == "memory")
            trainer = Trainer(make(), None, net, optimizer, nn.CrossEntropyLoss())
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                trainer.train(1)
            times[name].append(time.perf_counter() - start)
            finals[name] = torch.cat([p.detach().flatten() for p in net.parameters()])
    apart = float((finals["worker"] - finals["memory"]).abs().max())
    return statistics.median(times["worker"]), statistics.median(times["memory"]), apart


def bare_rate(data, batches):
    """Images a second of VGG-19 in a bare loop over tensors in memory: bfloat16, fused Adam, one thread."""
    from vgg import VGG19

    pixels = torch.from_numpy(np.array(data.train_images[: 64 * batches]))
    inputs = pixels.permute(0, 3, 1, 2).contiguous().float().div_(255)
    labels = torch.from_numpy(data.train_labels[: 64 * batches])
    torch.manual_seed(0)
    net = VGG19()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)
    criterion = nn.CrossEntropyLoss()

    def run(count):
        for x, y in zip(inputs.split(64)[:count], labels.split(64)[:count], strict=True):
            with torch.autocast("cpu", torch.bfloat16):
                optimizer.zero_grad()
                criterion(net(x), y).backward()
                optimizer.step()

    run(2)
    start = time.perf_counter()
    run(batches)
    return 64 * batches / (time.perf_counter() - start)


def kit_rate(data, kit, submission, batches):
    """The same of the kit: the student's loop in a worker, an epoch of these images."""
    from autograder.deep_learning.trained import run_training
    from autograder.staff.calibrate import whole_task

    few = replace(data, train_images=data.train_images[: 64 * batches], train_labels=data.train_labels[: 64 * batches])
    few = replace(few, train_file=None)
    task = whole_task(kit, submission, TRAINING["2.2a"])
    task = replace(task, load=lambda: few, whole=False)
    took = []
    with kit.session(submission) as session:
        case = kit.case(submission, session)
        run = case.run

        def timed(probe, key, arrays):
            start = time.perf_counter()
            seen = run(probe, key, arrays)
            if probe.call == "fit_epoch":
                took.append(time.perf_counter() - start)
            return seen

        case.run = timed
        run_training(case, task, True, 1)
    return 64 * batches / took[0]


def trained_cores(folder, number):
    """Core-seconds of training the solution's MNIST_Net until its accuracy is sure, start-up included, and epochs."""
    from autograder.deep_learning.task import task_of
    from autograder.deep_learning.trained import run_training

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Kit(data=folder, device="cpu", train="always") as kit:
        submission = read_submission(ROOT / "solution", kit.rubric.limits)
        with kit.session(submission) as session:
            case = replace(kit.case(submission, session), seed=b"cores %d" % number)
            run = run_training(case, task_of(case, TRAINING["1.1"]), True, 1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, len(run.scores)


def graded(kit, submission, wanted):
    """Seconds that the check *wanted* takes after all others it stands on, and its outcome."""
    before = [check for check in CHECKS if check.id in ("1.2a", "2.1c-function")]
    (check,) = (check for check in CHECKS if check.id == wanted)
    with kit.session(submission) as session:
        case = kit.case(submission, session)
        judged(case, session, tuple(before))
        start = time.perf_counter()
        report = judged(case, session, (check,))
        seconds = time.perf_counter() - start
    (line,) = (line for line in report.lines if line.id == wanted)
    return seconds, line.outcome


def with_checkpoint(kit, solution, folder):
    """The solution with an untrained VGG-19's checkpoint, of half precision, in *folder*."""
    from vgg import VGG19

    for path in solution.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    state = {name: tensor.numpy() for name, tensor in VGG19().state_dict().items()}
    write_checkpoint(folder / "checkpoints" / "2.2a.safetensors", state, {}, half=True)
    return read_submission(folder, kit.rubric.limits)


def fresh_failures(data, seeds):
    """Fresh runs of the solution's MNIST_Net, how many are below the floor by the stated rule, and the lowest."""
    with Kit(data=data, device="cpu") as kit:
        fresh = range(FIRST_FRESH_SEED, FIRST_FRESH_SEED + seeds)
        told = lambda text, done, total: print(f"{done}/{total} {text}", file=sys.stderr, flush=True)  # noqa: E731
        rows = calibrated(kit, ROOT / "solution", Request(("1.1",), fresh, os.cpu_count() or 1, dry=True), told)
        row = rows["1.1"]["mnist"]
        floor = kit.tools.floors.rows["1.1", "mnist"].floor(kit.rubric.recipes["1.1"]["mnist"].floor)
    total = row["test_images"]
    below = [accuracy for accuracy in row["accuracies"] if accuracy < floor]
    lost = [accuracy for accuracy in below if upper_bound(round(accuracy * total), total) < floor]
    return floor, len(below), len(lost), row["lowest"]


def data_folder(work):
    """$HW1_DATA, or what the folder beside the repository unpacks into *work*."""
    if os.environ.get("HW1_DATA"):
        return Path(os.environ["HW1_DATA"])
    unpacks = ROOT.parent / "shared" / "data" / "prepare.py"
    if not unpacks.is_file():
        sys.exit("these figures need real MNIST and CIFAR-10: `hw1 data DIR`, then HW1_DATA=DIR make bench")
    subprocess.run([sys.executable, str(unpacks), str(work)], check=True, stdout=subprocess.DEVNULL)
    return work


def main(folder=None, seeds=50):
    with tempfile.TemporaryDirectory() as work:
        measure(Path(folder) if folder else data_folder(Path(work)), seeds)


def measure(folder, seeds):
    torch.set_num_threads(1)
    where, rows = machine("torch"), []

    def row(what, aim, figure, met):
        rows.append(f"| {what} | {aim} | {figure} | {met if isinstance(met, str) else 'yes' if met else '**no**'} |")
        print(rows[-1], flush=True)

    worker, memory, apart = loaders(load_dataset("mnist", folder))
    figure = f"{worker:.2f} s, {memory:.2f} s: {worker / memory:.1f} times; weights {apart:.0e} apart"
    row("an epoch of MNIST, Exp6: `DataLoader(num_workers=1)`, from memory", "5 times", figure, worker >= 5 * memory)

    cifar = load_dataset("cifar10", folder)
    with Kit(data=folder, device="cpu") as kit:
        submission = read_submission(ROOT / "solution", kit.rubric.limits)
        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        pairs = [(kit_rate(cifar, kit, submission, VGG_BATCHES), bare_rate(cifar, VGG_BATCHES)) for _ in range(PAIRS)]
        ours, bare = (statistics.median(values) for values in zip(*pairs, strict=True))
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        each = ", ".join(f"{mine / theirs:.2f}" for mine, theirs in pairs)
        figure = f"{ours:.0f} and {bare:.0f} images/s: {ratio:.2f} (pairs: {each})"
        row("VGG-19, training: the student's loop in the kit, a bare loop", "0.97", figure, ratio >= 0.97)
        times = []
        for _ in range(ROUNDS):
            seconds, outcome = graded(kit, submission, "2.2a-accuracy")
            assert outcome.status is Status.PASSED, outcome
            times.append(seconds)
        seconds = statistics.median(times)
        row(
            "a VGG-19 that equals the reference, `--train auto`: nothing trained",
            "1 s",
            f"{seconds:.2f} s",
            seconds <= 1,
        )
    cores, epochs = zip(*(trained_cores(folder, number) for number in range(ROUNDS)), strict=True)
    figure = f"{', '.join(f'{one:.1f}' for one in cores)} core-s for {', '.join(map(str, epochs))} epochs"
    row(
        "MNIST_Net, real MNIST, 4 epochs with early stop at the floor",
        "25 core-s",
        figure,
        statistics.median(cores) <= 25,
    )
    with Kit(data=folder, device="cpu", train="never") as kit, tempfile.TemporaryDirectory() as name:
        kit.rubric = replace(kit.rubric, ways={**kit.rubric.ways, "2.2a": ("verified",)})
        checked = with_checkpoint(kit, ROOT / "solution", Path(name))
        seconds, outcome = graded(kit, checked, "2.2a-accuracy")
        assert outcome.status is Status.FAILED, outcome  # it is untrained
        row("VGG-19's checkpoint verified on the CPU, 2,000 images", "15 s", f"{seconds:.1f} s", seconds <= 15)
    if seeds:
        floor, below, lost, lowest = fresh_failures(folder, seeds)
        figure = f"{lost} lost at once, {below} below {100 * floor:g} % and trained again; lowest {100 * lowest:.2f} %"
        what = f"honest runs of the solution's MNIST_Net that fail, {seeds} fresh seeds"
        row(what, "0", figure, lost == 0 and below == 0)
    for what, aim in (
        ("H200: a VGG-19 hand-in, 4 epochs, the student's loop", "20 s"),
        ("H200: a class of 16 side by side, each", "8 s"),
    ):
        row(f"{what} (benchmarks/gpu.py)", aim, "not measured: no GPU here", "-")

    text = [
        f"Machine: {where}; one thread a worker.",
        "",
        "| what | aim | measured | met |",
        "|---|---|---|---|",
        *rows,
    ]
    put(ROOT / "benchmarks" / "ACCURACY.md", "\n".join(text), "accuracy.py")


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
