"""docs/walk.md, a walk through the homework: python benchmarks/walk.py [--to FILE] [--here].

The kit is installed from the handout's zip into an environment of its own. Then, in a fresh folder: `hw1 init`, each
TODO, first with a slip that students make and then right, `hw1 check` after each, at last `hw1 pack`. What the commands
print stands in the page as they print it. It takes some minutes on one core.
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(Path(__file__).parent)]
import numpy as np
from working_copy import KNOWN, module_of, questions, todos, write_work

from autograder.home import solution_folder
from autograder.staff.leaks import find_leaks

PAGE = ROOT / "docs" / "walk.md"
HW1 = Path(sys.executable).parent / "hw1"
STUDENT = "20260001"
UNTOUCHED = "Q11"  # the question that is forgotten at first; what is said of its formula would give the answer away
# By TODO, the slips that are made there one after the other: ids of known mistakes.
SLIPS = {
    "1.1": ("mnist-net-one-pooling-forgotten", "mnist-net-softmax"),
    "1.2a": ("train-no-zero-grad",),
    "1.2b": ("test-no-eval-mode",),
    "1.2c": ("conf-transposed",),
    "1.2.1": ("exp1-sigmoid-on-logits",),
    "1.2.2": ("exp2-no-activation",),
    "1.2.3": ("exp3-widths-swapped",),
    "1.2.4": ("exp4-second-relu-missing",),
    "1.2.5": ("exp5-batch-norm",),
    "1.2.6": ("exp6-softmax",),
    "1.2.7": ("exp7-batch-norm-after-relu",),
    "1.2.8": ("exp8-second-batch-norm-missing",),
    "1.2.9": ("exp9-padding",),
    "1.2.10": ("exp10-average-pooling",),
    "2.1a": ("convblock1-no-padding",),
    "2.1b": ("convblock2-three-convolutions",),
    "2.1c": ("vgg19-squeeze",),
    "2.2b": ("pretrained-vgg-frozen-features",),
}
HEAD = f"""# A walk through the homework

This is what a student sees: the kit from `hw1-handout.zip`, a fresh copy of the handout, then each TODO, first with a
slip that students make and then right, with `hw1 check` after each. `make walk` makes this page by doing all of it;
nothing in the output is edited.

A diff shows the slip alone: the line with `+` stands in the student's file, where the line with `-` would be right. If
you do the homework yourself, do it first and read this later.

The ids of the slips are those of [known mistakes](how-it-works.md). The student's id is {STUDENT}.
"""

Run = Callable[..., str]


def walk(run: Run, folder: Path, told: Callable[[str], None]) -> Iterator[str]:
    """The page, paragraph by paragraph.

    Args:
        run: runs ``hw1`` with its arguments in *folder*, or where ``cwd`` says; the block of what it prints.
        told: hears of each step.
    """
    yield HEAD
    yield "## A fresh copy\n"
    yield run("init", "hw1")
    copy = folder / "hw1"
    yield "From here on, commands are typed in the folder `hw1`. Before anything is written, everything is to do:\n"
    yield run("check", cwd=copy)
    done: list[str] = []
    for todo, title in todos().items():
        told(f"TODO {todo}: {title}")
        done.append(todo)
        yield f"## TODO {todo}: {title}\n"
        for slip in SLIPS[todo]:
            write_work(copy, done, [slip])
            yield f"A slip (`{slip}`) in `{KNOWN[slip].module}.py`:\n"
            yield f"```diff\n{diff_of(slip, done)}\n```\n"
            yield run("check", "--part", todo, cwd=copy)
        write_work(copy, done)
        yield "Mended:\n"
        yield run("check", "--part", todo, cwd=copy)
    told("the end")
    yield "## All of it, and the written answers\n"
    answered = [question for question in questions() if question != UNTOUCHED]
    write_work(copy, done, answered=answered)
    yield f"All tasks are done, and all questions but {UNTOUCHED} are answered.\n"
    yield run("check", cwd=copy)
    yield "## Hand it in\n"
    yield run("pack", "--id", STUDENT, cwd=copy)
    yield f"{UNTOUCHED} is answered, and the archive packed again:\n"
    write_work(copy, done, answered=questions())
    yield run("pack", "--force", cwd=copy)


def diff_of(slip: str, done: list[str]) -> str:
    """What the slip changes, without the lines around it: the page gives no run of the solution away."""
    name = KNOWN[slip].module
    right, wrong = (module_of(name, done, slips).splitlines() for slips in ((), (slip,)))
    lines = difflib.unified_diff(right, wrong, n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def runner(hw1: Path, folder: Path, home: Path) -> Run:
    """Runs ``hw1`` as in a terminal of 80 columns without colours."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HW1_")}
    environment |= {"HW1_HOME": str(home), "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}

    def run(*arguments: str, cwd: Path = folder) -> str:
        done = subprocess.run(
            [str(hw1), *arguments],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if done.returncode not in (0, 1):
            raise SystemExit(f"hw1 {' '.join(arguments)} ended with {done.returncode}: {done.stdout}")
        text = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
        return f"```console\n$ hw1 {' '.join(arguments)}\n{text}\n```\n"

    return run


def installed(folder: Path) -> Path:
    """The students' `hw1`, installed from the handout's zip into an environment of its own; torch is this one's."""
    packed, home = folder / "hw1-handout.zip", folder / "venv"
    subprocess.run([str(HW1), "release", "-o", str(packed)], check=True, stdout=subprocess.DEVNULL)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "unpacked")
    (wheel,) = (folder / "unpacked").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = (home / "lib").glob("python*/site-packages")
    (packages / "needs.pth").write_text(f"{Path(np.__file__).parents[1]}\n", encoding="utf-8")  # nothing is fetched
    return home / "bin" / "hw1"


def main() -> None:
    """Walk, and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, default=PAGE)
    parser.add_argument("--here", action="store_true", help="with the kit of this environment, not the one in the zip")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hw1-walk-") as scratch:
        folder = Path(scratch) / "walk"
        folder.mkdir()
        hw1 = HW1 if given.here else installed(Path(scratch))
        run = runner(hw1, folder, Path(scratch) / "home")
        text = "\n".join(walk(run, folder, lambda step: print(step, flush=True)))
    leaks = find_leaks(solution_folder(), {given.to.name: text.encode()})
    if leaks:
        raise SystemExit(f"the page would give the solution away: {leaks[0]}")
    given.to.write_text(text, encoding="utf-8")
    print(f"{given.to}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
