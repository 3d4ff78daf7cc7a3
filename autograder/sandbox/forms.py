"""The form of each probe's reply: its facts, its arrays, and what the judges rely on between them.

A reply is a claim by a process in which hostile code ran. What the table below does not name, or names otherwise, is
no answer. A form says nothing about right or wrong: it takes whatever the probe sends of honest code, NaN included.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from autograder.sandbox.grammar import (
    AXES,
    LARGE,
    MANY,
    WORD,
    ArrayForm,
    Form,
    Rule,
    all_finite,
    count,
    device,
    either,
    fields,
    figure,
    flag,
    flags,
    line,
    listed,
    number,
    of_each,
    only,
    row,
    shape,
    table,
    text,
    whole,
    word,
)

if TYPE_CHECKING:
    from autograder.evidence import Array, Fact

OUTPUT = 1 << 16  # elements; a larger output is told by its shape alone (probes/network.py)
TINY, TINIER = (706,), (178,)  # weights and statistics of the Trainer's networks (probes/bench.py)


# What the arrays and lists of one reply have to do with each other


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
    """Moments of each use; of none at all, numpy drops the last axis."""
    uses = len(facts["uses"])
    wanted = (2, uses, 4) if uses else (2, 0)
    right = arrays["moments"].shape == wanted and arrays["alike"].shape == (uses,)
    return "" if right else "the moments are not those of the uses"


def _a_name_for_each_device(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    return "" if facts["names"].keys() == set(facts["devices"]) else "the names are not those of the devices"


def _text_of_each_module(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    """A text for each module, and a place for each of its lines."""
    named = facts["modules"].keys()
    for kind in ("text", "lines"):
        if {name.partition(" ")[2] for name in arrays if name.startswith(f"{kind} ")} != named:
            return f"the arrays {kind} are not those of the modules"
    for name in named:
        places = arrays[f"lines {name}"]
        if len(places) != arrays[f"text {name}"].tobytes().count(b"\n"):
            return "not one place for each line of a module"
        if len(places) and not (places.min() >= 1 and places.max() <= LARGE):
            return "a place that is none"
    return ""


def _a_text_for_each_candidate(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    wanted = {f"candidate {place}" for place in range(len(facts["candidates"]))}
    return "" if arrays.keys() == wanted else "not one text for each candidate"


def _logits_if_fit(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    return "" if bool(facts["unfit"]) != ("logits" in arrays) else "logits of what does not fit, or none of what does"


def _an_output_for_each(fact: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    """As many outputs as the fact tells: a number, or flags."""

    def sound(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
        told = sum(facts[fact]) if isinstance(facts[fact], list) else facts[fact]
        outputs = arrays.get("outputs")
        found = len(outputs) if outputs is not None and outputs.shape[1:2] == (8,) else 0  # of as many images each
        fits = told == found and (outputs is None) == (found == 0)
        return "" if fits else "not one output for each that the facts tell"

    return sound


# The forms

BUILT = (count, count, text(60))  # where a network of a library is built, and what it is
ITEM = r"[A-Z]\d{1,2}"  # the id of a question
MODULE = r"[A-Za-z_]\w{0,40}"

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
    Form(NETWORK | RUN, (*OUTPUTS, RUNNING, FIRST), {"effects": flags}, _outputs),
    NO_TENSOR,
)
DRAWN: dict[str, Rule] = {"uses": listed(row(word, shape, count)), "twins": count}
NOTES = listed(row(count, count, text(WORD)), 200)  # cell, line, what is said of it
CALLED: dict[str, Rule] = {"changed": flag, "redirected": count}
COUNTED: dict[str, Rule] = {  # of one call of train (probes/tally.py)
    **dict.fromkeys(("passes", "batches", "tested", "forwards", "losses", "backwards", "steps", "idle"), count),
    **dict.fromkeys(("evals", "copies", "uncleared", "inputs", "labels", "outputs"), count),
    "first": table(only("evals", "uncleared", "inputs", "labels"), count, 4),
    "rates": listed(figure, 8),
    **dict.fromkeys(("moved", "settings", "fresh"), flag),
    "factor": figure,
    "kinds": row(*(text(24, "[a-z ]*") for _ in range(3))),
    "order": text(64, "[a-z]*"),
}
OF_TRAIN: dict[str, Rule] = {
    "returned": fields({"type": word, "length": whole(-1, LARGE), "entries": word, "numbers": listed(figure, 8)}),
    "lines": listed(row(whole(0, 999_999), whole(0, 999_999), figure), 8),
    "more": flag,
    "finished": count,
}
OF_TEST: dict[str, Rule] = {
    "returned": either(only(None), figure),
    "type": word,
    "float": flag,
    "fractions": listed(row(whole(0, 999_999), whole(0, 999_999)), 20),
    "percents": listed(number(0, 1000), 20),
    "line": flag,
}

FORMS: dict[str, tuple[Form, ...]] = {
    "import": (Form(),),
    "source": (
        Form(
            {
                "error": either(only(None), row(count, text(200))),
                "names": listed(line, 200),
                "stubs": listed(row(line, text(200))),
                "maybe": flag,
                "newer": either(only(None), row(count, whole(12, 99), text(80))),
                "foreign": listed(row(count, text(60)), 20),
            }
        ),
    ),
    "shown_cells": (Form({"problem": text(200)}, (ArrayForm("cells", ("uint8",), (None,), 24 << 20, needed=False),)),),
    "pdf": (
        Form(
            {
                **dict.fromkeys(("pages", "read", "characters"), count),
                "error": text(200),
                "figures": listed(row(count, text(30), text(200)), 40),
                "candidates": listed(row(text(3, ITEM), count), 99),
            },
            (ArrayForm("candidate [0-9]{1,2}", ("uint8",), (None,), 24_000, needed=False),),  # 6,000 characters
            sound=_a_text_for_each_candidate,
        ),
    ),
    "notebook": (
        Form(
            {
                "problem": text(200),
                "remarks": listed(text(200), 10),
                "marked": flag,
                "modules": table(text(41, MODULE), listed(word, 100), 20),
                **dict.fromkeys(("left_out", "choices", "errors"), NOTES),
                "more": count,
                "lacks": listed(row(text(41, MODULE), word, count, count, text(WORD)), 24),
                "renames": listed(row(count, count, word, word), 200),
                "broken": listed(row(word, count, count, text(WORD)), 24),
                "claims": listed(row(count, text(10), only("accuracy", "parameters"), number(0, 1e15), *BUILT), 200),
                "foreign": listed(row(*BUILT, text(10)), 20),
            },
            (
                ArrayForm(f"text {MODULE}", ("uint8",), (None,), 1_000_000, needed=False),
                ArrayForm(f"lines {MODULE}", ("int64",), (None, 2), 100_000, needed=False),
                ArrayForm(f"answer ({ITEM})", ("uint8",), (None,), 100_000, needed=False),
            ),
            sound=_text_of_each_module,
        ),
    ),
    "network": OF_A_NETWORK,
    "pretrained": OF_A_NETWORK,
    "candidates": (
        Form({"ways": whole(0, 500), "all": flag, "hidden": flag}, (TRIED,), sound=_an_output_for_each("ways")),
    ),
    "edited": (Form({"ran": listed(flag, 16)}, (TRIED,), sound=_an_output_for_each("ran")),),
    "train": (
        Form(
            {
                "calls": of_each(COUNTED, "once", "again", "two", "long"),
                **dict(OF_TRAIN),
                "briefly": fields(OF_TRAIN),
                "means": listed(figure, 8),
                "lasts": listed(figure, 8),
                "redirected": count,
            },
            (
                ArrayForm("initial", ("float64",), TINY, finite=True),
                *(ArrayForm(name, ("float64",), TINY) for name in ("once", "twice", "two")),
                ArrayForm("long", ("float64",), TINIER),
                ArrayForm("between", ("float64",), (4, 4)),
            ),
        ),
    ),
    "test": (Form(CALLED | {"calls": row(*(fields(OF_TEST | {"images": only(n)}) for n in (37, 37, 3839)))}),),
    "confusion": (
        Form(
            CALLED | {"returned": word, "dtype": only("int", "float", "other")},
            tuple(ArrayForm(name, ("float64",), 2, 4096, needed=False) for name in ("matrix", "again", "many")),
        ),
    ),
    "initial": (
        Form(DRAWN, (ArrayForm("moments", ("float64",), 3), ArrayForm("alike", ("float64",), (None,))), sound=_moments),
        Form(DRAWN | {"changes": only(True)}),
    ),
    "machine": (
        Form(
            {
                "devices": listed(device, 3, least=1),
                "names": table(device, word, 3),
                "card_bytes": count,
                "bf16": flag,
            },
            sound=_a_name_for_each_device,
        ),
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
"""By the probe's name (``probes.PROBES``): the forms a reply may have; a fact that one alone has tells them apart."""


def misfit(call: str, facts: Mapping[str, Fact], arrays: Mapping[str, Array]) -> str:
    """Why a reply to *call* is none, as a sentence's part in our own words; nothing if it is one.

    Raises:
        KeyError: there is no such probe.
    """
    form = _meant(FORMS[call], facts)
    rules = {**form.optional, **form.facts}
    for name in form.facts:
        if name not in facts:
            return f"a reply without the fact {name}"
    for name, value in facts.items():
        if name not in rules:
            return "a fact that nobody asked for"
        if not rules[name](value):
            return f"the fact {name} in another form"
    return _misfit_of_arrays(form, arrays) or form.sound(facts, arrays)


def _meant(forms: tuple[Form, ...], facts: Mapping[str, Fact]) -> Form:
    """The form whose own facts are there; the first if none's are."""
    first, *others = forms
    return next((form for form in others if (form.facts.keys() - first.facts.keys()) & facts.keys()), first)


def _misfit_of_arrays(form: Form, arrays: Mapping[str, Array]) -> str:
    found = set()
    for name, array in arrays.items():
        wanted = next((one for one in form.arrays if re.fullmatch(one.name, name, re.DOTALL)), None)
        if wanted is None:
            return "an array that nobody asked for"
        if wrong := wanted.misfit(array):
            return f"the array {wanted.name.split()[0]} with {wrong}"  # what follows the word is the worker's
        found.add(wanted.name)
    missing = [one.name for one in form.arrays if one.needed and one.name not in found]
    return f"a reply without the array {missing[0]}" if missing else ""
