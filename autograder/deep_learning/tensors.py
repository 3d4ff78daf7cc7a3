"""Whether a checkpoint is of the data at hand, and holds the network's own tensors and no store beside them."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograder.evidence import Array, Evidence
from autograder.ingest.checkpoint import Checkpoint

if TYPE_CHECKING:
    from autograder.deep_learning.task import Task

TITLES = {"mnist": "MNIST", "digits": "the embedded digits", "cifar10": "CIFAR-10", "shapes": "the embedded shapes"}
REAL = ("mnist", "cifar10")
# Numbers beside weights and batch norm's statistics: a mean image of 32 x 32 x 3 has 3,072; one number for each of the
# 10,000 test images is more.
MOST_EXTRA = 4096
STATISTICS = (".running_mean", ".running_var")


def of_other_data(checkpoint: Checkpoint, task: Task) -> tuple[str, str]:
    """What a checkpoint says it was trained on, as the rest of a sentence, and a hint; nothing if it is the data here.

    It is a claim, which can at most leave points open.
    """
    claimed = checkpoint.facts.get("data", "")
    if claimed not in TITLES or claimed == task.data_name:
        return "", ""
    hint = f"Name the folder of {TITLES[claimed]} with --data DIR."
    if claimed not in REAL:
        hint = f"Train it on {TITLES[task.data_name]}: `hw1 train --part {task.training.id} --data DIR`."
    return f"was trained on {TITLES[claimed]}, but here it is tested on {TITLES[task.data_name]}", hint


def store_in(checkpoint: Checkpoint, seen: Evidence) -> str:
    """What a checkpoint holds beside the tensors of its network's function probe, as a sentence for staff, or nothing.

    Args:
        checkpoint: whose tensors are those of the network's state, which is found when they are loaded.
        seen: the function probe of the network on its own blocks.
    """
    uses = seen.facts.get("uses", [])
    trained = seen.facts.get("requires_grad", [True] * len(uses))
    kept = seen.facts.get("kept", [False] * len(uses))
    frozen = {use[2] for use, own, given in zip(uses, trained, kept, strict=True) if not own and not given}
    unused = _unused(seen)
    learnt = {use[2] for use in uses if use[2]} - frozen
    room = Counter(tuple(shape) for role, shape, *_ in uses if role in ("norm.mean", "norm.var"))
    beside = 0
    known = {_digest(checkpoint.arrays[name]) for name in learnt & checkpoint.arrays.keys()}
    for name, array in checkpoint.arrays.items():
        digest = _digest(array)
        if name in learnt or digest in known or array.size <= 1:
            continue
        known.add(digest)  # one tensor under two names
        if name in unused:
            continue  # by the trace, which does not see all; see `other_steps`
        if name not in frozen and (_is_statistic(name, array, checkpoint.arrays) or room[array.shape] > 0):
            room[array.shape] -= 1
        else:
            beside += array.size
    if beside > MOST_EXTRA:
        return f"The checkpoint holds {beside:,} numbers besides the network's weights and batch norm's statistics."
    return ""


def other_steps(facts: Mapping[str, Any], seen: Evidence) -> str:
    """Where a network goes another way with a checkpoint's tensors than with drawn ones, or leaves most of them out.

    Args:
        facts: of the probe that loaded the checkpoint: ``steps``, ``kinds`` and ``reached`` of one forward pass.
        seen: the network's function probe.
    """
    if "steps" not in seen.facts:
        return ""
    if not {"steps", "kinds", "reached"} <= facts.keys():
        return "The worker does not say what the network does with the checkpoint's tensors."
    # A network whose calls the trace does not see has one layer of the kind "hidden".
    kinds = [layer[0] for layer in seen.facts["layers"] if layer[0] != "hidden"]
    drawn = [list(step) for step in seen.facts["steps"]], kinds
    loaded = [list(step) for step in facts["steps"]], list(facts["kinds"])
    if drawn == loaded:
        return _left_over(set(facts["reached"]), seen)
    counts = f"{len(loaded[1])} layers and {len(loaded[0])} steps in place of {len(drawn[1])} and {len(drawn[0])}"
    return f"With the checkpoint's tensors the network computes another function than with drawn ones: {counts}."


def _left_over(reached: set[str], seen: Evidence) -> str:
    """Whether more numbers lie in parameters that nothing uses than in those that are used."""
    sizes = {use[2]: math.prod(use[1]) for use in seen.facts.get("uses", []) if use[2]}
    sizes |= {name: math.prod(shape) for name, shape in seen.facts.get("unused", [])}
    left = sum(size for name, size in sizes.items() if name not in reached and name in _unused(seen))
    used = sum(sizes.values()) - left
    if left <= max(used, MOST_EXTRA):
        return ""
    return f"The checkpoint holds {left:,} numbers that the network does not use, more than it uses ({used:,})."


def _unused(seen: Evidence) -> set[str]:
    return {name for name, _ in seen.facts.get("unused", [])}


def _is_statistic(name: str, array: Array, arrays: Mapping[str, Array]) -> bool:
    """Whether it is a batch norm's statistic, by its name and the weight beside it."""
    for ending in STATISTICS:
        if name.endswith(ending):
            weight = arrays.get(f"{name.removesuffix(ending)}.weight")
            return weight is not None and weight.shape == array.shape
    return False


def _digest(array: Array) -> bytes:
    return hashlib.sha256(repr(array.shape).encode() + array.tobytes()).digest()
