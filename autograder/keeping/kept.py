"""What is kept of an observation, and where: a class's journal, or the memory of one command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from autograder.keeping.standing import StandsOn


@dataclass(frozen=True)
class Kept:
    """An observation as it is kept.

    Attributes:
        frame: the reply's bytes as on the wire.
        printed: what the hand-in printed meanwhile.
        place: environment and layers of the worker that it came from.
        seconds: how long it took.
    """

    frame: bytes
    printed: bytes
    place: Mapping[str, Any]
    seconds: float


class Observations(Protocol):
    """Where observations are kept, as the journal does it."""

    def observation(self, name: bytes) -> Kept | None:
        """What was observed under *name*."""

    def keep(self, name: bytes, probe: str, kept: Kept) -> None:
        """Keep what was observed under *name*."""

    def stands_on(self, student: str) -> StandsOn:
        """The observations that the student's last report was judged by."""

    def reopen_to_read(self) -> None:
        """Go on reading in a process that was forked."""
