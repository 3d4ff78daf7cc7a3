"""Who is on which answer now: said by each open page every few seconds, and forgotten when it falls silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SECONDS = 10.0  # a page says it every three


@dataclass(frozen=True)
class Here:
    """Somebody who has answers before them.

    Attributes:
        at: when it was said, in seconds.
    """

    person: str
    question: str
    answers: tuple[str, ...]
    at: float


class Presence:
    """All who are here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._here: dict[str, Here] = {}
        self._clock, self._lock = clock, threading.Lock()

    def say(self, person: str, question: str, answers: Iterable[str]) -> list[Here]:
        """Note where *person* is; the others who are here."""
        now = self._clock()
        with self._lock:
            self._here[person] = Here(person, question, tuple(answers), now)
            self._here = {name: one for name, one in self._here.items() if now - one.at <= SECONDS}
            return [one for name, one in sorted(self._here.items()) if name != person]
