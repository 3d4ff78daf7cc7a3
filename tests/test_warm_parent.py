"""Warm parents: what needs no torch does not wait for its import, and one that was started ahead is taken once."""

from __future__ import annotations

import os
import threading
import time

import pytest

from autograder.homework import in_force
from autograder.sandbox import warm_parent
from autograder.sandbox.host import ForkLauncher
from autograder.student.check import as_read


@pytest.fixture
def ahead():
    """A warm parent that was started ahead."""
    warm_parent.start_ahead()
    yield warm_parent._ahead[0]
    while warm_parent._ahead:
        warm_parent._ahead.pop().close()


def test_one_that_was_started_ahead_is_taken_by_the_first_launcher_that_needs_torch(ahead):
    first, second = ForkLauncher(), ForkLauncher()
    try:
        first.start("source").close()
        assert ahead.pid not in first.parents
        first.start("torch").close()
        assert ahead.pid in first.parents
        second.start("torch").close()
        assert ahead.pid not in second.parents
    finally:
        first.close()
        second.close()


def test_it_is_not_taken_in_another_environment(ahead):
    launcher = ForkLauncher({"OMP_NUM_THREADS": "2"})
    try:
        launcher.warm("torch")
        assert launcher.parents
        assert ahead.pid not in launcher.parents
    finally:
        launcher.close()


def test_a_worker_without_torch_is_there_while_torch_is_imported():
    launcher = ForkLauncher()
    try:
        launcher.warm("torch")
        with_torch = []
        waiting = threading.Thread(target=lambda: with_torch.append(launcher.start("torch")))
        waiting.start()
        launcher.warm("full")  # said to a parent that is about to fork: nobody waits for that
        worker = launcher.start("source")
        worker.greet()
        assert not with_torch
        assert "torch" not in worker.environment
        worker.close()
        waiting.join()
        with_torch[0].greet()
        assert with_torch[0].environment["torch"]
        with_torch[0].close()
    finally:
        launcher.close()


def test_one_that_a_thread_has_started_outlives_that_thread():
    launcher = ForkLauncher()
    try:
        first = threading.Thread(target=lambda: launcher.start("source").close())
        first.start()
        first.join()
        time.sleep(0.2)  # as long as the system takes to end what is to end with a thread
        (pid,) = launcher.parents
        launcher.start("source").close()
        assert launcher.parents == (pid,)
    finally:
        launcher.close()


def test_one_that_has_ended_says_so_and_its_workers_are_gone():
    launcher = ForkLauncher()
    try:
        worker = launcher.start("source")
        (pid,) = launcher.parents
        os.kill(pid, 9)
        deadline = time.monotonic() + 10
        while not launcher._parents["source"].has_ended() and time.monotonic() < deadline:
            time.sleep(0.01)
        worker._kill()  # nobody is left to be signalled
        launcher.start("source").close()
        assert pid not in launcher.parents
    finally:
        launcher.close()


def test_checks_are_judged_part_by_part_as_they_are_printed():
    checks = in_force().checks
    parts = tuple(dict.fromkeys(check.part for check in checks if check.part != "files"))
    ordered = sorted(as_read(checks, parts), key=lambda check: check.turn)
    assert {check.id for check in ordered} == {check.id for check in checks}
    assert all(check.turn == 0 for check in ordered if check.part == "files")
    with_torch = [check.part for check in ordered if check.turn]
    assert with_torch == sorted(with_torch, key=parts.index)
    assert [check.id for check in ordered if check.part == parts[0]][-1] == "1.1-accuracy"
