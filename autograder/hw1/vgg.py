"""Parts 2.1 and 2.2's networks: the blocks, VGG-19, and the pre-trained features under a new head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograder.case import Case
from autograder.check import Check, Probe
from autograder.compare import Compare, View
from autograder.deep_learning import networks
from autograder.deep_learning.accuracy import Accuracy, accuracy_check
from autograder.deep_learning.claims import backed
from autograder.deep_learning.edits import nearest_edit
from autograder.deep_learning.pairing import paired
from autograder.evidence import Evidence
from autograder.expect import same
from autograder.hw1.parts import TRAINING
from autograder.hw1.trainer import TRAINS
from autograder.outcome import Outcome, Status

IMAGE = [3, 32, 32]  # channels, height, width
BLOCKS = ("2.1a", "2.1b")


def _probe(probe_id: str, name: str, shape: list[int], **params: Any) -> Probe:
    return Probe(probe_id, "network", ("vgg",), "torch", {"module": "vgg", "name": name, "shape": shape, **params})


# 12 x 12, so that four convolutions without padding still leave something to compare.
BLOCK1 = _probe("vgg.block1", "ConvBlock1", [5, 12, 12], args=[5, 6])
BLOCK2 = _probe("vgg.block2", "ConvBlock2", [5, 12, 12], args=[5, 6])
VGG19 = _probe("vgg.vgg19", "VGG19", IMAGE)
VGG19_ON_STAND_INS = _probe("vgg.vgg19 on stand-ins", "VGG19", IMAGE, stand_in=True)
PRETRAINED = Probe(
    "vgg.pretrained",
    "pretrained",
    ("vgg",),
    "full",
    {"module": "vgg", "name": "PretrainedVGG", "shape": IMAGE, "given": True},
)


def _has_effect(case: Case, outcome: Outcome) -> Outcome:
    """The count passes if each parameter has an effect on the output, too.

    A network that computes the reference's function shows it by that. Of another one each parameter is disturbed.
    """
    counted = [probe for probe in (VGG19, VGG19_ON_STAND_INS) if _equal(case, probe, networks.count_view)]
    if not counted or _equal(case, counted[0], networks.function_view_any_row_shape):
        return _backed(case, outcome)  # none: its parameters were paired by what they do
    probe = counted[0]
    disturbed = replace(probe, id=f"{probe.id}, disturbed", params={**probe.params, "effects": True})
    seen = case.observe(disturbed)
    if isinstance(seen, Evidence) and all(seen.facts.get("effects", [False])):
        return _backed(case, outcome)
    return Outcome(Status.FAILED, "The parameters have the right shapes, but some have no effect on the output.")


def _equal(case: Case, probe: Probe, view: Callable[[Evidence], View]) -> bool:
    seen = case.seen.get(probe.id)
    return isinstance(seen, Evidence) and same(view(seen), view(case.reference(probe)))


def _backed(case: Case, outcome: Outcome) -> Outcome:
    return backed(case, outcome, (VGG19, VGG19_ON_STAND_INS), FUNCTION)


def _block(check_id: str, name: str, what: str, probe: Probe) -> Check:
    return Check(
        check_id,
        f"{name}: {what}",
        "2.1",
        networks.same_function(check_id, probe),
        about=f"vgg.{name}",
        unknown=f"{name} {networks.ANOTHER_FUNCTION}",
    )


def _vgg19(check_id: str, title: str, unknown: str, view: Any, explain: Any, **how: Any) -> Check:
    judge = Compare(check_id, VGG19, view, explain, instead=VGG19_ON_STAND_INS, blocks=BLOCKS, **how)
    return Check(check_id, title, "2.1", judge, turn=2, about="vgg.VGG19", unknown=unknown)


FUNCTION = _vgg19(
    "2.1c-function",
    "VGG19: the function it computes",
    f"VGG19 {networks.ANOTHER_FUNCTION}",
    networks.function_view_any_row_shape,
    networks.explain_function,
    remarks=networks.network_remarks,
    pair=paired,
    closer=nearest_edit,
    figures=networks.figures_of,
)
PRETRAINED_STRUCTURE = Check(
    "2.2b-structure",
    "PretrainedVGG: the given features under the new head",
    "2.2",
    networks.same_function("2.2b-structure", PRETRAINED, networks.pretrained_view),
    turn=3,
    about="vgg.PretrainedVGG",
    unknown="PretrainedVGG is not the given features under the head that the handout describes.",
)
ACCURACY = Accuracy(TRAINING["2.2a"], FUNCTION, VGG19, TRAINS)
PRETRAINED_ACCURACY = Accuracy(TRAINING["2.2b"], PRETRAINED_STRUCTURE, PRETRAINED, TRAINS)

CHECKS = (
    _block("2.1a", "ConvBlock1", "[convolution, batch norm, ReLU] x 2, max-pool", BLOCK1),
    _block("2.1b", "ConvBlock2", "[convolution, batch norm, ReLU] x 4, max-pool", BLOCK2),
    _vgg19(
        "2.1c-shapes",
        "VGG19: (N, 3, 32, 32) to (N, 10), each row from its own image",
        "VGG19 does not make (N, 10) of (N, 3, 32, 32), each row from its own image.",
        networks.shape_view,
        networks.explain_shapes,
        confirm=_backed,
    ),
    _vgg19(
        "2.1c-count",
        "VGG19: the parameters that it uses, 20,365,002 in all",
        "VGG19 does not use the parameters that the handout describes, or some of them have no effect.",
        networks.count_view,
        networks.explain_count,
        pair=paired,
        confirm=_has_effect,
    ),
    FUNCTION,
    accuracy_check("2.2a-accuracy", "VGG19: accuracy on CIFAR-10", ACCURACY),
    PRETRAINED_STRUCTURE,
    accuracy_check("2.2b-accuracy", "PretrainedVGG: accuracy on CIFAR-10", PRETRAINED_ACCURACY),
)
