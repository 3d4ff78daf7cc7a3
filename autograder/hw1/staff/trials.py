"""The uploads that `hw1 preflight` tries a container with: the solution, the worst honest one, one that hangs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from autograder.errors import GraderError
from autograder.ingest.names import CHECKPOINTS
from autograder.staff.trial import Trial, solved

# A network of one's own: nothing proves it and no checkpoint verifies it, so that it is trained, and larger than most.
LARGE_NET = '''"""A larger network than the homework needs."""

import torch.nn as nn


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Sequential(nn.Linear(32 * 49, 256), nn.ReLU(), nn.Linear(256, 10))

    def forward(self, x):
        return self.head(self.features(x).flatten(1))
'''
HANGS = "\n\nwhile True:\n    pass\n"  # at the end of a module: its import never ends
SAVE = """
import sys
sys.path.insert(0, sys.argv[1])
import torch
from safetensors.torch import save_file
from vgg import VGG19
torch.manual_seed(0)
save_file(VGG19().state_dict(), sys.argv[2])
"""
SAVE_SECONDS = 120


def make_trials(solution: Path, scratch: Path) -> tuple[Trial, ...]:
    """The three uploads, below *scratch*.

    Raises:
        GraderError: the solution's VGG-19 can't be written to a checkpoint.
    """
    trials = tuple(
        solved(name, solution, scratch, whole)
        for name, whole in (("the solution", True), ("the worst honest one", True), ("one that hangs", False))
    )
    _, worst, hanging = (trial.folder for trial in trials)
    (worst / "mnist.py").write_text(LARGE_NET, encoding="utf-8")
    (worst / CHECKPOINTS).mkdir()
    _save_untrained(solution, worst / CHECKPOINTS / "2.2a.safetensors")
    for module in ("mnist.py", "vgg.py"):
        with (hanging / module).open("a", encoding="utf-8") as file:
            file.write(HANGS)
    return trials


def _save_untrained(solution: Path, path: Path) -> None:
    """A checkpoint of the size of an honest one: 80 MB. What it scores does not matter, what that takes does."""
    command = [sys.executable, "-I", "-c", SAVE, str(solution), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SAVE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise GraderError("the solution's VGG-19 took too long to be built") from error
    if done.returncode:
        raise GraderError(f"the solution's VGG-19 can't be saved: {done.stderr.strip()[-300:]}")
