"""A network is observed as its user runs it: modes by its own methods, a backward pass, inputs like the data's."""

import pytest
from written import HEAD

from autograder.hw1.checks import CHECKS
from autograder.outcome import Status

NET = """
class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.n, self.b = nn.Linear(784, 40), nn.BatchNorm1d(40), nn.Linear(40, 10)
        {constructor}

    def forward(self, x):
        {forward}
        return self.b(torch.relu(self.n(self.a(x.flatten(1)))))

{more}
"""
EXP7 = (
    NET.replace("MNIST_Net", "Exp7")
    .replace("784, 40", "784, 30")
    .replace("BatchNorm1d(40)", "BatchNorm1d(30)")
    .replace("nn.Linear(40, 10)", "nn.Linear(30, 10)")
)


@pytest.fixture
def judged(check_folder, tmp_path):
    """The outcome of one check of one module's source."""

    def run(source: str, constructor: str = "pass", forward: str = "pass", more: str = ""):
        module, check_id = ("mnist", "1.1-structure") if "MNIST_Net" in source else ("ablations", "1.2.7")
        checks = tuple(check for check in CHECKS if check.id == check_id)
        text = HEAD + source.format(constructor=constructor, forward=forward, more=more)
        report = check_folder(tmp_path, {f"{module}.py": text}, checks=checks)
        return next(line.outcome for line in report.lines if line.id == check_id)

    return run


@pytest.mark.parametrize("source", [NET, EXP7], ids=["free", "fixed"])
def test_the_plain_network_passes(source, judged):
    assert judged(source).status is Status.PASSED


RIGHT_OVERRIDE = """
    def train(self, mode=True):
        super().train(mode)
        self.n.train(mode)
        return self
"""
FROZEN_NORM = RIGHT_OVERRIDE.replace("self.n.train(mode)", "self.n.eval()")
FORGETFUL_EVAL = "    def eval(self):\n        return self"


def test_an_override_of_train_that_is_right_passes(judged):
    assert judged(EXP7, more=RIGHT_OVERRIDE).status is Status.PASSED


def test_an_override_of_train_that_freezes_batch_norm_fails(judged):
    outcome = judged(EXP7, more=FROZEN_NORM)
    assert (outcome.status, outcome.reason) == (Status.FAILED, "Eval mode is right, train mode is not.")
    assert "`train` method" in outcome.hint


def test_an_override_of_eval_that_does_nothing_fails(judged):
    assert judged(EXP7, more=FORGETFUL_EVAL).status is Status.FAILED
    assert judged(NET, more=FORGETFUL_EVAL).status is Status.FAILED


def test_parameters_that_an_own_method_leaves_out_are_never_learnt(judged):
    more = "    def parameters(self, recurse=True):\n        return self.b.parameters()"
    for source in (NET, EXP7):
        outcome = judged(source, more=more)
        assert outcome.status is Status.FAILED
        assert "the optimizer never" in outcome.reason


def test_a_log_of_a_black_pixel_is_seen(judged):
    outcome = judged(NET, forward="x = torch.log(x)")
    assert outcome.reason == "The outputs contain NaN or infinity."


def test_a_backward_pass_that_raises_fails(judged):
    constructor = "self.s = nn.Parameter(torch.ones(10))"
    forward = "y = torch.sigmoid(self.s); x = x + (y * y).sum() * 0; y.mul_(2)"
    outcome = judged(NET, constructor, forward)
    assert outcome.status is Status.FAILED
    assert "inplace operation" in outcome.reason


def test_a_gradient_that_stops_in_train_mode_alone_is_seen(judged):
    forward = "x = self.a(x.flatten(1)); x = x.detach() if self.training else x; return self.b(torch.relu(self.n(x)))"
    assert judged(EXP7, forward=forward).status is Status.FAILED
    assert judged(NET, forward=forward).status is Status.FAILED


def test_layers_that_are_left_out_at_random_are_right_in_a_free_network(judged):
    forward = "if self.training and torch.rand(()) < 0.4: return self.b(torch.zeros(len(x), 40))"
    assert judged(NET, forward=forward).status is Status.PASSED


SCRIPTED = """
class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.spare = nn.Linear(784, 40), nn.Linear(40, 10), nn.Linear(3, 3)

    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))


def MNIST_Net():
    {constructor}
    net = Inner()
    {forward}
    {more}
    return torch.jit.script(net)
"""


def test_parameters_in_scripted_code_are_used_and_one_that_is_not_is_told(judged):
    assert judged(SCRIPTED, forward="del net.spare").status is Status.PASSED
    assert "never used" in judged(SCRIPTED).reason


def test_layers_that_are_made_in_forward_are_told(judged):
    outcome = judged(NET, forward="x = nn.Linear(784, 784)(x.flatten(1))")
    assert outcome.status is Status.FAILED
    assert outcome.mistake == "mnist-net-layer-made-in-forward" or "not registered" in " ".join(
        (outcome.reason, *outcome.detail)
    )
