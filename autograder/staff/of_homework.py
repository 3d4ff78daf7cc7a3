"""What a homework has for staff alone: its mistakes, and what it is tried and shown with. No student has these."""

from __future__ import annotations

import importlib
from typing import Any

from autograder.errors import MisuseError
from autograder.homework import homework_folder, package
from autograder.staff.mistake import Mistake


def mistakes() -> tuple[Mistake, ...]:
    """The known mistakes of the homework in force, in the order of its parts.

    Raises:
        MisuseError: it has none.
    """
    module = part("mistakes")
    if module is None:
        raise MisuseError(f"{homework_folder()} has no mistakes")
    found: tuple[Mistake, ...] = module.MISTAKES
    return found


def part(name: str) -> Any | None:
    """The module *name* of the homework's package; None if the homework has none."""
    whole = f"{package()}.{name}"
    try:
        return importlib.import_module(whole)
    except ModuleNotFoundError as error:
        if error.name and whole.startswith(error.name):
            return None
        raise
