"""The layers on real workers: what they forbid fails, what the homework needs works, and a hole is found by trying."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import GraderError
from autograder.evidence import Evidence, Raised, Stopped
from autograder.hw1 import ablations
from autograder.kit import Kit
from autograder.sandbox import watch
from autograder.sandbox.folders import remove
from autograder.sandbox.layers import identity, kernel, landlock
from autograder.sandbox.plan import Cell
from autograder.sandbox.session import Session

PROBE = ablations.CHECKS[0].judge.probe
pytestmark = pytest.mark.skipif(kernel.architecture() is None, reason="no layers on this platform")


@pytest.fixture(scope="module")
def kit(launcher):
    """One whose workers put on all layers that there are."""
    kit = Kit(isolation="best", launcher=launcher)
    yield kit
    remove(kit.scratch)


@pytest.fixture
def session_of(kit):
    """Opens a session on the text of a module, in the cell of *kit* or a given one."""
    opened = []

    def run(text, cell=None, memory=4 << 30, by=None):
        files = {"ablations.py": text.encode()}
        cell = cell or (kit.layers and kit._cell())
        session = Session(by or kit.launcher, files, memory, 20, "full", base=kit.scratch, cell=cell)
        opened.append(session)
        return session

    yield run
    for session in opened:
        session.__exit__(None, None, None)


def printed_by(session, text=None):
    """What the import of the module prints, through all redirections."""
    session.observe(replace(PROBE, fresh=True), bytes(32))
    for name in list(session._slots):
        session._end(name)
    return session.printed_text


SAYS = "import os, sys\n\n\ndef say(*words):\n    os.write(1, (' '.join(map(str, words)) + '\\n').encode())\n\n\n"


def test_every_layer_of_this_machine_is_reported_after_it_was_tried(kit):
    names = kit.layers.keys()
    assert {"rlimits", "no-new-privs", "seccomp", "descriptors", "no-network", "no-processes", "no-chmod"} <= names
    if landlock.version():
        assert {"landlock", "no-files"} <= names
        assert kit.level == "strong"
    assert names & {"uid", "no-capabilities"} or os.geteuid() != 0


def test_torch_trains_with_two_threads(session_of):
    text = SAYS + (
        "import torch\nfrom torch import nn\ntorch.set_num_threads(2)\n"
        "net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))\n"
        "optimizer = torch.optim.Adam(net.parameters())\n"
        "for _ in range(3):\n"
        "    optimizer.zero_grad()\n"
        "    loss = nn.functional.cross_entropy(net(torch.randn(64, 1, 28, 28)), torch.randint(10, (64,)))\n"
        "    loss.backward()\n"
        "    optimizer.step()\n"
        "say('trained', torch.get_num_threads(), len(os.listdir('/proc/self/task')) > 1, bool(loss.isfinite()))\n"
    )
    assert "trained 2 True True" in printed_by(session_of(text))


def test_a_worker_has_the_five_descriptors_and_nothing_of_our_environment(session_of, monkeypatch):
    monkeypatch.setenv("HW1_TOKEN", "a secret")
    text = SAYS + (
        "import ctypes\n"
        "here = [int(name) for name in os.listdir('/proc/self/fd')]\n"
        "say(sorted(here)[:-1])\n"
        "say(sorted(os.environ))\nsay(open('/proc/self/environ').read())\n"
        "say(os.environ['HOME'] == os.environ['TMPDIR'] == os.getcwd())\n"
    )
    said = printed_by(session_of(text))
    assert "[0, 1, 2, 3, 4]" in said
    assert "HW1_TOKEN" not in said
    assert "HW1_HOME" not in said
    assert said.rstrip().endswith("True")


def test_a_worker_reads_python_and_its_own_files_and_writes_into_its_scratch_folder_alone(session_of, kit, tmp_path):
    if not landlock.version():
        pytest.skip("no Landlock here")
    other = kit.scratch / "open"  # pytest's own folders are closed to other users
    other.mkdir()
    other.chmod(0o777)
    (other / "open").write_text("to all")
    tried = [str(other / "open"), "/etc/hostname", str(other), __file__, "/proc/1/cmdline", f"/proc/{os.getpid()}/maps"]
    text = SAYS + (
        f"for path in {tried!r}:\n"
        "    try:\n        os.listdir(path) if os.path.isdir(path) else open(path).read()\n        say('read', path)\n"
        "    except OSError as error:\n        say('not', type(error).__name__)\n"
        f"for path in [{str(other)!r} + '/new', os.path.dirname(__file__) + '/new', 'mine']:\n"
        "    try:\n        open(path, 'w').write('x')\n        say('wrote', os.path.basename(path))\n"
        "    except OSError as error:\n        say('not written')\n"
        "say(len(open(__file__).read()) > 10, len(open(os.__file__).read()) > 10)\n"
        "for make in (lambda: os.symlink('/etc', 'link'), lambda: os.mkfifo('pipe'), lambda: os.mknod('node')):\n"
        "    try:\n        make()\n        say('made')\n    except OSError:\n        say('not made')\n"
    )
    said = printed_by(session_of(text)).splitlines()
    assert said[:6] == ["not PermissionError"] * 6
    assert said[6:9] == ["not written", "not written", "wrote mine"]
    assert said[9] == "True True"
    assert said[10:] == ["not made"] * 3
    assert [path.name for path in other.iterdir()] == ["open"]


def test_an_honest_program_that_wants_a_process_gets_an_error_it_can_show(session_of):
    seen = session_of("import os\nos.posix_spawn('/bin/true', ['true'], {})\n").observe(PROBE, bytes(32))
    assert isinstance(seen, Raised)
    assert seen.kind == "PermissionError"


def test_the_warm_parent_has_one_thread_and_is_closed(launcher):
    launcher.start("full").close()
    pid = launcher.parents[-1]
    assert len(os.listdir(f"/proc/{pid}/task")) == 1
    environment = Path(f"/proc/{pid}/environ").read_text() if os.geteuid() == 0 else ""
    assert "HW1_HOME" not in environment
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):
            Path(f"/proc/{pid}/environ").read_text()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "import os\nfor n in range(40):\n    os.write(os.open(f'{n}', os.O_CREAT | os.O_WRONLY), bytes(1 << 20))",
            "disk",
        ),
        (
            "import os\nkept = []\nfor n in range(40):\n    kept.append(os.open('x', os.O_CREAT | os.O_WRONLY))\n"
            "    os.write(kept[-1], bytes(1 << 20))\n    os.unlink('x')\n",
            "disk" if os.geteuid() == 0 else None,
        ),
        ("import os\nos.mkdir('hidden', 0o300)\n", "disk" if os.geteuid() != 0 else None),
        ("import os\nfor n in range(20):\n    os.mkdir('d' * 250)\n    os.chdir('d' * 250)\n", "disk"),
        ("import os\nfor n in range(300):\n    open(f'{n}', 'w')\n", "disk"),
        ("import os\nfor n in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n", "disk"),
        (
            "import time\nfrom threading import Thread\n"
            "for n in range(90):\n    Thread(target=time.sleep, args=(60,)).start()\n",
            "",
        ),
        ("import torch\nkept = [torch.ones(1 << 20, dtype=torch.uint8) for n in range(400)]\n", "memory"),
    ],
    ids=["bytes", "deleted", "hidden", "long names", "files", "depth", "threads", "memory"],
)
def test_the_watch_ends_a_worker_that_takes_too_much(session_of, monkeypatch, text, reason):
    if reason is None:
        pytest.skip("root sees all folders, another user no deleted files")
    monkeypatch.setattr(watch, "SCRATCH_BYTES", 8 << 20)
    monkeypatch.setattr(watch, "SCRATCH_FILES", 100)
    monkeypatch.setattr(watch, "_resident", _more_by_steps if reason == "memory" else watch._resident)
    _steps.clear()
    session = session_of(f"{text}\nimport time\nwhile True:\n    time.sleep(0.1)\n")
    seen = session.observe(PROBE, bytes(32))
    if not reason:  # a limit on threads that the kernel enforces comes first, where there is one
        assert isinstance(seen, Raised) or seen.reason == "threads"
        return
    assert isinstance(seen, Stopped)
    assert seen.reason == reason


_steps: list[int] = []


def _more_by_steps(pid):
    """Resident memory that grows by 3 GiB each time it is asked for."""
    _steps.append(pid)
    return len(_steps) * (3 << 30)


def test_surplus_bytes_and_answers_to_something_else_are_violations(session_of):
    noisy = "import os, threading, time\n\n\ndef later():\n    time.sleep(0.5)\n    os.write(4, b'{}')\n\n\n"
    noisy += "threading.Thread(target=later).start()\n\n\ndef Exp1():\n    time.sleep(0.1)\n    raise ValueError\n"
    session = session_of(noisy)
    assert isinstance(session.observe(PROBE, bytes(32)), Raised)
    __import__("time").sleep(1)
    seen = session.observe(PROBE, bytes(32))
    assert isinstance(seen, Stopped)
    assert seen.reason == "protocol"
    forged = "import json, os\nheader = json.dumps({'facts': {}, 'id': 7, 'arrays': []}).encode()\n"
    forged += "os.write(4, len(header).to_bytes(4, 'big') + header)\n"
    seen = session_of(forged).observe(PROBE, bytes(32))
    assert isinstance(seen, Stopped)
    assert seen.reason == "protocol"


def test_a_worker_without_a_layer_that_others_had_is_not_used(kit):
    session = Session(kit.launcher, {}, 4 << 30, 10, base=kit.scratch, expected=("landlock=7",))
    with session, pytest.raises(GraderError, match="landlock=7"):
        session.open()


def test_a_worker_that_sees_a_gpu_has_the_same_layers_but_one_limit(kit, solution):
    text = (solution / "ablations.py").read_bytes()
    how = {"base": kit.scratch, "cell": kit._cell(), "expected": kit.layers}
    with Session(kit.launcher, {"ablations.py": text}, 4 << 30, 20, "full", **how) as session:
        assert isinstance(session.observe(replace(PROBE, gpu=True), bytes(32)), Evidence)
        limits, all_limits = (set(one["rlimits"][1:].split("+")) for one in (session.layers, kit.layers))
        assert limits == all_limits - {"as"}
        assert {**session.layers, "rlimits": ""} == {**kit.layers, "rlimits": ""}


def test_a_worker_that_cannot_be_confined_does_not_start_and_says_why(kit):
    session = Session(kit.launcher, {}, 4 << 30, 10, base=kit.scratch, cell=Cell(True, trap="/nowhere"))
    with session, pytest.raises(GraderError, match="a worker did not start: HoleError: the sandbox has a hole"):
        session.open()


def in_a_process(body):
    """Run *body* in a Python of its own that may confine itself; what it printed."""
    head = """
import errno, os, sys, tempfile
from pathlib import Path
from autograder.sandbox.layers import attempts, confine, identity, kernel, landlock, limits, seccomp
from autograder.sandbox.plan import Cell, Plan
base = Path(sys.argv[1])
(base / "scratch").mkdir(); (base / "submission").mkdir(); (base / "trap").write_text("")
confine.descriptors(0, 1, 1)
os.dup2(1, 2)
def fail(error):
    def failing(*_):
        raise error
    return failing
def plan(**cell):
    cell = Cell(True, trap=str(base / "trap"), **cell)
    return Plan(str(base / "submission"), str(base / "scratch"), 4 << 30, cell=cell)
def tried(**cell):
    try:
        print(confine.confine(plan(**cell)), flush=True)
    except Exception as error:
        print(type(error).__name__, error, flush=True)
"""
    with tempfile.TemporaryDirectory(prefix="hw1-tests-") as base:
        command = [sys.executable, "-c", head + body, base]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr


def test_a_layer_that_fails_half_way_is_fatal():
    said = in_a_process("landlock.restrict = fail(OSError(7, 'half-way'))\ntried()")
    assert "half-way" in said
    said = in_a_process(
        "kernel.number = lambda name, real=kernel.number: None if name == 'seccomp' else real(name)\ntried()"
    )
    assert said.startswith("OSError")


@pytest.mark.parametrize(
    ("undone", "hole"),
    [
        ("seccomp.apply = lambda pid: None", "socket"),
        ("landlock.restrict = lambda made: os.close(made)", "read outside"),
        (
            "identity.gain_nothing = lambda: None; seccomp.apply = lambda pid: None; landlock.version = lambda: 0",
            "privileg",
        ),
        ("os.open('/dev/null', os.O_RDONLY)", "descriptors"),
        ("seccomp.FORBIDDEN = tuple(set(seccomp.FORBIDDEN) - {'chmod', 'fchmodat'})", "mode"),
        ("seccomp.FORBIDDEN = tuple(set(seccomp.FORBIDDEN) - {'execve'})", "run a program"),
        ("seccomp.FORBIDDEN = tuple(set(seccomp.FORBIDDEN) - {'setsid'})", "session"),
    ],
    ids=["seccomp", "landlock", "privileges", "descriptors", "chmod", "execve", "setsid"],
)
def test_a_layer_that_does_not_hold_is_found_by_trying(undone, hole):
    if not landlock.version():
        pytest.skip("no Landlock here")
    said = in_a_process(f"{undone}\ntried()")
    assert "hole" in said
    assert hole in said


def test_without_landlock_the_other_layers_are_put_on_and_it_is_not_named():
    said = in_a_process("landlock.version = lambda: 0\ntried()")
    assert "seccomp" in said
    assert "landlock" not in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_becomes_another_user_or_gives_up_its_capabilities():
    said = in_a_process(
        "base.chmod(0o711)\nos.chown(base / 'scratch', 65001, 65001)\nos.chown(base / 'submission', -1, 65001)\n"
        "os.chmod(base / 'submission', 0o750)\ntried(user=65001)\n"
        "print(os.getuid(), os.getgroups(), identity.capabilities())"
    )
    assert "'uid'" in said
    assert "65001 [] 0" in said
    said = in_a_process("tried(bare=True)\nprint(os.getuid(), identity.capabilities())")
    assert "'no-capabilities'" in said
    assert said.rstrip().endswith("0 0")


def test_two_threads_are_too_many_to_be_confined():
    said = in_a_process(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(5,), daemon=True).start()\ntried()"
    )
    assert "one thread" in said


@pytest.mark.parametrize("error", [1, 38, 95], ids=["old Docker", "old kernel", "switched off"])
def test_a_kernel_without_landlock_says_so_in_three_ways(monkeypatch, error):
    monkeypatch.setattr(kernel, "call", lambda *_: (_ for _ in ()).throw(OSError(error, "no")))
    assert landlock.version() == 0


def test_a_kernel_that_answers_anything_else_is_not_taken_for_one_without(monkeypatch):
    monkeypatch.setattr(kernel, "call", lambda *_: (_ for _ in ()).throw(OSError(12, "no memory")))
    with pytest.raises(OSError, match="no memory"):
        landlock.version()


def test_older_landlocks_are_asked_for_what_they_know():
    assert landlock.handled(1) == (0x1FFF, 0, 0)
    assert landlock.handled(3) == (0x7FFF, 0, 0)
    assert landlock.handled(4) == (0x7FFF, 3, 0)
    assert landlock.handled(6) == (0xFFFF, 3, 3)


def test_the_grader_closes_itself_to_its_own_user():
    said = in_a_process("print(identity.hidden(), identity.hide(), identity.hidden())")
    assert said.split() == ["False", "True", "True"]


def test_the_evidence_is_the_same_as_without_layers(kit, solution):
    text = (solution / "ablations.py").read_text()
    seen = []
    for cell in (Cell(), kit.layers and kit._cell()):
        with Session(
            kit.launcher, {"ablations.py": text.encode()}, 4 << 30, 20, base=kit.scratch, cell=cell
        ) as session:
            seen.append(session.observe(PROBE, bytes(32)))
    assert isinstance(seen[0], Evidence)
    assert seen[0].facts == seen[1].facts
    assert all((seen[1].arrays[name] == array).all() for name, array in seen[0].arrays.items())


def test_threads_are_counted():
    assert identity.threads() >= 1
