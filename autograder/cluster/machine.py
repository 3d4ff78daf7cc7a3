"""What runs in a Dask worker: it takes a run's ingredients once, then grades one hand-in after the other.

Each of these functions takes bytes and returns bytes. They may run in several threads of one worker.
"""

from __future__ import annotations

import asyncio
import atexit
import copy
import hashlib
import signal
import socket
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.cluster.handing import hand_in_of
from autograder.cluster.ingredients import Prepared, kit_of
from autograder.cluster.parcels import MOST_SENT, Reply, Seen, packed, reply_packed, unpacked
from autograder.cohort.run import grade_one
from autograder.cohort.under_way import UnderWay
from autograder.errors import GraderError, HandinError, MisuseError
from autograder.keeping.keeper import Keeper
from autograder.keeping.kept import Kept
from autograder.keeping.standing import StandsOn
from autograder.sandbox.folders import remove
from autograder.sandbox.isolation import described
from autograder.sandbox.memory import Memory, machine_mb
from autograder.sandbox.turns import Shares, Turns

READY_SECONDS = 60.0  # that a hand-in waits for what its run needs here
MOST_RUNS = 2  # of different commands, whose kits are held; what one has left behind gives way


@dataclass
class Held:
    """What is known of one hand-in, and what is observed of it here, as a journal has it."""

    run: Run
    known: dict[bytes, Kept]
    seen: list[Seen] = field(default_factory=list)

    def observation(self, name: bytes) -> Kept | None:
        """What was observed under *name*.

        Raises:
            MisuseError: the run was stopped.
        """
        self.run.require_going()
        return self.known.get(name)

    def keep(self, name: bytes, probe: str, kept: Kept) -> None:
        """Keep what was observed, to be sent back."""
        self.run.require_going()
        self.known[name] = kept
        self.seen.append(Seen(name, probe, kept))

    def stands_on(self, student: str) -> StandsOn:
        """Nothing: what is observed again does not travel."""
        return {}

    def reopen_to_read(self) -> None:
        """Do nothing: it is no file."""


@dataclass
class Run:
    """One command's run, as far as it goes on here."""

    prepared: Prepared
    stopped: bool = False
    busy: int = 0
    _mine: threading.local = field(default_factory=threading.local)

    def grade(self, parcel: bytes) -> bytes:
        """What comes of the hand-in in *parcel*.

        Raises:
            MisuseError: nothing can be graded here; the text says why.
            GraderError, HandinError: this one can't be.
        """
        kit = copy.copy(self.prepared.kit)  # with what it has found out so far; each hand-in has a journal of its own
        if not hasattr(self._mine, "taken"):
            kit.shares.take()
            self._mine.taken = True
        folder = Path(tempfile.mkdtemp(prefix="intake-", dir=kit.scratch))
        try:
            found, known = hand_in_of(*unpacked(parcel, MOST_SENT), folder)
            held = Held(self, {one.name: one.kept for one in known})
            keeper = Keeper(kit, held)
            kit.bound = kit.kept = kit.listener = keeper
            report, pages, stands_on = grade_one(found, kit, keeper, self.prepared.basis, UnderWay())
            self.require_going()
            return reply_packed(Reply(report, pages, stands_on, tuple(held.seen)))
        finally:
            remove(folder)

    def require_going(self) -> None:
        """Require that the command has not stopped.

        Raises:
            MisuseError: it has.
        """
        if self.stopped:
            raise MisuseError("the run was stopped")

    def end(self) -> None:
        """Stop what is under way, and forget all secrets."""
        self.stopped = True
        self.prepared.kit.__exit__(None, None, None)


_runs: dict[str, Run] = {}
_refused: set[str] = set()
_changed = threading.Condition()


def number_of(ingredients: bytes) -> str:
    """What a run is called on the workers: the digest of what it is made of."""
    return hashlib.sha256(ingredients).hexdigest()


async def prepare(ingredients: bytes, local: bool, dask_worker: Any) -> bytes:
    """Call :func:`make_ready` beside Dask's loop, whose thread this is, and which the first imports would stop.

    Args:
        local: it is a process of the command's own, which Ctrl-C must not reach twice.
        dask_worker: Dask's record of this worker.
    """
    if local:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A thread that lives as long as the loop: the warm parent ends with the thread that has started it.
    return await asyncio.to_thread(make_ready, ingredients, dask_worker.state.nthreads)


def make_ready(ingredients: bytes, threads: int = 1) -> bytes:
    """Make ready for the run with these *ingredients*; whether this machine can take part, and what it is.

    Args:
        threads: how many hand-ins are graded here at once.
    """
    host, name = socket.gethostname(), number_of(ingredients)
    with _changed:
        try:
            if name not in _runs:
                _refused.add(name)
                _make_room()
                made = kit_of(ingredients)
                made.kit.shares, made.kit.turns = Shares(threads), Turns(Memory(machine_mb()))
                made.kit.launcher.warm("extras")  # while the first hand-in is on its way
                _runs[name] = Run(made)
                _refused.discard(name)
        except (MisuseError, GraderError) as error:
            return packed({"host": host, "refused": str(error)})
        except Exception as error:  # noqa: BLE001  a machine that fails is not used; the others go on
            return packed({"host": host, "refused": f"fails: {error!r}"})
        finally:
            _changed.notify_all()
        made = _runs[name].prepared
        return packed({"host": host, "isolation": described(made.kit.layers), "remarks": made.remarks})


def grade_there(name: str, parcel: bytes) -> bytes:
    """Grade the hand-in in *parcel* for the run called *name*; what comes of it, or why nothing does.

    A worker that was started again in the place of a lost one gets hand-ins before it is ready: it waits for that, so
    that Dask goes on counting how many workers a hand-in has cost.
    """
    with _changed:
        _changed.wait_for(lambda: name in _runs or name in _refused, READY_SECONDS)
        run = _runs.get(name)
        if run is None:
            return packed({"unprepared": True})
        run.busy += 1
    try:
        return run.grade(parcel)
    except MisuseError as error:
        return packed({"misuse": f"{socket.gethostname()}: {error}"})
    except Exception as error:  # noqa: BLE001  one hand-in's fault is not the worker's
        what = str(error) if isinstance(error, (GraderError, HandinError, OSError)) else repr(error)
        return packed({"failed": what})
    finally:
        with _changed:
            run.busy -= 1
        if run.stopped:
            run.end()  # a probe that began while it ended has left something behind


def forget(name: str) -> None:
    """End the run called *name*: student code that is running is killed, and nothing of its secrets stays."""
    with _changed:
        run = _runs.pop(name, None)
        _refused.add(name)
    if run is not None:
        run.end()


def _make_room() -> None:
    """End runs that nobody is at, the oldest first: their command may have been killed."""
    idle = [name for name, run in _runs.items() if not run.busy]
    for name in idle[: max(0, len(_runs) + 1 - MOST_RUNS)]:
        _runs.pop(name).end()


@atexit.register
def _end_all() -> None:
    for name in list(_runs):
        forget(name)
