"""The grader's side of a worker: starts it, asks it, stops it."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as DeadlineError
from dataclasses import replace
from typing import Any, BinaryIO, Protocol

from autograder.errors import EndedError, GraderError, OutdatedError, ProtocolError
from autograder.evidence import Array, Evidence, Frame, Observation, Raised, Stopped
from autograder.sandbox.clock import WAITS, Clock
from autograder.sandbox.plan import STAGES, Plan
from autograder.sandbox.warm_parent import WarmParent, clean_environment, take
from autograder.sandbox.watch import Watch
from autograder.sandbox.wire import FRAMES, KIND_LENGTH, LINE_LENGTH, MESSAGE_LENGTH, read_frame, write_frame

GPU_MEMORY = 64 << 30  # bytes of memory where there is no limit to the address space
START_SECONDS = 120  # a fork waits for the imports before it: 3 s here, more on a cold disk


class Worker:
    """A process that runs student code.

    Args:
        requests: where frames for it are written.
        replies: where its frames are read, unbuffered.
        output: what it prints.
        pid: its process number.
        kill: ends it at once.
        reap: waits for its end and returns the exit code, negative for a signal.
        pause: holds it (True) or lets it go on: between requests it computes nothing, whatever threads it has left.
            None where it would outlive a grader that was killed.
    """

    def __init__(
        self,
        requests: BinaryIO,
        replies: BinaryIO,
        output: BinaryIO,
        pid: int,
        kill: Callable[[], None],
        reap: Callable[[], int],
        pause: Callable[[bool], None] | None = None,
    ):
        self._requests, self._replies, self._output = requests, replies, output
        self._kill, self._reap, self._pause, self._pid = kill, reap, pause, pid
        self._exchange = ThreadPoolExecutor(1)
        self._watch = Watch(output, pid, kill)
        self._number = 0
        self._status: int | None = None
        self.environment: dict[str, Any] = {}
        self.layers: dict[str, str] = {}

    def greet(self) -> None:
        """Wait until it is there; a second call changes nothing.

        Raises:
            GraderError: it did not start.
        """
        if not self.environment:
            self.environment = dict(self._in_time(self._await, 0).get("hello", {}))

    @property
    def unasked(self) -> bool:
        """Whether it has ended, or said what nobody has asked for; where nothing tells, it has not."""
        return sys.platform != "win32" and bool(select.select([self._replies], [], [], 0)[0])

    def open(self, plan: Plan) -> None:
        """Wait until it is there, then tell it what it may do; it answers with the layers that it has put on and tried.

        Raises:
            GraderError: it did not start, or a layer that is there did not hold.
        """
        self.greet()
        self.layers = dict(self._in_time(self._ask, {"plan": plan.to_json()}, {}, 0)["layers"])
        self._watch.limit(plan.memory or GPU_MEMORY, plan.scratch)
        self._hold(True)

    def _in_time(self, ask: Callable[..., tuple[dict[str, Any], dict[str, Array]]], *arguments: Any) -> dict[str, Any]:
        """The header of the answer, as long as no code of a submission has run in it."""
        try:
            return self._exchange.submit(ask, *arguments).result(START_SECONDS)[0]
        except (DeadlineError, ProtocolError, OSError) as error:
            self.close()  # so that all it printed is there
            said = self.printed.strip()[-600:] or repr(error)
            raise GraderError(f"a worker did not start: {said}") from error

    def call(
        self,
        request: Mapping[str, Any],
        arrays: Mapping[str, Array],
        seconds: float,
        cap: int,
        waits: float = WAITS,
        most: float | None = None,
        until: Future[None] | None = None,
    ) -> Observation:
        """Ask, and wait for a reply of at most *cap* bytes of arrays; after a ``Stopped`` the worker is dead.

        Args:
            seconds: of CPU time that the answer may take.
            waits: how many times as long it may sleep.
            most: seconds on the wall after which it is stopped in any case.
            until: once this is done, nobody waits for the answer.

        Raises:
            OutdatedError: nobody does; the worker is dead.
        """
        during = str(request.get("module") if request["call"] == "import" else request["call"])
        self._number += 1
        numbered = {**request, "id": self._number}
        clock = Clock(self._pid, seconds, waits, most)
        pending = self._exchange.submit(self._ask, numbered, arrays, cap)
        awaited: list[Future[Any]] = [pending] if until is None else [pending, until]
        try:
            while not wait(awaited, clock.step(), FIRST_COMPLETED).done:
                if late := clock.late():
                    return replace(self._stopped("time", late.detail, during), waited=late.waited)
            if not pending.done():
                self.close()
                raise OutdatedError
            header, replied = pending.result()
        except EndedError:
            return self._stopped("died", "", during)
        except ProtocolError as error:
            return self._stopped("protocol", str(error), during)
        except OSError:
            return self._stopped("died", "", during)
        if header.pop("id", None) != self._number:
            return self._stopped("protocol", "an answer to another request", during)
        self._hold(True)
        seen = observation_of(header, replied, during)
        return self._stopped(seen.reason, seen.detail, seen.during) if isinstance(seen, Stopped) else seen

    @property
    def printed(self) -> str:
        """The beginning of what the submission printed."""
        return self._watch.printed

    @property
    def printed_bytes(self) -> int:
        """How much it printed in all."""
        return self._watch.total

    def close(self) -> int:
        """Kill it and return its exit code; a second call changes nothing."""
        if self._status is None:
            self._status = self._end()
        return self._status

    def _end(self) -> int:
        self._kill()
        status = self._reap()
        self._watch.join(5)
        self._exchange.shutdown(wait=True)
        for stream in (self._requests, self._replies, self._output):
            try:
                stream.close()
            except OSError:
                continue  # bytes that it no longer took
        return status

    def _hold(self, held: bool) -> None:
        if self._pause is not None:
            self._pause(held)
            self._watch.rests = held

    def _ask(
        self, request: Mapping[str, Any], arrays: Mapping[str, Array], cap: int
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        if self._number and self.unasked:
            raise (ProtocolError("unexpected bytes") if self._replies.read(1) else EndedError("the stream ended"))
        self._hold(False)
        try:
            write_frame(self._requests, request, arrays)
        except BrokenPipeError as error:
            raise EndedError("the stream ended") from error
        return self._await(cap)

    def _await(self, cap: int) -> tuple[dict[str, Any], dict[str, Array]]:
        frame = read_frame(self._replies, cap)
        if frame is None:
            raise EndedError("the stream ended")
        return frame

    def _stopped(self, reason: str, detail: str, during: str) -> Stopped:
        """End it. If the watch did that already, its reason counts."""
        status = self.close()
        if self._watch.exceeded is not None:
            return Stopped(self._watch.exceeded.reason, self._watch.exceeded.limit, during)
        return Stopped(reason, detail or _manner(status), during)


def _manner(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"exit code {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"


MEMORY_WORDS = ("can't allocate memory", "not enough memory", "Cannot allocate memory", "std::bad_alloc")


def observation_of(header: dict[str, Any], arrays: dict[str, Array], during: str) -> Observation:
    """Turn a reply into an observation, with its texts cut; a reply of another form is a protocol violation."""
    match header:
        case {"facts": dict(facts)}:
            return Evidence(facts, arrays)
        case {"raised": {"kind": str(kind), "message": str(message), "frames": list(listed), "during": str(when)}}:
            if kind in ("MemoryError", "OutOfMemoryError") or (
                kind == "RuntimeError" and any(words in message for words in MEMORY_WORDS)
            ):
                return Stopped("memory", "", when)
            frames = []
            for entry in listed:
                match entry:
                    case [str(file), int(line), str(function), str(text)]:
                        cut = file[:LINE_LENGTH], line, function[:KIND_LENGTH], text[:LINE_LENGTH]
                        frames.append(Frame(*cut))
                    case _:
                        return Stopped("protocol", "an invalid traceback", during)
            block = header["raised"].get("block", "")
            said = block[:LINE_LENGTH] if isinstance(block, str) else ""
            cut_frames = tuple(frames[:1] + frames[1:][1 - FRAMES :])
            return Raised(kind[:KIND_LENGTH], message[:MESSAGE_LENGTH], cut_frames, when[:KIND_LENGTH], said)
    return Stopped("protocol", "an invalid reply", during)


class Launcher(Protocol):
    """Starts workers."""

    def warm(self, stage: str, extras: tuple[str, ...] = ()) -> None:
        """Begin to import what workers of *stage* need; returns at once."""

    def start(self, stage: str) -> Worker:
        """Start a worker that has imported what *stage* needs."""

    def close(self) -> None:
        """End the warm parent, and its workers with it."""


class ForkLauncher:
    """Forks workers from warm parents: milliseconds each.

    Two of them, so that what needs no torch does not wait for its import; each is started when it is first needed.

    Args:
        environment: variables to add to the clean environment.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = clean_environment() | dict(environment or {})
        self._lock = threading.Lock()
        self._parents: dict[str, WarmParent] = {}

    @property
    def parents(self) -> tuple[int, ...]:
        """The process numbers of the warm parents."""
        return tuple(parent.pid for parent in self._parents.values())

    def warm(self, stage: str, extras: tuple[str, ...] = ()) -> None:
        """Begin to import what workers of *stage* need; returns at once."""
        self._parent(stage).warm(stage, extras)

    def start(self, stage: str) -> Worker:
        """Fork a worker; if the warm parent is gone (killed for its memory, say), from a new one.

        Raises:
            GraderError: a new one ends, too; the text says why.
        """
        parent = self._parent(stage)
        try:
            return _forked(parent, stage)
        except GraderError:
            return _forked(self._parent(stage, instead_of=parent), stage)

    def _parent(self, stage: str, instead_of: WarmParent | None = None) -> WarmParent:
        """The warm parent of *stage*'s workers: a new one if there is none, or if that one has ended."""
        kind = "source" if stage == STAGES[0] else "torch"
        with self._lock:
            found = self._parents.get(kind)
            if found is not None and found is instead_of and found.has_ended():
                found.close()
                found = None
            if found is None:
                taken = take(self._environment) if kind == "torch" else None
                found = self._parents[kind] = taken or WarmParent(self._environment)
            return found

    def close(self) -> None:
        """End the warm parents, and their workers with them."""
        for parent in self._parents.values():
            parent.close()


def _forked(parent: WarmParent, stage: str) -> Worker:
    request_out, request_in = os.pipe()
    reply_out, reply_in = os.pipe()
    output_out, output_in = os.pipe()
    theirs = [request_out, reply_in, output_in]
    try:
        pid = parent.fork(stage, theirs)
    except BaseException:
        for fd in (request_in, reply_out, output_out):
            os.close(fd)
        raise
    finally:
        for fd in theirs:
            os.close(fd)
    return Worker(
        os.fdopen(request_in, "wb"),
        os.fdopen(reply_out, "rb", buffering=0),
        os.fdopen(output_out, "rb", buffering=0),
        pid,
        kill=lambda: parent.signal(pid, signal.SIGKILL),
        reap=lambda: parent.reap(pid),
        pause=lambda held: parent.signal(pid, signal.SIGSTOP if held else signal.SIGCONT),
    )


class SpawnLauncher:
    """Starts each worker by itself, where there is no fork: seconds each."""

    def warm(self, stage: str, extras: tuple[str, ...] = ()) -> None:
        """Do nothing: nothing can be imported ahead."""

    def start(self, stage: str) -> Worker:
        """Start a worker."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-m", "autograder.sandbox.worker", stage],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=clean_environment(),
            start_new_session=True,
        )
        assert process.stdin and process.stdout and process.stderr  # noqa: S101  they were asked for
        requests = io.BufferedWriter(process.stdin)
        return Worker(requests, process.stdout, process.stderr, process.pid, process.kill, process.wait)  # type: ignore[arg-type]

    def close(self) -> None:
        """Do nothing: each worker ends with its session."""


def new_launcher() -> Launcher:
    """The fastest launcher of this platform. macOS can fork, but its system libraries do not survive it."""
    return ForkLauncher() if sys.platform == "linux" else SpawnLauncher()
