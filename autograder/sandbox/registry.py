"""Code of ours that runs beside the student's, in the worker. It holds no expected value.

A probe is a function ``(student, key, params, arrays) -> (facts, arrays)``: *student* gives the submission's modules,
*key* is the secret from which weights and inputs are drawn, the results are JSON values and numpy arrays.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from autograder.homework import package

Probe = Callable[..., tuple[dict[str, Any], dict[str, Any]]]

OWN = {
    # name: (what must have been imported, module, function)
    "source": ("source", "autograder.ingest.probes.source", "source"),
    "shown_cells": ("source", "autograder.ingest.probes.notebook.showing", "shown_cells"),
    "pdf": ("source", "autograder.ingest.probes.pdf", "pdf"),
    "page_texts": ("source", "autograder.ingest.probes.paper", "page_texts"),
    "page_picture": ("source", "autograder.ingest.probes.paper", "page_picture"),
    "notebook": ("source", "autograder.ingest.probes.notebook", "notebook"),
    "machine": ("torch", "autograder.sandbox.torch.devices", "machine"),
}

_homeworks = importlib.import_module(f"{package()}.probes")  # a table: nothing else of the homework's comes here
PROBES: Mapping[str, tuple[str, str, str]] = {**OWN, **_homeworks.PROBES}
GOES_ON: Collection[str] = _homeworks.GOES_ON
"""Probes that go on where the one before has stopped: the random generators are not put back before them."""

_found: dict[str, Probe] = {}


def find_probe(name: str) -> Probe:
    """The probe called *name*; found before student code runs, or KeyError."""
    if name not in _found:
        _, module, function = PROBES[name]
        _found[name] = getattr(importlib.import_module(module), function)
    return _found[name]
