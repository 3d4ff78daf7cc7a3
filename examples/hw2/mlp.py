"""Part 1: the three functions of ``mlp.py``, each judged by what it computes."""

from __future__ import annotations

from collections.abc import Callable

from autograder.check import Check, Probe
from autograder.compare import Compare, View
from autograder.evidence import Evidence
from autograder.outcome import Outcome, Status


def init_view(seen: Evidence) -> View:
    """Shapes, and what of the draws can be told without their numbers."""
    return {name: seen.facts[name] for name in ("shapes", "leaves", "spread", "biases")}


def explain_init(seen: Evidence, reference: Evidence) -> Outcome:
    """The first thing that is otherwise."""
    mine, wanted = init_view(seen), init_view(reference)
    told = {
        "shapes": f"the shapes are {mine['shapes']}, wanted {wanted['shapes']}",
        "leaves": "not all four parameters are leaves that require their gradients",
        "spread": "the weights do not have variance 1 / (number of inputs)",
        "biases": "the biases are not all 0",
    }
    name = next(name for name in told if mine[name] != wanted[name])
    shown = "" if name == "shapes" else f"init: {told[name]}."  # shapes are the worker's word
    return Outcome(Status.FAILED, f"init: {told[name]}.", "Compare with its docstring.", shown=shown)


def arrays_view(seen: Evidence) -> View:
    """All numbers, and what was returned."""
    return {**seen.arrays, **seen.facts}


def explain_arrays(seen: Evidence, reference: Evidence) -> Outcome:
    """What was returned, or that the numbers are others."""
    if seen.facts["returned"] != reference.facts["returned"]:
        return Outcome(Status.FAILED, f"It returned {seen.facts['returned']}, wanted {reference.facts['returned']}.")
    return Outcome(Status.FAILED, "It computes other numbers than the docstring describes.")


def _function(check_id: str, name: str, title: str, view: Callable[[Evidence], View], explain: object) -> Check:
    probe = Probe(f"mlp.{name}", f"mlp_{name}", ("mlp",), "torch", seconds=10)
    return Check(
        check_id,
        title,
        "1",
        Compare(check_id, probe, view, explain),  # type: ignore[arg-type]
        about=f"mlp.{name}",
        unknown=f"{name} does not do what its docstring describes.",
    )


CHECKS = (
    _function("1a", "init", "init: four parameters, weights drawn", init_view, explain_init),
    _function("1b", "forward", "forward: logits and their gradients", arrays_view, explain_arrays),
    _function("1c", "step", "step: gradient descent in place", arrays_view, explain_arrays),
)
