"""Fills the speed table, benchmarks/RESULTS.md: python benchmarks/run.py (about ten minutes on two cores).

Figures that are compared come from the same run, interleaved; medians of five unless said.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench_page import machine, put

ROOT = Path(__file__).resolve().parent.parent
HW1 = str(Path(sys.executable).parent / "hw1")
ROUNDS = 5
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
FIRST = {"first line": "mnist.py can be read", "first network": "1.1-structure"}  # what `hw1 check` prints
GRADE = ("--seed", "public", "--train", "never", "--rerun")


def costs(command, environment=None):
    """Wall seconds of a whole process, core-seconds of it and of all it starts, and the memory it has, in MiB.

    That is its own after nine tenths of its time, when `hw1 grade` grades, and at the most, when it writes its tables.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start, samples = time.perf_counter(), [(0.0, 0.0)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env={**os.environ, **(environment or {})}, **quiet) as process:
        while process.poll() is None:
            samples.append(own_memory(process.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = samples[9 * len(samples) // 10][0], max(most for _, most in samples)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def own_memory(pid):
    """MiB that the process itself has, and has had at the most; 0 once it has ended. What it starts is not counted."""
    with contextlib.suppress(OSError):
        told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return tuple(int(told.get(name, "0 kB").split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return 0.0, 0.0


def interleaved(commands):
    """Medians of wall and core seconds of each command, and of the seconds to the first verdicts, interleaved."""
    times = {name: [] for name in [*commands, *FIRST]}
    for _ in range(ROUNDS):
        for name, (command, environment) in commands.items():
            times[name].append(costs(command, environment)[:2])
        for name, value in first_lines(FIRST).items():
            times[name].append((value, 0.0))
    return {name: tuple(map(statistics.median, zip(*values, strict=True))) for name, values in times.items()}


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
    """The :func:`costs` of `hw1 grade` over a class."""
    return costs([HW1, "grade", str(folder), "-o", str(out), "--jobs", str(jobs), *GRADE])


def slopes(work, modules, sizes):
    """Core-seconds for each further hand-in, twice, the constant in seconds, and the MiB by which the grader grows.

    From classes of these sizes, graded with one job.
    """
    out = work / "out"
    walls, cores, peaks = {}, {}, {}
    for size in sizes:
        folder = class_of(work / f"{len(modules)}-{size}", size, modules)
        walls[size], cores[size], peaks[size] = graded(folder, out, 1)
        shutil.rmtree(folder)
    small, middle, large = sizes
    first = (cores[middle] - cores[small]) / (middle - small)
    second = (cores[large] - cores[middle]) / (large - middle)
    constant = walls[small] - small * (walls[large] - walls[small]) / (large - small)
    grown = tuple(more - few for more, few in zip(peaks[large], peaks[small], strict=True))
    return first, second, constant, grown


def private_memory(with_vgg):
    """MiB of a worker's own memory beyond the shared parent's, the largest seen while every probe runs."""
    from autograder.ingest.reading import read_submission
    from autograder.kit import Kit
    from autograder.staff.record import comparing

    with Kit(train="never") as kit:
        submission = read_submission(ROOT / "solution", kit.rubric.limits)
        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        kit.launcher.start("extras").close()
        with kit.session(submission) as session, MemoryWatch(kit.launcher.parents[-1]) as watch:
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
    where, rows = machine("torch"), []

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
    files, first = times["first line"][0], times["first network"][0]
    clean = not imports_torch_in_help()
    row(
        "`hw1 --help`", "0.3 s, neither torch nor numpy", f"{times['help'][0]:.2f} s", times["help"][0] <= 0.3 and clean
    )
    row("first part without torch is printed", "0.3 s", f"{files:.2f} s", files <= 0.3)
    (torch_wall, _), (bare_wall, bare), (check_wall, check) = (times[name] for name in ("torch", "bare", "check"))
    ratio = first / torch_wall
    what = "first part with torch is printed, all of it judged"
    row(what, f"1.1 x `import torch` ({torch_wall:.2f} s)", f"{first:.2f} s, {ratio:.2f} x", ratio <= 1.1)
    for kind, mine, theirs, unit in (
        ("wall", check_wall, bare_wall, "s"),
        ("CPU", check, bare, "core-s"),
    ):
        figure = f"{mine:.2f} {unit}, {mine / theirs:.2f} x"
        row(f"`hw1 check`, whole, cold, {kind}", f"1.1 x bare ({theirs:.2f} {unit})", figure, mine <= 1.1 * theirs)

    whole = ("mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        near, far, *_ = slopes(work, whole, (5, 20, 60))
        slope = (near + far) / 2
        figure = f"{slope:.2f} core-s, {slope / bare:.2f} x"
        row("each further hand-in, one job, with both VGGs", "0.3 x bare, CPU", figure, slope <= 0.3 * bare)
        near, far, constant, growth = slopes(work, [m for m in whole if m != "vgg.py"], (20, 100, 400))
        slope = (near + far) / 2
        figure = f"{slope:.2f} core-s, {slope / bare:.2f} x"
        row("the same without vgg.py", "0.15 x bare, CPU", figure, slope <= 0.15 * bare)
        steady = abs(far / near - 1) <= 0.1
        row(
            "growth from 20 to 400",
            "slope within 10 %",
            f"{near:.3f} core-s, then {far:.3f} ({100 * (far / near - 1):+.0f} %)",
            steady,
        )
        row("the constant", "3 s", f"{constant:.1f} s", constant <= 3)
        figure = f"{growth[0]:.0f} MiB more; {growth[1]:.0f} while it writes the class's tables"
        row("the grader's own memory, from 20 to 400 hand-ins", "20 MB more", figure, growth[0] * 1.048576 <= 20)
        folder = class_of(work / "jobs", 40, whole)
        idle = class_of(work / "idle", 1, whole)
        one, two, start = (graded(f, work / "out", j)[0] for f, j in ((folder, 1), (folder, 2), (idle, 1)))
        gain = (one - start) / (two - start)
        row("two jobs against one, 40 hand-ins", "1.8 x", f"{gain:.2f} x", gain >= 1.8)
    without, with_vgg = private_memory(False), private_memory(True)
    row("private memory of a worker without VGG-19", "50 MB", f"{without:.0f} MiB", without <= 50)
    row("with VGG-19", "400 MB", f"{with_vgg:.0f} MiB", with_vgg <= 400)

    text = [f"Machine: {where}. Medians of {ROUNDS} interleaved runs where compared.", ""]
    text += ["| what | aim | measured | met |", "|---|---|---|---|", *rows]
    put(ROOT / "benchmarks" / "RESULTS.md", "\n".join(text), "run.py")


if __name__ == "__main__":
    main()
