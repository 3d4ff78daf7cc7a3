"""Follows a working copy: a thread reads it anew when something in it was saved, whoever checks takes the newest."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.errors import MisuseError
from autograder.ingest.names import CHECKPOINTS
from autograder.submission import Submission

STEP = 0.02  # seconds: two looks at what the system tells; saves that come as close as this are one
TOGETHER = 0.2  # seconds after which saves that never stop are looked at all the same
LOOKS = 1.0  # seconds between two looks at the files themselves: network drives tell of nothing
SETTLES = 0.25  # seconds for an editor that empties or removes a file before it writes it
HEARS = 0.5  # seconds; a wait without an end would hear no Ctrl-C on Windows

State = Submission | Exception


class Following:
    """The newest state of a working copy, and whether it is still that.

    What was saved without a change is nothing new, and a file that is gone or empty is given a moment to come back.

    Args:
        directory: what is listened to.
        read: reads the working copy; MisuseError if it is none.

    Attributes:
        outdated: is done as soon as there is another state than the one that was taken.

    Raises:
        MisuseError: it is none to begin with, or watchfiles is not installed.
    """

    def __init__(self, directory: Path, read: Callable[[], Submission]) -> None:
        if find_spec("watchfiles") is None:
            raise MisuseError("--watch needs a package that is not installed: pip install watchfiles")
        self._directory, self._read = directory, read
        self._lock, self._over = threading.Lock(), threading.Event()
        self._stamp = _stamp(directory)  # before it is read: what comes between is seen at the first look
        self._newest: State = read()
        self._known = _digest(self._newest)
        self.outdated: Future[None] = _done()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Following:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(2 * LOOKS)

    def take(self) -> Submission:
        """The newest state, as soon as there is one that was not taken yet.

        Raises:
            MisuseError: it is no working copy any more; the next save may make it one.
        """
        while not self.outdated.done():
            wait([self.outdated], HEARS)
        with self._lock:
            newest, self.outdated = self._newest, Future()
        if isinstance(newest, Exception):
            raise newest
        return newest

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._listen()
        except Exception as error:  # noqa: BLE001  whoever waits for the next state has to hear of it
            self._put(error)

    def _listen(self) -> None:
        """Look whenever the system tells of a save, and now and then; until the folder is another one, or gone."""
        from watchfiles import watch  # only now: it takes 0.1 s, in which the first check is under way

        place = _number(self._directory)
        try:
            tells = watch(
                self._directory,
                watch_filter=None,  # what counts is told by reading it
                step=round(1e3 * STEP),
                debounce=round(1e3 * TOGETHER),
                rust_timeout=round(1e3 * LOOKS),
                yield_on_timeout=True,
                stop_event=self._over,
                raise_interrupt=False,
                ignore_permission_denied=True,
            )
            for told in tells:
                self._look(bool(told))
                if _number(self._directory) != place:
                    return
        except (OSError, RuntimeError):  # it is gone, or there is too much for the system to listen to
            self._look(False)
            self._over.wait(LOOKS if place else SETTLES)

    def _look(self, told: bool) -> None:
        """Read it anew if something was saved, as was *told* or as the files themselves tell."""
        stamp = _stamp(self._directory)
        if told or stamp != self._stamp:
            self._stamp = stamp
            found = self._now()
            if _lacks(self._newest, found):
                self._over.wait(SETTLES)
                found = self._now()
            self._put(found)

    def _now(self) -> State:
        try:
            return self._read()
        except MisuseError as error:
            return error
        except OSError as error:  # it went away while it was read
            return MisuseError(f"{self._directory} can't be read: {error.strerror}")

    def _put(self, found: State) -> None:
        digest = _digest(found)
        with self._lock:
            if digest != self._known:
                self._newest, self._known = found, digest
                if not self.outdated.done():
                    self.outdated.set_result(None)


def _done() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done


def _digest(found: State) -> str:
    """Equal for states that are checked alike; from now on a change of what is read where it lies counts."""
    return found.digest if isinstance(found, Submission) else repr(found)


def _lacks(before: State, now: State) -> bool:
    """Whether something is gone or empty that was there."""
    if isinstance(before, Exception):
        return False
    if isinstance(now, Exception):
        return True
    sizes = _sizes(now)
    return any(size and not sizes.get(name) for name, size in _sizes(before).items())


def _sizes(found: Submission) -> Mapping[str, int]:
    """The bytes of each file that counts; 0 for one that has gone since it was listed."""
    sizes = {name: len(data.strip()) for name, data in {**found.data, **found.files}.items()}
    for name, path in {**found.documents, **found.checkpoints}.items():
        sizes[name] = 0
        with suppress(OSError):
            sizes[name] = path.stat().st_size
    return sizes


def _stamp(directory: Path) -> Mapping[str, Any]:
    """What tells of most saves without reading a file: number, size and time of each that lies where work lies."""
    found: dict[str, Any] = {}
    for folder in (directory, directory / CHECKPOINTS):
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                state = entry.stat(follow_symlinks=False)
                found[entry.path] = state.st_ino, state.st_size, state.st_mtime_ns
    return found


def _number(directory: Path) -> tuple[int, int] | None:
    """What another folder in its place would not have; None if there is none."""
    try:
        state = directory.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino
