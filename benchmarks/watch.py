"""How long `hw1 check --watch` takes from a save to the verdict: python benchmarks/watch.py [--saves N] [--write].

The whole homework is watched, right to begin with. Each file is saved in turn with a slip in it and without, and with
another comment each time, so that no save has been seen before. The time of a save ends when the command has written
the verdict of the check that the slip is about, and once more when it has compared all verdicts. --write puts the
table into watch.md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench_page import machine, put

from autograder.home import solution_folder

HW1 = str(Path(sys.executable).parent / "hw1")
PAGE = Path(__file__).with_name("watch.md")
SAVES = 10
IMPORTS = 3
QUIET = 0.5  # seconds between two saves, as a person leaves more


@dataclass(frozen=True)
class Slip:
    """What is wrong in every second save of a file, the check that it fails, and the seconds that are aimed at."""

    file: str
    right: str
    wrong: str
    check: str
    aim: float


SLIPS = (
    Slip("mnist.py", "nn.Linear(256, 10)", "nn.Linear(256, 11)", "1.1-structure", 0.3),
    Slip("ablations.py", "torch.sigmoid(", "torch.tanh(", "1.2.1", 0.3),
    Slip("trainer.py", "self.net.eval()\n        correct", "correct", "1.2b", 0.3),
    Slip("trainer.py", "conf[label, guess]", "conf[guess, label]", "1.2c", 0.3),
    Slip("trainer.py", "self.optimizer.zero_grad()", "pass", "1.2a", 0.3),
    Slip("vgg.py", "return self.pool(x)  # (N, out_dim, H/2, W/2)", "return x", "2.1a", 1.0),
    Slip("vgg.py", "torch.relu(self.fc2(x))", "self.fc2(x)", "2.1c-function", 1.0),
)


def watched(folder: Path) -> subprocess.Popen[str]:
    """The command, after its first round."""
    command = [HW1, "check", str(folder), "--watch"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines_until(process, "Waiting for the next save")
    return process


def lines_until(process: subprocess.Popen[str], *texts: str) -> dict[str, float]:
    """When it has written a line with each of *texts*, in seconds of the clock; the last one ends it."""
    found: dict[str, float] = {}
    assert process.stdout is not None
    for line in process.stdout:
        found |= {text: time.perf_counter() for text in texts if text in line and text not in found}
        if texts[-1] in found:
            return found
    raise SystemExit("the watch has ended by itself")


def save(path: Path, text: str) -> None:
    """Save as editors do: beside it, and renamed."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def measured(process: subprocess.Popen[str], path: Path, slip: Slip, saves: int) -> tuple[list[float], list[float]]:
    """Seconds from each save to the verdict on its check, and to the end of the round."""
    source = path.read_text(encoding="utf-8")
    assert slip.right in source, slip
    verdicts, rounds = [], []
    for number in range(saves):
        wrong = number % 2 == 0
        text = source.replace(slip.right, slip.wrong, 1) if wrong else source
        time.sleep(QUIET)
        began = time.perf_counter()
        save(path, f"{text}\n# {slip.check}, {number}\n")
        verdict = f" {slip.check}, newly "
        seen = lines_until(process, verdict, "Newly failed: " if wrong else "Newly passed: ")
        verdicts.append(seen[verdict] - began)
        rounds.append(max(seen.values()) - began)
    save(path, source)
    lines_until(process, "very verdict is as before")
    return verdicts, rounds


def import_torch() -> float:
    """Seconds that a process takes that imports torch and ends, the median of a few."""
    taken = []
    for _ in range(IMPORTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def table(saves: int) -> str:
    """The whole of it, as Markdown."""
    where = machine("torch")
    torch = import_torch()
    rows = []
    with tempfile.TemporaryDirectory() as work:
        folder = Path(shutil.copytree(solution_folder(), Path(work) / "mine"))
        process = watched(folder)
        try:
            for slip in SLIPS:
                verdicts, rounds = measured(process, folder / slip.file, slip, saves)
                verdict, whole = statistics.median(verdicts), statistics.median(rounds)
                met = "yes" if verdict <= slip.aim else "**no**"
                cells = (f"`{slip.file}`, {slip.check}", f"{slip.aim:g} s", f"{verdict:.2f} s", met)
                rows.append((*cells, f"{max(verdicts):.2f} s", f"{verdict / torch:.2f} x", f"{whole:.2f} s"))
        finally:
            process.kill()
            process.communicate()
    head = f"Machine: {where}.\n"
    head += f"`import torch` takes {torch:.2f} s here. Medians of {saves} saves.\n"
    names = ("saved, and the check", "aim", "verdict", "met", "slowest", "of `import torch`", "all verdicts compared")
    listed = [names, ("---",) * len(names), *rows]
    return f"{head}\n" + "".join(f"| {' | '.join(row)} |\n" for row in listed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=SAVES, help="how often each file is saved; an even number")
    parser.add_argument("--write", action="store_true", help="put the table into watch.md")
    options = parser.parse_args()
    made = table(options.saves)
    print(made)
    if options.write:
        put(PAGE, made, "watch.py")


if __name__ == "__main__":
    main()
