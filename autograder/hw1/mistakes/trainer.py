"""Mistakes in part 1.2's ``Trainer``, a file for each method and two for its training loop."""

from autograder.hw1.mistakes import confusion, testing, training_loop, training_step
from autograder.staff.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = training_step.MISTAKES + training_loop.MISTAKES + testing.MISTAKES + confusion.MISTAKES
