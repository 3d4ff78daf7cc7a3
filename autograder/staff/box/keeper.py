"""The parent of what runs in a box that nothing holds: it adopts what is left behind, and ends everything.

Called with the descriptor of a pipe and the command. It ends everything when the command has ended, or its own input
has, which is when the one who started it wants that or is gone. Its last word on the pipe is JSON: the command's
``status`` and the ``cpu_seconds`` of all that it waited for.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
from contextlib import suppress

from autograder.sandbox.layers.identity import adopt_orphans
from autograder.sandbox.zygote import end_strays

TICK = 0.005  # seconds between two looks at whether the command has ended


def run(command: list[str]) -> int:
    """Run the command until it ends, or the input does; its status, 126 or 127 if it can't be run."""
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        return 127 if isinstance(error, FileNotFoundError) else 126
    while child.poll() is None and not select.select([0], [], [], TICK)[0]:
        pass
    with suppress(OSError):  # none of its session is left
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def main() -> None:
    """Run the command of the arguments, end all that is left, and report."""
    adopt_orphans()
    status = run(sys.argv[2:])
    end_strays(set())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {"status": status, "cpu_seconds": used.ru_utime + used.ru_stime}
    os.write(int(sys.argv[1]), json.dumps(report).encode())


if __name__ == "__main__":
    main()
