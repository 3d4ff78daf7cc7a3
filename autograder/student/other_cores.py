"""Observes, on the machine's other cores, what the judging will ask for; when it gets there, it finds it kept.

The judging stays one straight line, and asks for the same in the same order; what is not there yet, it observes itself.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from autograder.check import Check, Probe
from autograder.command_line import cores
from autograder.errors import OutdatedError, UnsettledError
from autograder.keeping.keeper import Keeper
from autograder.keeping.taken import TakenError
from autograder.sandbox.plan import STAGES
from autograder.sandbox.session import MAIN, Session
from autograder.submission import Submission

if TYPE_CHECKING:
    from autograder.kit import Kit

MOST = 3  # helpers: with the judging, as many as a homework has files with code


def spare_cores() -> int:
    """How many cores this process may use beside the one that the judging keeps busy, MOST at the most."""
    return min(cores(None) - 1, MOST)


class OtherCores:
    """What a kit does beside the judging of a working copy (``kit.Kit.beside``).

    Args:
        kit: of the command.
        keeper: puts what is observed where the judging looks for it.
        checks: what is judged.
        helpers: threads, each with a session, and so with workers, of its own.

    Attributes:
        checks: what is judged; of each turn, the first is the one that is observed ahead first.
    """

    def __init__(self, kit: Kit, keeper: Keeper, checks: tuple[Check, ...], helpers: int | None = None) -> None:
        self._kit, self._keeper, self.checks = kit, keeper, checks
        self._helpers = spare_cores() if helpers is None else helpers

    @contextmanager
    def __call__(self, submission: Submission, judging: Session) -> Iterator[None]:
        """Observe what *submission* will be asked for, until the judging, whose session is given, is at its end."""
        ahead, stop = deque(expected(self.checks, submission)), Future[None]()
        helpers = min(self._helpers, len(ahead))
        given = submission, judging, ahead, self._kit.case(submission).key, stop
        threads = [threading.Thread(target=self._help, args=given) for _ in range(helpers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ahead.clear()
            stop.set_result(None)
            for thread in threads:
                thread.join()

    def _help(
        self,
        submission: Submission,
        judging: Session,
        ahead: deque[Probe],
        key: Callable[[Probe], bytes],
        stop: Future[None],
    ) -> None:
        """Observe one probe after the other; what goes wrong here, the judging meets itself."""
        with suppress(Exception, OutdatedError), self._kit.session(submission) as session:
            session.until, session.warms, session.broken = stop, False, judging.broken
            sandbox = self._keeper.helping(session)
            while ahead:
                with suppress(IndexError, TakenError, UnsettledError):
                    probe = ahead.popleft()
                    sandbox.observe(probe, key(probe))


def expected(checks: tuple[Check, ...], submission: Submission) -> list[Probe]:
    """The probes that *checks* are judged by, those of the last turn first; then those that prove an accuracy.

    Those that wait for a slow import stand at the end: who asks for them early has all others wait for it. The proof
    for a network that needs one is left to the judging, which often knows better (weights that are given prove none).
    """
    found = {}
    for check in sorted(checks, key=lambda check: (bool(check.training), -check.turn)):
        probe = getattr(check.judge, "proof" if check.training else "probe", None)
        if isinstance(probe, Probe) and _can_be_ahead(probe, bool(check.training)):
            found[probe.id] = probe
    there = (probe for probe in found.values() if all(f"{name}.py" in submission.files for name in probe.modules))
    return sorted(there, key=lambda probe: STAGES.index(probe.stage))


def _can_be_ahead(probe: Probe, proves: bool) -> bool:
    """Whether nothing that the judging does before it changes what it brings, and it is likely to be asked for."""
    return probe.slot == MAIN and not (probe.fresh or probe.gpu) and not (proves and probe.stage not in STAGES[:2])
