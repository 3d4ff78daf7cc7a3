"""Keeps what probes bring in the journal, and takes from there what it holds: nothing is observed twice.

An observation's name is a digest of all that decides it: the probe, its parameters, key and arrays, the files of the
hand-in that it can see, the files that it reads, the code of the worker and its limits. A probe that goes on where
another one has stopped stands in the name of that one, too; where the journal ends in the middle of such a row, what it
holds of the row is run once more first.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autograder.case import Listener
from autograder.check import Probe
from autograder.cohort.code import worker_digest
from autograder.cohort.journal import Kept
from autograder.cohort.pace import Pace
from autograder.cohort.sight import seen_by
from autograder.cohort.standing import Noted, Stand, StandsOn
from autograder.errors import GraderError, HandinError, ProtocolError
from autograder.evidence import Array, Evidence, Observation, Raised, Stopped
from autograder.hashing import hash_of
from autograder.homework import in_force
from autograder.sandbox.forms import misfit
from autograder.sandbox.host import observation_of
from autograder.sandbox.session import MAIN, Place, Session, place_of
from autograder.sandbox.watch import OUTPUT_KEPT
from autograder.sandbox.wire import read_frame, write_frame

if TYPE_CHECKING:
    from autograder.kit import Kit

LONGEST = 4 << 20  # bytes of a frame that is kept
TRAINS = "train"  # the slot of the worker that trains
NOTHING_AGAIN: frozenset[str] = frozenset()
LARGE = 1 << 18  # bytes of arrays; what has more (trained weights have up to 80 MB) is kept by its digest alone


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


@dataclass(frozen=True)
class Step:
    """A probe as it was asked for."""

    probe: Probe
    key: bytes
    arrays: Mapping[str, Array]


@dataclass(eq=False)
class Unkept:
    """An array of which the journal has the digest alone; it is made again when somebody looks at it."""

    digest: str
    dtype: str
    shape: tuple[int, ...]
    make: Any  # () -> the array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self.real() if dtype is None else self.real().astype(dtype)

    def real(self) -> Array:
        """The array."""
        made: Array = self.make()
        return made


@dataclass
class Keeping:
    """A session whose observations are kept; what the journal holds is not run.

    Attributes:
        session: what runs the probes.
        journal: where they are kept.
        about: what else decides them.
        noted: what the hand-in's verdicts stand on, and what of it is run again.
        runs: is told of each probe before it is run.
    """

    session: Session
    journal: Observations
    about: str
    noted: Noted = field(default_factory=Noted)
    runs: Callable[[Probe], None] = lambda probe: None
    _names: dict[Place, bytes] = field(default_factory=dict)
    _rows: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    _skipped: dict[Place, list[tuple[Step, dict[str, Array]]]] = field(default_factory=dict)
    _place: dict[str, Any] = field(default_factory=lambda: {"environment": {}, "layers": {}})
    _printed: bytes = b""
    _count: int = 0
    _seen: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, Any]:
        """Where what it brought was observed."""
        return {**self._place["environment"], **self.session.environment}

    @property
    def layers(self) -> Mapping[str, str]:
        """Of the workers that observed it."""
        return self.session.layers or self._place["layers"]

    @property
    def printed(self) -> int:
        """How many bytes the submission has printed."""
        return self._count + self.session.printed

    @property
    def printed_text(self) -> str:
        """The beginning of what it has printed."""
        return (self._printed.decode(errors="replace") + self.session.printed_text)[:OUTPUT_KEPT]

    @property
    def pressed(self) -> int:
        """How many probes the machine was too busy for, in this run."""
        return self.session.pressed

    def observe(self, probe: Probe, key: bytes, arrays: Mapping[str, Array] | None = None) -> Observation:
        """What *probe* brings: from the journal, or by running it.

        Raises:
            UnsettledError: it got no core, and it can't be run again.
            MisuseError: the journal can't be written.
        """
        step, place = Step(probe, key, arrays or {}), place_of(probe)
        if probe.fresh:
            for known in (self._names, self._skipped, self._rows):
                known.pop(place, None)
        name = self._name(step, place)
        row = self._rows.get(place, ())
        if probe.slot != MAIN:
            self._names[place] = name
            self._rows[place] = (*row, probe.id)
        kept = None if self.noted.is_again(probe.id) else self.journal.observation(name)
        seen = self._read(kept, step, place) if kept is not None else None
        seconds = kept.seconds if kept is not None else 0.0
        if seen is None:
            seen, seconds = self._run(step, place, name)
        late = isinstance(seen, Stopped) and seen.reason == "time"
        self.noted.observed(probe.id, Stand(name.hex(), round(seconds, 3), late), row)
        return seen

    def _run(self, step: Step, place: Place, name: bytes) -> tuple[Observation, float]:
        """What *step* brings now, and the seconds that it took."""
        for skipped, _ in self._skipped.pop(place, ()):
            self._call(skipped)
        began, waited = time.monotonic(), self.session.waited
        count, text = self.session.printed, len(self.session.printed_text)
        seen = self._call(step)
        seconds = time.monotonic() - began - (self.session.waited - waited)
        if isinstance(seen, Stopped) and seen.waited:
            return seen, seconds  # the next run may have more luck
        said = self.session.printed > count
        printed = self.session.printed_text[text:].encode(errors="replace") if said else b""
        where = {"environment": self.session.environment, "layers": self.session.layers}
        frame = framed(seen, large=step.probe.slot != MAIN)
        if len(frame) > LONGEST:
            return seen, seconds  # pictures of a notebook, say: reading them again costs less than keeping them
        self.journal.keep(name, step.probe.id, Kept(frame, printed, where, seconds))
        return seen, seconds

    def _call(self, step: Step) -> Observation:
        self.runs(step.probe)
        real = {name: array.real() if isinstance(array, Unkept) else array for name, array in step.arrays.items()}
        return self.session.observe(step.probe, step.key, real)

    def _read(self, kept: Kept, step: Step, place: Place) -> Observation | None:
        """The observation in *kept*, decoded and checked as a worker's reply is; None if it is not one."""
        probe = step.probe
        made: dict[str, Array] = {}
        seen = decoded(kept.frame, probe, lambda listed: self._unkept(listed, place, made))
        if seen is None:
            return None
        if probe.slot != MAIN:
            self._skipped.setdefault(place, []).append((step, made))
        self._place = {name: {**self._place[name], **kept.place.get(name, {})} for name in self._place}
        self._printed = (self._printed + kept.printed)[:OUTPUT_KEPT]
        self._count += len(kept.printed)
        return seen

    def _unkept(self, listed: Sequence[Any], place: Place, made: dict[str, Array]) -> dict[str, Any]:
        """Stand-ins for the arrays that the journal has by their digests alone."""

        def make(name: str) -> Array:
            while name not in made:
                waiting = self._skipped.get(place)
                if not waiting:
                    raise GraderError(f"{name} is not in the journal and can't be made again; use --rerun")
                step, its_own = waiting.pop(0)
                again = self._call(step)
                if its_own is made and not isinstance(again, Evidence):
                    raise GraderError(f"{step.probe.id} went otherwise than before; use --rerun")
                if its_own is made and isinstance(again, Evidence):
                    made.update(again.arrays)
            return made[name]

        return {n: Unkept(digest, dtype, tuple(shape), lambda n=n: make(n)) for n, digest, dtype, shape in listed}

    def _name(self, step: Step, place: Place) -> bytes:
        """The digest of all that decides what *step* brings."""
        probe = step.probe
        reads = {path: _file_digest(path) for path in probe.reads}
        call = (probe.call, probe.modules, probe.seconds, probe.reply_bytes, probe.memory_mb, probe.gpu, probe.draws)
        params = json.dumps(_with_digests(probe.params, reads) if reads else probe.params, sort_keys=True)
        asked = (call, params, sorted(reads.values()), step.key.hex(), place, self.about)
        digest = hashlib.sha256(repr((asked, self._files(probe))).encode())
        digest.update(self._names.get(place, b"") if probe.slot != MAIN else b"")
        for name, array in sorted(step.arrays.items()):
            digest.update(f"{name} {array_digest(array)}\n".encode())
        return digest.digest()

    def _files(self, probe: Probe) -> str:
        """A digest of the hand-in's files that *probe* can see: what its modules see, and what it names itself.

        Where it names none, it may look at each.
        """
        files = self.session.files
        named = tuple(value for value in probe.params.values() if isinstance(value, str) and value in files)
        if (probe.modules, named) not in self._seen:
            found = seen_by(probe.modules, files) | {path: files[path] for path in named}
            digest = hashlib.sha256()
            for path, data in sorted((found if probe.modules or named else files).items()):
                digest.update(f"{path}\0{len(data)}\0".encode(errors="surrogateescape") + data)
            self._seen[probe.modules, named] = digest.hexdigest()
        return self._seen[probe.modules, named]


class Keeper(Listener):
    """Puts *journal* around each session of a run over a class, and knows what each hand-in's verdicts stand on.

    Args:
        kit: of the run.
        rerun: checks for which nothing is taken from the journal; among them ``""``: nor before the first check.
        before_training: is called before each training that is run.
    """

    def __init__(
        self,
        kit: Kit,
        journal: Observations,
        rerun: frozenset[str] = NOTHING_AGAIN,
        before_training: Callable[[], None] = lambda: None,
    ) -> None:
        self._kit, self._journal, self.rerun = kit, journal, rerun
        self.ahead: Callable[[], None] = lambda: None  # called before anything is run
        self._mine = threading.local()  # a thread grades one hand-in at a time
        self._before_training = before_training

    def __call__(self, session: Session) -> Keeping:
        """Wrap *session*."""
        return Keeping(session, self._journal, self._about, self._noted, self._runs)

    def begin(self, student: str, tell: Callable[[str, str], None] = lambda student, what: None) -> None:
        """This thread grades the hand-in of *student* now; *tell* is told with what it is under way."""
        self._mine.tell, self._mine.pace = lambda what: tell(student, what), Pace()
        before = self._journal.stands_on(student) if self.rerun else {}
        again = {probe for check in self.rerun for probe in before.get(check, ())}
        self._mine.noted = Noted(self.rerun, again)

    def judges(self, check: str) -> None:
        """This thread judges *check* now."""
        self._noted.check = check
        if check:
            self._mine.tell(check)

    def looks(self, probe: Probe) -> None:
        """The check looks at what *probe* has brought."""
        self._noted.looked(probe.id)

    def trains(self, epoch: int, epochs: int, accuracy: float | None) -> None:
        """An epoch of a training begins."""
        self._mine.tell(f"{self._noted.check} {self._mine.pace.at(epoch, epochs, accuracy)}")

    def _runs(self, probe: Probe) -> None:
        self.ahead()
        if probe.slot == TRAINS and probe.fresh:
            self._before_training()
            self._mine.pace = Pace(time.monotonic())

    def take(self) -> StandsOn:
        """What the verdicts on this thread's hand-in stand on."""
        return self._noted.checks

    @property
    def _noted(self) -> Noted:
        if not hasattr(self._mine, "noted"):
            self._mine.noted = Noted(self.rerun)
        noted: Noted = self._mine.noted
        return noted

    def read_alone(self) -> None:
        """Take what the journal holds in a process that was forked from the one that writes it."""
        self._journal.reopen_to_read()
        self._before_training = lambda: None  # there is none, and whoever is told of one may hold a lock

    @cached_property
    def _about(self) -> str:
        limits = self._kit.rubric.limits
        bounds = (limits.memory_mb, limits.address_mb, limits.import_seconds, limits.training_memory_mb)
        return repr((worker_digest(), bounds, self._kit.level))


def framed(seen: Observation, large: bool = False) -> bytes:
    """*seen* as a frame; with *large*, arrays of more than ``LARGE`` bytes are there by their digests alone."""
    stream = io.BytesIO()
    match seen:
        case Evidence(facts, arrays):
            unkept = large and sum(array.nbytes for array in arrays.values()) > LARGE
            names = sorted(arrays) if unkept else []
            listed = [[n, array_digest(arrays[n]), str(arrays[n].dtype), list(arrays[n].shape)] for n in names]
            write_frame(stream, {"facts": facts, "unkept": listed}, {} if unkept else arrays)
        case Raised():
            frames = [[one.file, one.line, one.function, one.text] for one in seen.frames]
            said = {"kind": seen.kind, "message": seen.message, "frames": frames}
            write_frame(stream, {"raised": {**said, "during": seen.during, "block": seen.block}})
        case Stopped():
            write_frame(stream, {"stopped": {"reason": seen.reason, "detail": seen.detail, "during": seen.during}})
    return stream.getvalue()


def decoded(
    frame: bytes, probe: Probe, unkept: Callable[[Sequence[Any]], Mapping[str, Any]] = lambda listed: {}
) -> Observation | None:
    """The observation in *frame*, checked as a worker's reply is; None if it is not one.

    Args:
        unkept: makes what stands for the arrays that are there by their digests alone.
    """
    read = _read_again if len(frame) <= LARGE else _read
    seen, listed = read(frame, probe.call, probe.reply_bytes, in_force().name)
    return Evidence(seen.facts, {**seen.arrays, **unkept(listed)}) if isinstance(seen, Evidence) else seen


def _read(frame: bytes, call: str, most: int, homework: str) -> tuple[Observation | None, Sequence[Any]]:
    """What is in *frame*, and which arrays of it are there by their digests alone; *homework*: that is in force."""
    try:
        header, arrays = read_frame(io.BytesIO(frame), most) or ({}, {})
    except ProtocolError:
        return None, ()
    match header:
        case {"stopped": {"reason": str(reason), "detail": str(detail), "during": str(during)}}:
            return Stopped(reason, detail, during), ()
    seen = observation_of(header, arrays, call)
    if not isinstance(seen, Evidence):
        return seen if header else None, ()
    listed = header.get("unkept") or []
    return (None, ()) if not listed and misfit(call, seen.facts, seen.arrays) else (seen, listed)


_read_again = lru_cache(maxsize=512)(_read)  # what computes the same brings the same bytes, whoever wrote it


def array_digest(array: Any) -> str:
    """A digest of dtype, shape and values."""
    if isinstance(array, Unkept):
        return array.digest
    digest = hashlib.sha256(f"{array.dtype} {array.shape} ".encode())
    digest.update(memoryview(array.copy(order="C") if not array.flags.c_contiguous else array).cast("B"))
    return digest.hexdigest()


_hashed: dict[tuple[str, int, int], str] = {}


def _file_digest(path: str) -> str:
    try:
        found = Path(path).stat()
        named = (path, found.st_mtime_ns, found.st_size)
        if named not in _hashed:
            _hashed[named] = hash_of(Path(path))
        return _hashed[named]
    except (OSError, HandinError) as error:
        return f"unread: {type(error).__name__}"


def _with_digests(value: Any, reads: Mapping[str, str]) -> Any:
    """*value*, in which each path of a file that is read is its digest."""
    match value:
        case str():
            return reads.get(value, value)
        case Mapping():
            return {str(name): _with_digests(one, reads) for name, one in value.items()}
        case list() | tuple():
            return [_with_digests(one, reads) for one in value]
    return value
