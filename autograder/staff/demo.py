"""A few made-up hand-ins, so that one can see what grading looks like."""

from __future__ import annotations

from dataclasses import replace

from autograder.rubric import Rubric, read_rubric
from autograder.staff.of_homework import mistakes
from autograder.staff.record import with_mistake
from autograder.submission import Submission

# Student ids are made up. Each hand-in is the solution with the named mistakes in it.
HAND_INS: dict[str, tuple[str, ...]] = {
    "20260001": (),
    "20260003": ("train-no-zero-grad",),
    "20260004": ("test-no-eval-mode", "vgg19-squeeze"),
    "20260005": ("convblock1-batch-norm-after-relu", "exp7-batch-norm-after-relu"),
    "20260006": ("mnist-net-softmax", "pretrained-vgg-frozen-features"),
}
UNTOUCHED = "20260002"  # the handout as it is


def quick_rubric() -> Rubric:
    """The rubric without the training of VGG-19, which takes minutes even on the embedded data."""
    rubric = read_rubric()
    return replace(rubric, ways={**rubric.ways, "2.2a": ("proven", "verified")})


def hand_ins(solution: Submission, handout: Submission) -> list[Submission]:
    """The demo's hand-ins, by id."""
    known = {mistake.id: mistake for mistake in mistakes()}
    made = [Submission(UNTOUCHED, handout.files)]
    for student, names in HAND_INS.items():
        one = solution
        for name in names:
            one = with_mistake(one, known[name])
        made.append(Submission(student, one.files))
    return sorted(made, key=lambda submission: submission.id)
