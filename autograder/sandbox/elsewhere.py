"""Answers what a source asks of the machine that it was written on: folders of Colab's, pip, ``nvidia-smi``.

None of it is here, and none of it decides anything: a folder that can't be entered or made is passed over, what is
saved in one is saved here, and a process ends as soon as it is started, with status 0 and nothing printed.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import PurePath
from types import FrameType
from typing import Any

BETWEEN = ("os", "posixpath", "pathlib", "pathlib._local", "subprocess", __name__)  # modules that pass a call on


def forgive(folder: str) -> None:
    """Answer, from now on, what the sources in *folder* ask.

    Args:
        folder: the submission's.
    """

    def is_own() -> bool:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_globals.get("__name__") in BETWEEN:
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith(folder)

    real_open = builtins.open

    def open_here(file: Any, *arguments: Any, **named: Any) -> Any:
        return real_open(here(file) if is_own() else file, *arguments, **named)

    builtins.open = open_here
    torch: Any = sys.modules.get("torch")
    for name in ("save", "load") if torch is not None else ():
        place = 1 if name == "save" else 0  # of the path among the arguments
        setattr(torch, name, saving(getattr(torch, name), place, "f"))
    os.chdir = _entering(os.chdir, is_own, folder)
    os.mkdir = _making(os.mkdir, is_own)
    subprocess.Popen = _processes(subprocess.Popen, is_own)  # type: ignore[misc, assignment]


def here(path: Any) -> Any:
    """*path*, or the file of that name in the working folder, if it is not there and can't be made."""
    if not isinstance(path, str | PurePath):
        return path
    folder = os.path.dirname(path) or "."
    return path if os.path.exists(path) or os.access(folder, os.W_OK) else os.path.basename(path)


def saving(real: Callable[..., Any], place: int, name: str) -> Callable[..., Any]:
    """*real*, whose argument number *place*, also called *name*, is a path: what it names is here."""

    @functools.wraps(real)
    def call(*arguments: Any, **named: Any) -> Any:
        moved = [here(value) if number == place else value for number, value in enumerate(arguments)]
        return real(*moved, **{key: here(value) if key == name else value for key, value in named.items()})

    return call


def _entering(real: Callable[..., None], is_own: Callable[[], bool], folder: str) -> Callable[..., None]:
    def chdir(path: Any) -> None:
        if not is_own():
            real(path)
            return
        with contextlib.suppress(OSError, TypeError, ValueError):  # the working folder may be too deep to be told
            if os.path.abspath(path).startswith(os.path.abspath(folder)):  # nothing can be written beside the sources
                return
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            real(path)

    return chdir


def _making(real: Callable[..., None], is_own: Callable[[], bool]) -> Callable[..., None]:
    def mkdir(path: Any, *arguments: Any, **named: Any) -> None:
        try:
            real(path, *arguments, **named)
        except FileExistsError:
            raise
        except OSError:
            if not (isinstance(path, str | PurePath) and os.path.isabs(path) and is_own()):
                raise

    return mkdir


def _processes(real: type[subprocess.Popen[Any]], is_own: Callable[[], bool]) -> type[subprocess.Popen[Any]]:
    class Popen(real):  # type: ignore[misc, valid-type]
        """A process; those that the submission starts end at once."""

        def __init__(self, args: Any, *more: Any, **named: Any) -> None:
            self.ended = is_own()
            if not self.ended:
                super().__init__(args, *more, **named)
                return
            texts = ("text", "universal_newlines", "encoding", "errors")
            stream = io.StringIO if any(named.get(name) for name in texts) else io.BytesIO
            self.args, self.pid, self.returncode = args, 0, 0
            self._child_created, self._communication_started, self._input = False, False, None
            self._waitpid_lock: Any = None
            for name in ("stdin", "stdout", "stderr"):
                setattr(self, name, stream() if named.get(name) == subprocess.PIPE else None)

        def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
            """Return that nothing was printed."""
            if not self.ended:
                return super().communicate(input, timeout)  # type: ignore[no-any-return]
            out, error = (one if one is None else one.read() for one in (self.stdout, self.stderr))
            return out, error

        def wait(self, timeout: float | None = None) -> int:
            """Return at once: it has ended."""
            return 0 if self.ended else super().wait(timeout)

        def poll(self) -> int | None:
            """Return at once: it has ended."""
            return 0 if self.ended else super().poll()

    return Popen
