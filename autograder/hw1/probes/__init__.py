"""This homework's probes, by name: the toolbox's, and its own. The table is read before anything else is imported."""

import autograder.deep_learning.probes as toolbox

_STAND_INS, _TRAINER = "autograder.hw1.probes.standins", "autograder.hw1.probes.trainer"

PROBES = {
    **toolbox.PROBES,
    # name: (what must have been imported, module, function)
    "notebook": ("source", "autograder.hw1.probes.layout", "notebook"),
    "network": ("torch", _STAND_INS, "network"),
    "candidates": ("torch", _STAND_INS, "candidates"),
    "edited": ("torch", _STAND_INS, "edited"),
    "pretrained": ("full", _STAND_INS, "network"),
    "train": ("torch", _TRAINER, "train"),
    "test": ("torch", _TRAINER, "test"),
    "confusion": ("torch", _TRAINER, "confusion"),
}

GOES_ON = toolbox.GOES_ON
