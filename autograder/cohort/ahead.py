"""What staff should know before anything is trained: how much it is at the most, how long it takes, what avoids it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from autograder.cohort.journal import Journal
from autograder.cohort.order import Work, trained_here, training_seconds
from autograder.deep_learning.duration import at_a_time, expected
from autograder.keeping.standing import StandsOn
from autograder.text import lasting

if TYPE_CHECKING:
    from autograder.kit import Kit

ONCE = {"auto": "a proof, a checkpoint or the journal", "always": "the journal"}


def training_ahead(works: Iterable[Work], kit: Kit, before: Collection[StandsOn], jobs: int, here: bool = True) -> str:
    """What is said before the first training; empty if nothing may be trained.

    Args:
        works: what is graded.
        before: what verdicts stand on that were made on this device.
        here: on this machine, not on a cluster.
    """
    counts = Counter(training for work in works for training in work.trainings)
    seconds, limits, listed = 0.0, False, []
    for training in trained_here(kit):
        about = expected(kit.tools, kit.rubric, training)
        if about is None or not counts[training.id]:
            continue
        known = training_seconds(before, training.id)
        each, limit = about if known is None else (known, False)
        listed.append((training.id, counts[training.id]))
        seconds, limits = seconds + each * counts[training.id], limits or limit
    if not listed:
        return ""
    total = sum(count for _, count in listed)
    beside = max(1, min(total, at_a_time(kit.tools, kit.rubric, jobs)))
    named = _named(kit) if here else "the cluster"
    networks = "networks" if total > 1 else "network"
    parts = ", ".join(f"{count} of {training}" for training, count in listed)
    word = "at most" if limits else "about"
    return (
        f"training begins on {named}: at most {total} {networks} ({parts}), {beside} at a time, "
        f"{word} {lasting(seconds / beside)}. What {ONCE[kit.train]} settles is not trained; "
        "with --train never nothing is, and its points stay open"
    )


def _named(kit: Kit) -> str:
    machine = kit.tools.machine()
    return f"{machine.device} ({machine.name})" if machine.name else machine.device


def on_this_device(journal: Journal, stand_on: dict[str, StandsOn], kit: Kit) -> list[StandsOn]:
    """Those of *stand_on* whose run had the option ``--device`` that this one has."""
    runs = {run.id for run in journal.runs() if run.basis.get("device") == kit.device}
    last = journal.last_runs()
    return [stands for student, stands in stand_on.items() if last.get(student) in runs]
