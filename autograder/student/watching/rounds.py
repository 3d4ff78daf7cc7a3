"""Checks a working copy on each save, by the same straight line as once; what a save does not touch is not run again.

A round is given up as soon as there is a newer state. All that it has observed until then is about the files that it
was observed of, and is kept under a name that says so (``keeping``): the next round runs only what is missing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.check import Check
from autograder.command_line import ExitCode, Terminated
from autograder.errors import GraderError, MisuseError, OutdatedError
from autograder.grade import grade
from autograder.keeping.keeper import Keeper
from autograder.keeping.session import Keeping
from autograder.keeping.standing import seconds_by_check
from autograder.keeping.taken import Taken
from autograder.kit import Kit
from autograder.outcome import Outcome
from autograder.sandbox.plan import STAGES
from autograder.sandbox.session import Session
from autograder.student.check import working_copy
from autograder.student.other_cores import OtherCores
from autograder.student.watching.changes import changed_files, said_of_files
from autograder.student.watching.following import Following
from autograder.student.watching.recent import Recent
from autograder.student.watching.screen import Screen, screen_for
from autograder.student.watching.spare import WithSpare
from autograder.submission import Submission

ALL = STAGES[-1]
IMPORTS, BEFORE = 4, 3  # turns (``check.Check``): of what only waits for slow imports, and that before it


@dataclass
class Rounds:
    """One check after the other.

    Attributes:
        kit: of the command; its sessions are kept from now on, and it has a worker to spare.
        checks: what is judged each time; from the second time on what is quick comes first, in each turn.
        following: the working copy.
        screen: what the student sees of it.
        recent: what was observed so far.
    """

    kit: Kit
    checks: tuple[Check, ...]
    following: Following
    screen: Screen
    recent: Recent = field(default_factory=Recent)
    _before: Submission | None = None  # as the last round had it that came to its end

    def __post_init__(self) -> None:
        self._keeper = Keeper(self.kit, self.recent, taken=Taken())
        self._others = OtherCores(self.kit, self._keeper, self.checks)
        if self.kit.train == "never":
            self.kit.beside = self._others
        self._launcher = self.kit.launcher = WithSpare(self.kit.launcher)
        self.kit.bound = self.kit.kept = self._kept
        self.kit.listener = self._keeper

    def next(self) -> None:
        """Wait for a state that was not checked yet, and check it; whatever is wrong with it is a line."""
        try:
            found = self.following.take()
        except MisuseError as error:
            self.screen.say(f"{error}. Waiting for it to come back.")
            return
        began = time.monotonic()
        self.screen.begin(said_of_files(changed_files(self._before, found)) if self._before is not None else "")
        self.recent.begin()
        self._keeper.begin(found.id)
        try:
            report = grade(found, self.kit, self._tell, self.checks)
        except OutdatedError:
            return
        except MisuseError as error:
            self.screen.say(f"{error}.")
            return
        except (GraderError, OSError) as error:
            self.screen.say(f"The kit failed, not you: {error}. The next save tries again.")
            return
        finally:
            if found.changed:  # what lies where it is read may have been another one each time
                self.recent.take_back()
        seconds = dict(seconds_by_check(self._keeper.take()))  # and by now all is imported
        again = (replace(one, turn=BEFORE) if one.turn == IMPORTS else one for one in self.checks)
        self.checks = tuple(sorted(again, key=lambda check: seconds.get(check.id, 0.0)))
        self._others.checks = self.checks[::-1]
        self._before = found
        self.screen.end(report, time.monotonic() - began)
        self._prepare(found)

    def _kept(self, session: Session) -> Keeping:
        session.until = self.following.outdated
        return self._keeper(session)

    def _tell(self, check: Check, outcome: Outcome | None) -> None:
        if self.following.outdated.done():
            raise OutdatedError
        if outcome is None:
            self._keeper.judges(check.id)
        self.screen.tell(check, outcome)

    def _prepare(self, found: Submission) -> None:
        """Before the next save, have everything imported that a worker may need, and one worker started."""
        with suppress(GraderError):  # the warm parent has ended: the next worker that is wanted starts another one
            if self.kit.stage != ALL:
                self.kit.stage = ALL
                self.kit.launcher.warm(ALL, self.kit.extras([found]))
            self._launcher.refill(ALL)


def watched(directory: Path, kit: Kit, checks: tuple[Check, ...], verbose: bool) -> ExitCode:
    """Check the work in *directory*, and again on each save, until Ctrl-C; the exit code.

    Raises:
        MisuseError: it is no working copy, or watchfiles is not installed.
    """
    try:
        with (
            Following(directory, lambda: working_copy(directory, kit.rubric.limits)) as following,
            screen_for(checks, kit.rubric, verbose) as screen,
        ):
            rounds = Rounds(kit, checks, following, screen)
            while True:
                rounds.next()
    except Terminated:
        raise
    except KeyboardInterrupt:  # as it is meant to end
        return ExitCode.INTERRUPTED
