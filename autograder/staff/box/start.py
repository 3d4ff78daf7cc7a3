"""Starts a command in a session of its own, whichever way it is limited."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from autograder.errors import GraderError


def started(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path, output: IO[bytes], **more: Any
) -> subprocess.Popen[bytes]:
    """The process: Ctrl-C is for us, what it prints goes to *output*, and *more* is said to ``Popen``.

    Raises:
        GraderError: it can't be started there.
    """
    how: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output} | more
    try:
        return subprocess.Popen(command, env=environment, cwd=cwd, start_new_session=True, **how)
    except OSError as error:
        raise GraderError(f"nothing can be run in {cwd}: {error}") from error
