"""The forms of the replies of this toolbox's probes (``probes/``), by the probe's name; see ``sandbox/forms.py``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from autograder.grammar import (
    AXES,
    LARGE,
    MANY,
    WORD,
    ArrayForm,
    Form,
    Rule,
    all_finite,
    count,
    figure,
    flag,
    flags,
    line,
    listed,
    only,
    row,
    shape,
    table,
    text,
    whole,
    word,
)

OUTPUT = 1 << 16  # elements; a larger output is told by its shape alone (probes/network.py)


def _a_value_for_each_use(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    """One value for each use; each use's layer is there."""
    uses = facts["uses"]
    for name in ("learns", "kept", "requires_grad", "effects"):
        if name in facts and len(facts[name]) != len(uses):
            return f"the fact {name} has not one value for each use"
    layers = len(facts["layers"])
    if len(facts["settings"]) != layers:
        return "the fact settings has not one value for each layer"
    return "" if all(use[3] < layers for use in uses) else "a use in a layer that is not listed"


def _outputs(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    """The arrays are the outputs that the facts tell of: each that is small enough, none of a network too large."""
    if wrong := _a_value_for_each_use(facts, arrays):
        return wrong
    if facts["too_large"]:
        return "outputs of a network that is too large" if arrays else ""
    for name, told in (("eval1", facts["shape1"]), ("eval8", facts["shape8"])):
        if (name in arrays) != (math.prod(told) <= OUTPUT) or (name in arrays and list(arrays[name].shape) != told):
            return f"the array {name} is not of the shape that the facts tell"
        # float64 may be too large for the float32 that travels.
        if name in arrays and facts["finite"] and facts["dtype"] == "float32" and not all_finite(arrays[name]):
            return f"the array {name} is not finite, as the facts tell"
    buffers = sum(role in ("norm.mean", "norm.var") for role, *_ in facts["uses"])
    if "running" not in arrays or len(arrays["running"]) != buffers:
        return "the array running has not one row for each buffer"
    if "first" not in arrays or len(arrays["first"]) not in (0, 2):
        return "the array first is not two numbers, or none"
    return ""


def _moments(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    """The moments are those of the uses; without any, numpy drops the last axis."""
    uses = len(facts["uses"])
    wanted = (2, uses, 4) if uses else (2, 0)
    right = arrays["moments"].shape == wanted and arrays["alike"].shape == (uses,)
    return "" if right else "the moments are not those of the uses"


def _logits_if_fit(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    return "" if bool(facts["unfit"]) != ("logits" in arrays) else "logits of what does not fit, or none of what does"


def _an_output_for_each(fact: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    """There are as many outputs as the fact says: a number, or flags."""

    def sound(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
        told = sum(facts[fact]) if isinstance(facts[fact], list) else facts[fact]
        outputs = arrays.get("outputs")
        found = len(outputs) if outputs is not None and outputs.shape[1:2] == (8,) else 0  # of as many images each
        fits = told == found and (outputs is None) == (found == 0)
        return "" if fits else "not one output for each that the facts tell"

    return sound


# The forms

NETWORK: dict[str, Rule] = {
    "kept": flags,
    "too_large": flag,
    "redirected": count,
    "uses": listed(row(word, shape, word, whole(0, MANY))),  # role, shape, registered name, layer
    "layers": listed(row(word, table(word, shape), shape, flag)),  # kind, shapes by part, output, used again
    "settings": listed(table(word, word, 8)),
    "steps": listed(row(word, shape), 400),
    "unused": listed(row(word, shape)),
    "unregistered": count,
    "requires_grad": flags,
    "backwards": listed(word),
    "borrowed": listed(word),
    "stand_ins": count,
}
RUN: dict[str, Rule] = {
    "learns": flags,
    "repeatable": flag,
    "finite": flag,
    "dtype": text(24, "[a-z0-9_]+"),
    "shape1": shape,
    "shape8": listed(whole(0, LARGE), AXES, least=1),  # the probe takes a row out of it
}
OUTPUTS = tuple(ArrayForm(name, ("float32",), AXES, OUTPUT, needed=False) for name in ("eval1", "eval8", "train8"))
RUNNING = ArrayForm("running", ("float64",), (None, 2), needed=False)
FIRST = ArrayForm("first", ("float64",), (None,), 2, needed=False)
TRIED = ArrayForm("outputs", ("float32",), AXES, 8 * OUTPUT, needed=False)
NO_TENSOR = Form(
    NETWORK | {"returned": word},
    optional={"effects": flags, "repeatable": flag, "finite": flag},
    sound=_a_value_for_each_use,
)
OF_A_NETWORK = (
    Form(NETWORK | RUN, (*OUTPUTS, RUNNING, FIRST), {"effects": flags, "depends": flag}, _outputs),
    NO_TENSOR,
)
DRAWN: dict[str, Rule] = {"uses": listed(row(word, shape, count)), "twins": count}
DURING = {
    "network": "running the network",
    "pretrained": "running the network",
    "fit_start": "building what is trained",
    "fit_epoch": "training",
    "train": "Trainer.train",
    "infer": "running the trained network",
    # What these probes call their steps.
    **{
        step: step
        for step in (
            "constructor",
            "forward",
            "forward, eval mode, N = 1",
            "forward, eval mode, N = 8",
            "forward, train mode, N = 8",
            "Trainer's constructor",
        )
    },
}
"""What is under way in these probes, in words."""
FORMS: dict[str, tuple[Form, ...]] = {
    "network": OF_A_NETWORK,
    "pretrained": OF_A_NETWORK,
    "candidates": (
        Form({"ways": whole(0, 500), "all": flag, "hidden": flag}, (TRIED,), sound=_an_output_for_each("ways")),
    ),
    "edited": (Form({"ran": listed(flag, 16)}, (TRIED,), sound=_an_output_for_each("ran")),),
    "initial": (
        Form(DRAWN, (ArrayForm("moments", ("float64",), 3), ArrayForm("alike", ("float64",), (None,))), sound=_moments),
        Form(DRAWN | {"changes": only(True)}),
    ),
    "fit_start": (
        Form(
            {
                "speed": text(WORD, r"(cpu|cuda|mps), (float32|bfloat16)(, channels last)?"),
                "remark": line,
                "peak_bytes": count,
                "parameters": count,
            }
        ),
    ),
    "fit_epoch": (
        Form(
            {
                "losses": listed(figure, 8),
                "moved": flag,
                **dict.fromkeys(("passes", "batches", "backwards", "steps"), count),
            },
            (
                ArrayForm("weights .{0,1000}", ("float32", "int64"), AXES, needed=False),
                ArrayForm("kept rng (cpu|cuda|mps)", ("uint8",), (None,), 1 << 16, needed=False),
                ArrayForm("kept lr", ("float64",), (None,), 1 << 16, needed=False, finite=True),
                ArrayForm("kept [0-9]{1,6} .{1,100}", ("float32", "int64"), AXES, needed=False),
            ),
        ),
    ),
    "infer": (
        Form(
            {"unfit": line},
            (ArrayForm("logits", ("float32",), AXES, needed=False),),
            {"steps": listed(row(word, shape), 400), "kinds": listed(word), "reached": listed(word)},
            _logits_if_fit,
        ),
    ),
}
