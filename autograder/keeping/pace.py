"""How far a training is, in words: its epoch, the accuracy so far, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from autograder.text import lasting


@dataclass
class Pace:
    """Tells how far one training is.

    Attributes:
        since: when it began, in seconds of the clock; None as long as all of it comes from the journal.
        first: the epoch that it began with; 0 as long as none has begun.
    """

    since: float | None = None
    clock: Callable[[], float] = time.monotonic
    first: int = 0

    def at(self, epoch: int, epochs: int, accuracy: float | None) -> str:
        """What is said when epoch number *epoch* of *epochs* begins.

        Args:
            accuracy: after the last epoch, in [0, 1]; None before it.
        """
        if epoch <= self.first:  # another training, which the journal holds
            self.since, self.first = None, 0
        self.first = self.first or epoch
        said = [f"epoch {epoch}/{epochs}"]
        if accuracy is not None:
            said.append(f"{100 * accuracy:.1f} %")
        if self.since is not None and epoch > self.first:
            each = (self.clock() - self.since) / (epoch - self.first)
            said.append(f"{lasting(each * (epochs - epoch + 1))} left")
        return ", ".join(said)
