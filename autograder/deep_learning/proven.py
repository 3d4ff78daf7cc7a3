"""Settles an accuracy by proof: a network that equals the reference in all that matters trains like it."""

from __future__ import annotations

import math
from typing import Any

from autograder.case import Case
from autograder.check import Probe
from autograder.deep_learning.networks import function_view
from autograder.deep_learning.task import Task
from autograder.evidence import Evidence
from autograder.expect import same
from autograder.outcome import Outcome, Status

SIGMAS = 5.0  # of each of some hundreds of moments: an honest network fails one once in 10,000 times
ALIKE = 0.5  # a correlation of 1 is a copy; independent draws of 200 values and more stay below 0.4
ROUNDING = 1e-6


def initial_probe(network: Probe) -> Probe:
    """The probe that tells how the network of *network* is initialised."""
    params = {name: network.params[name] for name in ("module", "name", "shape", "given") if name in network.params}
    return Probe(f"{network.id}, initial", "initial", network.modules, network.stage, params, seconds=20)


def proven(case: Case, task: Task, network: Probe) -> Outcome | str:
    """Passed, or why nothing is proven.

    Args:
        case: what is known so far; ``Trainer.train`` has passed its own check, 1,004 batches included.
        task: the training.
        network: the probe that has run the network.
    """
    if task.measured is None:
        return "the reference's accuracy on these data has not been measured"
    seen = case.seen.get(network.id)
    if not isinstance(seen, Evidence) or not same(function_view(seen), function_view(case.reference(network))):
        return "the network computes another function than the reference's"
    initial = initial_probe(network)
    begun = case.observe(initial)
    if not isinstance(begun, Evidence):
        return "it can't be constructed twice"
    drawn = initial_difference(begun, case.reference(initial))
    if drawn:
        return f"the network is initialised differently from the reference's: {drawn}"
    shown = f"Proven, nothing was trained: network, initialisation and Trainer are the reference's; {task.wanted()}."
    return Outcome(Status.PASSED, remarks=(_quoted(task),), shown=shown)


def _quoted(task: Task) -> str:
    measured = task.measured
    assert measured is not None  # noqa: S101  asked before
    return (
        f"Proven, nothing was trained: network, initialisation and Trainer are the reference's, whose accuracy is "
        f"{100 * measured.mean:.1f} % with a standard deviation of {100 * measured.spread:.2f} over "
        f"{len(measured.accuracies)} seeds ({measured.speed}), on {measured.on}; {task.wanted()}."
    )


def initial_difference(seen: Any, reference: Evidence) -> str:
    """The first thing in which two networks are drawn differently, or nothing.

    Each moment of each parameter may be off by its own sampling error, which the number of values gives.
    """
    if seen.facts["uses"] != reference.facts["uses"]:
        return "other parameters"
    if seen.facts["twins"] != reference.facts["twins"]:
        return "some parameters begin as copies of others"
    mine, wanted = seen.arrays.get("moments"), reference.arrays["moments"]
    if mine is None or mine.shape != wanted.shape or seen.arrays["alike"].shape != reference.arrays["alike"].shape:
        return "it changes from one construction to the next"
    drawn, means = mine.tolist(), wanted.mean(0).tolist()
    for number, (role, shape, count) in enumerate(reference.facts["uses"]):
        for one in drawn:
            moment = _apart(one[number], means[number], count, shape[:1])
            if moment:
                return f"the {moment} of {role} {number + 1}"
        if not abs(seen.arrays["alike"][number] - reference.arrays["alike"][number]) <= ALIKE:  # NaN is no likeness
            return f"{role} {number + 1} is the same in each construction, or ought to be"
    return ""


def _apart(one: list[float], wanted: list[float], count: int, rows: list[int]) -> str:
    """The first moment of *count* values that is farther off than chance allows, or nothing."""
    if not all(math.isfinite(value) for value in one):
        return "range"
    mean, rms, fourth, spread = wanted
    chance = SIGMAS * math.sqrt(1.5 / max(1, count))  # of one draw and the mean of two
    if abs(one[0] - mean) > chance * math.sqrt(max(rms**2 - mean**2, 0)) + ROUNDING:
        return "mean"
    if abs(one[1] - rms) > rms * chance * math.sqrt(max(fourth - 1, 0)) / 2 + ROUNDING:
        return "scale"
    if abs(one[2] - fourth) > chance * math.sqrt(24) + ROUNDING:  # 24 / n: a normal sample's variance, the largest here
        return "shape"
    freedom = max([1, *(number - 1 for number in rows)])
    apart = SIGMAS * spread * math.sqrt(1.5 / (2 * freedom))  # a standard deviation is known to 1 in sqrt(2 (n - 1))
    return "rows" if abs(one[3] - spread) > apart + ROUNDING else ""
