"""A constructor finds what it would find on its own: weights of the right scale, and a whole pre-trained network."""

import copy

import pytest
import torch
from torch import nn

from autograder.deep_learning.probes.building import HUGE, TILE, empty_vgg, quick_draws
from autograder.outcome import Status


def test_a_large_parameter_is_drawn_in_part_and_has_the_distribution_all_the_same():
    with quick_draws():
        layer = nn.Linear(1000, 300)
        nn.init.normal_(layer.weight, mean=1.0, std=0.5)
    assert layer.weight.mean().item() == pytest.approx(1.0, abs=0.02)
    assert layer.weight.std().item() == pytest.approx(0.5, rel=0.03)
    assert torch.equal(layer.weight.flatten()[:100], layer.weight.flatten()[TILE : TILE + 100])
    assert torch.linalg.matrix_rank(layer.weight) == 300
    assert layer.bias.abs().max() <= 1000**-0.5


def test_afterwards_drawing_is_torchs_own():
    original = torch.Tensor.uniform_
    with pytest.raises(ZeroDivisionError), quick_draws():
        1 / 0  # noqa: B018
    assert torch.Tensor.uniform_ is original
    assert len(torch.empty(3 * TILE).uniform_().unique()) > 2 * TILE


def test_a_small_one_is_drawn_as_ever():
    torch.manual_seed(5)
    wanted = nn.Linear(20, 30)
    torch.manual_seed(5)
    with quick_draws():
        layer = nn.Linear(20, 30)
    assert torch.equal(layer.weight, wanted.weight)


def test_what_is_larger_than_any_layer_of_the_homework_is_never_written_to():
    with quick_draws():
        assert torch.ones(HUGE).normal_().all()


CONSTRUCTORS = {
    "asserts on the weights": "assert 0 < self.a.weight.std() < 0.1 and self.a.weight.abs().max() < 1",
    "asserts on the outputs": "assert torch.isfinite(self(torch.rand(2, 1, 28, 28))).all()",
    "LSUV": "x = torch.rand(64, 784)\n        with torch.no_grad():\n            for _ in range(5):\n"
    "                self.a.weight /= self.a(x).std()\n            assert 0.8 < self.a(x).std() < 1.2",
    "orthogonal": "nn.init.orthogonal_(self.a.weight)\n"
    "        assert (self.a.weight @ self.a.weight.T - torch.eye(256)).abs().max() < 1e-3",
    "truncated normal": "nn.init.trunc_normal_(self.a.weight, std=0.02)\n        assert self.a.weight.std() > 0.01",
    "spectral norm": "self.a = nn.utils.parametrizations.spectral_norm(self.a)",
    "weight norm": "self.a = nn.utils.parametrizations.weight_norm(self.a)",
}


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_a_constructor_that_looks_at_its_weights_finds_numbers_of_the_right_scale(name, judged):
    source = f"""
class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 256), nn.Linear(256, 10)
        {CONSTRUCTORS[name]}

    def forward(self, x):
        return self.b(torch.relu(self.a(x.flatten(1))))
"""
    outcome = judged("mnist", source, "1.1-structure")
    assert outcome.status is Status.PASSED, outcome


def pretrained(constructor: str) -> str:
    return f"""
import copy


class PretrainedVGG(nn.Module):
    def __init__(self, pre_vgg):
        super().__init__()
        {constructor}
        self.head = nn.Sequential(
            nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10)
        )

    def forward(self, x):
        return self.head(self.features(x).flatten(1))
"""


RIGHT = {
    "moved": "self.features = pre_vgg.to('cpu').features",
    "moved, if there is a GPU": "self.features = pre_vgg.to('cuda' if torch.cuda.is_available() else 'cpu').features",
    "copied features": "self.features = copy.deepcopy(pre_vgg.features)",
    "a list of its children": "self.features = nn.Sequential(*list(pre_vgg.children())[0])",
    "run once": "assert pre_vgg.eval()(torch.rand(1, 3, 32, 32)).shape == (1, 1000)\n"
    "        self.features = pre_vgg.features",
    "counted": "assert sum(p.numel() for p in pre_vgg.parameters()) == 143678248\n"
    "        self.features = pre_vgg.features",
}
WRONG = {
    "drawn anew": "self.features = pre_vgg.features\n        for m in self.features:\n"
    "            if isinstance(m, nn.Conv2d):\n                nn.init.kaiming_normal_(m.weight)",
    "changed in its last row": "self.features = pre_vgg.features\n        with torch.no_grad():\n"
    "            self.features[0].weight[-1] *= 2",
    "statistics forgotten": "self.features = pre_vgg.features\n        for m in self.features:\n"
    "            if isinstance(m, nn.BatchNorm2d):\n                m.reset_running_stats()",
}


def each(ways: dict, *quick: str) -> list:
    """All of *ways*; VGG-19 takes a second each, so that most are slow."""
    return [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in ways]


@pytest.mark.parametrize("name", each(RIGHT, "moved"))
def test_the_pretrained_network_is_whole(name, judged):
    outcome = judged("vgg", pretrained(RIGHT[name]), "2.2b-structure")
    assert outcome.status is Status.PASSED, outcome


@pytest.mark.parametrize("name", each(WRONG, "changed in its last row"))
def test_features_that_the_constructor_changes_are_seen(name, judged):
    outcome = judged("vgg", pretrained(WRONG[name]), "2.2b-structure")
    assert outcome.status is Status.FAILED, outcome


def test_its_classifier_takes_no_memory_until_it_is_written_to_and_can_be_loaded_into_another():
    net = empty_vgg()
    assert not any(parameter.is_meta for parameter in net.parameters())
    assert net.classifier[0].weight.shape == (4096, 25088)
    assert set(net.state_dict()) == set(copy.copy(net).state_dict())
    assert not net.classifier[6].weight.any()
