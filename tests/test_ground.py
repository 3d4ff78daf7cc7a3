"""The ground that a probe stands on: what one file or one call leaves behind, no other probe finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.evidence import Evidence, Raised, Stopped
from autograder.expect import same
from autograder.hw1 import ablations, mnist
from autograder.sandbox.session import Session
from autograder.seeds import PUBLIC_SEED, key_for

EXP1, EXP7 = ablations.CHECKS[0].judge, ablations.CHECKS[6].judge
PREFACE = "import builtins, io, os, signal, sys, threading, warnings\nimport numpy as np\nimport torch\n"
MEMORY = 2 << 30


@pytest.fixture
def session_of(launcher, tmp_path):
    """Opens a session on files, by name."""
    opened = []

    def run(**files):
        written = {name.replace("__", "."): text.encode() for name, text in files.items()}
        session = Session(launcher, written, MEMORY, 10, "full", base=tmp_path)
        opened.append(session)
        return session

    yield run
    for session in opened:
        session.__exit__(None, None, None)


def observed(session, judge=EXP1):
    return session.observe(judge.probe, key_for(PUBLIC_SEED, judge.probe.id))


def is_right(seen, recording, judge=EXP1):
    return isinstance(seen, Evidence) and same(judge.view(seen), judge.view(recording.reference[judge.probe.id]))


MODE = """
from torch.utils._python_dispatch import TorchDispatchMode
from torch.overrides import TorchFunctionMode
class Raising(TorchDispatchMode):
    def __torch_dispatch__(self, *args, **kwargs):
        raise ValueError('a mode that was left on')
class Doubling(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        return found * 2 if func is torch.nn.functional.linear else found
"""
SLIPS = {
    "dtype": "torch.set_default_dtype(torch.float64)",
    "tensor type": "torch.set_default_tensor_type(torch.DoubleTensor)",
    "device": "torch.set_default_device('meta')",
    "a GPU as the device": "torch.set_default_device('cuda')",
    "no gradients": "torch.set_grad_enabled(False)",
    "inference": "KEPT = torch.inference_mode()\nKEPT.__enter__()",
    "autocast": "torch.autocast('cpu', dtype=torch.bfloat16).__enter__()",
    "a hook on all modules": "torch.nn.modules.module.register_module_forward_hook(lambda *given: 1 / 0)",
    "a hook on saved tensors": "torch.autograd.graph.save_on_cpu().__enter__()",
    "a dispatch mode": f"{MODE}Raising().__enter__()",
    "a function mode": f"{MODE}Doubling().__enter__()",
    "denormals": "torch.set_flush_denormal(True)",
    "anomalies": "torch.autograd.set_detect_anomaly(True)",
    "warnings": "warnings.simplefilter('error')",
    "numpy's errors": "np.seterr(all='raise')",
    "recursion": "sys.setrecursionlimit(len(__import__('inspect').stack()) + 25)",
    "folder": "os.chdir('/')",
    "environment": "os.environ.clear()",
    "prints are closed": "sys.stdout.close()\nsys.stderr = None",
    "prints go elsewhere": "sys.stdout = io.StringIO()",
    "a profile": "sys.setprofile(lambda *given: None)",
    "a name of Python's": "builtins.sum = lambda *given: 1 / 0",
    "signals": "signal.signal(signal.SIGALRM, lambda *given: 1 / 0)\nsignal.alarm(60)",
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_what_a_file_sets_for_its_whole_process_costs_it_nothing(slip, session_of, recording, solution):
    text = (solution / "ablations.py").read_text()
    session = session_of(ablations__py=f"{PREFACE}{text}\n{slip}\n")
    assert is_right(observed(session), recording)


@pytest.mark.parametrize(
    "name", ["no gradients", "dtype", "warnings", "prints are closed", "signals", "a function mode"]
)
def test_what_a_call_leaves_behind_the_next_probe_does_not_find(name, session_of, recording, solution):
    body = "".join(f"    {line}\n" for line in SLIPS[name].strip().splitlines())
    wrong = f"def Exp7():\n{body}    raise ValueError\n"
    session = session_of(ablations__py=f"{PREFACE}{(solution / 'ablations.py').read_text()}\n{wrong}")
    assert isinstance(observed(session, EXP7), Raised)
    assert is_right(observed(session), recording)


def test_random_numbers_do_not_depend_on_what_ran_before(session_of):
    text = "import random\nimport numpy as np\nimport torch\n\n\ndef Exp1():\n"
    text += "    raise ValueError(f'{random.random()} {np.random.rand()} {torch.rand(1)}')\n\n\nExp7 = Exp1\n"
    one, other = session_of(ablations__py=text), session_of(ablations__py=f"import random\nrandom.seed(1)\n{text}")
    torch_seeded = EXP1.probe  # the probe itself seeds torch
    said = [one.observe(torch_seeded, bytes(32)).message for _ in range(2)]
    assert said[0] == said[1] == other.observe(torch_seeded, bytes(32)).message


def test_each_module_has_a_process_of_its_own(session_of, recording, solution):
    spoiling = "import torch\ntorch.nn.Linear.forward = None\ntorch.nn.functional.relu = None\n"
    sources = {"mnist__py": spoiling + (solution / "mnist.py").read_text()}
    session = session_of(**sources, ablations__py=(solution / "ablations.py").read_text())
    key = key_for(PUBLIC_SEED, mnist.STRUCTURE.id)
    assert isinstance(session.observe(mnist.STRUCTURE, key), Raised)
    assert is_right(observed(session), recording)


def test_a_module_that_fails_beside_another_one_is_still_tried_by_itself(session_of, recording, solution):
    spoiling = "import sys\nsys.modules['torch'] = None\n"
    text = (solution / "ablations.py").read_text()
    session = session_of(mnist__py=spoiling, ablations__py=text)
    both = replace(EXP1.probe, id="both", modules=("mnist", "ablations"), slot="train")
    assert isinstance(session.observe(both, bytes(32)), Raised)
    assert is_right(observed(session), recording)


def test_an_import_that_failed_is_not_tried_again_in_any_worker(session_of):
    session = session_of(ablations__py="import time\nraise ValueError(time.perf_counter())\n")
    first = observed(session)
    assert observed(session) == first
    assert session.observe(replace(EXP1.probe, slot="train", fresh=True), bytes(32)) == first


ORDINARY = """
import argparse, io, json, sys
from pathlib import Path
options = argparse.ArgumentParser().parse_args()
assert sys.stdin.read() == '' and not sys.stdin.isatty() and not sys.stdout.isatty()
sys.stdout.reconfigure(encoding='utf-8', line_buffering=True)
sys.stdout.buffer.write('über'.encode())
sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')
print('rewrapped', flush=True)
assert sys.stdout.fileno() == 1 and sys.__stdout__.fileno() == 1
HERE = Path(__file__).parent
assert json.load(open('config.json')) == json.loads((HERE / 'config.json').read_text()) == {'width': 28}
assert Path('tables/means.csv').read_text() == '1,2'
import __main__
assert Path(__main__.__file__).parent == HERE == Path(sys.argv[0]).parent
assert not [name for name in dir(__main__) if 'fork' in name or 'warm' in name]
Path('written.txt').write_text('x')
"""


def test_the_process_looks_like_an_ordinary_one(session_of, recording, solution):
    text = f"{ORDINARY}\n{(solution / 'ablations.py').read_text()}"
    data = {"config__json": '{"width": 28}', "tables/means__csv": "1,2"}
    session = session_of(ablations__py=text, **data)
    assert is_right(observed(session), recording)
    assert "über" in session.printed_text
    assert "rewrapped" in session.printed_text


def test_files_that_one_worker_writes_another_one_does_not_find(session_of):
    text = "import os\nos.mkdir('out')\n\n\ndef Exp1():\n    raise ValueError(sorted(os.listdir()))\n"
    session = session_of(ablations__py=text)
    assert observed(session).message == "['out']"
    assert session.observe(replace(EXP1.probe, slot="other"), bytes(32)).message == "['out']"


FILLS = "import os, time\nfor n in range(10_050):\n    os.mkdir(f'{n}')\ntime.sleep(30)\n"


def test_what_one_file_fills_the_disk_with_counts_against_no_other(session_of, solution, recording):
    source = "import time\ntime.sleep(0.5)\n" + (solution / "ablations.py").read_text(encoding="utf-8")
    session = session_of(mnist__py=FILLS, ablations__py=source)
    filled = session.observe(mnist.STRUCTURE, b"k" * 32)
    assert (type(filled), filled.reason) == (Stopped, "disk")
    assert is_right(observed(session), recording)
