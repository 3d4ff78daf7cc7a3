"""How long trainings take on this machine, before any of them has begun."""

from __future__ import annotations

from autograder.deep_learning.setup import Setup
from autograder.errors import MisuseError
from autograder.homework import Training
from autograder.rubric import Rubric


def expected(setup: Setup, rubric: Rubric, training: Training) -> tuple[float, bool] | None:
    """About how many seconds *training* takes, and whether that is its time limit; None if it can't be trained here.

    It is what was measured of the reference, if that was on such a device.
    """
    try:
        if setup.real:
            setup.data(training.data)
        if training.given:
            setup.pretrained()
    except MisuseError:
        return None
    name = setup.data_name(training.data)
    measured = setup.floors.measured(training.id, name)
    if measured is not None and measured.seconds and measured.speed.startswith(setup.machine().device):
        return measured.seconds, False
    images = len(setup.data(training.data).train_labels)
    recipe = rubric.recipes[training.recipe][name]
    return recipe.epochs * recipe.seconds_per_image * images, True


def at_a_time(setup: Setup, rubric: Rubric, jobs: int) -> int:
    """How many of *jobs* train side by side: on a GPU as many as its memory holds."""
    machine = setup.machine()
    return min(jobs, max(1, int(1 / machine.share(rubric.limits.training_memory_mb)))) if machine.gpu else jobs
