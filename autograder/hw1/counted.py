"""What a training loop was seen to do, in a sentence, from what the bench has counted.

Counts are claims: they choose the sentence of a check that has failed already, and pass nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from autograder.evidence import Evidence
from autograder.expect import TOLERANCES, distance

CALLS = {
    "once": "train(1)",
    "again": "train(1), called a second time",
    "two": "train(2)",
    "long": "train(1) over 1,004 batches",
}
LABELS = {
    "raised": ("are the loader's, raised by the same number", "they are 0 to 9 as the loader gives them"),
    "shuffled": ("are the loader's in another order", "image and label belong together"),
    "another dtype": ("are not the loader's integers", "give it the labels as they come"),
    "another shape": ("are not of the loader's shape", "give it the labels as they come, (N,)"),
}
INPUTS = {
    "flipped": "flipped",
    "shifted": "moved on by some images, so that they do not belong to their labels",
    "scaled": "scaled",
    "normalised": "normalised",
    "noisy": "changed, as by noise or by an augmentation",
    "another shape": "of another shape",
}
GRADIENTS = {
    "of another loss": (
        "does not come from the criterion's loss alone",
        "call `backward()` on what the criterion returns",
    ),
    "shortened": ("is made smaller before `step()`, for example by clipping", "leave it as `backward()` made it"),
    "lengthened": ("is made larger before `step()`", "leave it as `backward()` made it"),
    "turned": ("is reversed before `step()`", "the optimizer goes downhill by itself"),
    "clamped": ("is clipped to a range before `step()`", "leave it as `backward()` made it"),
    "changed": ("is changed before `step()`, as by noise", "leave it as `backward()` made it"),
}


class Told(NamedTuple):
    """A sentence with figures, what to do, and the sentence without a word or figure of the worker's."""

    reason: str
    hint: str
    shown: str


Call = Mapping[str, Any]
Rule = Callable[[str, Call, Call, Evidence], "Told | None"]
"""From the name of a call, what was counted in it, the same of the reference, and all that was seen."""


def told(seen: Evidence, reference: Evidence) -> Told | None:
    """The first thing in which the loop differs from the reference's; None where the counts are the same."""
    for rule in RULES:
        for name, mine, wanted in _calls(seen, reference):
            if (found := rule(name, mine, wanted, seen)) is not None:
                return found
    return _state_lost(seen, reference)


def _calls(seen: Evidence, reference: Evidence) -> Iterator[tuple[str, Call, Call]]:
    for name in CALLS:
        yield name, seen.facts["calls"][name], reference.facts["calls"][name]


def _times(number: int) -> str:
    return f"{number:,} time{'s' if number != 1 else ''}"


def _a_copy(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if not mine["copies"]:
        return None
    said = "Trainer.train does not train the network that it was given, but another one, such as a copy."
    return Told(said, "Train `self.net` itself: the caller looks for the trained weights there.", said)


def _no_batches(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["batches"] or not wanted["batches"]:
        return None
    if mine["tested"]:
        said = "Trainer.train takes its batches from the test set."
        return Told(said, "Take them from `self.trainloader`.", said)
    if mine["forwards"]:
        said = "Trainer.train does not read the `trainloader` that it was given."
        return Told(said, "Loop over `self.trainloader`.", said)
    if name == "again":
        said = "A second call of Trainer.train trains nothing."
        return Told(said, "`train(1)` twice has the same effect as `train(2)`.", said)
    said = "Trainer.train runs no batch through the network"
    return Told(
        f"{said}: {CALLS[name]} reads none.", "Loop over `range(epoch)` and over `self.trainloader`.", f"{said}."
    )


def _too_many_batches(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["batches"] <= wanted["batches"]:
        return None
    once, two = (seen.facts["calls"][call]["batches"] for call in ("once", "two"))
    hint = "`epoch` is the number of epochs to run, and an epoch goes through the loader once."
    if once == two:
        said = "Trainer.train runs the same number of epochs whatever it is asked for"
        return Told(f"{said}: train(1) and train(2) both take {once} batches.", hint, f"{said}.")
    said = "Trainer.train goes through the loader more often than it was asked to"
    reason = f"{said}: {CALLS[name]} takes {mine['batches']:,} batches in {mine['passes']} passes, "
    return Told(f"{reason}wanted {wanted['batches']:,} in {wanted['passes']}.", hint, f"{said}.")


def _too_few_batches(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["batches"] >= wanted["batches"]:
        return None
    if name == "two" and mine["passes"] < wanted["passes"]:
        said = "Trainer.train runs fewer epochs than it is asked for"
        reason = f"{said}: train(2) takes {mine['batches']} batches, wanted {wanted['batches']}."
        return Told(reason, "Loop over `range(epoch)`, and return after the loop.", f"{said}.")
    said = "Trainer.train does not take all batches of an epoch"
    reason = f"{said}: {CALLS[name]} takes {mine['batches']:,} of {wanted['batches']:,}."
    return Told(reason, "Look for a `break`, a `return` or a `next(iter(...))` inside the loop.", f"{said}.")


def _not_all_run(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["forwards"] >= wanted["forwards"]:
        return None
    said = "Trainer.train leaves batches out"
    reason = f"{said}: in {CALLS[name]}, {mine['forwards']:,} of {wanted['forwards']:,} go through the network."
    return Told(reason, "Train on every batch, including the first and the last one.", f"{said}.")


def _no_criterion(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["losses"]:
        return None
    said = "Trainer.train never calls the criterion that it was given: the loss is one of its own."
    return Told(said, "Call `self.criterion(outputs, labels)`.", said)


def _other_outputs(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if not mine["outputs"]:
        return None
    said = "The loss does not get the network's outputs as they are"
    reason = f"{said}: in {CALLS[name]}, {mine['outputs']:,} of {_times(mine['losses'])}."
    return Told(reason, "Give the criterion the logits, without a softmax or anything else between.", f"{said}.")


def _other_labels(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if not mine["labels"]:
        return None
    said = "The criterion gets labels that are not the loader's"
    how, hint = LABELS.get(mine["kinds"][1], ("are not the loader's", "give it the labels as they come"))
    reason = f"{said}: in {CALLS[name]}, from batch {mine['first'].get('labels', 1)} on they {how}."
    return Told(reason, f"{hint[0].upper()}{hint[1:]}.", f"{said}.")


def _other_inputs(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if not mine["inputs"]:
        return None
    said = "The network is trained on inputs that are not the loader's"
    how = INPUTS.get(mine["kinds"][0], "others")
    reason = f"{said}: in {CALLS[name]}, from batch {mine['first'].get('inputs', 1)} on they are {how}."
    return Told(reason, "The homework uses `ToTensor()` only: pass the inputs on as they come.", f"{said}.")


def _no_steps(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["steps"] or not wanted["steps"] or seen.facts["calls"]["long"]["steps"]:
        return None
    if mine["idle"]:
        said = "optimizer.step() finds no gradients"
        reason = f"{said}: all of its {mine['idle']:,} calls in {CALLS[name]}."
        return Told(reason, "The order is `zero_grad()`, `backward()`, `step()`.", f"{said}.")
    if not mine["moved"]:
        said = "The weights never move: optimizer.step() is not called."
        return Told(said, "Call `self.optimizer.step()` after `loss.backward()`, for each batch.", said)
    said = "The weights are moved by something other than the optimizer that the Trainer was given."
    return Told(said, "Use `self.optimizer` and make none in `train`.", said)


def _other_steps(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["steps"] == wanted["steps"]:
        return None
    said = "optimizer.step() does not run once for each batch"
    reason = f"{said}: it ran {_times(mine['steps'])} for {mine['batches']:,} batches in {CALLS[name]}."
    return Told(reason, "Call it once after each `loss.backward()`.", f"{said}.")


def _other_rate(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    given = wanted["rates"][-1]
    others = [rate for rate in mine["rates"] if rate != given]
    hint = "The recipe sets the optimizer: leave its settings as they are."
    if others:
        said = "Trainer.train changes the optimizer's learning rate"
        last = mine["rates"][-1]
        reason = f"{said}: it was {others[-1]:g}" + (" at the end" if last != given else "")
        return Told(f"{reason} of {CALLS[name]}, {given:g} was given.", hint, f"{said}.")
    if mine["settings"]:
        said = "Trainer.train changes the optimizer's settings, like its momentum or weight decay."
        return Told(said, hint, said)
    return None


def _backwards(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["backwards"] == wanted["backwards"]:
        return None
    said = "backward() does not run once on the loss of each batch"
    reason = f"{said}: it ran {_times(mine['backwards'])} for {mine['losses']:,} losses in {CALLS[name]}."
    return Told(reason, "Call `loss.backward()` once on what the criterion returns.", f"{said}.")


def _uncleared(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if not mine["uncleared"] or not mine["backwards"]:
        return None
    said = "Gradients of earlier batches are still there when backward() runs, and add up"
    first = mine["first"].get("uncleared", 1)
    reason = f"{said}: in {CALLS[name]}, {_times(mine['uncleared'])}, the first at batch {first}."
    return Told(reason, "Call `optimizer.zero_grad()` before `loss.backward()`, for each batch.", f"{said}.")


def _other_gradient(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if mine["factor"] != 1:
        said = "The loss is scaled before backward()"
        reason = f"{said}, by {mine['factor']:.3g}."
        return Told(reason, "The criterion takes the mean already: call `backward()` on what it returns.", f"{said}.")
    if mine["kinds"][2] not in GRADIENTS:
        return None
    how, hint = GRADIENTS[mine["kinds"][2]]
    said = f"The gradient {how}."
    return Told(said, f"{hint[0].upper()}{hint[1:]}.", said)


def _eval_mode(name: str, mine: Call, wanted: Call, seen: Evidence) -> Told | None:
    if not mine["evals"]:
        return None
    said = "Trainer.train trains in eval mode"
    first = mine["first"].get("evals", 1)
    reason = f"{said}: in {CALLS[name]}, {mine['evals']:,} of {mine['forwards']:,} batches, the first is batch {first}."
    hint = "`test()` leaves eval mode on: call `net.train()` at the start of each epoch and after each test."
    return Told(reason, hint, f"{said}, from the start or from some batch on.")


RULES: tuple[Rule, ...] = (
    _a_copy,
    _no_batches,
    _too_many_batches,
    _too_few_batches,
    _not_all_run,
    _no_criterion,
    _other_outputs,
    _other_labels,
    _other_inputs,
    _no_steps,
    _other_steps,
    _other_rate,
    _backwards,
    _uncleared,
    _other_gradient,
    _eval_mode,
)


def _state_lost(seen: Evidence, reference: Evidence) -> Told | None:
    """The counts are right, and the optimizer has forgotten between the calls what it kept."""
    kept = distance(seen.arrays["once"], reference.arrays["once"]) <= TOLERANCES["two"]
    if not (kept and seen.facts["calls"]["again"]["fresh"]):
        return None
    said = "The optimizer's state, like its momentum, is lost between two calls of Trainer.train."
    return Told(said, "Use the optimizer that the Trainer was given, and make none anew in `train`.", said)
