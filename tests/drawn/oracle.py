"""The truth about a drawn module, found with torch alone: nothing of the kit's is imported here.

``python -m tests.drawn.oracle`` reads JSON lines ``[module, path]`` and answers each with a JSON object: the parts of
the module that are wrong, each with the reason. Each module runs in a process of its own.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from . import oracle_networks as networks
from . import oracle_trainer as trainers

SECONDS = 60  # the slowest takes three
JUDGES: dict[str, Callable[[Any], dict[str, str]]] = {
    "trainer": trainers.judge,
    "ablations": networks.judge_ablations,
    "mnist": networks.judge_mnist,
    "vgg": networks.judge_vgg,
}


def load(path: Path) -> Any:
    """The module in *path*, imported as a user would."""
    sys.argv = [str(path)]
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def judge(task: tuple[str, str]) -> dict[str, str]:
    """The wrong parts of one module, ``{"*": why}`` where it cannot be imported."""
    name, path = task
    os.environ["MPLBACKEND"] = "Agg"
    torch.set_num_threads(1)
    out = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  a stream with everything that sys.stdout has
    sys.stdout = out
    for kind in (torch.Tensor, torch.nn.Module):
        kind.cuda = lambda self, *args, **how: self  # type: ignore[method-assign]  as on a machine that has one
    try:
        # Once imported, what a file of settings does is for itself: each judge begins with ordinary ones.
        module = load(Path(path))
        torch.set_default_dtype(torch.float32)
        torch.set_num_threads(1)
        return JUDGES[name](module)
    except BaseException as error:  # noqa: BLE001  whatever it is, it is the module's
        return {"*": f"{type(error).__name__}: {error} {traceback.format_exc()[-300:]}"}


def _start(task: tuple[str, str]) -> tuple[int, int]:
    """A process that judges *task* and writes the answer to a pipe: the pipe's end, and its id."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))  # what never ends is ended, and has no answer
        signal.alarm(10 * SECONDS)
        os.write(writer, json.dumps(judge(task)).encode())
        os._exit(0)
    os.close(writer)
    return reader, process


def answers(tasks: list[tuple[str, str]], side_by_side: int = 2) -> list[dict[str, str]]:
    """An answer to each of *tasks*. A process for each: what one module sets, no other one sees."""
    found: list[dict[str, str]] = [{"*": "it did not end"} for _ in tasks]
    waiting = list(enumerate(tasks))
    running: dict[int, tuple[int, int]] = {}
    while waiting or running:
        while waiting and len(running) < side_by_side:
            number, task = waiting.pop(0)
            reader, process = _start(task)
            running[reader] = number, process
        for reader in select.select(list(running), [], [])[0]:
            number, process = running.pop(reader)
            with os.fdopen(reader, "rb") as pipe:
                text = pipe.read()
            os.waitpid(process, 0)
            if text:
                found[number] = json.loads(text)
    return found


def main() -> None:
    """Read tasks, answer them."""
    tasks = [tuple(json.loads(line)) for line in sys.stdin]
    networks.prepare({name for name, _ in tasks})
    trainers.prepare()
    gc.freeze()  # what is there already needs no look: only what a module makes
    for answer in answers(tasks):
        print(json.dumps(answer))  # noqa: T201


if __name__ == "__main__":
    main()
