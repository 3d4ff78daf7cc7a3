"""A few made-up hand-ins of the homework, so that one can see what grading looks like."""

from __future__ import annotations

from dataclasses import replace

from autograder.rubric import Rubric, read_rubric
from autograder.staff.of_homework import mistakes, part
from autograder.staff.record import with_mistake
from autograder.submission import Submission


def quick_rubric() -> Rubric:
    """The rubric without the trainings that take minutes even on the embedded data."""
    rubric = read_rubric()
    return replace(rubric, ways={**rubric.ways, **dict.fromkeys(part("staff.demo").UNTRAINED, ("proven", "verified"))})


def hand_ins(solution: Submission, handout: Submission) -> list[Submission]:
    """The demo's hand-ins, by id."""
    known = {mistake.id: mistake for mistake in mistakes()}
    shown = part("staff.demo")
    made = [Submission(shown.UNTOUCHED, handout.files)]
    for student, names in shown.HAND_INS.items():
        one = solution
        for name in names:
            one = with_mistake(one, known[name])
        made.append(Submission(student, one.files))
    return sorted(made, key=lambda submission: submission.id)
