"""What a shell may complete: the names that ``--part`` takes. Neither torch nor numpy is imported for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from autograder.errors import MisuseError
from autograder.homework import choose, in_force


def check_names(begun: str, homework: Path | None = None) -> list[str]:
    """The names of checks that begin with what is *begun*; the parts, if nothing is.

    Args:
        begun: one name, or several with commas between them, of which the last is completed.
        homework: the folder of the homework, if it is not the one in force.
    """
    if not _chosen(homework):
        return []
    checks = in_force().checks
    parts = dict.fromkeys(check.part for check in checks)
    files = (module.file for module in in_force().modules)
    todos = (check.id.partition("-")[0] for check in checks if not check.informs)
    defined = [check.about.partition(".")[2] for check in checks]
    classes = (name.partition(".")[0] for name in defined)
    others = (name for check in checks if not check.informs for name in (check.id, check.id.partition("-")[2]))
    return _completed(begun, parts, (*parts, *todos, *files, *classes, *defined, *others))


def training_names(begun: str, homework: Path | None = None) -> list[str]:
    """The names of trainings that begin with what is *begun*, as in :func:`check_names`."""
    if not _chosen(homework):
        return []
    trainings = in_force().trainings
    parts = dict.fromkeys(training.part for training in trainings)
    return _completed(begun, parts, (*parts, *(training.id for training in trainings)))


def _chosen(homework: Path | None) -> bool:
    """Whether the homework is in force that was asked for."""
    try:
        if homework is not None:
            choose(homework)
    except MisuseError:
        return False
    return True


def _completed(begun: str, parts: Iterable[str], names: Iterable[str]) -> list[str]:
    before, comma, last = begun.rpartition(",")
    found = [name for name in dict.fromkeys(names) if name and name.startswith(last)] if last else [*parts]
    return [f"{before}{comma}{name}" for name in found]
