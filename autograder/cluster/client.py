"""The command's side of a cluster: workers are made ready, hand-ins are sent one by one, what comes back is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.cluster.handing import hand_in_packed
from autograder.cluster.machine import forget, grade_there, number_of, prepare
from autograder.cluster.parcels import MOST_REPLIED, Reply, Seen, reply_of, unpacked
from autograder.cohort.again import Graded
from autograder.cohort.journal import Journal
from autograder.cohort.run import GradeOne, grade_one, report_of_failure
from autograder.cohort.under_way import UnderWay
from autograder.errors import GraderError, MisuseError, ProtocolError
from autograder.keeping.keeper import Keeper
from autograder.kit import Kit
from autograder.submission import Submission

TRIES = 4  # of a hand-in whose worker was not ready for it, or failed before the kit ran there
LOOK = 2.0  # seconds between two looks at the workers while a hand-in is out
ANSWERED = 1 << 20  # bytes of what a worker says of itself
END_SECONDS = 10  # that workers are given to end what is under way
GPU = "GPU"  # the name of the resource


class LostError(GraderError):
    """The cluster is gone: the run ends, and the same command goes on."""


@dataclass
class Cluster:
    """The workers of a Dask scheduler that grade for this command.

    Attributes:
        client: Dask's.
        name: what the scheduler is called in sentences.
        ingredients: what each worker is made ready with.
        gpu: whether each hand-in needs the resource ``GPU``.
        local: the workers are this command's own processes.
        expected: how many hand-ins can be graded at once when all workers are there that were asked for.
        patience: seconds that there may be no worker that can grade.
        tell: is told what staff should know.
    """

    client: Any
    name: str
    ingredients: bytes
    gpu: bool = False
    local: bool = False
    expected: int = 1
    patience: float = 120
    tell: Callable[[str], None] = lambda text: None
    fit: dict[str, str] = field(default_factory=dict)  # by address, its isolation
    refused: dict[str, str] = field(default_factory=dict)  # by address, why

    def __post_init__(self) -> None:
        self._run = number_of(self.ingredients)
        self._turn = threading.Lock()
        self._last, self._looked = time.monotonic(), -LOOK
        self._seen: dict[str, Any] = {}
        self._out: set[Any] = set()

    # The workers

    def admit(self) -> list[str]:
        """Make the workers ready that have come since the last time; the addresses of all that can grade.

        Raises:
            LostError: the scheduler is gone.
        """
        with self._turn:
            there = self._there()
            new = [address for address in there if address not in self.fit and address not in self.refused]
            for address in new:
                if self.gpu and not there[address].get("resources", {}).get(GPU):
                    self._refuse(address, f"has no resource {GPU}: start it with --resources 'GPU=1'")
            new = [address for address in new if address not in self.refused]
            if new:
                for address, answer in self._prepared(new).items():
                    self._read(address, answer)
            ready = [address for address in self.fit if address in there]
            if ready:
                self._last = time.monotonic()
            return ready

    def slots(self) -> int:
        """How many hand-ins can be graded at once."""
        there = self._there()
        return max(self.expected, sum(int(there[address]["nthreads"]) for address in self.fit if address in there))

    def _prepared(self, workers: list[str]) -> dict[str, Any]:
        """What *workers* answer to ``prepare``, by address."""
        try:
            given = {"workers": workers, "on_error": "return"}
            return dict(self.client.run(prepare, self.ingredients, self.local, **given))
        except (OSError, TimeoutError, RuntimeError) as error:
            raise self._lost() from error

    def _there(self) -> dict[str, Any]:
        """What the scheduler says of its workers, by address."""
        if time.monotonic() < self._looked + LOOK / 2:  # each hand-in that is out asks
            return self._seen
        try:
            if self.client.status != "running":
                raise OSError(f"the client is {self.client.status}")
            self._seen = dict(self.client.scheduler_info(n_workers=-1)["workers"])
        except (OSError, TimeoutError, RuntimeError) as error:
            raise self._lost() from error
        self._looked = time.monotonic()
        return self._seen

    def _read(self, address: str, answer: object) -> None:
        """Take note of what a worker has answered to ``prepare``."""
        if isinstance(answer, OSError):
            return  # it has just ended
        try:
            values, _ = unpacked(answer, ANSWERED)
        except ProtocolError:
            self._refuse(address, f"does not have the kit: install it there ({answer!r:.200})")
            return
        match values:
            case {"host": str(host), "refused": str(why)}:
                self._refuse(address, why, host)
            case {"host": str(host), "isolation": str(isolation), "remarks": list(remarks)}:
                self.fit[address] = isolation
                for remark in remarks:
                    self.tell(f"{host}: {remark}")
            case _:
                self._refuse(address, "has answered something else")

    def _refuse(self, address: str, why: str, host: str = "") -> None:
        self.refused[address] = f"{host or 'the worker'} ({address}) {why}"
        self.tell(f"not used: {self.refused[address]}")

    def _lost(self) -> LostError:
        said = f"the scheduler {self.name} was lost; what was finished is kept, and the same command goes on"
        return LostError(said)

    # A hand-in

    def by(self, journal: Journal) -> GradeOne:
        """Grades hand-ins here; what is observed goes into *journal*."""

        def grade(found: Submission, kit: Kit, keeper: Keeper, basis: str, watch: UnderWay) -> Graded:
            if found.absent:
                return grade_one(found, kit, keeper, basis, watch)
            watch(found.id, "on the cluster")
            known = known_of(found.id, journal, keeper.rerun)
            if not known:
                watch.before_training()
            reply = self._graded(found, kit, hand_in_packed(found, known))
            if isinstance(reply, str):
                report = report_of_failure(found, kit, reply)
                return replace(report, fingerprint={**report.fingerprint, "basis": basis}), {}, {}
            for one in reply.seen:
                if keeper.rerun or journal.observation(one.name) is None:  # no worker replaces what is there
                    journal.keep(one.name, one.probe, one.kept)
            return reply.report, reply.pages, reply.stands_on

        return grade

    def _graded(self, found: Submission, kit: Kit, parcel: bytes) -> Reply | str:
        """What a worker makes of a hand-in, or why it makes nothing.

        Raises:
            MisuseError: a worker can grade no hand-in.
            LostError: the scheduler is gone, or all workers are.
        """
        said = "no worker was ready for it"
        for _ in range(TRIES):
            answer = self._ask(parcel)
            if isinstance(answer, Exception):
                said = f"{type(answer).__name__}: {answer}"
                if type(answer).__name__ == "KilledWorker":
                    return "its workers on the cluster were lost, one after the other, while they were at it"
                continue
            try:
                values, blobs = unpacked(answer, MOST_REPLIED)
                match values:
                    case {"unprepared": True}:
                        continue
                    case {"misuse": str(why)}:
                        raise MisuseError(why)
                    case {"failed": str(why)}:
                        return why
                return reply_of(values, blobs, found, kit)
            except ProtocolError as error:
                return f"a worker of the cluster has sent {error}"
        return said

    def _ask(self, parcel: bytes) -> object:
        """What a worker answers to *parcel*; the exception if it did not come to that."""
        from distributed.client import FutureCancelledError

        ready = self._ready()
        workers = ready if self.refused else []
        with self._sent(parcel, workers) as future:
            while True:
                try:
                    return future.result(timeout=LOOK)
                except FutureCancelledError as error:
                    raise self._lost() from error
                except TimeoutError as error:
                    if future.status == "error":
                        return error  # its own
                    ready = self.admit()
                    self._require_workers(ready)
                    if workers and ready and not set(workers) & set(ready):
                        return error  # it waits for workers that are gone
                except Exception as error:  # noqa: BLE001  whatever Dask says of a task that failed
                    return error

    @contextmanager
    def _sent(self, parcel: bytes, workers: list[str]) -> Iterator[Any]:
        """The future of the task that grades *parcel* on one of the *workers*; on any if there is no list."""
        where = {"workers": workers or None, "resources": {GPU: 1} if self.gpu else None}
        try:
            future = self.client.submit(grade_there, self._run, parcel, pure=False, **where)
        except Exception as error:  # a client that has lost its scheduler has several
            raise self._lost() from error
        self._out.add(future)
        try:
            yield future
        finally:
            self._out.discard(future)
            with suppress(Exception):  # of a scheduler that is gone
                future.release()

    def _ready(self) -> list[str]:
        """The addresses of the workers that can grade; waits for one if there is none."""
        while not (ready := self.admit()):
            self._require_workers(ready)
            time.sleep(min(LOOK, self.patience / 4))
        return ready

    def _require_workers(self, ready: list[str]) -> None:
        if not ready and time.monotonic() - self._last > self.patience:
            raise LostError(
                f"the scheduler {self.name} has no worker left that can grade; "
                "what was finished is kept, and the same command goes on"
            )

    def close(self) -> None:
        """Drop what is under way, and take the run's secrets from the workers."""
        ending = threading.Thread(target=self._end, daemon=True)  # a scheduler that hangs must not hold the command
        ending.start()
        ending.join(END_SECONDS)

    def _end(self) -> None:
        with suppress(Exception):
            self.client.cancel(list(self._out), force=True)
            self.client.run(forget, self._run, on_error="ignore")


def known_of(student: str, journal: Journal, rerun: Collection[str] = ()) -> tuple[Seen, ...]:
    """What *journal* holds of the observations that a student's last report stands on.

    They travel with the hand-in: where its files, the kit and the isolation are the same, nothing of it is run again,
    and rules, floors or sentences that have changed are judged anew. Their names say all that decides them, so that
    none is taken for another one.

    Args:
        rerun: checks whose observations are made again, and so are not among them.
    """
    stands = journal.stands_on(student)
    again = {probe for check in rerun for probe in stands.get(check, ())}
    found = {probe: one.key for probes in stands.values() for probe, one in probes.items() if probe not in again}
    there = ((name, probe, journal.observation(name)) for probe, name in found.items())
    return tuple(Seen(name, probe, one) for name, probe, one in there if one is not None)
