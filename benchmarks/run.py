"""Fills the speed table, benchmarks/RESULTS.md: python benchmarks/run.py (about six minutes on two cores).

Figures that are compared come from the same run, interleaved; medians of five unless said.
"""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HW1 = str(Path(sys.executable).parent / "hw1")
ROUNDS = 5
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
FIRST = {"first line": "mnist.py can be read", "first network": "1.1-structure"}  # what `hw1 check` prints
GRADE = ("--seed", "public", "--train", "never", "--rerun")


def seconds(command, environment=None):
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    return time.perf_counter() - start


def interleaved(commands):
    """Median wall time of each command and of the first verdicts, interleaved so that noise hits all alike."""
    times = {name: [] for name in [*commands, *FIRST]}
    for _ in range(ROUNDS):
        for name, (command, environment) in commands.items():
            times[name].append(seconds(command, environment))
        for name, value in first_lines(FIRST).items():
            times[name].append(value)
    return {name: statistics.median(values) for name, values in times.items()}


def first_lines(wanted):
    """Seconds until `hw1 check` has printed a line that begins as each of *wanted* does."""
    start = time.perf_counter()
    found = {}
    command = [HW1, "check", str(ROOT / "solution")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            for name, text in wanted.items():
                if text in line and name not in found:
                    found[name] = time.perf_counter() - start
    return found


def class_of(folder, count, modules):
    """A folder of *count* hand-ins that differ in a comment, with these of the solution's files."""
    for number in range(count):
        one = folder / f"{20260000 + number}"
        one.mkdir(parents=True)
        for module in modules:
            text = (ROOT / "solution" / module).read_text()
            (one / module).write_text(f"{text}\n# {number}\n")
    return folder


def graded(folder, out, jobs):
    """Wall and core seconds of `hw1 grade` over a class."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = seconds([HW1, "grade", str(folder), "-o", str(out), "--jobs", str(jobs), *GRADE])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def slopes(work, modules, sizes):
    """Core seconds for each further hand-in, twice, and the constant in seconds, from classes graded with one job."""
    out = work / "out"
    walls, cores = {}, {}
    for size in sizes:
        folder = class_of(work / f"{len(modules)}-{size}", size, modules)
        walls[size], cores[size] = graded(folder, out, 1)
        shutil.rmtree(folder)
    small, middle, large = sizes
    first = (cores[middle] - cores[small]) / (middle - small)
    second = (cores[large] - cores[middle]) / (large - middle)
    return first, second, walls[small] - small * (walls[large] - walls[small]) / (large - small)


def private_memory(with_vgg):
    """MiB of a worker's own memory beyond the shared parent's, the largest seen while every probe runs."""
    from autograder.ingest.reading import read_submission
    from autograder.kit import Kit
    from autograder.staff.record import comparing

    with Kit(train="never") as kit:
        submission = read_submission(ROOT / "solution", kit.rubric.limits)
        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        with kit.session(submission) as session, MemoryWatch(kit.launcher._process.pid) as watch:
            case = kit.case(submission)
            for _, judge in comparing():
                if with_vgg or judge.probe.id not in ("vgg.vgg19", "vgg.pretrained"):
                    session.observe(judge.probe, case.key(judge.probe))
    return watch.peak


class MemoryWatch(threading.Thread):
    """Looks at the children of *parent* each few milliseconds; `peak` is the most private memory of one, in MiB."""

    def __init__(self, parent):
        super().__init__(daemon=True)
        self.parent, self.peak, self.done = parent, 0.0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.join()

    def run(self):
        """Look until told to stop."""
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children")
        while not self.done.wait(0.003):
            for child in children.read_text().split():
                with contextlib.suppress(OSError):
                    lines = Path(f"/proc/{child}/smaps_rollup").read_text().splitlines()[1:]
                    fields = dict(line.split(":", 1) for line in lines)
                    if "Private_Dirty" in fields:
                        self.peak = max(self.peak, int(fields["Private_Dirty"].split()[0]) / 1024)


def imports_torch_in_help():
    """Whether `hw1 --help` imports torch or numpy."""
    code = "import sys; sys.argv = ['hw1', '--help']; import cli\ntry: cli.app()\nexcept SystemExit: pass\n"
    code += "sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode != 0


def main():
    import torch

    rows = []

    def row(what, aim, figure, met):
        rows.append(f"| {what} | {aim} | {figure} | {'yes' if met else '**no**'} |")
        print(rows[-1], flush=True)

    times = interleaved(
        {
            "help": ([HW1, "--help"], None),
            "torch": ([sys.executable, "-c", "import torch, os; os._exit(0)"], ONE_THREAD),
            "bare": ([sys.executable, str(ROOT / "benchmarks" / "bare.py")], ONE_THREAD),
            "check": ([HW1, "check", str(ROOT / "solution")], None),
        }
    )
    files, first = times["first line"], times["first network"]
    clean = not imports_torch_in_help()
    row("`hw1 --help`", "0.3 s, neither torch nor numpy", f"{times['help']:.2f} s", times["help"] <= 0.3 and clean)
    row("first verdict without torch", "0.3 s", f"{files:.2f} s", files <= 0.3)
    ratio = first / times["torch"]
    row(
        "first verdict with torch",
        f"1.1 x `import torch` ({times['torch']:.2f} s)",
        f"{first:.2f} s, {ratio:.2f} x",
        ratio <= 1.1,
    )
    ratio = times["check"] / times["bare"]
    row(
        "`hw1 check`, whole, cold",
        f"1.1 x bare ({times['bare']:.2f} s)",
        f"{times['check']:.2f} s, {ratio:.2f} x",
        ratio <= 1.1,
    )

    whole = ("mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        near, far, constant = slopes(work, whole, (5, 20, 60))
        slope = (near + far) / 2
        row("each further hand-in, one job", "1.0 core-second with VGG-19", f"{slope:.2f} core-s", slope <= 1.0)
        near, far, constant = slopes(work, [m for m in whole if m != "vgg.py"], (20, 100, 400))
        row("the same without vgg.py", "0.3 core-seconds", f"{(near + far) / 2:.2f} core-s", (near + far) / 2 <= 0.3)
        steady = abs(far / near - 1) <= 0.1
        row(
            "growth from 20 to 400",
            "slope within 10 %",
            f"{near:.3f} core-s, then {far:.3f} ({100 * (far / near - 1):+.0f} %)",
            steady,
        )
        row("the constant", "3 s", f"{constant:.1f} s", constant <= 3)
        folder = class_of(work / "jobs", 40, whole)
        idle = class_of(work / "idle", 1, whole)
        one, two, start = (graded(f, work / "out", j)[0] for f, j in ((folder, 1), (folder, 2), (idle, 1)))
        gain = (one - start) / (two - start)
        row("two jobs against one, 40 hand-ins", "1.8 x", f"{gain:.2f} x", gain >= 1.8)
    without, with_vgg = private_memory(False), private_memory(True)
    row("private memory of a worker without VGG-19", "50 MB", f"{without:.0f} MiB", without <= 50)
    row("with VGG-19", "400 MB", f"{with_vgg:.0f} MiB", with_vgg <= 400)

    processor = next(
        (n.split(":")[1].strip() for n in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in n), ""
    )
    versions = f"{platform.system()}, Python {platform.python_version()}, torch {torch.__version__}"
    machine = f"{os.cpu_count()} cores ({processor}), {versions}"
    text = [
        "# Speed",
        "",
        f"Machine: {machine}. Made by `make bench`; medians of {ROUNDS} interleaved runs where compared.",
        "",
    ]
    text += ["| what | aim | measured | met |", "|---|---|---|---|", *rows, ""]
    (ROOT / "benchmarks" / "RESULTS.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
