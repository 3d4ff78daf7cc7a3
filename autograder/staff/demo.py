"""A few made-up hand-ins of the homework, so that one can see what grading looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from autograder.rubric import Rubric, read_rubric
from autograder.staff.mistake import Mistake
from autograder.staff.of_homework import mistakes, part
from autograder.staff.record import with_mistake
from autograder.submission import Submission

SOLVED, UNTOUCHED, FIRST = 20260001, 20260002, 20260003  # ids of a homework that does not name its own
SHOWN = 4  # mistakes, of such a homework


def quick_rubric() -> Rubric:
    """The rubric without the trainings that take minutes even on the embedded data."""
    rubric, untrained = read_rubric(), getattr(part("staff.demo"), "UNTRAINED", ())
    return replace(rubric, ways={**rubric.ways, **dict.fromkeys(untrained, ("proven", "verified"))})


def hand_ins(solution: Submission, handout: Submission) -> list[Submission]:
    """The demo's hand-ins, by id: those that the homework names, or the solution, the handout and a few mistakes.

    Raises:
        MisuseError: the homework has no mistakes.
    """
    known, named = {mistake.id: mistake for mistake in mistakes()}, part("staff.demo")
    untouched, shown = (named.UNTOUCHED, named.HAND_INS) if named else (str(UNTOUCHED), one_of_each(known))
    made = [Submission(untouched, handout.files)]
    for student, names in shown.items():
        one = solution
        for name in names:
            one = with_mistake(one, known[name])
        made.append(Submission(student, one.files))
    return sorted(made, key=lambda submission: submission.id)


def one_of_each(known: Mapping[str, Mistake]) -> dict[str, tuple[str, ...]]:
    """By student the mistakes: none, then the first one of each class or function, one at a time."""
    first: dict[tuple[str, str], str] = {}
    for name, mistake in known.items():
        first.setdefault((mistake.module, mistake.scope), name)
    singles = enumerate(list(first.values())[:SHOWN], FIRST)
    return {str(SOLVED): (), **{str(number): (name,) for number, name in singles}}
