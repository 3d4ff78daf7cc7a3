"""The process that runs student code: reads requests, runs probes, answers with evidence.

It holds no expected value, no label that is scored and no point. It is forked from the warm parent (``zygote.py``)
or, where there is no fork, started by itself; the loop is the same.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from autograder.evidence import Array
from autograder.sandbox import elsewhere, standins, workplace
from autograder.sandbox.layers import confine
from autograder.sandbox.loader import Student
from autograder.sandbox.plan import Plan
from autograder.sandbox.registry import GOES_ON, find_probe
from autograder.sandbox.state import State
from autograder.sandbox.wire import read_frame, write_frame

_devices: Any = None  # the module probes.devices, once torch is there
REQUEST_CAP = 1 << 30  # bytes of arrays a request may carry: a data set's images are 154 MB, a network's weights 80 MB


def environment() -> dict[str, Any]:
    """What a report's fingerprint says of the machine; read before student code runs."""
    facts: dict[str, Any] = {"python": sys.version.split()[0], "platform": sys.platform}
    torch = sys.modules.get("torch")
    if torch is not None:
        facts["torch"] = torch.__version__
        facts["cpu"] = torch.backends.cpu.get_cpu_capability()
        facts["threads"] = torch.get_num_threads()
    return facts


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until the grader closes the pipe."""
    write_frame(replies, {"hello": environment()})
    frame = read_frame(requests, REQUEST_CAP)
    if frame is None:
        return
    opening, _ = frame
    global _devices
    _devices = sys.modules.get("autograder.sandbox.torch.devices")
    settings = sys.modules.get("autograder.sandbox.torch.settings")
    plan = Plan.from_json(opening["plan"])
    files = confine.open_files(plan)
    layers = confine.confine(plan)
    workplace.settle(plan)
    student = Student(Path(plan.folder))
    standins.offer(plan.folder)
    elsewhere.forgive(plan.folder)
    if _devices is not None:
        _devices.pretend(plan.gpu, plan.folder)
    state = State(settings)
    write_frame(replies, {"layers": layers})
    while (frame := read_frame(requests, REQUEST_CAP)) is not None:
        request, given = frame
        facts: dict[str, Any] = {}
        arrays: dict[str, Array] = {}
        try:
            state.put_back(request["call"] in GOES_ON)
            facts, arrays = answer(student, request, given, files)
            header: dict[str, Any] = {"facts": facts}
        except BaseException as error:  # noqa: BLE001  exit() and worse are answers too
            during = getattr(error, "hw1_during", request.get("module", request["call"]))
            header = {"raised": student.describe(error, during)}
        state.calm()
        gc.collect(0)
        write_frame(replies, header | {"id": request["id"]}, arrays)


def answer(
    student: Student, request: dict[str, Any], arrays: dict[str, Array], files: dict[str, int]
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Import a module or run a probe, which gets descriptors in the place of the paths of *files*."""
    if request["call"] == "import":
        with on_the_cpu():
            student.module(request["module"])
        return {}, {}
    probe = find_probe(request["call"])
    params = {
        name: files.get(value, value) if isinstance(value, str) else value for name, value in request["params"].items()
    }
    return probe(student, bytes.fromhex(request["key"]), params, arrays)


def on_the_cpu() -> contextlib.AbstractContextManager[object]:
    """The context that makes ``.cuda()`` at a module's top level harmless, if torch is there at all."""
    return _devices.RunOn() if _devices is not None else contextlib.nullcontext()


def take_over(requests: int, replies: int, output: int) -> None:
    """Become a worker on these three descriptors; does not return."""
    status = 1
    try:
        confine.descriptors(requests, replies, output)
        with os.fdopen(confine.CHANNEL[0], "rb") as reader, os.fdopen(confine.CHANNEL[1], "wb") as writer:
            try:
                serve(reader, writer)
                status = 0
            except Exception as error:  # noqa: BLE001  said before the channel closes: its end is the end of the worker
                os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(status)  # no atexit handler, no finaliser of the student's


def main() -> None:
    """Run a worker that was started by itself: requests on stdin, replies on stdout, prints to stderr."""
    from autograder.sandbox.zygote import warm

    warm(sys.argv[1], [])
    take_over(os.dup(0), os.dup(1), os.dup(2))


if __name__ == "__main__":
    main()
