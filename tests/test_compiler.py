"""torch's compiler stays out of a worker until something asks for it, and then works."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.evidence import Evidence
from autograder.expect import same
from autograder.hw1 import ablations
from autograder.sandbox.session import Session
from autograder.seeds import PUBLIC_SEED, key_for

EXP1 = ablations.CHECKS[0].judge
SET_UP = """
import sys
import torch
from autograder.sandbox.torch import compiler
compiler.spare_optimizers()
compiler.spare_optimizers()  # as each stage of a warm parent does
with compiler.deferred():
    import torchvision
torch.manual_seed(0)
net = torch.nn.Linear(3, 2)

def loss(closing=False):
    optimizer.zero_grad()
    loss = net(torch.ones(4, 3)).square().sum()
    loss.backward()
    return loss

there = lambda: compiler.COMPILER in sys.modules
"""
STEPS = """
for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.LBFGS):
    optimizer = kind(net.parameters(), lr=0.01)
    before = float(loss().detach())
    optimizer.step(loss)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))]}) if kind is not torch.optim.LBFGS else 0
    assert float(loss().detach()) != before, kind
    assert net.weight.grad_fn is None and torch.is_grad_enabled()
"""


def run(text: str) -> None:
    done = subprocess.run([sys.executable, "-c", SET_UP + text], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_optimizers_and_torchvision_do_without_it():
    run(STEPS + "assert torchvision.models.vgg19_bn and not there()\n")


def test_it_is_the_real_one_once_it_is_imported():
    run(
        "import torch._dynamo\nassert torch._dynamo.config and torch._dynamo.utils.is_compile_supported\n"
        "import torch._dynamo.eval_frame\n" + STEPS + "from torchvision.ops import roi_align\n"
        "boxes = torch.tensor([[0.0, 0, 0, 4, 4]])\nroi_align(torch.ones(1, 1, 8, 8), boxes, 2)\n"
    )


def test_what_it_would_leave_alone_is_left_alone_when_it_compiles():
    run(
        "alone = compiler._left_alone(lambda x: x + 1)\nassert alone(1) == 2 and not there()\n"
        "doubled = torch.compile(lambda x: 2 * alone(x), backend='eager')\n"
        "assert doubled(torch.ones(1)).item() == 4 and there() and alone(1) == 2\n"
    )


def test_what_is_not_offered_is_the_real_ones():
    run(
        "import sys\n"
        "with compiler.deferred():\n    pass\n"
        "del sys.modules['torchvision.ops.roi_align']\n"
        "with compiler.deferred():\n"
        "    import torch._dynamo\n"
        "    from torch._dynamo import reset\n"
        "    from torchvision.ops.roi_align import is_compile_supported\n"
        "assert there() and callable(reset)\n"
        "assert not isinstance(sys.modules['torch._dynamo'], compiler._Deferred)\n"
        "assert is_compile_supported('cpu') in (True, False)\n"
    )


@pytest.mark.parametrize("stage", ["torch", "extras"])
@pytest.mark.parametrize(
    "line",
    [
        "import torch._dynamo\ntorch._dynamo.config.suppress_errors = True",
        "import torch._dynamo.config\ntorch._dynamo.reset()",
        "with torch.device('meta'):\n    nn.init.normal_(nn.Linear(3, 3).weight)",
        "twice = torch.compile(lambda x: 2 * x)\nassert twice(torch.ones(1)).item() == 2",
        "from torchvision import tv_tensors\nfrom torchvision.transforms import v2\nv2.ToImage()(torch.ones(3, 4, 4))",
    ],
)
def test_a_hand_in_that_wants_it_gets_it(line, stage, launcher, recording, solution, tmp_path):
    text = (solution / "ablations.py").read_text() + f"\n{line}\n"
    with Session(launcher, {"ablations.py": text.encode()}, 2 << 30, 20, stage, base=tmp_path) as session:
        seen = session.observe(EXP1.probe, key_for(PUBLIC_SEED, EXP1.probe.id))
    assert isinstance(seen, Evidence), seen
    assert same(EXP1.view(seen), EXP1.view(recording.reference[EXP1.probe.id]))
