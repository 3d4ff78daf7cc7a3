"""Finds the step of a network that makes the difference: with the reference's in its place, the outputs are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from autograder.case import Case
from autograder.check import Probe
from autograder.deep_learning.layers import LAYERS, NEUTRAL, used_parameters
from autograder.evidence import Evidence
from autograder.expect import TOLERANCES, distance
from autograder.outcome import Outcome, Status

THEN = "then "
VARIANTS = 12  # each costs a forward pass
# What a trace may name (probes/usage.py) that is worth saying; anything else is the worker's own word.
KINDS = (
    *("ReLU", "ReLU6", "leaky ReLU", "GELU", "ELU", "SELU", "CELU", "SiLU", "Mish", "softplus", "softsign", "hardtanh"),
    *("hardswish", "hardsigmoid", "sigmoid", "log-sigmoid", "tanh", "softmax", "log-softmax", "softmin", "clamp"),
    *("max-pool", "average-pool", "LP-pool", "adaptive average-pool", "adaptive max-pool", "dropout that is on"),
    *("normalize", "threshold", "RReLU", "mean"),
)
# What stands nowhere in the homework's networks, and never for something else.
TOO_MANY = ("dropout that is on", "softmax", "log-softmax", "softmin", "normalize", "random numbers")
INSTEAD = ("ReLU", "sigmoid", "max-pool")  # what the homework's networks have between their layers (probes/edits.py)


@dataclass(frozen=True)
class Edit:
    """One step in which the reference differs.

    Attributes:
        number: the step's number in the trace of the submission's network.
        instead: what the probe puts in its place: a step, ``"nothing"``, or ``"then ReLU"`` after it.
        has: what is there; for a missing step, what is before it.
        after: the step before it, in words.
    """

    number: int
    instead: str
    has: str
    after: str

    @property
    def kind(self) -> tuple[str, str]:
        """A key of edits that are likely to be made together."""
        return ("" if self.instead.startswith(THEN) else self.has, self.instead)

    def __str__(self) -> str:
        place = f"after {self.after}" if self.after else "at the beginning"
        if self.instead.startswith(THEN):
            return f"a {self.instead.removeprefix(THEN)} is missing {place}"
        if self.instead == "nothing":
            return f"the {self.has} {place} is one step too many"
        return f"the {self.has} {place} should be a {self.instead}"


def nearest_edit(case: Case, probe: Probe, seen: Evidence, reference: Evidence) -> Outcome | None:
    """A failed outcome that names the steps that make the difference, or None.

    Args:
        case: what is known so far.
        probe: what was observed.
        seen: what it brought back of the submission's network.
        reference: and of the reference.
    """
    if not _same_layers(seen, reference):
        return None
    variants = list(_variants(_foreign(seen, reference), _edits(seen, reference)))
    if not variants:
        return None
    numbers = [[[edit.number, edit.instead] for edit in variant] for variant in variants]
    params = {**probe.params, "variants": numbers, "output": list(reference.arrays["eval8"].shape)}
    trial = replace(probe, id=f"{probe.id}, edited", call="edited", params=params, draws=probe.id)
    tried = case.observe(trial)
    if not isinstance(tried, Evidence) or len(tried.facts["ran"]) != len(variants):
        return None
    ran = [variant for variant, it_ran in zip(variants, tried.facts["ran"], strict=True) if it_ran]
    for variant, outputs in zip(ran, tried.arrays.get("outputs", ()), strict=True):
        if distance(outputs, reference.arrays["eval8"]) <= TOLERANCES["eval8"]:
            return _said(variant)
    return None


def _same_layers(seen: Evidence, reference: Evidence) -> bool:
    """Whether only steps without parameters can make the difference, and the outputs can be compared."""
    if "eval8" not in seen.arrays or seen.arrays["eval8"].shape != reference.arrays["eval8"].shape:
        return False
    sound = seen.facts["finite"] and not seen.facts["unregistered"]
    return bool(sound) and used_parameters(seen) == used_parameters(reference)


def _said(variant: tuple[Edit, ...]) -> Outcome:
    first, *others = variant
    more = f", and {len(others)} more of the kind" if others else ""
    with_it = "that" if not others else "these"
    reason = f"{str(first)[0].upper()}{str(first)[1:]}{more}: with {with_it} changed, the outputs are the reference's."
    return Outcome(Status.FAILED, reason, detail=tuple(f"{edit}" for edit in others), shown=_shown(first))


def _shown(edit: Edit) -> str:
    """The edit in our own words alone, without the place."""
    if edit.instead.startswith(THEN):
        return f"A {edit.instead.removeprefix(THEN)} is missing."
    if edit.has not in KINDS:
        return ""
    if edit.instead == "nothing":
        return f"The {edit.has} is one step too many."
    return f"The {edit.has} should be a {edit.instead}."


def _variants(*lists: list[Edit]) -> Iterator[tuple[Edit, ...]]:
    """What is tried: of each list all of one kind, each edit alone, then all; the smallest first."""
    tried: list[tuple[Edit, ...]] = []
    for edits in lists:
        kinds = list(dict.fromkeys(edit.kind for edit in edits))
        groups = [tuple(edit for edit in edits if edit.kind == kind) for kind in kinds]
        tried += [*groups, tuple({edit.number: edit for edit in edits}.values())]
    tried += [(edit,) for edits in lists for edit in edits]
    found = [variant for variant in dict.fromkeys(tried) if variant]
    yield from sorted(found[:VARIANTS], key=len)


def _foreign(seen: Evidence, reference: Evidence) -> list[Edit]:
    """Each step of a kind that the reference has nowhere, with what may be meant by it."""
    theirs = [what for what, _ in reference.facts["steps"]]
    edits = []
    mine = _steps(seen)
    for index, (number, what, _) in enumerate(mine):
        if what in theirs or what in LAYERS:
            continue
        family = [one for one in INSTEAD if one in theirs and one.endswith("pool") == what.endswith("pool")]
        after = mine[index - 1][2] if index else ""
        meant = () if what in TOO_MANY else family
        edits += [Edit(number, instead, what, after) for instead in ("nothing", *meant)]
    return edits


def _edits(seen: Evidence, reference: Evidence) -> list[Edit]:
    """Each step that is otherwise; layers stay as they are."""
    mine = _steps(seen)
    theirs = [what for what, _ in reference.facts["steps"] if what not in NEUTRAL]
    matcher = SequenceMatcher(a=[what for _, what, _ in mine], b=theirs, autojunk=False)
    edits = []
    for _, a, b, c, d in (code for code in matcher.get_opcodes() if code[0] != "equal"):
        wanted = [what for what in theirs[c:d] if what in INSTEAD]
        for index in (index for index in range(a, b) if mine[index][1] not in LAYERS):
            number, what, _ = mine[index]
            instead = wanted.pop(0) if wanted and what not in TOO_MANY else "nothing"
            if instead != what:
                edits.append(Edit(number, instead, what, mine[index - 1][2] if index else ""))
        if a and wanted:  # one step may follow another
            number, what, name = mine[a - 1]
            edits.append(Edit(number, f"{THEN}{wanted[0]}", what, name))
    return edits


def _steps(seen: Evidence) -> list[tuple[int, str, str]]:
    """``(number in the trace, what, name)`` of each step that matters; the name is numbered, like ``conv2``."""
    counts: Counter[str] = Counter()
    steps = []
    for number, (what, _) in enumerate(seen.facts["steps"]):
        if what not in NEUTRAL:
            counts[what] += 1
            steps.append((number, what, f"{what}{counts[what]}"))
    return steps
