"""Which checks a student asks for, by the names that students have for things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.check import Check
from autograder.errors import MisuseError

if TYPE_CHECKING:  # what is asked for is said before anything slow is imported
    from autograder.kit import Kit


def chosen(names: list[str] | None, kit: Kit, option: str = "--part") -> tuple[Check, ...]:
    """The checks that *names* name, which may also be separated by commas; all of them if there are no names.

    They were given with the *option*.

    A name is a part (``2.1``), a check's id or its beginning (``2.1c``), a module (``vgg.py``), what a module defines
    (``Exp1``, ``Trainer.test``), or a question that is not graded by hand (``Q11``); upper and lower case are alike.

    Raises:
        MisuseError: nothing has this name; the text lists what there is.
    """
    if not names:
        return kit.homework.checks
    wanted = [name for listed in names for name in map(str.strip, listed.rstrip(", ").split(","))]
    picked = {check.id for name in wanted for check in _named(name, kit, option)}
    return tuple(check for check in kit.homework.checks if check.id in picked)


def _named(name: str, kit: Kit, option: str) -> list[Check]:
    low = name.lower().removesuffix(".py")
    found = [check for check in kit.homework.checks if low in _names(check)]
    if found:
        return found
    if any(low in (item.lower(), item.lower().partition("-")[2]) for item in kit.rubric.by_hand):
        raise MisuseError(
            f"{name} is graded by hand, so there is nothing to check; "
            "hw1 check --part files tells which questions have no answer yet"
        )
    parts, first = ", ".join(kit.rubric.parts), kit.homework.checks[-1].id
    defined = ", ".join(dict.fromkeys(check.about.split(".")[1] for check in kit.homework.checks if "." in check.about))
    raise MisuseError(
        f"{option} must name a part ({parts}), a check (like {first}) or what it checks ({defined}), not {name!r}"
    )


def _names(check: Check) -> set[str]:
    """All that *check* may be called, in lower case."""
    low = check.id.lower()
    about = check.about.lower().split(".")
    beginnings = {low[:place] for place, letter in enumerate(low) if letter in ".-"}
    of_module = {about[0], ".".join(about[1:]), *about[1:]} - {""}
    return {check.part.lower(), low, low.partition("-")[2] or low, *beginnings, *of_module}
