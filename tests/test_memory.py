"""Hand-ins under way fit into the machine's memory; what fits nowhere still runs, alone."""

from __future__ import annotations

import threading
from math import inf
from threading import Semaphore

import pytest

from autograder.check import Probe
from autograder.errors import UnsettledError
from autograder.evidence import Evidence, Stopped
from autograder.sandbox.memory import Memory, machine_mb
from autograder.sandbox.session import Session
from autograder.sandbox.turns import Turns

LONG = 10  # seconds: nothing here takes as long


class Waiter:
    """Holds memory in a thread of its own."""

    def __init__(self, memory, mb):
        self.there = threading.Event()
        self.thread = threading.Thread(target=self._hold, args=(memory, mb), daemon=True)
        self.thread.start()

    def _hold(self, memory, mb):
        memory.hold(self, mb)
        self.there.set()

    @property
    def waits(self):
        return not self.there.wait(0.05)


def test_who_finds_no_room_waits_until_there_is():
    memory, first = Memory(8000), object()
    memory.hold(first, 6000)
    other = Waiter(memory, 2000)
    assert other.there.wait(LONG)
    third = Waiter(memory, 2000)
    assert third.waits
    memory.leave(first)
    assert third.there.wait(LONG)


def test_what_fits_nowhere_runs_alone():
    memory, first = Memory(1000), object()
    memory.hold(first, 2000)
    other = Waiter(memory, 3000)
    assert other.waits
    memory.leave(first)
    assert other.there.wait(LONG)
    memory.leave(object())  # that holds nothing


def test_two_that_need_more_do_not_wait_for_each_other():
    memory, first, second = Memory(8000), object(), object()
    memory.hold(first, 2000)
    memory.hold(second, 2000)
    memory.hold(first, 6000)  # beside the 2000 of the second
    grown = threading.Thread(target=memory.hold, args=(second, 6000), daemon=True)
    grown.start()
    grown.join(0.05)
    assert grown.is_alive()
    memory.hold(first, 2000)  # it has more already
    memory.leave(first)
    grown.join(LONG)
    assert not grown.is_alive()


@pytest.mark.parametrize(
    ("meminfo", "limit", "wanted"),
    [
        ("MemTotal: 9 kB\nMemAvailable:   2048000 kB\n", None, 2000),
        ("MemAvailable: 2048000 kB\n", f"{500 << 20}\n", 500),
        ("MemAvailable: 2048000 kB\n", "max\n", 2000),
        ("MemTotal: 9 kB\n", None, inf),
        ("\xff", "x", inf),
        (None, None, inf),
    ],
)
def test_how_much_memory_there_is(tmp_path, meminfo, limit, wanted):
    for name, text in (("meminfo", meminfo), ("limit", limit)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert machine_mb(tmp_path / "meminfo", [tmp_path / "limit", tmp_path / "missing"]) == wanted


def session_of(turns, *answers, card=None):
    session = Session(None, {}, 2000 << 20, 10, turns=turns, card=card)
    waiting = list(answers)
    session._observed = lambda *_: waiting.pop(0)
    return session


MAIN = Probe("p", "c", (), "torch")
TRAIN = Probe("t", "c", (), "torch", memory_mb=6000, slot="train", fresh=True)


def test_a_session_holds_what_its_probes_may_take_until_its_end():
    turns = Turns(Memory(8000))
    with session_of(turns, *[Evidence()] * 3) as session:
        for probe, held in ((MAIN, 2000), (TRAIN, 6000), (MAIN, 6000)):
            session.observe(probe, b"")
            assert list(turns.memory._held.values()) == [held]
    assert not turns.memory._held


def test_one_that_runs_alone_does_not_wait_for_one_that_waits_for_its_memory_or_its_card():
    turns, card = Turns(Memory(2000)), Semaphore(1)
    queued = Stopped("time", "1 s", "c", "queued")
    gpu = Probe("g", "c", (), "torch", gpu=True)
    second = session_of(turns, Evidence(), card=lambda: card)
    with session_of(turns, Evidence(), queued, queued, card=lambda: card) as first:
        first.observe(gpu, b"")
        other = threading.Thread(target=second.observe, args=(gpu, b""), daemon=True)
        other.start()
        with pytest.raises(UnsettledError):
            first.observe(MAIN, b"")
        assert other.is_alive()
    other.join(LONG)
    assert not other.is_alive()
    assert second.waited > 0
