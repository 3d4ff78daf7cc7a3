"""Of several threads that observe one hand-in, one observes a thing; the others wait for it, or leave it to that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager

from autograder.errors import OutdatedError


class TakenError(Exception):
    """Another thread is about to observe it."""


class Taken:
    """What is being observed now, by the name that it is kept under (``keeping.session``)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[bytes, Future[None]] = {}

    @contextmanager
    def waiting(self, name: bytes, until: Future[None] | None) -> Iterator[None]:
        """Take *name* as soon as no other thread has it.

        Raises:
            OutdatedError: *until* was done before; nobody waits for it any more.
        """
        while (other := self._take(name)) is not None:
            wait([other] if until is None else [other, until], return_when=FIRST_COMPLETED)
            if until is not None and until.done():
                raise OutdatedError
        with self._held(name):
            yield

    @contextmanager
    def at_once(self, name: bytes) -> Iterator[None]:
        """Take *name*.

        Raises:
            TakenError: another thread has it.
        """
        if self._take(name) is not None:
            raise TakenError
        with self._held(name):
            yield

    def _take(self, name: bytes) -> Future[None] | None:
        """What ends when the thread that has *name* gives it back; None if this one has it now."""
        with self._lock:
            other = self._ends.get(name)
            if other is None:
                self._ends[name] = Future()
            return other

    @contextmanager
    def _held(self, name: bytes) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                end = self._ends.pop(name)
            end.set_result(None)
