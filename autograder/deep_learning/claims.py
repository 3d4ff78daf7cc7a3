"""Whether a count or a shape is more than a claim: something that the seed decides must stand behind it.

A count and a shape are no secrets, and what a worker says of them may be made up. Nearly every network, right or
wrong, shares with the reference what its first layer makes of the inputs and weights that the key gives, or is a known
mistake; where neither holds, a person has to look.
"""

from __future__ import annotations

from dataclasses import replace

from autograder.case import Case
from autograder.check import Check, Probe
from autograder.deep_learning.edits import nearest_edit
from autograder.evidence import Evidence
from autograder.expect import TOLERANCES, distance
from autograder.outcome import Outcome, Status

UNBACKED = (
    "passes only by what the worker said: nothing that the network computed is the reference's; please look at it"
)
UNNAMED = "passes, but the network computes another function, which no known mistake explains; please look at it"
OPEN = "Not settled: a person will check whether the network is what it claims to be. The points are open, not lost."


def backed(case: Case, outcome: Outcome, probes: tuple[Probe, ...], function: Check) -> Outcome:
    """*outcome*, which passed; flagged or open if only a claim supports it.

    Args:
        case: what is known so far.
        outcome: of a check that compares counts or shapes.
        probes: that may have run the network.
        function: the check of what it computes.
    """
    computed = case.outcomes.get(function.id) or function.judge(case)
    if computed.status is Status.PASSED or computed.mistake or any(_one_step_off(case, probe) for probe in probes):
        return outcome
    if any(_begins_alike(case, probe) for probe in probes):
        return replace(outcome, flag=UNNAMED)
    return Outcome(Status.UNSETTLED, OPEN, remarks=outcome.remarks, shown=OPEN, flag=UNBACKED)


def _one_step_off(case: Case, probe: Probe) -> bool:
    """Whether the outputs were the reference's once a step was replaced."""
    seen = case.seen.get(probe.id)
    return isinstance(seen, Evidence) and isinstance(nearest_edit(case, probe, seen, case.reference(probe)), Outcome)


def _begins_alike(case: Case, probe: Probe) -> bool:
    """Whether the first layer gave what the reference's gives."""
    seen = case.seen.get(probe.id)
    if not isinstance(seen, Evidence) or not len(seen.arrays.get("first", ())):
        return False
    return distance(seen.arrays["first"], case.reference(probe).arrays["first"]) <= TOLERANCES["first"]
