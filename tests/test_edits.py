"""The step that makes the difference is named: the one whose replacement makes the outputs the reference's."""

import pytest
from written import HEAD

from autograder.discretion import for_students
from autograder.hw1.checks import CHECKS
from autograder.outcome import Status

BLOCK1 = """
class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(in_dim, out_dim, 3, padding=1), nn.BatchNorm2d(out_dim)
        self.conv2, self.norm2 = nn.Conv2d(out_dim, out_dim, 3, padding=1), nn.BatchNorm2d(out_dim)

    def forward(self, x):
        x = {first}(self.norm1(self.conv1(x)))
        x = self.norm2(self.conv2(x))
        return {last}
"""
EXP4 = """
class Exp4(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(784, 50), nn.Linear(50, 30), nn.Linear(30, 10)

    def forward(self, x):
        x = {first}(self.a(x.flatten(1)))
        return {last}(self.c({second}(self.b(x))))
"""


def exp4(first: str = "F.relu", second: str = "F.relu", last: str = "") -> str:
    return EXP4.format(first=first, second=second, last=last)


@pytest.mark.parametrize("kind", ["relu6", "silu", "elu", "gelu", "hardtanh", "softplus", "leaky_relu", "tanh"])
def test_another_activation_is_named_wherever_it_stands(kind, judged):
    name = {"relu6": "ReLU6", "silu": "SiLU", "elu": "ELU", "gelu": "GELU", "leaky_relu": "leaky ReLU"}.get(kind, kind)
    outcome = judged("ablations", exp4(f"F.{kind}"), "1.2.4")
    assert outcome.status is Status.FAILED
    assert outcome.reason.startswith(f"The {name} after linear1 should be a ReLU: with that changed")
    assert outcome.shown == f"The {name} should be a ReLU."


def test_several_of_a_kind_are_one_sentence(judged):
    outcome = judged("ablations", exp4("F.silu", "F.silu"), "1.2.4")
    assert outcome.reason.startswith(
        "The SiLU after linear1 should be a ReLU, and 1 more of the kind: with these changed"
    )


def test_a_step_too_many_is_named(judged):
    outcome = judged("ablations", exp4(last="torch.tanh"), "1.2.4")
    assert outcome.reason.startswith("The tanh after linear3 is one step too many")


def test_pooling_before_the_activation_is_not_what_is_blamed_for_average_pooling(judged):
    source = BLOCK1.format(first="F.relu", last="F.relu(F.avg_pool2d(x, 2))")
    assert judged("vgg", source, "2.1a").reason.startswith("The average-pool after norm2 should be a max-pool")


def test_a_difference_that_no_step_explains_blames_none(judged):
    source = BLOCK1.format(first="F.relu", last="F.max_pool2d(F.relu(x.flip(3)), 2)")
    outcome = judged("vgg", source, "2.1a")
    assert outcome.status is Status.FAILED
    assert outcome.reason == "The layers have the right sizes, but the network computes another function."


def test_students_read_the_step_in_our_own_words_where_the_seed_is_secret(check_folder, tmp_path):
    checks = tuple(check for check in CHECKS if check.id == "1.2.4")
    report = check_folder(tmp_path, {"ablations.py": HEAD + exp4("F.silu")}, checks=checks)
    secret = for_students(type(report)(**{**vars(report), "fingerprint": {**report.fingerprint, "seed": "secret"}}))
    assert next(line.outcome.reason for line in secret.lines if line.id == "1.2.4") == "The SiLU should be a ReLU."
