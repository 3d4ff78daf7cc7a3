"""Networks layer by layer: what a submission's has, what the reference has, and where they differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from autograder.evidence import Evidence
from autograder.outcome import Table

LAYERS = ("conv", "linear", "norm")
NEUTRAL = ("flatten", "squeeze", "dropout", "pad, constant")  # steps that can be written in many ways
MONOTONE = ("ReLU", "sigmoid", "tanh", "leaky ReLU", "ReLU6")
TRAINED = ("weight", "bias")
LINES = 12
ROWS = 60  # VGG-19 has 35

Layer = tuple[str, dict[str, list[int]], list[int], bool]
"""``(name, shapes by part, output shape, used again)``."""


def shape_text(shape: Sequence[int]) -> str:
    """A shape as text, like ``(8, 10)``."""
    return f"({', '.join(str(n) for n in shape)}{',' if len(shape) == 1 else ''})"


def layers_of(seen: Evidence) -> list[Layer]:
    """Each layer in the order of use."""
    counts: Counter[str] = Counter()
    named = []
    for kind, shapes, output, again in seen.facts["layers"]:
        counts[kind] += 1
        named.append((f"{kind}{counts[kind]}", shapes, output, again))
    return named


def used_parameters(seen: Evidence) -> Counter[tuple[str, tuple[int, ...]]]:
    """``(role, shape)`` of the parameters that the forward pass uses, each with how often."""
    return Counter((role, tuple(shape)) for role, shape, _, _ in seen.facts["uses"] if role.endswith(TRAINED))


def parameter_count(seen: Evidence) -> int:
    """How many parameters the forward pass uses."""
    return sum(math.prod(shape) * times for (_, shape), times in used_parameters(seen).items())


def layer_difference(seen: Evidence, reference: Evidence) -> tuple[str, ...]:
    """Line by line what differs, with what it does to the parameter count: ``conv2 has no bias: -64``."""
    lines: list[str] = []
    for pairs, extra, missing in _aligned(seen, reference):
        for (_, shapes, _, again), (name, wanted, _, _) in pairs:
            lines += _one(name, shapes, wanted, again)
        lines += [
            f"{name} ({_size(shapes)}) is one layer too many: {_count(shapes):+,}" for name, shapes, _, _ in extra
        ]
        lines += [f"{name} ({_size(shapes)}) is missing: {-_count(shapes):+,}" for name, shapes, _, _ in missing]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"and {len(lines) - LINES + 1} more differences"]
    unused = sum(math.prod(shape) for _, shape in seen.facts["unused"])
    if unused:
        names = ", ".join(name for name, _ in seen.facts["unused"][:4])
        lines.append(f"declared and never used in forward: {names} ({unused:,} parameters, which do not count)")
    return tuple(lines)


def layer_table(seen: Evidence, reference: Evidence) -> Table:
    """Layer by layer in the order of use; empty where there is no partner."""
    rows: list[tuple[str, str, str]] = []
    for pairs, extra, missing in _aligned(seen, reference):
        rows += [(name, _parts(wanted), _parts(shapes)) for (_, shapes, _, _), (name, wanted, _, _) in pairs]
        rows += [(name, _parts(wanted), "") for name, wanted, _, _ in missing]
        rows += [(name, "", _parts(shapes)) for name, shapes, _, _ in extra]
    return tuple(rows[:ROWS])


def setting_difference(seen: Evidence, reference: Evidence) -> tuple[tuple[str, str], ...]:
    """``(setting, sentence)`` for each setting that differs between equal layers."""
    mine, theirs = layers_of(seen), layers_of(reference)
    if [name for name, *_ in mine] != [name for name, *_ in theirs]:
        return ()
    pads = [what for what, _ in seen.facts["steps"] if what.startswith("pad, ")]
    lines = [
        ("padding mode", f"The border is filled by padding mode {pad.removeprefix('pad, ')!r}, wanted zeros.")
        for pad in dict.fromkeys(pads)
        if pad not in NEUTRAL
    ]
    for (name, *_), has, wants in zip(mine, seen.facts["settings"], reference.facts["settings"], strict=True):
        for key, wanted in wants.items():
            if has.get(key, wanted) == wanted or (key == "padding" and pads):  # what is not told may be right
                continue
            if key == "training":
                lines.append(("way to take its statistics", f"{name} uses those of the batch in eval mode, too."))
            else:
                lines.append((key, f"{name} has {key} {has[key]}, wanted {wanted}."))
    return tuple(lines[:LINES])


def _aligned(
    seen: Evidence, reference: Evidence
) -> Iterator[tuple[Sequence[tuple[Layer, Layer]], Sequence[Layer], Sequence[Layer]]]:
    """Stretches of the two networks: pairs of one kind, or the layers too many and those that are missing."""
    mine, theirs = layers_of(seen), layers_of(reference)
    matcher = SequenceMatcher(a=[kind(n) for n, *_ in mine], b=[kind(n) for n, *_ in theirs], autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield list(zip(mine[a:b], theirs[c:d], strict=True)), (), ()
        else:
            yield (), mine[a:b], theirs[c:d]


def _parts(shapes: dict[str, list[int]]) -> str:
    """``weight 64 x 3 x 3 x 3, bias 64``; running statistics have the shapes of the weights and are left out."""
    trained = ", ".join(f"{part} {_by(shape)}" for part, shape in shapes.items() if part in TRAINED)
    return trained or "nothing trained"  # a batch norm without weights is there all the same


def kind(name: str) -> str:
    """The kind of a layer: ``conv2`` gives ``conv``."""
    return name.rstrip("0123456789")


def _one(name: str, shapes: dict[str, list[int]], wanted: dict[str, list[int]], again: bool) -> list[str]:
    lines = []
    if again:
        lines.append(f"{name} uses the weights of an earlier layer again: {-_count(wanted):+,}")
    for part, shape in wanted.items():
        trained = part in TRAINED
        if part not in shapes:
            cost = f": {-math.prod(shape):+,}" if trained else ""
            lines.append(f"{name} has no {part if trained else 'running ' + part}{cost}")
        elif shapes[part] != shape:
            cost = f": {math.prod(shapes[part]) - math.prod(shape):+,}" if trained else ""
            lines.append(f"{name}'s {part} is {_by(shapes[part])}, wanted {_by(shape)}{cost}")
    for part, shape in shapes.items():
        if part not in wanted:
            lines.append(f"{name} has a {part} too many: {math.prod(shape):+,}")
    return lines


def first_difference(seen: Evidence, reference: Evidence) -> str:
    """The first layer after which the shapes differ, as a sentence, or nothing.

    Only layers and poolings are looked at: a flatten can be written in many ways.
    """
    mine, theirs = _shaped(seen), _shaped(reference)
    for (name, shape), (wanted_name, wanted) in zip(mine, theirs, strict=False):
        if kind(name) != kind(wanted_name):
            return f"The first difference: {name} where the reference has {wanted_name}."
        if shape != wanted:
            return f"The first layer that differs is {name}: {shape_text(shape)}, wanted {shape_text(wanted)}."
    if len(mine) < len(theirs):
        return f"The reference has {theirs[len(mine)][0]} after that."
    if len(mine) > len(theirs):
        return f"The first layer too many is {mine[len(theirs)][0]}."
    return ""


def step_difference(seen: Evidence, reference: Evidence) -> str:
    """The first activation, pooling or layer that is not where the reference has it, as a sentence, or nothing."""
    mine, theirs = _steps(seen), _steps(reference)
    for index, (name, wanted) in enumerate(zip(mine, theirs, strict=False)):
        if kind(name) != kind(wanted):
            after = f"after {mine[index - 1]} " if index else "first "
            return f"The first difference: {after}yours has {name}, the reference {wanted}."
    longer, who = (theirs, "the reference has") if len(theirs) > len(mine) else (mine, "yours has")
    if len(mine) != len(theirs):
        common = min(len(mine), len(theirs))
        return f"The first difference: after {longer[common - 1]} {who} {longer[common]}."
    return ""


def _steps(seen: Evidence) -> list[str]:
    """The steps in the order of use; max-pooling and a monotone activation after it commute."""
    steps = [what for what, _ in seen.facts["steps"] if what not in NEUTRAL]
    for index in range(len(steps) - 1):
        if steps[index] == "max-pool" and steps[index + 1] in MONOTONE:
            steps[index], steps[index + 1] = steps[index + 1], steps[index]
    return _numbered(steps)


def _shaped(seen: Evidence) -> list[tuple[str, list[int]]]:
    steps: list[Any] = []
    for what, shape in seen.facts["steps"]:
        pools = what.endswith("pool") and not (steps and steps[-1][1] == shape)  # one that changes nothing is none
        if what in LAYERS or pools:
            steps.append((what, shape))
    return list(zip(_numbered([what for what, _ in steps]), [shape for _, shape in steps], strict=True))


def _numbered(names: list[str]) -> list[str]:
    counts: Counter[str] = Counter()
    numbered = []
    for name in names:
        counts[name] += 1
        numbered.append(f"{name}{counts[name]}")
    return numbered


def _count(shapes: dict[str, list[int]]) -> int:
    return sum(math.prod(shape) for part, shape in shapes.items() if part in TRAINED)


def _by(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape) or "a number"


def _size(shapes: dict[str, list[int]]) -> str:
    weight = shapes.get("weight", [])
    return f"{weight[1]} to {weight[0]}" if len(weight) >= 2 else _by(weight)
