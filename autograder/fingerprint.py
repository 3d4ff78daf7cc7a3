"""Where and with what something was graded, and how two such places differ, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autograder import __version__
from autograder.sandbox.isolation import described
from autograder.seeds import kind

if TYPE_CHECKING:
    from autograder.case import Case
    from autograder.rubric import Rubric
    from autograder.sandbox.session import Sandbox

# What may change an outcome, and what it is called in a sentence; isolation and the basis of a run change none.
SAID = {
    "hw1": "version {} of the kit",
    "rubric": "the rubric {}",
    "seed": "the {} seed",
    "torch": "torch {}",
    "python": "Python {}",
    "platform": "{}",
    "cpu": "{} instructions",
    "threads": "{} threads",
}


def graded_by(rubric: Rubric, seed: bytes) -> dict[str, Any]:
    """What decides a grade and is known before anything runs."""
    return {"hw1": __version__, "rubric": rubric.digest, "seed": kind(seed)}


def fingerprint(case: Case, session: Sandbox) -> dict[str, Any]:
    """The fingerprint of a grading; ``differs`` says how the place where the reference was recorded differs."""
    here = dict(session.environment)
    made = {**graded_by(case.rubric, case.seed), "isolation": described(session.layers), **here}
    if session.pressed:  # such a report is not kept for the next run
        made["pressed"] = session.pressed
    if "torch" in here:  # only then something was compared with the reference
        differs = differences(here, case.recording().environment)
        made |= {"differs": f"here {differs[0]}, where the reference was recorded {differs[1]}"} if differs else {}
    return made


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str] | None:
    """What *one* and *other* have instead of each other, in words; None if nothing that both tell is different."""
    names = [name for name in SAID if name in one and name in other and one[name] != other[name]]
    if not names:
        return None
    first, second = (", ".join(SAID[name].format(each[name]) for name in names) for each in (one, other))
    return first, second
