"""All attacks, and the rows of the catalogue that no hand-in can try here."""

from __future__ import annotations

from . import (
    by_endings,
    by_new_processes,
    by_patches,
    by_reports,
    by_resources,
    by_system_calls,
    by_values,
    on_files,
    on_processes,
    on_the_channel,
    on_the_intake,
    on_the_loader,
    on_the_machine,
    on_the_network,
    on_the_scratch,
)
from .attack import Attack

ATTACKS: tuple[Attack, ...] = (
    *on_files.ATTACKS,
    *on_the_machine.ATTACKS,
    *on_the_network.ATTACKS,
    *on_processes.ATTACKS,
    *by_new_processes.ATTACKS,
    *by_system_calls.ATTACKS,
    *on_the_channel.ATTACKS,
    *by_patches.ATTACKS,
    *by_values.ATTACKS,
    *on_the_loader.ATTACKS,
    *on_the_intake.ATTACKS,
    *by_reports.ATTACKS,
    *by_endings.ATTACKS,
    *by_resources.ATTACKS,
    *on_the_scratch.ATTACKS,
)
BY_ID = {attack.id: attack for attack in ATTACKS}

ROWS = range(1, 83)
NOT_TRIED = {
    15: "design review: the self-check ships the public seed's evidence and no other",
    44: "tests/test_guards.py trains fourteen memorisers, which takes minutes",
    49: "tests/test_discretion.py: accuracies of one band read the same",
    66: "needs a GPU",
    76: "tests/test_neighbours.py grades a class with and without such names",
    77: "tests/test_neighbours.py grades a class with and without such a file",
    78: "tests/test_missing.py has a table of exceptions raised by hand",
    79: "tests/test_accuracy.py and test_guards.py verify such checkpoints",
    80: "tests/test_training.py counts epochs, batches and steps",
    82: "tests/test_borrowed.py: a remark, no attack on a grade",
    74: "design review: no store of grades is ever within a worker's reach",
}
"""Rows that are not tried here, each with its reason."""
