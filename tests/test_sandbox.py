"""Workers: started either way, replaced when they are gone, and held to what was asked of them."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

from autograder.errors import GraderError, OutdatedError
from autograder.evidence import Evidence, Raised, Stopped
from autograder.expect import same
from autograder.hw1 import ablations, trainer
from autograder.sandbox import host, watch
from autograder.sandbox.host import ForkLauncher, SpawnLauncher
from autograder.sandbox.session import Session
from autograder.sandbox.warm_parent import explain_import_error
from autograder.seeds import PUBLIC_SEED, key_for

EXP1 = ablations.CHECKS[0].judge
MEMORY = 2 << 30


@pytest.fixture
def session_of(launcher, solution, tmp_path):
    """Opens a session on one of the solution's files, or on text."""
    opened = []

    def run(name="ablations", text=None, by=launcher, stage="full"):
        files = {f"{name}.py": (text if text is not None else (solution / f"{name}.py").read_text()).encode()}
        session = Session(by, files, MEMORY, 10, stage, base=tmp_path)
        opened.append(session)
        return session

    yield run
    for session in opened:
        session.__exit__(None, None, None)


def observed(session, probe=EXP1.probe):
    return session.observe(probe, key_for(PUBLIC_SEED, probe.id))


def is_right(seen, recording):
    return isinstance(seen, Evidence) and same(EXP1.view(seen), EXP1.view(recording.reference[EXP1.probe.id]))


def test_a_worker_that_is_started_by_itself_brings_the_same_evidence(session_of, recording):
    assert is_right(observed(session_of(by=SpawnLauncher(), stage="torch")), recording)


def test_a_warm_parent_that_was_killed_is_replaced(session_of, recording):
    launcher = ForkLauncher()
    try:
        assert is_right(observed(session_of(by=launcher, stage="torch")), recording)
        (parent,) = launcher.parents
        os.kill(parent, signal.SIGKILL)
        time.sleep(0.1)
        assert is_right(observed(session_of(by=launcher, stage="torch")), recording)
    finally:
        launcher.close()


def test_a_warm_parent_that_cannot_start_is_our_fault_and_says_why(monkeypatch):
    monkeypatch.setattr(host.sys, "executable", "/bin/false")
    launcher = ForkLauncher()
    try:
        with pytest.raises(GraderError, match="the warm parent ended"):
            launcher.start("source")
    finally:
        launcher.close()


def test_a_torchvision_that_does_not_fit_its_torch_is_explained():
    assert "do not match" in explain_import_error("RuntimeError: operator torchvision::nms does not exist")
    assert "not installed" in explain_import_error("ModuleNotFoundError: No module named 'torch'")
    assert explain_import_error("something else") is None


def test_a_reply_larger_than_what_was_asked_for_stops_the_worker_and_the_next_probe_gets_another(session_of, recording):
    session = session_of()
    seen = observed(session, replace(EXP1.probe, reply_bytes=10))
    assert isinstance(seen, Stopped)
    assert seen.reason == "protocol"
    assert is_right(observed(session), recording)


def test_a_flood_of_output_stops_the_worker(session_of, monkeypatch):
    monkeypatch.setattr(watch, "OUTPUT_CAP", 1 << 20)
    seen = observed(session_of(text="while True:\n    print('x' * 1000)\n"))
    assert isinstance(seen, Stopped)
    assert seen.reason == "output"


def test_bytes_that_are_no_frame_stop_the_worker(session_of):
    text = "import contextlib, os\nfor fd in range(3, 64):\n    with contextlib.suppress(OSError):\n"
    text += "        os.write(fd, b'\\xff' * 64)\n"
    seen = observed(session_of(text=text))
    assert isinstance(seen, Stopped)


def test_workers_in_two_slots_live_side_by_side_and_a_fresh_one_has_forgotten(session_of):
    text = "from torch import nn\nCOUNT = []\n\n\ndef Exp1():\n    COUNT.append(1)\n    if len(COUNT) > 1:\n"
    text += "        raise ValueError('again')\n    return nn.Linear(28, 1)\n"
    session = session_of(text=text)
    first = observed(session)
    assert isinstance(first, Evidence)
    assert isinstance(observed(session), Raised)
    assert isinstance(observed(session, replace(EXP1.probe, slot="other")), Evidence)
    assert isinstance(observed(session, replace(EXP1.probe, fresh=True)), Evidence)


def test_arrays_that_are_sent_arrive_and_nothing_is_left_of_a_closed_session(session_of, tmp_path):
    probe = replace(
        trainer.TEST,
        id="x",
        call="infer",
        modules=("ablations",),
        params={"module": "ablations", "name": "Exp1", "device": "cpu"},
    )
    session = session_of()
    seen = session.observe(probe, bytes(32), {"images": np.zeros((3, 28, 28), np.uint8)})
    assert isinstance(seen, Evidence)
    assert seen.facts["unfit"] == "fc1.weight is missing"
    assert list(tmp_path.glob("hw1-*"))
    session.__exit__(None, None, None)
    assert not list(tmp_path.glob("hw1-*"))


@pytest.mark.parametrize(
    ("made", "address", "kind"),
    [
        ("empty", 0, "memory"),
        ("empty", 2 << 30, "MissingNameError"),  # the import is through: what was not written to is not there
        ("ones", 2 << 30, "memory"),
    ],
)
def test_address_space_beyond_the_memory_is_no_memory_until_it_is_written_to(launcher, tmp_path, made, address, kind):
    text = f"import time\nimport torch\nkept = torch.{made}(1 << 30, dtype=torch.uint8)\n"
    text += "while True:\n    time.sleep(0.1)\n" if made == "ones" else ""
    how = {"base": tmp_path, "address": address}
    with Session(launcher, {"ablations.py": text.encode()}, 256 << 20, 10, "full", **how) as session:
        seen = observed(session)
    assert (seen.reason if isinstance(seen, Stopped) else seen.kind) == kind


def test_what_nobody_waits_for_any_more_is_given_up_and_its_worker_ended(session_of):
    session = session_of(text="while True:\n    pass\n", stage="torch")
    session.import_seconds, session.until = 600, Future()
    ends = threading.Timer(0.5, session.until.set_result, [None])
    ends.start()
    with pytest.raises(OutdatedError):
        observed(session)
    assert not session._slots
    session.until = None
    session.import_seconds = 0.2
    assert isinstance(observed(session), Stopped)  # it was given up, not remembered
