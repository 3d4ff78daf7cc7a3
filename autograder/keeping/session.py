"""Keeps what probes bring in the journal, and takes from there what it holds: nothing is observed twice.

An observation's name is a digest of all that decides it: the probe, its parameters, key and arrays, the files of the
hand-in that it can see, the files that it reads, the code of the worker and its limits. A probe that goes on where
another one has stopped stands in the name of that one, too; where the journal ends in the middle of such a row, what it
holds of the row is run once more first.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.check import Probe
from autograder.errors import GraderError, HandinError
from autograder.evidence import Array, Evidence, Observation, Stopped
from autograder.hashing import known_hash
from autograder.keeping.frames import Unkept, array_digest, decoded, framed
from autograder.keeping.kept import Kept, Observations
from autograder.keeping.sight import seen_by
from autograder.keeping.standing import Noted, Stand
from autograder.sandbox.session import MAIN, Place, Session, place_of
from autograder.sandbox.watch import OUTPUT_KEPT

LONGEST = 4 << 20  # bytes of a frame that is kept


@dataclass(frozen=True)
class Step:
    """A probe as it was asked for."""

    probe: Probe
    key: bytes
    arrays: Mapping[str, Array]


@dataclass
class Keeping:
    """A session whose observations are kept; what the journal holds is not run.

    Attributes:
        session: what runs the probes.
        journal: where they are kept.
        about: what else decides them.
        noted: what the hand-in's verdicts stand on, and what of it is run again.
        runs: is told of each probe before it is run.
        alone: the context of each look at the journal and of what is run for want of it, by the observation's name.
    """

    session: Session
    journal: Observations
    about: str
    noted: Noted = field(default_factory=Noted)
    runs: Callable[[Probe], None] = lambda probe: None
    alone: Callable[[bytes], AbstractContextManager[None]] = lambda name: nullcontext()
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
            OutdatedError: nobody waits for the answer any more.
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
        with self.alone(name):
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


def _file_digest(path: str) -> str:
    try:
        return known_hash(Path(path))
    except HandinError as error:
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
