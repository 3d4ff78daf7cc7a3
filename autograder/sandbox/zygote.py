"""The warm parent: imports torch once and forks a worker in milliseconds for each hand-in.

It holds no secret, runs no student code, has one thread and never runs an operation on more than one (a fork after
that hangs: pytorch issue 17199). It obeys four commands on its control socket, each COMMAND_SIZE bytes of JSON:
``warm``, ``fork`` (which brings the worker's three descriptors along), ``reap`` and, when the socket closes, the end.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys

from autograder.sandbox.layers import identity
from autograder.sandbox.loader import note_modules
from autograder.sandbox.plan import COMMAND_SIZE, STAGES, python_folders
from autograder.sandbox.registry import PROBES, find_probe
from autograder.sandbox.worker import take_over

STRAY_ROUNDS = 100  # generations of orphans; more than that is a fork bomb, which the layers forbid


def warm(stage: str, extras: list[str]) -> None:
    """Import all that workers of *stage* need, and the *extras* that are installed."""
    level = STAGES.index(stage)
    if level >= 1:
        import numpy.random  # noqa: F401  each worker notes its state
        import torch

        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        import torch.utils.data

        importlib.import_module("autograder.sandbox.torch.settings")
        compiler = importlib.import_module("autograder.sandbox.torch.compiler")
        compiler.spare_optimizers()
        if level >= 2:
            with contextlib.suppress(ModuleNotFoundError), compiler.deferred():  # few networks need it
                import torchvision  # noqa: F401
    for name, (needs, _, _) in PROBES.items():
        if STAGES.index(needs) <= level:
            find_probe(name)
    for name in extras:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the student's own import will say so
    note_modules()
    python_folders()  # kept from now on


def reap(pid: int) -> int:
    """Wait for a child to end, and return its exit code, negative for a signal."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:  # another warm parent's: it ended with that one
        return -signal.SIGKILL


def end_strays(children: set[int]) -> None:
    """End what dead workers have left running: their pipes would stay open as long as it does."""
    for _ in range(STRAY_ROUNDS):
        strays = identity.child_processes() - children
        for pid in strays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            reap(pid)  # its own children are ours from here on: the next round finds them
        if not strays:
            return


def main() -> None:
    """Obey until the grader closes the socket."""
    identity.die_with_parent()
    identity.adopt_orphans()
    identity.hide()
    control = socket.socket(fileno=int(sys.argv[1]))
    children: set[int] = set()
    while True:
        data, fds, _, _ = socket.recv_fds(control, COMMAND_SIZE, 3)
        if not data:
            break
        command = json.loads(data)
        match command["do"]:
            case "warm":
                warm(command["stage"], command["extras"])
            case "fork":
                warm(command["stage"], [])
                gc.freeze()  # what is here stays: workers need not look through it, which would copy its pages
                pid = os.fork()
                if pid == 0:
                    identity.die_with_parent()
                    control.close()
                    take_over(*fds)
                children.add(pid)
                for fd in fds:
                    os.close(fd)
                control.sendall(json.dumps({"pid": pid}).encode() + b"\n")
            case "reap":
                children.discard(command["pid"])
                status = reap(command["pid"])
                end_strays(children)
                control.sendall(json.dumps({"status": status}).encode() + b"\n")
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
