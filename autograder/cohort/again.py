"""Judges again what the journal holds, in processes beside this one: threads of Python would share one core.

They read the journal, run nothing and write nothing; a hand-in for which something would have to be run is left to the
caller. What they bring is bytes, a report as the journal has it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection, Pipe, wait
from typing import NoReturn

from autograder.keeping.keeper import Keeper
from autograder.keeping.standing import StandsOn, stands_of
from autograder.kit import Kit
from autograder.report import Report
from autograder.sandbox.host import Worker
from autograder.sandbox.layers import identity
from autograder.submission import Submission

FEW = 8  # hand-ins for each process; below that it costs more than it brings

Graded = tuple[Report, Mapping[str, str], StandsOn]
"""What came of a hand-in: its report, its pages by file name, and the observations that it stands on."""


class NotKeptError(BaseException):
    """The journal lacks an observation. No handler of errors in a check may take it for one."""


class NoWorkers:
    """A launcher that runs nothing."""

    def warm(self, stage: str, extras: tuple[str, ...] = ()) -> None:
        """Do nothing."""

    def start(self, stage: str) -> Worker:
        """Refuse."""
        raise NotKeptError

    def close(self) -> None:
        """Do nothing."""


def judged_again(
    submissions: list[Submission], kit: Kit, keeper: Keeper, judge: Callable[[Submission], Graded], jobs: int
) -> Iterator[tuple[Submission, Graded]]:
    """Those of *submissions* for which nothing has to be run, each with what *judge* makes of it.

    Where there is no fork, and where they are few, there are none. The first one is judged here, with workers if need
    be: what it asks of the machine is known to the others then.
    """
    jobs = min(jobs, len(submissions) // FEW)
    if jobs < 1 or sys.platform != "linux":
        return
    first, *others = submissions
    yield first, judge(first)
    sys.stdout.flush()
    waiting: dict[Connection, Iterator[Submission]] = {}
    processes = []
    try:
        for number in range(jobs):
            share = others[number::jobs]
            ours, theirs = Pipe(duplex=False)
            process = os.fork()
            if process == 0:
                _judge(share, kit, keeper, judge, theirs)
            theirs.close()
            processes.append(process)
            waiting[ours] = iter(share)
        while waiting:
            for pipe in wait(list(waiting)):
                assert isinstance(pipe, Connection)  # noqa: S101  nothing else was waited for
                data = _received(pipe)
                if data is None:
                    del waiting[pipe]
                    pipe.close()
                    continue
                submission = next(waiting[pipe])
                if data:
                    yield submission, _decoded(data)
    finally:
        for pipe in waiting:
            pipe.close()
        for process in processes:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _judge(
    share: list[Submission], kit: Kit, keeper: Keeper, judge: Callable[[Submission], Graded], pipe: Connection
) -> NoReturn:
    """Judge *share* in this process, which ends with it: a report for each, nothing where something has to be run."""
    try:
        identity.die_with_parent()
        gc.disable()  # it ends before there is much to collect
        kit.launcher = NoWorkers()
        keeper.read_alone()
        for submission in share:
            try:
                pipe.send_bytes(_encoded(judge(submission)))
            except NotKeptError:
                pipe.send_bytes(b"")
    finally:
        os._exit(0)  # nothing that the other process has opened is closed here


def _received(pipe: Connection) -> bytes | None:
    """The next report; None when there will be no more."""
    try:
        return pipe.recv_bytes()
    except (EOFError, OSError):
        return None


def _encoded(graded: Graded) -> bytes:
    report, pages, stands_on = graded
    return json.dumps([report.to_json(), dict(pages), stands_on]).encode()


def _decoded(data: bytes) -> Graded:
    body, pages, stands_on = json.loads(data)
    return Report.from_json(body), pages, stands_of(stands_on)
