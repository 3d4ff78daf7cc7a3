"""The known mistakes: the solution with one misconception put in, one file a part."""

from autograder.hw1.mistakes import ablations, mnist, pretrained, trainer, vgg
from autograder.staff.mistake import Mistake

__all__ = ["MISTAKES", "Mistake"]

MISTAKES: tuple[Mistake, ...] = (
    mnist.MISTAKES + trainer.MISTAKES + ablations.MISTAKES + vgg.MISTAKES + pretrained.MISTAKES
)
