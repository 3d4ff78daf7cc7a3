"""Equal functions pass however they are written; what can't be compared is open."""

import pytest
from written import EXP8, HEAD, LINEARS, OWN_NORM, SCRIPTED, UNFOLDED, exp2, own_linear

from autograder.hw1.checks import CHECKS
from autograder.outcome import Status


def only(*ids: str) -> tuple:
    return tuple(check for check in CHECKS if check.id in ids)


@pytest.fixture
def judged(check_folder, tmp_path):
    """Outcomes by check of one module's source."""

    def run(module: str, source: str, *ids: str) -> dict:
        report = check_folder(tmp_path, {f"{module}.py": HEAD + source}, checks=only(*ids))
        return {line.id: line.outcome for line in report.lines if line.id in ids}

    return run


@pytest.mark.parametrize("way", LINEARS)
def test_each_way_to_write_a_linear_layer_passes(way, judged):
    outcome = judged("ablations", own_linear("Own", LINEARS[way]) + exp2(), "1.2.2")["1.2.2"]
    assert outcome.status is Status.PASSED, outcome


@pytest.mark.parametrize("way", LINEARS)
def test_another_activation_between_such_layers_fails(way, judged):
    outcome = judged("ablations", own_linear("Own", LINEARS[way]) + exp2("torch.tanh"), "1.2.2")["1.2.2"]
    assert outcome.status is Status.FAILED, outcome


def test_a_known_mistake_keeps_its_name_in_such_layers(judged):
    outcome = judged("ablations", own_linear("Own", LINEARS["einsum"]) + exp2("torch.sigmoid"), "1.2.2")["1.2.2"]
    assert outcome.mistake == "exp2-sigmoid"


def test_batch_norm_by_hand_passes_and_with_another_momentum_fails(judged):
    assert judged("ablations", OWN_NORM + EXP8, "1.2.8")["1.2.8"].status is Status.PASSED
    wrong = OWN_NORM.replace("mul_(0.9)", "mul_(0.5)").replace("0.1 *", "0.5 *")
    assert judged("ablations", wrong + EXP8, "1.2.8")["1.2.8"].status is Status.FAILED


def test_scripted_functions_and_networks_pass(judged):
    found = judged("ablations", SCRIPTED, "1.2.2", "1.2.8")
    assert {name: one.status for name, one in found.items()} == {"1.2.2": Status.PASSED, "1.2.8": Status.PASSED}


def test_a_scripted_function_with_another_activation_fails(judged):
    outcome = judged("ablations", SCRIPTED.replace("torch.relu(x.flatten(1) @", "torch.tanh(x.flatten(1) @"), "1.2.2")
    assert outcome["1.2.2"].status is Status.FAILED


def test_an_unfolded_convolution_passes_alone_and_in_a_block_with_batch_norm_by_hand(judged):
    assert judged("ablations", OWN_NORM + UNFOLDED, "1.2.9")["1.2.9"].status is Status.PASSED
    assert judged("vgg", OWN_NORM + UNFOLDED, "2.1a")["2.1a"].status is Status.PASSED


def test_a_network_on_blocks_that_cannot_be_followed_earns_its_points(judged, solution):
    source = (solution / "vgg.py").read_text()
    scripted = source.replace("self.conv1 = nn.Conv2d(in_dim", "self.conv1 = Unfolded(in_dim", 1).replace(
        "out_dim, 3, padding=1)", "out_dim, 3, padding=1)"
    )
    found = judged(
        "vgg",
        OWN_NORM + UNFOLDED + scripted.partition("from torch import nn")[2],
        "2.1a",
        "2.1c-count",
        "2.1c-function",
    )
    assert {one.status for one in found.values()} == {Status.PASSED}, found


HIDDEN = """
class Exp2(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.Parameter(torch.randn(23860) / 28)

    def forward(self, x):
        w, b, v, c = self.all.split([23520, 30, 300, 10])
        return torch.relu(x.flatten(1) @ w.view(784, 30) + b) @ v.view(30, 10) + c
"""


def test_what_cannot_be_paired_is_open_and_flagged_for_staff(judged):
    outcome = judged("ablations", HIDDEN, "1.2.2")["1.2.2"]
    assert outcome.status is Status.UNSETTLED, outcome
    assert "cannot compare code written this way" in outcome.shown
    assert outcome.flag
