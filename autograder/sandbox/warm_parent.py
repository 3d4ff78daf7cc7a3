"""The grader's side of a warm parent (``zygote.py``): starts it, and has it import, fork and reap."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from autograder.errors import GraderError
from autograder.homework import VARIABLE
from autograder.sandbox.plan import COMMAND_SIZE

KEPT = ("PATH", "LD_LIBRARY_PATH", VARIABLE, "SYSTEMROOT", "USERPROFILE", "USERNAME", "TEMP")  # the last four: Windows


class WarmParent:
    """A process that forks workers.

    Args:
        environment: all of its variables.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._lock = threading.Lock()  # of what is sent
        self._answered = threading.Lock()  # of what waits for an answer
        ours, theirs = socket.socketpair()
        self._control = ours
        self._replies = ours.makefile("rb")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the warm parent
        command = [sys.executable, "-I", "-X", "utf8", "-m", "autograder.sandbox.zygote", str(theirs.fileno())]
        self._closed = threading.Event()
        self._process = started_for_good(
            lambda: subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env=self.environment,
                start_new_session=True,  # Ctrl-C is for the grader; it ends the others itself
            ),
            self._closed,
        )
        theirs.close()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Whether it has: killed for its memory, say."""
        return self._process.poll() is not None

    def warm(self, stage: str, extras: Sequence[str] = ()) -> None:
        """Begin to import what workers of *stage* need; returns at once."""
        self._send({"do": "warm", "stage": stage, "extras": list(extras)})

    def fork(self, stage: str, fds: list[int]) -> int:
        """The process number of a new worker, which gets these three descriptors.

        Raises:
            GraderError: it has ended; the text says why.
        """
        return self._ask({"do": "fork", "stage": stage}, "pid", fds)

    def signal(self, pid: int, number: int) -> None:
        """Send a signal to a worker of its own."""
        if not self.has_ended():  # as long as it lives, it keeps the number until it is told to reap
            with contextlib.suppress(ProcessLookupError):  # both have just ended
                os.kill(pid, number)

    def reap(self, pid: int) -> int:
        """Wait for the end of a worker of its own, and return its exit code, negative for a signal.

        Raises:
            GraderError: it has ended itself, and all its workers with it.
        """
        return self._ask({"do": "reap", "pid": pid}, "status")

    def close(self) -> None:
        """End it, and its workers with it; a second call changes nothing."""
        self._process.kill()
        self._process.wait()
        self._closed.set()
        self._replies.close()
        self._control.close()
        self._errors.close()

    def _ask(self, command: dict[str, Any], wanted: str, fds: Sequence[int] = ()) -> int:
        """What the answer to *command* has under *wanted*."""
        with self._answered:
            if self._control.fileno() < 0:
                raise GraderError("the warm parent ended, and its workers with it")
            self._send(command, fds)
            try:
                reply = self._replies.readline()
            except OSError:
                reply = b""
            if not reply:
                raise GraderError(self._why_it_ended())
            return int(json.loads(reply)[wanted])

    def _send(self, command: dict[str, Any], fds: Sequence[int] = ()) -> None:
        data = json.dumps(command).encode().ljust(COMMAND_SIZE)
        try:
            with self._lock:
                socket.send_fds(self._control, [data], fds)
        except OSError as error:
            raise GraderError(self._why_it_ended()) from error

    def _why_it_ended(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace").strip()
        return explain_import_error(text) or f"the warm parent ended: {text[-600:]}"


def started_for_good(start: Callable[[], subprocess.Popen[bytes]], closed: threading.Event) -> subprocess.Popen[bytes]:
    """The process that *start* starts, in a thread that lives until *closed* is set, or as long as this process.

    Linux ends a process that asked for it (``identity.die_with_parent``) with the thread that has started it, not with
    the process: one that a thread of a few seconds started would not outlive these.
    """
    started: Future[subprocess.Popen[bytes]] = Future()

    def keep() -> None:
        try:
            started.set_result(start())
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            started.set_exception(error)
        else:
            closed.wait()

    threading.Thread(target=keep, daemon=True).start()
    return started.result()


def clean_environment() -> dict[str, str]:
    """The environment of a worker: no secret, one thread, no window."""
    from autograder.home import cache_folder

    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        **kept,
        **threads,
        "LANG": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(cache_folder() / "matplotlib"),
    }


def explain_import_error(text: str) -> str | None:
    """A sentence for the two usual failures to import torch, or None."""
    if "torchvision::nms" in text:
        return (
            "torch and torchvision do not match (one is a CPU build, the other is not). "
            "Install both from the same place: pip install --force-reinstall torch torchvision"
        )
    if "No module named 'torch'" in text:
        return "torch is not installed: pip install torch torchvision"
    return None


_ahead: list[WarmParent] = []


def start_ahead() -> None:
    """Start a warm parent that imports torch, for whoever takes it: before anything else of a command is imported."""
    parent = WarmParent(clean_environment())
    parent.warm("torch")
    _ahead.append(parent)


def take(environment: Mapping[str, str]) -> WarmParent | None:
    """The warm parent that was started ahead in this environment, if there is one; it is the caller's to close."""
    return _ahead.pop() if _ahead and _ahead[0].environment == environment else None
