"""One submission in the sandbox: probes go in, observations come out; dead workers are replaced."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Semaphore
from types import TracebackType
from typing import Any, Protocol

from autograder.check import Probe
from autograder.errors import GraderError, OutdatedError, UnsettledError
from autograder.evidence import Array, Evidence, Observation, Stopped
from autograder.sandbox.clock import ASLEEP, WAITS
from autograder.sandbox.folders import Folders, remove
from autograder.sandbox.forms import misfit
from autograder.sandbox.host import Launcher, Worker
from autograder.sandbox.plan import NO_LAYERS, STAGES, Cell, Plan
from autograder.sandbox.turns import Turns
from autograder.sandbox.watch import OUTPUT_KEPT

MAIN = "main"  # the slot whose probes do not build on each other: any of them can be run again
BUSY = "this machine was too busy to run it"

Place = tuple[str, tuple[str, ...]]
"""A slot, and the modules of the submission that are imported for its probes."""


@dataclass
class _Slot:
    """A running worker: what it has imported, and which of the submission's modules."""

    worker: Worker
    stage: str
    scratch: Path
    imported: set[str] = field(default_factory=set)


class Sandbox(Protocol):
    """A sandbox, as grading sees it: it runs probes beside a submission's code."""

    @property
    def environment(self) -> Mapping[str, Any]:
        """The versions and the machine of its workers, for the fingerprint."""

    @property
    def layers(self) -> Mapping[str, str]:
        """What its workers have put on, each with its details."""

    @property
    def printed(self) -> int:
        """How many bytes the submission has printed."""

    @property
    def printed_text(self) -> str:
        """The beginning of what it has printed."""

    @property
    def pressed(self) -> int:
        """For how many probes the machine was too busy, at first or altogether."""

    def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
        """Run a probe; UnsettledError if something other than the submission keeps it from an answer."""


class Session:
    """Runs probes beside one submission's code, in the worker of the slot and of the modules that each probe names.

    A module has workers of its own, so that what one file does to its process no other file's probes meet.

    Args:
        launcher: starts the workers.
        files: the submission's sources, path by path; they are copied into a folder of their own.
        memory: bytes that a worker may allocate.
        address: bytes of address space that it may take, if more.
        import_seconds: the time limit for the import of a module; it may be lowered later.
        stage: what a worker has imported at the least (``sandbox.plan.STAGES``).
        extras: slow modules that the submission imports itself; the warm parent imports them ahead.
        base: where its folder is made; the temporary folder if not said.
        cell: how its workers are confined.
        expected: the names of the layers that each of its workers must have put on.
        cores: those that its workers run on; empty: all there are.
        turns: shared with the sessions beside this one.
        vision: whether the submission imports torchvision itself: then every worker with torch has it.
        card: brings what the first worker that sees the GPU takes and the end gives back, so that few share one card.
    """

    def __init__(
        self,
        launcher: Launcher,
        files: Mapping[str, bytes],
        memory: int,
        import_seconds: float,
        stage: str = "source",
        extras: tuple[str, ...] = (),
        base: Path | None = None,
        card: Callable[[], Semaphore] | None = None,
        cell: Cell = NO_LAYERS,
        expected: Collection[str] = (),
        address: int = 0,
        cores: tuple[int, ...] = (),
        turns: Turns | None = None,
        vision: bool = False,
    ) -> None:
        self._launcher = launcher
        self.files = files
        self._memory = memory
        self._address = address
        self.import_seconds = import_seconds
        self._least = stage
        self._extras = extras
        self._find_card = card
        self._card: Semaphore | None = None
        self._slots: dict[Place, _Slot] = {}
        self.broken: dict[tuple[str, ...], Observation] = {}  # what imports came to, by modules
        self._cores = cores
        self._turns = turns or Turns()
        self._vision = vision
        self._warmed = STAGES.index(stage)  # how far the warm parent was asked to import
        self._waits = WAITS
        self.left: float | None = None  # seconds on the wall that a request may take at the most
        self.until: Future[None] | None = None  # once it is done, nobody waits for an answer any more
        self.warms = True  # whether the warm parent imports, once a worker is started, what the next one may need
        self.waited = 0.0  # seconds for memory or the card
        self.pressed = 0  # probes that the machine was too busy for
        self._printed = 0
        self._cell = cell
        self._expected = set(expected)
        self._text = ""
        self.environment: dict[str, Any] = {}
        self.layers: dict[str, str] = {}
        self._base = base

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for place in list(self._slots):
                with contextlib.suppress(GraderError):  # it ended with the warm parent
                    self._end(place)
        finally:
            self._turns.memory.leave(self)
            if self._card is not None:
                self._card.release()
            if "_folders" in self.__dict__:
                self._folders.remove()

    @cached_property
    def _folders(self) -> Folders:
        """The session's folders; made for its first worker, which a journal may spare it."""
        return Folders(self.files, self._cell.user, self._base)

    @property
    def printed(self) -> int:
        """How many bytes the submission has printed."""
        return self._printed + sum(slot.worker.printed_bytes for slot in self._slots.values())

    @property
    def printed_text(self) -> str:
        """The beginning of what its workers have printed, ended workers first."""
        return (self._text + "".join(slot.worker.printed for slot in self._slots.values()))[:OUTPUT_KEPT]

    def open(self) -> dict[str, str]:
        """Start a worker that does nothing, and import nothing ahead; the layers that it has put on."""
        self._ready(Probe("open", "source", (), "source"), ahead=False)
        return self.layers

    def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
        """Run *probe*, after the import of the modules it needs.

        A module whose import failed once is not tried again: each probe on it gets that observation. What the clock
        on the wall has stopped, although it took little CPU time, is run again alone before it counts.

        Raises:
            UnsettledError: it got no core, and it can't be run again.
            OutdatedError: nobody waits for the answer any more.
        """
        given = arrays or {}
        self._claim(probe)
        with self._turns.beside() as had_company:
            seen = self._observed(probe, key, given)
        if not isinstance(seen, Stopped) or not seen.waited or self._waits < WAITS:
            return seen
        if seen.waited == ASLEEP and not had_company():
            self._waits = 1.0  # who has slept once is not waited for as long again
            return seen
        self.pressed += 1
        if probe.slot != MAIN and not probe.fresh:
            raise UnsettledError(BUSY)  # it went on where another probe had stopped, and that is gone
        with self._turns.alone():
            again = self._observed(probe, key, given)
        if isinstance(again, Stopped) and again.waited == ASLEEP:
            self.pressed -= 1  # the machine had no part in it
            self._waits = 1.0
        elif isinstance(again, Stopped) and again.waited:
            raise UnsettledError(BUSY)
        return again

    def _claim(self, probe: Probe) -> None:
        """Wait for what the worker of *probe* takes of the machine: memory, and a place on the card.

        Not while it has its turn: who wants to run alone waits for the end of all turns, and holds both.
        """
        began = time.monotonic()
        if probe.fresh and probe.slot != MAIN:  # a training needs the memory that idle workers have
            self._end_idle()
        most = self._memory >> 20 if probe.gpu else probe.memory_mb or self._memory >> 20
        self._turns.memory.hold(self, most)
        if probe.gpu and self._card is None and self._find_card is not None:
            card = self._find_card()
            card.acquire()
            self._card = card
        self.waited += time.monotonic() - began

    def _observed(self, probe: Probe, key: bytes, arrays: Mapping[str, Array]) -> Observation:
        if probe.fresh:
            self._end(place_of(probe))
        for number in range(len(probe.modules)):
            broken = self._import(number, probe)
            if broken is not None:
                return broken
        request = {"call": probe.call, "key": key.hex(), "params": probe.params}
        return self._call(request, probe, arrays, probe.seconds, probe.reply_bytes)

    def _import(self, number: int, probe: Probe) -> Observation | None:
        """What went wrong with the import of the module with this *number*, by itself or after those before it."""
        module, so_far = probe.modules[number], probe.modules[: number + 1]
        for names in ((module,), so_far):
            if names in self.broken:
                return self.broken[names]
        if module not in self._ready(probe).imported:
            seen = self._call({"call": "import", "module": module}, probe, {}, self.import_seconds, 0)
            if not isinstance(seen, Evidence):
                if not (isinstance(seen, Stopped) and seen.waited):
                    self.broken[so_far] = seen
                return seen
            self._slots[place_of(probe)].imported.add(module)
        return None

    def _call(
        self, request: dict[str, Any], probe: Probe, arrays: Mapping[str, Array], seconds: float, cap: int
    ) -> Observation:
        worker = self._ready(probe).worker
        try:
            seen = worker.call(request, arrays, seconds, cap, self._waits, self.left, self.until)
        except OutdatedError:
            self._end(place_of(probe))
            raise
        if isinstance(seen, Evidence) and (wrong := misfit(request["call"], seen.facts, seen.arrays)):
            seen = Stopped("protocol", wrong, request["call"])
        if isinstance(seen, Stopped):
            self._end(place_of(probe))  # the next probe gets a new one
        return seen

    def _ready(self, probe: Probe, ahead: bool = True) -> _Slot:
        """The worker at hand for the probe, or a new one if there is none that has imported enough."""
        wanted = max(probe.stage, self._least, key=STAGES.index)
        if wanted == "torch" and self._vision:
            wanted = "full"
        place, unused = place_of(probe), (probe.slot, ())
        if place not in self._slots and unused in self._slots:  # no code of the submission has run in that one
            self._slots[place] = self._slots.pop(unused)
        slot = self._slots.get(place)
        if slot is not None and STAGES.index(slot.stage) >= STAGES.index(wanted):
            return slot
        self._end(place)
        worker, scratch = self._launcher.start(wanted), self._folders.new_scratch()
        try:
            worker.open(self._plan(probe, scratch))
            if missing := self._expected - worker.layers.keys():
                raise GraderError(f"a worker lacks {', '.join(sorted(missing))}, which others had")
        except BaseException:
            worker.close()
            remove(scratch)
            raise
        self._slots[place] = _Slot(worker, wanted, scratch)
        self.environment |= worker.environment
        self.layers = worker.layers
        if ahead and self.warms:  # while this worker works, the parent imports what the next one may need
            self._warm_after(wanted)
        return self._slots[place]

    def _warm_after(self, stage: str) -> None:
        """Have the stage imported that follows *stage*, or the last that was."""
        self._warmed = min(max(self._warmed, STAGES.index(stage)) + 1, len(STAGES))
        if self._warmed < len(STAGES):
            following = STAGES[self._warmed]
            self._launcher.warm(following, self._extras if following == STAGES[-1] else ())

    def _plan(self, probe: Probe, scratch: Path) -> Plan:
        """What the worker that runs *probe* may do."""
        memory = None if probe.gpu else probe.memory_mb << 20 or self._memory
        cards = os.environ.get("CUDA_VISIBLE_DEVICES") if probe.gpu else ""
        where = str(self._folders.submission), str(scratch)
        cores = () if probe.gpu else self._cores  # a card is fed by threads of its own
        return Plan(*where, memory, cards, probe.reads, self._cell, self._address, cores)

    def _end_idle(self) -> None:
        for place in [place for place in self._slots if place[0] == MAIN]:
            self._end(place)

    def _end(self, place: Place) -> None:
        slot = self._slots.pop(place, None)
        if slot is not None:
            slot.worker.close()
            remove(slot.scratch)
            self._printed += slot.worker.printed_bytes
            self._text = (self._text + slot.worker.printed)[:OUTPUT_KEPT]


def place_of(probe: Probe) -> Place:
    """The worker that *probe* runs in: its slot, and the modules that are imported there."""
    return probe.slot, probe.modules
