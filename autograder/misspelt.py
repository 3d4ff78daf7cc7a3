"""Misspelt names of modules: an existing module was meant, so no package is missing."""

from __future__ import annotations

from collections.abc import Iterable

# What a hand-in imports as a rule, beside the homework's own modules.
USUAL = (
    *("torch", "torchvision", "numpy", "scipy", "sklearn", "matplotlib", "tqdm", "PIL"),
    *("argparse", "collections", "contextlib", "copy", "dataclasses", "datetime", "functools", "itertools", "json"),
    *("logging", "math", "multiprocessing", "operator", "pathlib", "pickle", "random", "statistics", "string"),
    *("subprocess", "tempfile", "threading", "time", "typing", "warnings"),
)
# Packages of their own, one letter away from another name.
REAL = {"scapy", "torchx", "xarray"}
SHORT = 5  # letters: in shorter names two letters may be exchanged, no more


def meant(name: str, own: Iterable[str]) -> str:
    """The usual module that *name* misspells, or nothing: by case, one letter more, less or changed, two swapped.

    Args:
        own: the homework's modules, which are usual, too.
    """
    usual = (*USUAL, *own)
    if name in REAL or name in usual or not name.isalpha() or name.removesuffix("s") in usual:
        return ""
    return next((one for one in usual if name.lower() == one.lower() or _is_near(name, one)), "")


def _is_near(name: str, other: str) -> bool:
    if abs(len(name) - len(other)) > 1 or len(other) < 4:
        return False
    same = next((i for i, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))
    one, two = name[same:], other[same:]
    if one[2:] == two[2:] and one[:2] == two[:2][::-1] and len(one) > 1:
        return True
    return len(other) >= SHORT and (one[1:] == two[1:] or one[1:] == two or one == two[1:])
