"""How a network is judged, and what is said when it is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograder.check import Probe
from autograder.compare import ON_THE_CPU, Compare
from autograder.deep_learning.edits import nearest_edit
from autograder.deep_learning.layers import (
    first_difference,
    layer_difference,
    layer_table,
    parameter_count,
    setting_difference,
    shape_text,
    step_difference,
    used_parameters,
)
from autograder.deep_learning.pairing import paired
from autograder.evidence import Evidence
from autograder.expect import TOLERANCES, distance
from autograder.outcome import Outcome, Status

View = dict[str, Any]
REPEATED = 1e-4  # rows alone and in a batch differ by 3e-6 in VGG-19 (another order of sums)
CONSTANT = 1e-6
ANOTHER_FUNCTION = "does not compute the function that the handout describes."
EVAL_IS_RIGHT = 1e-3


def function_view(seen: Evidence) -> View:
    """What a network computes and learns: outputs in both modes, running statistics, gradients, what is registered."""
    arrays = {name: seen.arrays[name] for name in ("eval1", "eval8", "train8", "running") if name in seen.arrays}
    facts = ("returned", "dtype", "shape1", "shape8")
    return {**arrays, **{name: seen.facts.get(name) for name in facts}, **_learnt(seen)}


def function_view_any_row_shape(seen: Evidence) -> View:
    """The same, but ignoring a batch dimension lost at N = 1, which the check of the shapes judges."""
    view = function_view(seen)
    view.pop("shape1")
    if "eval1" in view and "eval8" in view:
        row = view["eval8"].shape[1:]
        if view["eval1"].size == math.prod(row):
            view["eval1"] = view["eval1"].reshape((1, *row))
    return view


def pretrained_view(seen: Evidence) -> View:
    """The same, with whether the given features are in it with their weights, and all of them are trained."""
    return {**function_view(seen), **{name: seen.facts.get(name) for name in ("kept", "learns", "requires_grad")}}


def same_function(check_id: str, probe: Probe, view: Callable[[Evidence], View] = function_view) -> Compare:
    """The judge of a network that has to compute what the reference's does."""
    return Compare(
        check_id, probe, view, explain_function, network_remarks, pair=paired, closer=nearest_edit, figures=figures_of
    )


def figures_of(seen: Evidence) -> dict[str, float]:
    """How many parameters the network uses."""
    return {"parameters": parameter_count(seen)} if "uses" in seen.facts else {}


def count_view(seen: Evidence) -> View:
    """The parameters that the forward pass uses, by role and shape."""
    used = sorted([role, list(shape), times] for (role, shape), times in used_parameters(seen).items())
    return {"used": used, "registered": _learnt(seen)["registered"]}


def shape_view(seen: Evidence) -> View:
    """Output shapes at N = 1 and N = 8, and whether each row depends on its own input alone."""
    symptoms = [s for s in output_symptoms(seen) if not s.startswith(("probabilities", "log-probabilities", "columns"))]
    # With the count a mistake in the width is told from another network of that width.
    return {"symptoms": symptoms, "parameters": parameter_count(seen) if symptoms else None}


def structure_view(seen: Evidence) -> View:
    """Everything that is wrong with a network of free design, as symptoms."""
    symptoms = output_symptoms(seen)
    if "uses" in seen.facts and not any(s.startswith("returned") for s in symptoms):
        learns = [
            learned for use, learned in zip(seen.facts["uses"], seen.facts["learns"], strict=True) if _trained(use)
        ]
        if not learns:
            symptoms.append("no parameters")
        elif not any(learns):
            symptoms.append("no gradient at all")
        elif not all(learns):
            symptoms.append("frozen" if not all(_required(seen)) else "no gradient in places")
        if seen.facts["unused"]:
            symptoms.append("unused")
        if seen.facts["unregistered"]:
            symptoms.insert(0, "unregistered")  # what net.eval() does not reach may behave oddly in other ways
    return {"symptoms": symptoms}


def output_symptoms(seen: Evidence) -> list[str]:
    """What is wrong with outputs that should be ``(N, 10)`` float32 logits."""
    facts = seen.facts
    if "returned" in facts:
        return [f"returned {facts['returned']}"]
    symptoms = []
    if facts["dtype"] != "float32":
        symptoms.append(f"dtype {facts['dtype']}")
    for name, wanted in (("shape1", [1, 10]), ("shape8", [8, 10])):
        if facts[name] != wanted:
            symptoms.append(f"{name} {shape_text(facts[name])}")
    if not facts["finite"]:
        symptoms.append("not finite")
    if not facts["repeatable"] and facts["finite"]:  # NaN is never equal to itself
        symptoms.append(f"not repeatable{_chance(seen)}")
    if facts.get("too_large"):
        symptoms.append("too large")
    elif facts["shape8"] == [8, 10] and facts["finite"]:
        symptoms += _row_symptoms(seen)
    return symptoms


def _row_symptoms(seen: Evidence) -> list[str]:
    import numpy as np

    symptoms = []
    rows = seen.arrays["eval8"].astype(np.float64)
    alone = seen.arrays.get("eval1", rows[:0]).astype(np.float64)  # left out where one image gives too many numbers
    scale = max(float(np.abs(rows).max()), 1e-12)
    if float(np.abs(rows - rows[:1]).max()) <= CONSTANT * scale and not seen.facts.get("depends"):
        symptoms.append("constant")
    if alone.size == 10 and float(np.abs(rows[3] - alone.reshape(10)).max()) > REPEATED * scale:
        symptoms.append(f"rows mixed{_batch_statistics(seen)}")
    if float(rows.min()) >= 0 and np.allclose(rows.sum(1), 1, atol=1e-4):
        symptoms.append("probabilities")
    elif float(rows.max()) <= 0 and np.allclose(np.exp(rows).sum(1), 1, atol=1e-4):
        symptoms.append("log-probabilities")
    elif float(rows.min()) >= 0 and np.allclose(rows.sum(0), 1, atol=1e-4):
        symptoms.append("columns sum to one")
    return symptoms


def _chance(seen: Evidence) -> str:
    """Why two runs differ, as far as the trace shows it."""
    steps = [what for what, _ in seen.facts.get("steps", ())]
    if seen.facts.get("unregistered"):
        return ""  # layers that are made anew
    return ", dropout" if "dropout that is on" in steps else ", random" if "random numbers" in steps else ""


def _batch_statistics(seen: Evidence) -> str:
    settings = () if seen.facts.get("unregistered") else seen.facts.get("settings", ())
    return ", batch norm" if any(one.get("training") == "True" for one in settings) else ""


SENTENCES = {
    "not finite": ("The outputs contain NaN or infinity.", "Look for a division by zero or a log of zero."),
    "too large": ("It has more than 60 million parameters, too many to be checked.", "Use smaller layers."),
    "not repeatable": (
        "The same image twice gives two results in eval mode.",
        "Nothing may change from call to call: are layers made in forward, or does it count its calls?",
    ),
    "not repeatable, dropout": (
        "The same image twice gives two results in eval mode: a dropout stays active.",
        "Pass `training=self.training` to F.dropout, or use nn.Dropout.",
    ),
    "not repeatable, random": (
        "The same image twice gives two results in eval mode: forward draws random numbers.",
        "Noise belongs to training: draw it only where `self.training` is true.",
    ),
    "constant": ("The outputs do not depend on the input.", "Does forward use its argument all the way through?"),
    "rows mixed": (
        "An image's outputs change with the other images of the batch, in eval mode.",
        "Keep the first dimension: use `x.flatten(1)`, not a `view` that begins with another size.",
    ),
    "rows mixed, batch norm": (
        "An image's outputs change with the other images of the batch, in eval mode: batch norm uses their statistics.",
        "Leave `track_running_stats` at True, and call F.batch_norm with `training=self.training`.",
    ),
    "probabilities": (
        "The rows are probabilities, wanted logits.",
        "Leave the softmax out: CrossEntropyLoss includes it.",
    ),
    "log-probabilities": (
        "The rows are log-probabilities, wanted logits.",
        "Leave the log-softmax out: CrossEntropyLoss includes it.",
    ),
    "columns sum to one": ("The columns sum to one: a softmax over the batch.", "Leave the softmax out."),
    "no parameters": ("No parameter is used in forward.", "Declare layers in the constructor, call them in forward."),
    "no gradient at all": (
        "No gradient reaches the parameters.",
        "Look for no_grad, detach, argmax or .item() in forward.",
    ),
    "no gradient in places": (
        "The gradient does not reach every parameter.",
        "Look for no_grad, detach or .data in forward.",
    ),
    "not given": (
        "The features are not those of `pre_vgg` with their weights: some were drawn again, changed, or left out.",
        "Keep `pre_vgg.features` as it is; only the head is new.",
    ),
    "frozen": (
        "Some parameters do not require a gradient, so that they are never trained.",
        "Leave `requires_grad` at True: nothing is frozen in this homework.",
    ),
    "unregistered": (
        "Some parameters that forward uses are not registered, so that the optimizer never sees them.",
        "Make layers in the constructor, as attributes, in nn.ModuleList or nn.Sequential: not in a Python list.",
    ),
}


def symptom_outcome(seen: Evidence, symptoms: list[str]) -> Outcome:
    """A failed outcome that says the first of *symptoms*, the others as detail."""
    said = [_sentence(seen, symptom) for symptom in symptoms]
    (reason, hint), *others = said
    shown = reason if symptoms[0] in SENTENCES else ""
    return Outcome(Status.FAILED, reason, hint, detail=tuple(text for text, _ in others), shown=shown)


def _sentence(seen: Evidence, symptom: str) -> tuple[str, str]:
    word, _, rest = symptom.partition(" ")
    match word:
        case "returned":
            return f"forward returns a {rest}, wanted a tensor (N, 10).", "Return the logits alone."
        case "dtype":
            return f"The outputs are {rest}, wanted float32.", "Return the logits themselves, not classes."
        case "shape1":
            lost = seen.facts["shape1"] == [10]
            hint = "A `.squeeze()` without a dimension drops the batch of one: use `x.flatten(1)`." if lost else ""
            return f"One image gives the shape {rest}, wanted (1, 10).", hint
        case "shape8":
            return f"Eight images give the shape {rest}, wanted (8, 10).", ""
        case "unused":
            names = ", ".join(name for name, _ in seen.facts["unused"][:4])
            return f"Declared in the constructor and never used in forward: {names}.", "Use it or delete it."
    return SENTENCES[symptom]


def explain_shapes(seen: Evidence, reference: Evidence) -> Outcome:
    """Why the shapes are wrong, and after which layer."""
    outcome = symptom_outcome(seen, shape_view(seen)["symptoms"])
    where = first_difference(seen, reference) if "steps" in seen.facts else ""
    return Outcome(outcome.status, " ".join(filter(None, (outcome.reason, where))), outcome.hint, detail=outcome.detail)


def explain_structure(seen: Evidence, reference: Evidence) -> Outcome:
    """What is wrong with a network of free design; no reference is needed."""
    return symptom_outcome(seen, structure_view(seen)["symptoms"])


def explain_count(seen: Evidence, reference: Evidence) -> Outcome:
    """What the counts are, and the difference layer by layer."""
    mine, wanted = parameter_count(seen), parameter_count(reference)
    lines = layer_difference(seen, reference)
    if seen.facts.get("unregistered"):
        outcome = symptom_outcome(seen, ["unregistered"])
        return replace(outcome, detail=lines, table=layer_table(seen, reference))
    if mine == wanted:
        reason = f"{mine:,} parameters are used, as wanted, but of other shapes than the reference's."
    else:
        reason = f"{mine:,} parameters are used in forward, wanted {wanted:,}: {mine - wanted:+,}."
        reason += f" First: {lines[0]}." if lines else ""
    return Outcome(Status.FAILED, reason, detail=lines, table=layer_table(seen, reference))


def explain_function(seen: Evidence, reference: Evidence) -> Outcome:
    """Shapes first, then layers, then the order of activations, then how far the outputs are apart."""
    if "returned" in seen.facts:
        return Outcome(Status.FAILED, f"forward returns a {seen.facts['returned']}, wanted a tensor.")
    for name, count in (("shape8", "Eight inputs give"), ("shape1", "One input gives")):
        if seen.facts[name] != reference.facts[name]:
            reason = f"{count} {shape_text(seen.facts[name])}, wanted {shape_text(reference.facts[name])}."
            return Outcome(Status.FAILED, f"{reason} {first_difference(seen, reference)}".strip())
    if seen.facts["dtype"] != reference.facts["dtype"]:
        return Outcome(Status.FAILED, f"The outputs are {seen.facts['dtype']}, wanted {reference.facts['dtype']}.")
    if not seen.facts["finite"]:
        return symptom_outcome(seen, ["not finite"])
    if seen.facts["unregistered"]:
        return symptom_outcome(seen, ["unregistered"])
    if not seen.facts["repeatable"]:
        return symptom_outcome(seen, [f"not repeatable{_chance(seen)}"])
    lines = layer_difference(seen, reference)
    if lines and used_parameters(seen) != used_parameters(reference):
        mine, wanted = parameter_count(seen), parameter_count(reference)
        reason = f"Other layers than the reference's: {lines[0]}."
        detail = (*lines, f"parameters used: {mine:,}, wanted {wanted:,}")
        return Outcome(Status.FAILED, reason, detail=detail, table=layer_table(seen, reference))
    return _same_layers(seen, reference, lines)


def _same_layers(seen: Evidence, reference: Evidence, lines: tuple[str, ...]) -> Outcome:
    """The outcome where the layers are right, but not what is between them, or how they are used."""
    wanted = {name: value for name, value in sorted(reference.arrays.items()) if name in seen.arrays}
    apart = {name: distance(seen.arrays[name], value) for name, value in wanted.items()}
    figures = tuple(f"{name}: {value:.1e} from the reference" for name, value in apart.items())
    if seen.facts.get("kept") != reference.facts.get("kept"):
        return replace(symptom_outcome(seen, ["not given"]), detail=figures)
    if not _all_learn(seen):
        symptom = "frozen" if not all(_required(seen)) else "no gradient in places"
        return replace(symptom_outcome(seen, [symptom]), detail=figures)
    settings = setting_difference(seen, reference)
    reason, hint, shown = "The layers have the right sizes, but the network computes another function.", "", ""
    if settings:
        setting, reason = settings[0]
        shown = f"A layer has another {setting} than the handout describes."
    elif apart.get("first", 0) > TOLERANCES["first"]:
        reason = shown = "The first layer does not get the inputs unchanged."
        hint = "Leave scaling, flipping and noise out; `x.flatten(1)` is all that a linear layer needs."
    elif apart.get("eval8", 1) < EVAL_IS_RIGHT:
        dropout = any("dropout" in what for what, _ in seen.facts["steps"])
        reason = shown = "Eval mode is right, train mode is not" + (": there is a dropout in it." if dropout else ".")
        hint = (
            "" if dropout else "Look at your own `train` method, if there is one, and at the arguments of batch norm."
        )
    steps = step_difference(seen, reference)
    detail = (*lines, *(line for _, line in settings[1:]), *((steps,) if steps else ()), *figures)
    return Outcome(Status.FAILED, reason, hint, detail=detail, shown=shown)


def network_remarks(seen: Evidence) -> tuple[str, ...]:
    """Remarks on a network, right or wrong."""
    remarks = []
    if seen.facts.get("redirected"):
        remarks.append(ON_THE_CPU)
    if seen.facts.get("unused"):
        names = ", ".join(name for name, _ in seen.facts["unused"][:4])
        remarks.append(f"Declared and never used in forward: {names}.")
    if seen.facts.get("borrowed"):
        remarks.append(f"It uses ready-made parts of a library: {', '.join(seen.facts['borrowed'])}.")
    return tuple(remarks)


def _trained(use: list[Any]) -> bool:
    return not str(use[0]).endswith(("mean", "var"))


def _required(seen: Evidence) -> list[bool]:
    """Whether each parameter that is trained requires a gradient."""
    uses = zip(seen.facts.get("uses", ()), seen.facts.get("requires_grad", ()), strict=False)
    return [required for use, required in uses if _trained(use)]


def _all_learn(seen: Evidence) -> bool:
    return all(seen.facts.get("learns", []))


def _learnt(seen: Evidence) -> dict[str, bool]:
    """Whether gradients reach all that forward uses, and whether the optimizer is given all of it."""
    return {"learns": _all_learn(seen), "registered": not seen.facts.get("unregistered")}
