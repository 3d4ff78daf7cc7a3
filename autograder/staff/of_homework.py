"""What a homework has for staff alone: its mistakes, and what it is tried and shown with. No student has these."""

from __future__ import annotations

import importlib
from typing import Any

from autograder.errors import MisuseError
from autograder.homework import homework_folder, package
from autograder.staff.mistake import Mistake


def mistakes() -> tuple[Mistake, ...]:
    """The known mistakes of the homework in force, in the order of its parts."""
    found: tuple[Mistake, ...] = part("mistakes").MISTAKES
    return found


def part(name: str) -> Any:
    """The module *name* of the homework's package.

    Raises:
        MisuseError: the homework has none.
    """
    whole = f"{package()}.{name}"
    try:
        return importlib.import_module(whole)
    except ModuleNotFoundError as error:
        if error.name and whole.startswith(error.name):
            raise MisuseError(f"{homework_folder()} has no {name.replace('.', '/')}") from error
        raise
