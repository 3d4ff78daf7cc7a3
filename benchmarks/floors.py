"""Accuracy on the embedded digits over many seeds: python benchmarks/floors.py [SEEDS [EPOCHS [HAND-IN]]].

The recipe and the floor in autograder/rubric.toml for the embedded data come from this; its figures are in floors.md.
"""

from __future__ import annotations

import statistics
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from autograder.check import Ask
from autograder.checks.mnist import TRAINING
from autograder.checks.training import Run
from autograder.data import embedded_digits
from autograder.grade import observe
from autograder.home import solution_folder
from autograder.kit import Kit
from autograder.submission import read_submission


def accuracy(kit, submission, recipe, data, seed):
    """The accuracy in [0, 1] of one training with *seed*, in two workers as in grading, through all epochs."""
    case = replace(kit.case(submission), seed=b"floors %d" % seed)
    with kit.session(submission) as session:
        while isinstance(run := TRAINING.run(case, data, recipe, True, 1), Ask):
            case.seen[run.probe.id] = observe(run, case, session)
    assert isinstance(run, Run), run
    return run.accuracy


def main(seeds=50, epochs=None, folder=None):
    data = embedded_digits()
    with Kit() as kit:
        submission = read_submission(Path(folder or solution_folder()), kit.rubric.limits)
        recipe = kit.rubric.recipes["1.1"]["digits"]
        recipe = replace(recipe, epochs=epochs or recipe.epochs, floor=1.0)  # no early stop
        kit.launcher.warm("extras")
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda seed: accuracy(kit, submission, recipe, data, seed), range(seeds)))
    mean, spread = statistics.mean(found), statistics.stdev(found)
    quantile = mean - 3.1 * spread  # below it 1 in 1,000 of a normal distribution
    print(f"{seeds} seeds, {recipe.epochs} epochs: mean {100 * mean:.2f} %, standard deviation {100 * spread:.2f}")
    low, high = 100 * min(found), 100 * max(found)
    print(f"from {low:.2f} to {high:.2f} %; 1 in 1,000 below {100 * quantile:.2f} %")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
