"""Part 2.2b from the weights to the verdict, with features made for the test and a handful of images."""

from dataclasses import replace

import numpy as np
import pytest
from asked import Ask

from autograder.deep_learning.data.weights import convert_weights, expected_features, read_weights
from autograder.errors import MisuseError
from autograder.hw1.vgg import PRETRAINED_ACCURACY
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric

RUBRIC = read_rubric()
TINY = replace(RUBRIC.recipes["2.2b"]["cifar10"], epochs=1, batch=16, floor=0.001, guard=8)
QUICK = replace(RUBRIC, recipes={**RUBRIC.recipes, "2.2b": {"cifar10": TINY}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with 64 and 32 random images as CIFAR-10, and features of VGG-19 drawn as torch draws them."""
    import torch

    folder = tmp_path_factory.mktemp("data")
    drawn = np.random.default_rng(0)
    for split, size in (("train", 64), ("test", 32)):
        (folder / "cifar10").mkdir(exist_ok=True)
        np.save(folder / "cifar10" / f"{split}_images.npy", drawn.integers(0, 256, (size, 32, 32, 3), np.uint8))
        np.save(folder / "cifar10" / f"{split}_labels.npy", (np.arange(size) % 10).astype(np.uint8))
    torch.manual_seed(0)
    state = {}
    for name, shape in expected_features().items():
        fan_in = max(1, int(np.prod(shape[1:])))
        state[name] = torch.ones(shape) if "var" in name else torch.randn(shape) * (2 / fan_in) ** 0.5
        if not shape:
            state[name] = torch.tensor(7)
    torch.save(state, folder / "vgg19_bn-made.pth")
    convert_weights(folder / "vgg19_bn-made.pth", folder)
    return folder


def settle(kit, submission):
    """The outcome of the accuracy check, and all that was asked for."""
    asks = []
    with kit.session(submission) as session:
        case = kit.case(submission, session)
        run = case.run
        case.run = lambda probe, key, arrays: asks.append(Ask(probe, arrays)) or run(probe, key, arrays)
        return PRETRAINED_ACCURACY(case), asks


def test_without_the_weights_the_points_are_open_and_the_command_that_gets_them_is_named(tmp_path):
    with pytest.raises(MisuseError, match="hw1 data --weights"):
        Kit(data=tmp_path, launcher=None, scratch=tmp_path).tools.pretrained()


@pytest.mark.slow
def test_the_given_features_reach_the_student_and_the_whole_network_is_fine_tuned(
    launcher, recording, solution, folder, tmp_path
):
    options = {"train": "always", "data": folder, "device": "cpu", "scratch": tmp_path}
    kit = Kit(QUICK, recorded=lambda: recording, launcher=launcher, **options)
    outcome, asks = settle(kit, read_submission(solution, kit.rubric.limits))
    assert isinstance(outcome, Outcome)
    assert outcome.status in (Status.PASSED, Status.FAILED)  # 32 random labels: nothing can be learnt
    assert (outcome.reason or outcome.remarks[0]).startswith("Trained: ")
    start = next(ask for ask in asks if ask.probe.call == "fit_start")
    features = read_weights(folder)
    sent = {name.removeprefix("given "): array for name, array in start.arrays.items() if name.startswith("given ")}
    assert sent.keys() == features.keys() == expected_features().keys()
    score = next(ask for ask in asks if ask.probe.call == "infer")
    trained = {name.removeprefix("weights "): array for name, array in score.arrays.items()}
    for name, array in features.items():
        if name.endswith("weight") and array.ndim == 4:  # Adam's first steps move each weight by the learning rate
            assert 0 < abs(trained[name] - array).max() < 0.01
