"""Code of ours that runs beside the student's, in the worker. It holds no expected value.

A probe is a function ``(student, key, params, arrays) -> (facts, arrays)``: *student* gives the submission's modules,
*key* is the secret from which weights and inputs are drawn, the results are JSON values and numpy arrays.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

Probe = Callable[..., tuple[dict[str, Any], dict[str, Any]]]

PROBES = {
    # name: (what must have been imported, module, function)
    "source": ("source", "autograder.ingest.probes.source", "source"),
    "shown_cells": ("source", "autograder.ingest.probes.notebook.showing", "shown_cells"),
    "pdf": ("source", "autograder.ingest.probes.pdf", "pdf"),
    "notebook": ("source", "autograder.ingest.probes.notebook", "notebook"),
    "network": ("torch", "autograder.deep_learning.probes.network", "network"),
    "candidates": ("torch", "autograder.deep_learning.probes.network", "candidates"),
    "edited": ("torch", "autograder.deep_learning.probes.network", "edited"),
    "pretrained": ("full", "autograder.deep_learning.probes.network", "network"),
    "train": ("full", "autograder.hw1.probes.trainer", "train"),
    "test": ("full", "autograder.hw1.probes.trainer", "test"),
    "confusion": ("full", "autograder.hw1.probes.trainer", "confusion"),
    "initial": ("full", "autograder.deep_learning.probes.initial", "initial"),
    "machine": ("torch", "autograder.sandbox.torch.devices", "machine"),
    "fit_start": ("full", "autograder.deep_learning.probes.fit", "fit_start"),
    "fit_epoch": ("full", "autograder.deep_learning.probes.fit", "fit_epoch"),
    "infer": ("full", "autograder.deep_learning.probes.fit", "infer"),
}

GOES_ON = ("fit_epoch",)
"""Probes that go on where the one before has stopped: the random generators are not put back before them."""

_found: dict[str, Probe] = {}


def find_probe(name: str) -> Probe:
    """The probe called *name*; found before student code runs, or KeyError."""
    if name not in _found:
        _, module, function = PROBES[name]
        _found[name] = getattr(importlib.import_module(module), function)
    return _found[name]
