"""Networks whose parameters a trace can't pair with the reference's: all ways left are tried, and outputs decide."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

from autograder.case import Case
from autograder.check import Probe
from autograder.deep_learning.layers import LAYERS, used_parameters
from autograder.evidence import Evidence
from autograder.expect import TOLERANCES, distance
from autograder.outcome import Outcome, Status
from autograder.recording import KnownMistake

ROLES = {f"{kind}.{part}" for kind in LAYERS for part in ("weight", "bias", "mean", "var")}  # that are compared
REPLY = 4 << 20  # bytes: 240 outputs of a block are 2 MB
SAID = "Not settled: the kit cannot compare code written this way. A person will look; the points are open, not lost."
OPEN = Outcome(
    Status.UNSETTLED, SAID, shown=SAID, flag="the kit cannot compare code written this way with the reference"
)

OTHER = Outcome(
    Status.FAILED,
    "It has the right parameters, but computes another function than the reference, whichever way they are paired.",
    "Look at what stands between the layers: activations, pooling, batch norm and their order.",
)


def paired(case: Case, probe: Probe, seen: Evidence, mistakes: list[KnownMistake]) -> Evidence | Outcome | None:
    """Evidence with each parameter in its place, or open where that can't be found.

    Args:
        case: what is known so far.
        probe: what was observed; its parameter ``parallel`` says that layers of one size may be used in any order.
        seen: what it brought back.
        mistakes: whose outputs count as found, too.

    Returns:
        None where the trace tells all; failed where no way computes anything that is known.
    """
    reference = case.reference(probe)
    if not _unclear(seen, reference, bool(probe.params.get("parallel"))):
        return None
    mine, wanted = _sizes(seen), _sizes(reference)
    if mine != wanted:  # one parameter may hold what the reference has in several
        unknown = any(role not in ROLES for role, *_ in seen.facts["uses"])
        return OPEN if unknown and sum(mine.elements()) == sum(wanted.elements()) else None
    params = {**probe.params, "places": _places(reference)}
    ways = replace(probe, id=f"{probe.id}, ways", call="candidates", params=params, reply_bytes=REPLY, draws=probe.id)
    tried = case.observe(ways)
    if not isinstance(tried, Evidence):
        return None
    choice = _choice(tried, [reference.arrays["eval8"], *_outputs(mistakes)])
    if choice is None:
        hidden, everything = tried.facts["hidden"], tried.facts["all"]
        return (OTHER if everything else OPEN) if hidden else None
    chosen = replace(probe, id=f"{probe.id}, way {choice}", params={**params, "choice": choice}, draws=probe.id)
    found = case.observe(chosen)
    return found if isinstance(found, Evidence) else None


def _unclear(seen: Evidence, reference: Evidence, parallel: bool) -> bool:
    """Whether the trace shows other roles or layouts than the reference's; in *parallel* layers any order is right."""
    if "uses" not in seen.facts or "returned" in seen.facts or seen.facts.get("unregistered"):
        return False
    return parallel or bool(seen.facts["backwards"]) or used_parameters(seen) != used_parameters(reference)


def _sizes(seen: Evidence) -> Counter[int]:
    """The number of values of each registered parameter."""
    used = [math.prod(shape) for role, shape, name, _ in seen.facts["uses"] if name]
    return Counter([*used, *(math.prod(shape) for _, shape in seen.facts["unused"])])


def _places(reference: Evidence) -> list[list[object]]:
    """What is to be filled, as the probe counts it: each role by itself, without what was given."""
    counts: Counter[str] = Counter()
    places: list[list[object]] = []
    uses = zip(reference.facts["uses"], reference.facts["kept"], strict=True)
    for number, ((role, shape, _, _), kept) in enumerate(uses):
        if not kept:
            places.append([role, counts[role], list(shape), number == 0])
            counts[role] += 1
    return places


def _choice(tried: Evidence, wanted: list[object]) -> int | None:
    """The first way that computes one of *wanted*."""
    outputs = tried.arrays.get("outputs", ())
    for array in wanted:
        for number, one in enumerate(outputs):
            if distance(one, array) <= TOLERANCES["eval8"]:
                return number
    return None


def _outputs(mistakes: list[KnownMistake]) -> list[object]:
    return [view["eval8"] for one in mistakes for view in one.views.values() if "eval8" in view]
