"""What runs beside the submission's networks, in the worker; the table is read before anything else is imported."""

_NETWORK, _FIT = "autograder.deep_learning.probes.network", "autograder.deep_learning.probes.fit"

PROBES = {
    # name: (what must have been imported, module, function)
    "network": ("torch", _NETWORK, "network"),
    "candidates": ("torch", _NETWORK, "candidates"),
    "edited": ("torch", _NETWORK, "edited"),
    "pretrained": ("full", _NETWORK, "network"),
    "initial": ("torch", "autograder.deep_learning.probes.initial", "initial"),
    "fit_start": ("torch", _FIT, "fit_start"),
    "fit_epoch": ("torch", _FIT, "fit_epoch"),
    "infer": ("torch", _FIT, "infer"),
}

GOES_ON = ("fit_epoch",)
"""Probes that go on where the one before has stopped: the random generators are not put back before them."""
